//! What goes wrong in one campaign stays in it.

use model::FaultKind;

use crate::shop::{
    campaign, check, customer, customer_in, decide_once, decision, enrolled, plan, plugin, trap,
    view, yes,
};

#[test]
fn a_faulty_plugin_offers_nothing_exposes_nobody_and_harms_no_other() {
    let plan = plan(vec![
        (campaign("broken", "banner", "priority = 1"), trap()),
        (campaign("sound", "footer", ""), yes()),
    ]);
    check(
        &decision(&plan.expect("a plan"), customer_in("sound", 1), view("/", &[])),
        r#"footer: sound/treated offers twenty
           exposed to sound/treated shown
           fault broken trap
           broken is faulty: trap
           sound is shown, assigned treated "because""#,
    );
}

#[test]
fn a_plugin_that_never_ends_is_ended() {
    let endless = plugin("(loop $again (br $again)) unreachable", None);
    let plan = plan(vec![(campaign("endless", "banner", ""), endless)]).expect("a plan");
    let decision = decide_once(&plan, customer("x"), view("/", &[]));
    assert_eq!(decision.exposures, []);
    let kind = decision.faults[0].kind;
    assert!([FaultKind::OutOfFuel, FaultKind::Timeout].contains(&kind), "{kind:?}");
}

/// Four hundred plugins that each take their time within their own limits are together far beyond the
/// time of a decision.
#[test]
fn when_the_time_is_used_up_the_campaigns_of_least_priority_go_without() {
    let busy = "(loop $again
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $count) (i32.const 60000))))
        (i32.const 0)";
    let busy = plugin(busy, None);
    let campaigns = (0..400).map(|number| {
        let key = format!("busy-{number:03}");
        (campaign(&key, "banner", ""), busy.clone())
    });
    let plan = plan(campaigns.collect()).expect("a plan");
    let decision = decide_once(&plan, customer("x"), view("/", &[]));
    let late = decision.faults.iter().filter(|it| it.kind == FaultKind::DeadlineExceeded);
    let late: Vec<&str> = late.map(|fault| fault.campaign.as_str()).collect();
    assert!((1..400).contains(&late.len()), "{} were late", late.len());
    let last: Vec<String> =
        (400 - late.len()..400).map(|number| format!("busy-{number:03}")).collect();
    assert_eq!(late, last, "they are the last in the order of the plan");
    assert_eq!(decision.explanations.len(), 400);
}

#[test]
fn a_plugin_that_keeps_failing_is_no_longer_run() {
    let broken = trap();
    let plan = plan(vec![(campaign("broken", "banner", ""), broken.clone())]).expect("a plan");
    let kinds: Vec<FaultKind> = (0..8)
        .flat_map(|_| decide_once(&plan, customer("x"), view("/", &[])).faults)
        .map(|fault| fault.kind)
        .collect();
    assert_eq!(kinds.first(), Some(&FaultKind::Trap));
    assert_eq!(kinds.last(), Some(&FaultKind::BreakerOpen));
    assert!(broken.is_stopped());
}

#[test]
fn a_plugin_sees_the_same_numbers_for_the_same_customer_campaign_and_time() {
    // Says yes to about one customer in two.
    let lottery = "(if (result i32) (i64.eqz (i64.and (call $random) (i64.const 1)))
        (then (i32.const 64)) (else (i32.const 0)))";
    let plan = plan(vec![(campaign("lottery", "banner", ""), plugin(lottery, None))]);
    let plan = plan.expect("a plan");
    let winners = (0..400).filter(|number| {
        let profile = enrolled(customer(&format!("a-{number}")), "lottery", "treated");
        // `decision` itself decides twice and compares.
        !decision(&plan, profile, view("/", &[])).offers.is_empty()
    });
    let winners = winners.count();
    assert!((140..260).contains(&winners), "{winners} of 400");
}
