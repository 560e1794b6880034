use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use model::{Currency, TenantKey};

use super::{Plans, Publication, Purpose};
use crate::metrics::Metrics;
use crate::plans::bundle::Bundle;
use crate::plans::error::PlansError;
use crate::plans::testing::{YES, campaign, host, plugin};
use crate::plans::{Setting, Source};

/// One tenant's plans on a disk of their own, which can fail.
struct Shop {
    plans: Plans,
    tenant: TenantKey,
    record: PathBuf,
    _disk: tempfile::TempDir,
}

/// A plan of one campaign: its key, and the body of its plugin.
fn bundle(key: &str, body: &str) -> Bundle {
    let files = [
        (format!("{key}.toml"), campaign(key, "rule.wat", "")),
        ("rule.wat".to_owned(), plugin(body)),
    ];
    let files = files.map(|(name, text)| (name.into_boxed_str(), text.into_bytes().into()));
    Bundle::new("", BTreeMap::from(files)).expect("fit")
}

// === impl Shop ===

impl Shop {
    /// A shop without a plan.
    fn new() -> Self {
        let disk = tempfile::tempdir().expect("a folder");
        let (rules, data) = (disk.path().join("rules"), disk.path().join("data"));
        for folder in [&rules, &data] {
            fs::create_dir(folder).expect("room");
        }
        let tenant = TenantKey::parse("demo").expect("valid");
        let euro = Currency::parse("EUR").expect("known");
        let setting = Setting { rules: &rules, data: &data, host: &host() };
        let tenants = [(&tenant, euro)].into_iter();
        let plans = Plans::start(setting, Metrics::new().plans, tenants).expect("nothing is wrong");
        Self { plans, tenant, record: data.join("plan-versions.json"), _disk: disk }
    }

    fn publish(&self, bundle: &Bundle) -> Result<Publication, PlansError> {
        self.plans.publish(&self.tenant, bundle, Purpose::Publish)
    }

    fn offer(&self, bundle: &Bundle) -> Result<(), PlansError> {
        let slot = self.plans.slot(&self.tenant).expect("the tenant is there");
        self.plans.offer(&self.tenant, slot, Ok(bundle.clone()))
    }

    /// From now on nothing can take the place of the record of versions.
    fn break_disk(&self) {
        if self.record.exists() {
            fs::remove_file(&self.record).expect("it is a file");
        }
        fs::create_dir_all(self.record.join("in-the-way")).expect("room");
    }

    fn mend_disk(&self) {
        fs::remove_dir_all(&self.record).expect("it is there");
    }

    /// The campaigns that decide.
    fn in_force(&self) -> Vec<String> {
        let plan = self.plans.of(&self.tenant);
        let keys = plan.iter().flat_map(|plan| plan.campaigns());
        keys.map(|planned| planned.campaign.key.to_string()).collect()
    }

    /// Why the last plan was refused, and where it came from.
    fn refused(&self) -> Option<(Source, String)> {
        let refused = self.plans.standing(&self.tenant).refused?;
        Some((refused.source, refused.complaints[0].to_string()))
    }
}

#[test]
fn why_a_folder_failed_is_told_though_the_disk_is_full() {
    let shop = Shop::new();
    shop.publish(&bundle("good", YES)).expect("nothing is wrong");
    shop.break_disk();
    let offered = shop.offer(&bundle("bad", "unreachable"));
    assert!(matches!(offered, Err(PlansError::Refused { .. })), "{offered:?}");
    let (source, why) = shop.refused().expect("it is told");
    assert_eq!(source, Source::Folder);
    assert!(why.starts_with("bad.toml: error: tried on "), "{why}");
    assert_eq!(shop.in_force(), ["good"]);
}

#[test]
fn a_plan_that_cannot_be_recorded_does_not_decide() {
    let shop = Shop::new();
    shop.publish(&bundle("before", YES)).expect("nothing is wrong");
    shop.break_disk();
    for published in
        [shop.publish(&bundle("after", YES)).map(drop), shop.offer(&bundle("after", YES))]
    {
        assert!(matches!(published, Err(PlansError::Unreadable { .. })), "{published:?}");
        assert_eq!(shop.in_force(), ["before"]);
    }
    shop.mend_disk();
    shop.offer(&bundle("after", YES)).expect("it is still news");
    assert_eq!((shop.in_force(), shop.refused()), (vec!["after".to_owned()], None));
}

#[test]
fn where_there_is_nothing_to_fall_back_to_a_campaign_that_fails_does_not_keep_the_others_away() {
    let shop = Shop::new();
    let refused = shop.publish(&bundle("bad", "unreachable"));
    assert!(
        matches!(refused, Err(PlansError::Refused { .. })),
        "who publishes is there to mend it"
    );
    shop.offer(&bundle("bad", "unreachable")).expect("there is no other plan");
    assert_eq!(shop.in_force(), ["bad"]);
    shop.publish(&bundle("good", YES)).expect("nothing is wrong");
    let back = shop.plans.roll_back(&shop.tenant, 1).expect("it was in force before");
    assert_eq!((shop.in_force(), back.canary.faulty.len()), (vec!["bad".to_owned()], 1));
}
