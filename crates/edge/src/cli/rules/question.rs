//! What a campaign is asked about beside the customer: the page view, the time, the tenant.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use model::{Campaign, PagePattern, TenantKey, Timestamp, View};

use crate::clock::Clock;
use crate::keys;

/// The page view and the time.
#[derive(Debug, clap::Args)]
pub(super) struct Question {
    /// The time to ask as of, such as 2026-01-31T18:30:00Z; now by default
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    at: Option<Timestamp>,
    /// The path of the page that is viewed; the campaign's first by default
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// The locale of the view, such as de-AT
    #[arg(long, value_name = "TAG", default_value = "")]
    locale: String,
    /// The device of the view: mobile, tablet, desktop or what the shop calls it
    #[arg(long, value_name = "NAME", default_value = "")]
    device: String,
}

// === impl Question ===

impl Question {
    /// The time to ask as of.
    pub(super) fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(|| Clock.now())
    }

    /// The page view, which can fill every placement.
    pub(super) fn view(&self, campaign: &Campaign) -> Arc<View> {
        let path = self.path.clone().unwrap_or_else(|| a_page_of(campaign));
        Arc::new(View {
            path: path.into(),
            locale: self.locale.as_str().into(),
            device: self.device.as_str().into(),
            ..View::default()
        })
    }
}

/// A page that a campaign is shown on.
fn a_page_of(campaign: &Campaign) -> String {
    match campaign.pages.first() {
        Some(PagePattern::Exact(path) | PagePattern::Prefix(path)) => path.clone().into(),
        None => "/".to_owned(),
    }
}

/// The tenant that is meant: the one that is named, else the only one that has keys, else the one whose
/// folder the campaign is in.
pub(super) fn tenant_of(
    named: Option<&TenantKey>,
    data: &Path,
    campaign: &Path,
) -> anyhow::Result<TenantKey> {
    if let Some(tenant) = named {
        return Ok(tenant.clone());
    }
    let tenants: BTreeSet<TenantKey> =
        keys::list(data)?.into_iter().map(|record| record.tenant).collect();
    if let (Some(only), 1) = (tenants.first(), tenants.len()) {
        return Ok(only.clone());
    }
    let folder = std::path::absolute(campaign)?;
    let folder = folder.parent().and_then(|folder| folder.file_name()?.to_str());
    match tenants.iter().find(|tenant| Some(tenant.as_str()) == folder) {
        Some(tenant) => Ok(tenant.clone()),
        None if tenants.is_empty() => {
            bail!("{} has no tenant with keys: name one with --tenant", data.display())
        }
        None => {
            let known: Vec<&str> = tenants.iter().map(TenantKey::as_str).collect();
            bail!("name a tenant with --tenant, one of {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
