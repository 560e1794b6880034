//! Which of several campaigns gets a placement.

use crate::shop::{
    campaign, check, customer, customer_in, decision, enrolled, no, plan, trap, view, yes,
};

#[test]
fn the_highest_priority_gets_the_placement_and_the_loser_is_not_exposed() {
    let plan = plan(vec![
        (campaign("low", "banner", "priority = 1"), yes()),
        (campaign("high", "banner", "priority = 2"), yes()),
    ]);
    let treated_in_both = enrolled(customer_in("high", 1), "low", "treated");
    check(
        &decision(&plan.expect("a plan"), treated_in_both, view("/", &[])),
        r#"banner: high/treated offers twenty
           exposed to high/treated shown
           high is shown, assigned treated "because"
           low is outranked by high"#,
    );
}

/// What keeps the arms of `low` comparable: whether its customers are exposed does not depend on the
/// arm of `high` that they are in, nor on their own arm.
#[test]
fn a_control_arm_holds_its_placement_against_campaigns_of_lower_priority() {
    let plan = plan(vec![
        (campaign("high", "banner", "priority = 2"), yes()),
        (campaign("low", "banner", "priority = 1"), yes()),
    ])
    .expect("a plan");
    for arm_of_low in ["control", "treated"] {
        check(
            &decision(&plan, enrolled(customer_in("high", 0), "low", arm_of_low), view("/", &[])),
            r#"exposed to high/control withheld
               high is withheld, assigned control "because"
               low is outranked by high"#,
        );
    }
}

#[test]
fn a_campaign_that_does_not_want_the_customer_leaves_the_placement_to_the_next() {
    let plan = plan(vec![
        (campaign("first", "banner", "priority = 9"), no()),
        (campaign("second", "banner", "priority = 8"), trap()),
        (campaign("third", "banner", ""), yes()),
    ]);
    check(
        &decision(&plan.expect("a plan"), customer_in("third", 1), view("/", &[])),
        r#"banner: third/treated offers twenty
           exposed to third/treated shown
           fault second trap
           first is not for this customer
           second is faulty: trap
           third is shown, assigned treated "because""#,
    );
}

#[test]
fn each_placement_has_a_winner_of_its_own_in_the_order_of_the_plan() {
    let plan = plan(vec![
        (campaign("b", "banner", ""), yes()),
        (campaign("a", "banner", ""), yes()),
        (campaign("c", "footer", "priority = 1"), yes()),
    ]);
    let profile = enrolled(customer("x"), "a", "treated");
    check(
        &decision(&plan.expect("a plan"), enrolled(profile, "c", "treated"), view("/", &[])),
        r#"footer: c/treated offers twenty
           banner: a/treated offers twenty
           exposed to c/treated shown
           exposed to a/treated shown
           c is shown, kept treated "because"
           a is shown, kept treated "because"
           b is outranked by a"#,
    );
}

#[test]
fn only_campaigns_of_the_page_its_placements_and_the_time_are_asked() {
    let past = "[schedule]\nuntil = 2026-01-31T18:30:00Z";
    let future = "[schedule]\nfrom = 2026-01-31T18:30:00.001Z";
    let now = "[schedule]\nfrom = 2026-01-31T18:30:00Z\nuntil = 2026-01-31T18:30:00.001Z";
    let plan = plan(vec![
        (campaign("a-past", "banner", past), trap()),
        (campaign("b-future", "banner", future), trap()),
        (campaign("c-cart", "banner", "pages = [\"/cart\"]"), trap()),
        (campaign("d-footer", "footer", ""), trap()),
        (campaign("e-now", "banner", &format!("pages = [\"/product/*\", \"/\"]\n{now}")), yes()),
    ]);
    let profile = enrolled(customer("x"), "e-now", "treated");
    check(
        &decision(&plan.expect("a plan"), profile, view("/product/7", &["banner"])),
        r#"banner: e-now/treated offers twenty
           exposed to e-now/treated shown
           a-past does not run now
           b-future does not run now
           c-cart is for another page
           d-footer is for another placement
           e-now is shown, kept treated "because""#,
    );
}

#[test]
fn a_tenant_without_campaigns_offers_nothing() {
    let plan = plan(Vec::new()).expect("a plan");
    check(&decision(&plan, customer("x"), view("/", &[])), "");
}
