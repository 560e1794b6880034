//! The demonstration: a small shop, its visitors, and the report that fills while one watches.
//!
//! It is the real server on a folder that is thrown away, with the cart-rescue campaign. The visitors
//! are a part of this program, but they come in through the same door as everybody else: HTTP on
//! loopback, with a publishable key.

mod visitors;

use model::{CampaignKey, TenantKey};

pub(crate) use visitors::Visitors;

/// The demonstration's one campaign.
pub(crate) const CAMPAIGN: &str = "cart-rescue";

const SHOP_PAGE: &str = include_str!("demo/shop.html");

/// What a server serves at `/demo`.
#[derive(Clone, Debug)]
pub struct Demo {
    pub(crate) page: String,
    pub(crate) tenant: TenantKey,
    pub(crate) campaign: CampaignKey,
}

// === impl Demo ===

impl Demo {
    /// The small shop, calling with a publishable key of `tenant`.
    pub(crate) fn shop(tenant: TenantKey, write_key: &str) -> Self {
        Self {
            page: SHOP_PAGE.replace("{{write-key}}", write_key),
            tenant,
            campaign: CampaignKey::parse(CAMPAIGN).expect("a valid key"),
        }
    }
}
