//! Forced arms: what a page would look like to somebody else.

use std::time::Duration;

use decision::limits::CONFIRM_WITHIN;
use decision::{ForceError, Forced, Ledger, Plan, Question, Visit, decide};
use model::{
    Campaign, CampaignKey, CustomerLimit, Decision, FaultKind, Holdout, LayerKey, LayerRange,
    Limits, Profile, TenantKey, View,
};
use profiles::fold_exposures;

use crate::shop::{
    NOW, campaign, check, customer, customer_in, decide_once, decision, decision_forced, enrolled,
    no, plan, plugin, trap, view, yes,
};

fn forced(plan: &Plan, arms: &[(&str, &str)], profile: Profile, view: View) -> Decision {
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let forced = Forced::of(plan, arms.iter().copied()).expect("there are such arms");
    decision_forced(plan, &|| ledger.claims(Visit::Preview, NOW), profile, view, &forced)
}

fn holdout(percent: u8) -> Holdout {
    Holdout {
        key: CampaignKey::parse("holdout").expect("valid"),
        percent,
        salt: "any".into(),
        attribution_window: Duration::from_secs(86_400),
    }
}

#[test]
fn a_forced_arm_is_given_on_whatever_page_at_whatever_time_to_whomever() {
    let over = "pages = [\"/cart\"]\n[schedule]\nuntil = 2020-01-01T00:00:00Z";
    let per_customer = Some(CustomerLimit { shows: 1, within: Duration::from_secs(3_600) });
    let limits = Limits { per_customer, shows: Some(0), ..Limits::default() };
    let mut unlikely = Campaign { limits, ..campaign("rescue", "banner", over) };
    let layer = LayerKey::parse("nobody").expect("valid");
    unlikely.experiment.layer = Some(LayerRange { layer, from: 0, to: 1 });
    let mut profile = customer_in("rescue", 0);
    let free = plan(vec![(campaign("rescue", "banner", ""), yes())]).expect("a plan");
    let before = decision(&free, profile.clone(), view("/", &[])).exposures;
    assert_eq!(before.len(), 1);
    fold_exposures(&mut profile, NOW, 1, &before);
    let (faulted, though) = ("fault rescue trap", " though faulty: trap");
    for (rule, why, fault, though) in
        [(no(), "the rule says no", "", ""), (trap(), "the rule traps", faulted, though)]
    {
        let plan = plan(vec![(unlikely.clone(), rule)]).expect("a plan");
        let page = || view("/elsewhere", &["footer"]);
        let natural = decision(&plan, profile.clone(), page());
        assert!(natural.exposures.is_empty() && natural.offers.is_empty(), "{why}");
        check(
            &forced(&plan, &[("rescue", "treated")], profile.clone(), page()),
            &format!(
                "banner: rescue/treated offers twenty
                 exposed to rescue/treated shown
                 {fault}
                 rescue is forced to treated{though}"
            ),
        );
        check(
            &forced(&plan, &[("rescue", "control")], profile.clone(), page()),
            &format!(
                "exposed to rescue/control withheld
                 {fault}
                 rescue is forced to control{though}"
            ),
        );
    }
}

#[test]
fn a_forced_campaign_takes_its_place_first_and_the_others_are_decided_on_beside_it() {
    let plan = plan(vec![
        (campaign("high", "banner", "priority = 3"), yes()),
        (campaign("footer", "footer", "priority = 2"), yes()),
        (campaign("low", "banner", "priority = 1"), yes()),
    ])
    .expect("a plan");
    check(
        &forced(&plan, &[("low", "control")], customer_in("footer", 1), view("/", &[])),
        r#"footer: footer/treated offers twenty
           exposed to low/control withheld
           exposed to footer/treated shown
           high is outranked by low
           footer is shown, assigned treated "because"
           low is forced to control"#,
    );
    check(
        &forced(
            &plan,
            &[("low", "treated"), ("high", "treated")],
            customer_in("footer", 0),
            view("/", &["banner"]),
        ),
        "banner: high/treated offers twenty
         exposed to high/treated shown
         high is forced to treated
         footer is for another placement
         low is outranked by high",
    );
}

#[test]
fn who_is_held_out_of_all_campaigns_is_shown_what_is_forced_and_nothing_else() {
    let all =
        vec![(campaign("forced", "banner", ""), yes()), (campaign("other", "footer", ""), yes())];
    let plan = plan(all).and_then(|plan| plan.holding_out(holdout(10))).expect("a plan");
    let profile = enrolled(customer("x"), "holdout", "held-out");
    check(
        &forced(&plan, &[("forced", "treated")], profile, view("/", &[])),
        "banner: forced/treated offers twenty
         exposed to forced/treated shown
         forced is forced to treated
         other holds the customer out with all others",
    );
}

/// Else the preview would tell that who comes into the holdout is shown nothing.
#[test]
fn who_would_come_into_the_holdout_beside_a_forced_arm_is_told_as_on_a_page_view() {
    let all =
        vec![(campaign("forced", "banner", ""), yes()), (campaign("other", "footer", ""), yes())];
    let plan = plan(all).and_then(|plan| plan.holding_out(holdout(50))).expect("a plan");
    let shown = (0..64).filter_map(|number| {
        let preview =
            forced(&plan, &[("forced", "control")], customer(&number.to_string()), view("/", &[]));
        let entered = preview.exposures.iter().find(|it| it.campaign.is_holdout())?;
        assert_eq!(entered.shown, !preview.offers.is_empty(), "{preview:?}");
        Some(entered.shown)
    });
    let shown: Vec<bool> = shown.collect();
    assert_eq!(shown.len(), 64);
    assert!(shown.contains(&true) && shown.contains(&false));
}

#[test]
fn a_plugin_that_would_say_yes_fills_the_words_of_a_forced_offer() {
    let made = |percent: Option<u8>| {
        let rule = plugin("(i32.const 64)", percent);
        let plan = plan(vec![(campaign("rescue", "banner", ""), rule)]).expect("a plan");
        let arms = [("rescue", "treated")];
        let mut decision = forced(&plan, &arms, customer_in("rescue", 0), view("/", &[]));
        (decision.offers.remove(0), decision.faults.pop().map(|fault| fault.kind))
    };
    let (offer, fault) = made(None);
    assert_eq!((&offer.values[..], fault), (&[("minutes".into(), "30".into())][..], None));
    let (offer, fault) = made(Some(15));
    assert_eq!((offer.discount_percent, fault), (Some(15), None));
    let (offer, fault) = made(Some(21));
    assert_eq!((offer.discount_percent, offer.values.len()), (None, 0), "it is not believed");
    assert_eq!(fault, Some(FaultKind::BadOffer));
}

#[test]
fn a_forced_campaign_has_the_customer_for_its_layer() {
    let part = |key: &str, from, to| {
        let mut campaign = campaign(key, key, "");
        let layer = LayerKey::parse("checkout").expect("valid");
        campaign.experiment.layer = Some(LayerRange { layer, from, to });
        (campaign, yes())
    };
    let plan = plan(vec![part("everybody", 0, 99), part("gift", 99, 100)]).expect("a plan");
    let mut customers = (0..100).map(|number| customer(&format!("a-{number}")));
    let of_everybody =
        |it: &Profile| !decision(&plan, it.clone(), view("/", &[])).exposures.is_empty();
    let profile = customers.find(of_everybody).expect("ninety-nine of a hundred");
    let expected = "gift: gift/treated offers twenty
         exposed to gift/treated shown
         everybody has lost its customer to gift
         gift is forced to treated";
    for profile in [profile.clone(), enrolled(profile.clone(), "everybody", "treated")] {
        check(&forced(&plan, &[("gift", "treated")], profile, view("/", &[])), expected);
    }
    check(
        &forced(&plan, &[("gift", "treated"), ("everybody", "control")], profile, view("/", &[])),
        "exposed to everybody/control withheld
         everybody is forced to control
         gift has lost its customer to everybody",
    );
}

#[test]
fn a_preview_cannot_stop_a_plugin_and_one_that_is_stopped_is_told() {
    let broken = trap();
    let plan = plan(vec![
        (campaign("broken", "banner", ""), broken.clone()),
        (campaign("forced", "footer", ""), broken.clone()),
    ]);
    let plan = plan.expect("a plan");
    let look = || forced(&plan, &[("forced", "control")], customer("x"), view("/", &[]));
    for _ in 0..20 {
        check(
            &look(),
            "exposed to forced/control withheld
             fault forced trap
             fault broken trap
             broken is faulty: trap
             forced is forced to control though faulty: trap",
        );
    }
    assert!(!broken.is_stopped());
    // More often than it takes: a decision that comes late does not ask.
    let mut views = (0..1_000).map(|_| decide_once(&plan, customer("x"), view("/", &[])));
    assert!(views.any(|_| broken.is_stopped()), "customers' views stop it");
    check(
        &look(),
        "exposed to forced/control withheld
         fault forced breaker-open
         fault broken breaker-open
         broken is faulty: breaker-open
         forced is forced to control though faulty: breaker-open",
    );
}

#[test]
fn a_preview_reserves_nothing_and_shows_what_has_room() {
    let limits = Limits { shows: Some(1), ..Limits::default() };
    let scarce = Campaign { limits: limits.clone(), ..campaign("scarce", "banner", "") };
    let plan = plan(vec![(scarce, yes()), (campaign("rescue", "footer", ""), yes())]);
    let plan = plan.expect("a plan");
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let (tenant, key) = (TenantKey::parse("demo"), CampaignKey::parse("scarce"));
    let (tenant, key) = (tenant.expect("valid"), key.expect("valid"));
    for arms in [&[("rescue", "treated")][..], &[("scarce", "treated")]] {
        let forced = Forced::of(&plan, arms.iter().copied()).expect("there are such arms");
        let profile = customer_in("scarce", 1);
        // Kept until the end, as of page views that come at once.
        let mut claims = ledger.claims(Visit::Preview, NOW);
        let (profile, page) = (profile.into(), view("/", &[]).into());
        for _ in 0..3 {
            let question = Question { forced: &forced, ..Question::new(&profile, &page, NOW) };
            let decision = decide(&plan, &mut claims, question);
            assert!(decision.offers.iter().any(|made| made.campaign == key));
            let standing = ledger.standing(&tenant, &key, &limits, NOW);
            assert_eq!(standing.shows, decision::Used::default());
        }
    }
}

#[test]
fn who_forces_what_is_not_there_is_told_what_is() {
    let many: Vec<_> = (10..35).map(|it| campaign(&format!("c-{it}"), "banner", "")).collect();
    let plugin = yes();
    let of = |campaigns: Vec<Campaign>| {
        plan(campaigns.into_iter().map(|it| (it, plugin.clone())).collect()).expect("a plan")
    };
    let (two, many) = (of(many[..2].to_vec()), of(many));
    let error = |plan: &Plan, campaign, variant| {
        Forced::of(plan, [(campaign, variant)]).expect_err("there is none").to_string()
    };
    assert_eq!(
        error(&two, "c-1", "treated"),
        "`force` names a campaign that is not in force; there are c-10, c-11"
    );
    assert_eq!(
        error(&two, "c-10", "Treated"),
        "`force` names a variant that campaign c-10 does not have; it has control, treated"
    );
    assert!(error(&many, "", "treated").ends_with("c-28, c-29 and 5 more"));
    assert!(
        matches!(ForceError::without_plan(), ForceError::UnknownCampaign { known } if &*known == "none")
    );
    let twice = Forced::of(&two, [("c-10", "control"), ("c-10", "treated")]).expect("there is one");
    assert_eq!(twice, Forced::of(&two, [("c-10", "treated")]).expect("there is one"));
}

#[test]
fn where_nothing_is_forced_the_decision_is_as_always() {
    let plan = plan(vec![(campaign("rescue", "banner", ""), yes())]).expect("a plan");
    for number in 0..20 {
        let profile = customer(&format!("a-{number}"));
        let natural = decision(&plan, profile.clone(), view("/", &[]));
        assert_eq!(forced(&plan, &[], profile, view("/", &[])), natural);
    }
}
