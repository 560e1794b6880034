//! What a campaign offers, as a number.
//!
//! A page keeps what it has of a campaign as long as the campaign offers the same. An exposure has the number, and so
//! has what the profile remembers of it ([`crate::Recent`]), so that a page view that is sent again, or a page that polls,
//! is not given another offer than was reserved for it. All arms are in it: when one of them comes to offer something
//! else, the page of every arm has something new, and the arms are judged alike.

use std::hash::Hasher;

use crate::fingerprint::{half, hasher};
use crate::{Campaign, Discount};

/// Which variants offer what, and what that takes off. What an offer says, how variants are weighted and in which order
/// they are written is not in it, nor are those that offer nothing. Two that differ have the same number with odds of 1
/// to 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsKey(u32);

const LABEL: u64 = 0x7465_726d_7321_2121;

// === impl TermsKey ===

impl TermsKey {
    /// The terms of what offers nothing of its own, such as the holdout of a shop.
    pub const NONE: Self = Self(0);

    /// The terms of a campaign. They are on disk, so this must never change.
    pub fn of(campaign: &Campaign) -> Self {
        let variants = campaign.experiment.variants.iter();
        let offered = variants.filter_map(|variant| {
            Some((&variant.key, variant.offer.and_then(|place| campaign.offers.get(place))?))
        });
        let mut offered: Vec<_> = offered.collect();
        offered.sort_by_key(|(variant, _)| *variant);
        let mut hasher = hasher(LABEL);
        for (variant, offer) in offered {
            // Neither name has these bytes.
            for part in [variant.as_str(), "=", offer.key.as_str(), "/"] {
                hasher.write(part.as_bytes());
            }
            match offer.discount {
                None => hasher.write(&[0]),
                Some(Discount::Percent(percent)) => hasher.write(&[1, percent]),
                Some(Discount::Amount(amount)) => {
                    hasher.write(&[2]);
                    hasher.write(amount.currency.code().as_bytes());
                    hasher.write(&amount.minor.to_be_bytes());
                }
            }
        }
        Self(half(hasher.finish()))
    }

    /// The number, for the disk.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The key that [`Self::to_u32`] gave.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}
