use std::sync::Arc;

use model::{Currency, CustomerId, FaultKind, Profile, TenantKey, Timestamp, View};

use super::{Case, Outcome, Trial};
use crate::clock::Clock;
use crate::plans::build::Built;
use crate::plans::bundle::Bundle;
use crate::plans::testing::{YES, campaign, host, plugin};

/// A campaign for `page` that ended long ago and has nothing left to show.
fn over(name: &str, page: &str) -> String {
    let more = format!(
        "pages = [\"{page}\"]\n[schedule]\nuntil = 2020-01-01T00:00:00Z\n[limits]\nshows = 1"
    );
    campaign(name, &format!("{name}.wat"), &more)
}

/// Tries campaigns, each with the body of its plugin and its page, on so many page views of `/cart`.
fn tried(campaigns: &[(&str, &str, &str)], recorded: usize) -> Outcome {
    let mut files = std::collections::BTreeMap::new();
    for (name, body, page) in campaigns {
        let text = over(name, page).into_bytes().into_boxed_slice();
        files.insert(format!("{name}.toml").into_boxed_str(), text);
        files.insert(format!("{name}.wat").into(), plugin(body).into_bytes().into());
    }
    let host = host();
    let bundle = Bundle::new("", files).expect("fit");
    let euro = Currency::parse("EUR").expect("valid");
    let built = Built::new(&bundle, euro, &host).map_err(|found| found[0].to_string());
    let built = built.expect("right");
    let tenant = TenantKey::parse("demo").expect("valid");
    let now = Timestamp::parse("2026-01-31T18:30:00Z").expect("valid");
    let profile = Arc::new(Profile::new(tenant.clone(), CustomerId::from_u128(1), now));
    let view = Arc::new(View { path: "/cart".into(), ..View::default() });
    let case = Arc::new(Case { profile, view, now });
    let trial = Trial { tenant: &tenant, currency: euro, recorded: &vec![case; recorded] };
    trial.run(&built, Clock).expect("whole")
}

#[test]
fn each_campaign_is_asked_whatever_page_schedule_and_budget_say() {
    let outcome = tried(&[("here", YES, "/cart"), ("there", YES, "/account/*")], 3);
    assert_eq!((outcome.recorded, outcome.synthetic), (3, 2));
    // Each about two customers on its own page; the page views of late concern one of them.
    assert_eq!(outcome.asked, 2 + 2 + 3);
    assert_eq!(outcome.faulty, []);
    assert!(outcome.complaints().is_empty() && !outcome.cut_short);
}

#[test]
fn a_campaign_that_traps_is_told_by_name_and_the_one_above_it_hides_nothing() {
    let outcome = tried(&[("bad", "unreachable", "/*"), ("good", YES, "/*")], 1);
    let faulty = &outcome.faulty[0];
    assert_eq!((outcome.faulty.len(), faulty.campaign.as_str(), faulty.asked), (1, "bad", 3));
    assert_eq!(faulty.faults[&FaultKind::Trap].0, 3);
    let told = outcome.complaints()[0].to_string();
    assert!(told.starts_with("bad.toml: error: tried on 3 page views, "), "{told}");
    assert!(told.contains("failed on 3 (trap"), "{told}");
}

#[test]
fn a_rule_that_never_ends_is_refused_too() {
    let outcome = tried(&[("endless", "(loop (br 0)) unreachable", "/*")], 0);
    assert_eq!(outcome.complaints().len(), 1, "{outcome:?}");
}
