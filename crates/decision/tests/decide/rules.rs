//! Campaigns whose rule is in CEL.

use decision::{Plan, PlanError, Rule};
use model::{FaultKind, Profile, Tally};
use plugins::{Compiler, Config, Host};

use crate::shop::{
    campaign, check, compiled, customer, customer_in, decide_once, decision, enrolled, host, no,
    plan, plan_of, trap, view, yes,
};

/// For whoever has viewed nothing yet.
const NEW: &str = "customer.views == 0";

/// Has no value for whoever has viewed nothing yet.
const FAILING: &str = "1 / customer.views == 1";

/// Goes over so many pairs of numbers that the fuel ends.
fn hungry() -> String {
    let numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let (numbers, more) = (numbers.join(", "), " + 1".repeat(50));
    format!("[{numbers}].all(a, [{numbers}].all(b, a + b{more} >= 0))")
}

/// Campaigns by name, each with a place of its own and a rule that is there at its place.
fn plan_of_rules(campaigns: &[(&str, &str)]) -> Plan {
    let rules: Vec<&str> = campaigns.iter().map(|(_, rule)| *rule).collect();
    let campaigns = campaigns.iter().enumerate();
    let planned =
        campaigns.map(|(place, (key, _))| (campaign(key, key, ""), Rule::Compiled(place)));
    plan_of(planned.collect(), Some(compiled(&host(), &rules))).expect("a plan")
}

fn with_views(mut profile: Profile, views: u32) -> Profile {
    profile.tallies.push(Tally { views, ..Tally::new(profile.id) });
    profile
}

#[test]
fn a_rule_chooses_its_customers_and_both_arms_are_exposed() {
    let plan = plan_of_rules(&[("rescue", "customer.views == 2")]);
    check(
        &decision(&plan, with_views(customer_in("rescue", 1), 2), view("/", &[])),
        r#"rescue: rescue/treated offers twenty
           exposed to rescue/treated shown
           rescue is shown, assigned treated """#,
    );
    check(
        &decision(&plan, with_views(customer_in("rescue", 0), 2), view("/", &[])),
        r#"exposed to rescue/control withheld
           rescue is withheld, assigned control """#,
    );
    for place in [0, 1] {
        let other = with_views(customer_in("rescue", place), 3);
        check(&decision(&plan, other, view("/", &[])), "rescue is not for this customer");
    }
}

#[test]
fn a_rule_without_a_value_is_a_fault_of_its_campaign_in_either_arm() {
    let plan = plan_of_rules(&[("a", NEW), ("b", FAILING), ("c", NEW)]);
    for arm in ["control", "treated"] {
        let customer = enrolled(enrolled(customer("x"), "a", "control"), "b", arm);
        let decision = decision(&plan, enrolled(customer, "c", "treated"), view("/", &[]));
        check(
            &decision,
            r#"c: c/treated offers twenty
               exposed to a/control withheld
               exposed to c/treated shown
               fault b rule-error
               a is withheld, kept control ""
               b is faulty: rule-error
               c is shown, kept treated """#,
        );
        assert_eq!(&*decision.faults[0].detail, "divide by zero");
    }
    let exposures = decision(&plan, with_views(customer("x"), 1), view("/", &[])).exposures;
    assert_eq!(exposures[0].campaign.as_str(), "b", "it has a value for whoever viewed once");
}

/// What has no value for one customer may have one for the next, so it is asked again and again.
#[test]
fn a_rule_without_a_value_is_never_stopped() {
    let plan = plan_of_rules(&[("b", FAILING)]);
    for _ in 0..3 * plugins::limits::BREAKER_FAULTS_MAX {
        let faults = decision(&plan, customer("x"), view("/", &[])).faults;
        assert_eq!(faults[0].kind, FaultKind::RuleError);
    }
}

#[test]
fn a_rule_that_uses_up_its_fuel_harms_no_other() {
    let plan = plan_of_rules(&[("a", NEW), ("b", &hungry()), ("c", NEW)]);
    let customer = enrolled(enrolled(customer("x"), "a", "treated"), "c", "treated");
    check(
        &decision(&plan, customer, view("/", &[])),
        r#"a: a/treated offers twenty
           c: c/treated offers twenty
           exposed to a/treated shown
           exposed to c/treated shown
           fault b out-of-fuel
           a is shown, kept treated ""
           b is faulty: out-of-fuel
           c is shown, kept treated """#,
    );
}

#[test]
fn plugins_and_rules_take_turns_in_one_plan() {
    let compiled = compiled(&host(), &["customer.views == 1", NEW]);
    let (plugin, module) = (yes(), *compiled.set.digest());
    let plugin_digest = *plugin.digest();
    let plan = plan_of(
        vec![
            (campaign("a", "banner", "priority = 5"), Rule::Compiled(0)),
            (campaign("b", "banner", "priority = 4"), Rule::Plugin(no())),
            (campaign("c", "banner", "priority = 3"), Rule::Compiled(1)),
            (campaign("d", "footer", "priority = 2"), Rule::Plugin(plugin)),
            (campaign("e", "banner", "priority = 1"), Rule::Plugin(trap())),
        ],
        Some(compiled),
    );
    let customer = enrolled(enrolled(customer("x"), "c", "control"), "d", "treated");
    let decision = decision(&plan.expect("a plan"), customer, view("/", &[]));
    check(
        &decision,
        r#"footer: d/treated offers twenty
           exposed to c/control withheld
           exposed to d/treated shown
           a is not for this customer
           b is not for this customer
           c is withheld, kept control ""
           d is shown, kept treated "because"
           e is outranked by c"#,
    );
    let digests: Vec<_> = decision.exposures.iter().map(|it| it.rule_digest).collect();
    assert_eq!(digests, [module, plugin_digest]);
}

/// Else a thousand campaigns would cost a sandbox on pages that concern none of them.
#[test]
fn a_page_view_that_asks_no_rule_needs_no_sandbox() {
    let past = campaign("past", "footer", "[schedule]\nuntil = 2026-01-31T18:30:00Z");
    let campaigns = vec![
        (campaign("a", "banner", "priority = 1"), Rule::Plugin(yes())),
        (campaign("b", "banner", ""), Rule::Compiled(0)),
        (past, Rule::Compiled(0)),
    ];
    let without_room = Config {
        cache_dir: None,
        mac_key: [7; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 0,
    };
    let without_room = Host::new(without_room).expect("a host");
    let plan = plan_of(campaigns, Some(compiled(&without_room, &[NEW]))).expect("a plan");
    check(
        &decision(&plan, customer_in("a", 0), view("/", &[])),
        r#"exposed to a/control withheld
           a is withheld, assigned control "because"
           b is outranked by a
           past does not run now"#,
    );
    let asked = decide_once(&plan, customer("x"), view("/", &["nowhere"]));
    assert_eq!(asked.faults, []);
}

#[test]
fn a_rule_that_was_not_compiled_makes_no_plan() {
    let one = || campaign("one", "banner", "");
    let unknown = Some(PlanError::UnknownRule(one().key));
    let compiled = compiled(&host(), &[NEW]);
    assert_eq!(plan_of(vec![(one(), Rule::Compiled(1))], Some(compiled.clone())).err(), unknown);
    assert_eq!(plan_of(vec![(one(), Rule::Compiled(0))], None).err(), unknown);
    assert!(plan_of(vec![(one(), Rule::Compiled(0))], Some(compiled)).is_ok());
    assert!(plan(vec![(one(), yes())]).is_ok(), "plugins need no compiled rules");
}
