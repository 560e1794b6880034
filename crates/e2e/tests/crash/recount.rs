//! The figures, counted again by other means than the server's: totals from what was sent, arms from
//! the profiles.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::{CampaignKey, CellShare, Profile, Step};
use serde_json::{Value, json};

use super::traffic::{Call, Deed};

/// The totals that calls come to, each recorded once, without what decisions chose.
pub(crate) fn totals<'a>(calls: impl Iterator<Item = &'a Call>) -> Value {
    let calls: Vec<&Call> = calls.collect();
    // A browser on which somebody signed in is that person, in hindsight too.
    let signed_in: HashMap<&str, &str> = calls
        .iter()
        .filter_map(|call| Some((call.browser.as_deref()?, call.person.as_deref()?)))
        .collect();
    let customer = |call: &&&Call| -> String {
        let browser = || {
            let browser = call.browser.as_deref().expect("a call has a name");
            signed_in.get(browser).copied().unwrap_or(browser)
        };
        call.person.as_deref().unwrap_or_else(browser).to_owned()
    };
    let count = |of: fn(Deed) -> bool| calls.iter().filter(|call| of(call.deed)).count();
    let customers = |of: fn(Deed) -> bool| {
        let theirs = calls.iter().filter(|call| of(call.deed)).map(|call| customer(&call));
        theirs.collect::<BTreeSet<String>>().len()
    };
    let is_order = |deed| matches!(deed, Deed::Order(_));
    let cents = calls.iter().map(|call| match call.deed {
        Deed::Order(cents) => u64::from(cents),
        Deed::Cart | Deed::Page | Deed::SignIn | Deed::Decide => 0,
    });
    json!({
        "events": {
            "view": count(|deed| matches!(deed, Deed::Page | Deed::Decide)),
            "cart": count(|deed| deed == Deed::Cart),
            "purchase": count(is_order),
            "identify": count(|deed| deed == Deed::SignIn),
        },
        "customers": customers(|_| true),
        "customers_with_cart": customers(|deed| deed == Deed::Cart),
        "buyers": customers(is_order),
        "orders": count(is_order),
        "revenue_minor": {"USD": cents.sum::<u64>()},
        "decisions": count(|deed| deed == Deed::Decide),
    })
}

/// What the arms of a campaign come to, by variant.
pub(crate) fn arms(profiles: &[Arc<Profile>], campaign: &str) -> BTreeMap<String, Value> {
    let campaign = CampaignKey::parse(campaign).expect("a key");
    let mut shares: BTreeMap<String, Vec<CellShare>> = BTreeMap::new();
    for share in profiles.iter().filter_map(|profile| profile.cell_share(&campaign)) {
        shares.entry(share.variant.to_string()).or_default().push(share);
    }
    let arm = |shares: Vec<CellShare>| {
        let mut revenue: BTreeMap<&str, i64> = BTreeMap::new();
        for sum in shares.iter().flat_map(|share| &share.revenue) {
            *revenue.entry(sum.currency.code()).or_default() += sum.minor;
        }
        json!({
            "customers": shares.len(),
            "conversions": shares.iter().filter(|share| share.orders > 0).count(),
            "outcomes": shares.iter().map(|share| share.outcomes).sum::<u32>(),
            "orders": shares.iter().map(|share| share.orders).sum::<u32>(),
            "revenue_minor": revenue,
            "funnel": funnel(&shares),
        })
    };
    shares.into_iter().map(|(variant, shares)| (variant, arm(shares))).collect()
}

/// How many customers reached each step.
fn funnel(shares: &[CellShare]) -> BTreeMap<&'static str, usize> {
    let reached = |step| shares.iter().filter(|share| share.steps.contains(step)).count();
    Step::ALL.into_iter().map(|step| (step.as_str(), reached(step))).collect()
}
