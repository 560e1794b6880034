//! A rule in CEL, compiled and interpreted.
//!
//! The interpreter is that of the `cel` crate, and gets its best: the program is compiled once, the
//! context with all values and functions is made once, and `tuned` also has the constants as variables,
//! so that no text is parsed while it runs. The compiled rule asks a real profile.
//!
//! `page view` is all of it: a session, its sandbox, one rule, and the end of both. `sandbox reused`
//! asks one session again and again; what the rule needs twice is then kept from the first time, here
//! one time of the cart. `N rules` are a page view on which N different rules are asked.

use std::hint::black_box;
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Program};
use criterion::{Criterion, criterion_group, criterion_main};
use model::{CartLine, Currency, CustomerId, Money, Profile, TenantKey, Timestamp, View};
use plugins::{Compiler, Config, Getters, Host, RuleSet, Shop};
use rules::cel::imports::duration;
use rules::cel::tree::{Expr, Kind};
use rules::cel::{Attribute, Declared, Function, Question, Schema, Type, Value, compile};

const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

/// The case that the product begins with, for the interpreter.
const CART_RESCUE: &str = r#"has(customer.cart.changed_at)
    && customer.cart.value >= money("20.00")
    && now - customer.cart.changed_at <= duration("6h")
    && !customer.ordered_since(customer.cart.changed_at)"#;

/// The same, checked and folded: with an amount in minor units and a time in hours.
fn cart_rescue(minor: i64, hours: i64) -> Expr {
    let expr = |kind: Kind, ty: Type| Expr { kind, ty, span: 0..0 };
    let call =
        |function, arguments: [Expr; 2], ty| expr(Kind::Call(function, arguments.into()), ty);
    let and = |one: Expr, other: Expr| expr(Kind::And(Box::new([one, other])), Type::Bool);
    let changed_at = || expr(Kind::Attribute(Attribute(0)), Type::Timestamp);
    let value = expr(Kind::Attribute(Attribute(1)), Type::Money);
    let now = expr(Kind::Attribute(Attribute(2)), Type::Timestamp);
    let least = expr(Kind::Constant(Value::Money(minor)), Type::Money);
    let within = expr(Kind::Constant(duration(hours * 3_600_000)), Type::Duration);
    let age = call(Function::Subtract, [now, changed_at()], Type::Duration);
    let ordered = Kind::Call(Function::Ask(Question(0)), vec![changed_at()]);
    let not_ordered = Kind::Call(Function::Not, vec![expr(ordered, Type::Bool)]);
    let has = expr(Kind::Present(Attribute(0)), Type::Bool);
    let worth = call(Function::GreaterEquals, [value, least], Type::Bool);
    let recent = call(Function::LessEquals, [age, within], Type::Bool);
    and(and(has, worth), and(recent, expr(not_ordered, Type::Bool)))
}

fn schema() -> Schema {
    let declared = |(path, ty): (&str, Type)| Declared {
        path: path.into(),
        parameters: Box::default(),
        ty,
        optional: true,
        about: "".into(),
    };
    let attributes = [
        ("customer.cart.changed_at", Type::Timestamp),
        ("customer.cart.value", Type::Money),
        ("now", Type::Timestamp),
    ];
    Schema {
        attributes: attributes.map(declared).into(),
        questions: vec![declared(("customer.ordered_since", Type::Bool))],
        currency: Some(eur()),
        whole_milliseconds: true,
        ..Schema::default()
    }
}

fn eur() -> Currency {
    Currency::parse("EUR").expect("known")
}

fn rule_set(host: &Host, rules: &[Expr]) -> RuleSet {
    let program = compile(&schema(), rules).expect("small enough");
    host.load_rules(&program).expect("allowed")
}

/// Somebody for whom every part of the rule is evaluated.
fn shop() -> Arc<Shop> {
    let getters = Arc::new(Getters::new(&schema()).expect("known names"));
    let tenant = TenantKey::parse("demo").expect("valid");
    let changed_at = Timestamp::from_ms(NOW.ms() - 600_000);
    let mut profile = Profile::new(tenant, CustomerId::from_u128(1), NOW);
    profile.cart.changed_at = Some(changed_at);
    profile.cart.lines.push(CartLine {
        product: "mug".into(),
        quantity: 2,
        price: Some(Money::from_minor(1_999, eur())),
        changed_at,
    });
    let (profile, view) = (Arc::new(profile), Arc::new(View::default()));
    Arc::new(Shop { getters, profile, view, now: NOW })
}

fn compiled(criterion: &mut Criterion) {
    let config = Config {
        cache_dir: None,
        mac_key: [1; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 4,
    };
    let host = Host::new(config).expect("a host");
    let set = rule_set(&host, &[cart_rescue(2_000, 6)]);
    let shop = shop();
    let mut session = set.open(Arc::clone(&shop) as _);
    assert_eq!(session.holds(0), Ok(Ok(true)));
    criterion.bench_function("compiled, sandbox reused", |bencher| {
        bencher.iter(|| session.holds(black_box(0)));
    });
    criterion.bench_function("compiled, page view", |bencher| {
        bencher.iter(|| set.open(Arc::clone(black_box(&shop)) as _).holds(0));
    });
    for count in [10_i64, 100, 1_000] {
        let rules: Vec<Expr> = (0..count).map(|n| cart_rescue(n, 1 + n % 240)).collect();
        let set = rule_set(&host, &rules);
        criterion.bench_function(&format!("compiled, {count} rules"), |bencher| {
            bencher.iter(|| {
                let mut session = set.open(Arc::clone(black_box(&shop)) as _);
                (0..set.len()).filter(|rule| session.holds(*rule) == Ok(Ok(true))).count()
            });
        });
    }
}

/// What an expression of constants gives.
fn value(text: &str) -> cel::Value {
    let program = Program::compile(text).expect("valid");
    program.execute(&Context::default()).expect("a value")
}

fn interpreted(criterion: &mut Criterion) {
    let mut context = Context::default();
    let customer = r#"{"cart": {"changed_at": timestamp("2023-11-14T22:03:20Z"), "value": 3998}}"#;
    context.add_variable_from_value("customer", value(customer));
    context.add_variable_from_value("now", value(r#"timestamp("2023-11-14T22:13:20Z")"#));
    context.add_variable_from_value("six_hours", value(r#"duration("6h")"#));
    let money = |amount: Arc<String>| Money::parse(&amount, eur()).map_or(0, |money| money.minor);
    context.add_function("money", money).expect("a new name");
    let ordered_since = |_: This<cel::Value>, _: cel::Value| false;
    context.add_function("ordered_since", ordered_since).expect("a new name");
    let written = CART_RESCUE.to_owned();
    let tuned =
        written.replace(r#"money("20.00")"#, "2000").replace(r#"duration("6h")"#, "six_hours");
    for (name, text) in [("interpreted, as written", written), ("interpreted, tuned", tuned)] {
        let program = Program::compile(&text).expect("valid");
        assert_eq!(program.execute(&context), Ok(cel::Value::Bool(true)));
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&program).execute(black_box(&context)));
        });
    }
}

criterion_group!(benches, compiled, interpreted);
criterion_main!(benches);
