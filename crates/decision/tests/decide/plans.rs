//! What makes a plan, and what does not.

use decision::PlanError;
use decision::limits::CAMPAIGNS_MAX;
use model::CampaignKey;

use crate::shop::{campaign, plan, yes};

#[test]
fn campaigns_are_asked_by_priority_and_then_by_name() {
    let plan = plan(vec![
        (campaign("c", "banner", ""), yes()),
        (campaign("a", "banner", "priority = -1"), yes()),
        (campaign("b", "banner", ""), yes()),
        (campaign("d", "banner", "priority = 1"), yes()),
    ])
    .expect("a plan");
    let keys: Vec<&str> = plan.campaigns().map(|it| it.campaign.key.as_str()).collect();
    assert_eq!(keys, ["d", "b", "c", "a"]);
    assert_eq!((plan.version(), plan.tenant().as_str()), (3, "demo"));
    let known = |key| plan.campaign(&CampaignKey::parse(key).expect("valid")).is_some();
    assert!(known("a") && !known("e"));
}

#[test]
fn what_is_not_whole_makes_no_plan() {
    let one = || campaign("one", "banner", "");
    let key = one().key;
    let error = |campaign| plan(vec![(campaign, yes())]).err();

    let twice = plan(vec![(one(), yes()), (one(), yes())]).err();
    assert_eq!(twice, Some(PlanError::DuplicateCampaign(key.clone())));

    let mut broken = one();
    broken.offers.clear();
    assert_eq!(error(broken), Some(PlanError::BrokenReference(key.clone())));

    let mut broken = one();
    broken.experiment.control = 2;
    assert_eq!(error(broken), Some(PlanError::BrokenReference(key.clone())));

    let mut broken = one();
    broken.experiment.variants[1].weight = 0;
    let source = experiments::SplitError::ZeroWeight(1);
    assert_eq!(error(broken), Some(PlanError::Split { campaign: key, source }));

    let plugin = yes();
    let many = (0..=CAMPAIGNS_MAX).map(|number| {
        let mut campaign = one();
        campaign.key = CampaignKey::parse(&format!("c-{number}")).expect("valid");
        (campaign, plugin.clone())
    });
    assert_eq!(plan(many.collect()).err(), Some(PlanError::TooManyCampaigns(CAMPAIGNS_MAX + 1)));
}
