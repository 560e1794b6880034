//! Campaigns whose rule is in CEL.

use std::sync::Arc;

use decision::{Compiled, Plan, PlanError, Planned, Rule};
use model::{Campaign, FaultKind, Profile, Tally, TenantKey};
use plugins::Getters;
use rules::cel::tree::{Expr, Kind, Macro, Operation, Variable};
use rules::cel::{Attribute, Declared, Function, Schema, Type, Value};

use crate::shop::{
    campaign, check, customer, customer_in, decide_once, decision, enrolled, host, no, plan, trap,
    view, yes,
};

fn schema() -> Schema {
    let views = Declared {
        path: "customer.views".into(),
        parameters: Box::default(),
        ty: Type::Int,
        optional: false,
        about: "".into(),
    };
    Schema { attributes: vec![views], ..Schema::default() }
}

fn expr(kind: Kind, ty: Type) -> Expr {
    Expr { kind, ty, span: 0..0 }
}

fn int(number: i64) -> Expr {
    expr(Kind::Constant(Value::Int(number)), Type::Int)
}

fn call(function: Function, one: Expr, other: Expr, ty: Type) -> Expr {
    expr(Kind::Call(function, vec![one, other]), ty)
}

/// `customer.views`
fn views() -> Expr {
    expr(Kind::Attribute(Attribute(0)), Type::Int)
}

/// `customer.views == number`
fn viewed(number: i64) -> Expr {
    call(Function::Equals, views(), int(number), Type::Bool)
}

/// `1 / customer.views == 1`, which has no value for whoever has viewed nothing.
fn failing() -> Expr {
    let quotient = call(Function::Divide, int(1), views(), Type::Int);
    call(Function::Equals, quotient, int(1), Type::Bool)
}

/// `numbers.all(a, numbers.all(b, a + b + 1 + 1 + .. >= 0))`, with so many numbers that the fuel ends.
fn hungry() -> Expr {
    let numbers = || {
        let numbers: Vec<Value> = (0..100).map(Value::Int).collect();
        expr(Kind::Constant(Value::list(numbers)), Type::list(Type::Int))
    };
    let variable = |depth| expr(Kind::Variable(Variable(depth)), Type::Int);
    let add = |one, other| call(Function::Add, one, other, Type::Int);
    let sum = (0..100).fold(add(variable(0), variable(1)), |sum, _| add(sum, int(1)));
    let body = call(Function::GreaterEquals, sum, int(0), Type::Bool);
    (0..2).rev().fold(body, |body, depth| {
        let (range, variable, operation) = (numbers(), Variable(depth), Operation::All);
        let all = Macro { operation, range, variable, filter: None, body };
        expr(Kind::Macro(Box::new(all)), Type::Bool)
    })
}

fn compiled(rules: &[Expr]) -> Compiled {
    let program = rules::cel::compile(&schema(), rules).expect("small enough");
    let set = host().load_rules(&program).expect("allowed");
    Compiled { set, getters: Arc::new(Getters::new(&schema()).expect("known names")) }
}

fn made(campaigns: Vec<(Campaign, Rule)>, compiled: Option<Compiled>) -> Result<Plan, PlanError> {
    let planned = campaigns.into_iter().map(|(campaign, rule)| Planned { campaign, rule });
    let tenant = TenantKey::parse("demo").expect("valid");
    Plan::new(3, tenant, host(), planned.collect(), compiled)
}

/// Campaigns by name, each with a place of its own and a rule that is there at its place.
fn plan_of(campaigns: &[(&str, Expr)]) -> Plan {
    let rules: Vec<Expr> = campaigns.iter().map(|(_, rule)| rule.clone()).collect();
    let campaigns = campaigns.iter().enumerate();
    let planned =
        campaigns.map(|(place, (key, _))| (campaign(key, key, ""), Rule::Compiled(place)));
    made(planned.collect(), Some(compiled(&rules))).expect("a plan")
}

fn with_views(mut profile: Profile, views: u32) -> Profile {
    profile.tallies.push(Tally { views, ..Tally::new(profile.id) });
    profile
}

#[test]
fn a_rule_chooses_its_customers_and_both_arms_are_exposed() {
    let plan = plan_of(&[("rescue", viewed(2))]);
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
    let plan = plan_of(&[("a", viewed(0)), ("b", failing()), ("c", viewed(0))]);
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
        assert_eq!(&*decision.faults[0].detail, "division by zero");
    }
    let exposures = decision(&plan, with_views(customer("x"), 1), view("/", &[])).exposures;
    assert_eq!(exposures[0].campaign.as_str(), "b", "it has a value for whoever viewed once");
}

/// What has no value for one customer may have one for the next, so it is asked again and again.
#[test]
fn a_rule_without_a_value_is_never_stopped() {
    let plan = plan_of(&[("b", failing())]);
    for _ in 0..3 * plugins::limits::BREAKER_FAULTS_MAX {
        let faults = decision(&plan, customer("x"), view("/", &[])).faults;
        assert_eq!(faults[0].kind, FaultKind::RuleError);
    }
}

#[test]
fn a_rule_that_uses_up_its_fuel_harms_no_other() {
    let plan = plan_of(&[("a", viewed(0)), ("b", hungry()), ("c", viewed(0))]);
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
    let compiled = compiled(&[viewed(1), viewed(0)]);
    let (plugin, module) = (yes(), *compiled.set.digest());
    let plugin_digest = *plugin.digest();
    let plan = made(
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
    let without_room = plugins::Host::new(plugins::Config {
        cache_dir: None,
        mac_key: [7; 32],
        compiler: plugins::Compiler::InProcess,
        sandboxes_max: 0,
    });
    let program = rules::cel::compile(&schema(), &[viewed(0)]).expect("small enough");
    let set = without_room.expect("a host").load_rules(&program).expect("allowed");
    let plan = made(campaigns, Some(Compiled { set, ..compiled(&[viewed(0)]) })).expect("a plan");
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
    let compiled = compiled(&[viewed(0)]);
    assert_eq!(made(vec![(one(), Rule::Compiled(1))], Some(compiled.clone())).err(), unknown);
    assert_eq!(made(vec![(one(), Rule::Compiled(0))], None).err(), unknown);
    assert!(made(vec![(one(), Rule::Compiled(0))], Some(compiled)).is_ok());
    assert!(plan(vec![(one(), yes())]).is_ok(), "plugins need no compiled rules");
}
