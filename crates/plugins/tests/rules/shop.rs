//! The attributes and questions of a shop, asked by compiled rules and by the evaluator alike.

use std::sync::Arc;

use model::{
    Arm, CampaignKey, CartLine, ConsentChoice, Currency, CustomerId, Enrolment, GoalKey, Money,
    OrderSeen, Placed, Placement, ProductHash, Profile, Recent, Revenue, SplitKey, Tally,
    TenantKey, TermsKey, Timestamp, Trait, TraitValue, VariantKey, View,
};
use plugins::{Getters, Shop};
use rules::cel::evaluate::evaluate;
use rules::cel::tree::{Expr, Kind};
use rules::cel::{
    Attribute, Declared, DeclaredTrait, EvalErrorKind, Function, Question, Schema, TraitType, Type,
    Value,
};

use super::world::{HOUR_MS, NOW_MS, asked, host};

fn eur() -> Currency {
    Currency::parse("EUR").expect("known")
}

fn at(hours_ago: i64) -> Timestamp {
    Timestamp::from_ms(NOW_MS - hours_ago * HOUR_MS)
}

fn campaign(name: &str) -> CampaignKey {
    CampaignKey::parse(name).expect("valid")
}

fn declared(path: &str, ty: Type) -> Declared {
    Declared { path: path.into(), parameters: Box::default(), ty, optional: true, about: "".into() }
}

/// Names that rules use, and declared traits.
fn schema(traits: &[(&str, Type)]) -> Schema {
    use Type::{Bool, Duration, Int, Money, String, Timestamp};
    let attributes = [
        ("customer.lifecycle", String),
        ("customer.first_seen", Timestamp),
        ("customer.lead_since", Timestamp),
        ("customer.visits", Int),
        ("customer.cart.value", Money),
        ("customer.cart.lines", Int),
        ("customer.cart.items", Int),
        ("customer.cart.changed_at", Timestamp),
        ("customer.cart.products", Type::list(String)),
        ("customer.orders", Int),
        ("customer.revenue", Money),
        ("customer.discount", Money),
        ("customer.average_order", Money),
        ("customer.order_interval", Duration),
        ("customer.last_order_at", Timestamp),
        ("customer.consent", Type::map(String, Bool)),
        ("customer.traits", Type::map(String, Type::Dyn)),
        ("view.path", String),
        ("view.language", String),
        ("view.placements", Type::list(String)),
        ("now", Timestamp),
    ];
    let questions = [
        ("customer.count", Int),
        ("customer.ordered_since", Bool),
        ("customer.bought_since", Bool),
        ("customer.has_in_cart", Bool),
        ("customer.exposed_to", Bool),
        ("customer.shows", Int),
    ];
    let traits =
        traits.iter().map(|(name, ty)| declared(&format!("customer.traits.{name}"), ty.clone()));
    let attributes = attributes.into_iter().map(|(path, ty)| declared(path, ty));
    Schema {
        attributes: attributes.chain(traits).collect(),
        questions: questions.map(|(path, ty)| declared(path, ty)).into(),
        currency: Some(eur()),
        whole_milliseconds: true,
        ..Schema::default()
    }
}

fn place(all: &[Declared], path: &str) -> u16 {
    let place = all.iter().position(|declared| *declared.path == *path).expect("declared");
    u16::try_from(place).expect("few")
}

/// Somebody who ordered 50 and 2 hours ago, and has two mugs in the cart.
fn profile() -> Profile {
    let id = CustomerId::from_u128(1);
    let mut profile = Profile::new(TenantKey::parse("demo").expect("valid"), id, at(100));
    profile.last_seen = at(0);
    profile.first_order_at = Some(at(50));
    profile.last_order_at = Some(at(2));
    profile.cart.changed_at = Some(at(1));
    profile.cart.lines.push(CartLine {
        product: "mug".into(),
        quantity: 2,
        price: Some(Money::from_minor(1_999, eur())),
        changed_at: at(1),
    });
    profile.orders.push(OrderSeen {
        id_hash: 7,
        at: at(2),
        placed: Some(Placed {
            origin: id,
            revenue: None,
            discount_minor: 0,
            products: vec![ProductHash::of("lamp")].into(),
        }),
        cancelled: false,
        refunds: Vec::new().into(),
    });
    let set_at = at(9);
    let one = |name: &str, value| Trait { name: name.into(), value, set_at };
    profile.traits = vec![
        one("age", TraitValue::Number(41.0)),
        one("city", TraitValue::Text("Bern".into())),
        one("gone", TraitValue::Absent),
    ]
    .into();
    profile.consent = vec![ConsentChoice { category: "ads".into(), granted: true, set_at }].into();
    profile.enrolments = vec![Enrolment {
        campaign: campaign("spring"),
        variant: VariantKey::parse("a").expect("valid"),
        since: at(9),
        last_at: at(9),
        goal: GoalKey::ORDERS,
        attribution_until: Timestamp::MAX,
        split: SplitKey::OTHER,
        revenue_before: Box::default(),
        cart_at: Timestamp::MAX,
        checkout_at: Timestamp::MAX,
    }]
    .into();
    let (campaign, variant) = (&campaign("spring"), &profile.enrolments[0].variant);
    profile.recent = vec![
        Recent::exposure(Arm { campaign, variant, terms: TermsKey::NONE }, at(1), 1),
        Recent::event("Product Viewed", at(3), "a"),
        Recent::event("Product Viewed", at(30), "b"),
    ]
    .into();
    let mut tally = Tally::new(id);
    (tally.visits, tally.orders, tally.orders_void) = (3, 2, 1);
    let revenue = Revenue { gross_minor: 9_000, discount_minor: 50, ..Revenue::new(eur()) };
    tally.revenue = vec![revenue].into();
    profile.tallies = vec![tally].into();
    profile
}

fn view() -> View {
    View {
        path: "/cart".into(),
        locale: "de-AT".into(),
        placements: vec![Placement::parse("banner").expect("valid")],
        ..View::default()
    }
}

/// What a rule gives, compiled and evaluated.
#[track_caller]
fn value(schema: &Schema, profile: Profile, rule: Expr) -> Result<Value, EvalErrorKind> {
    let shop = Shop {
        getters: Arc::new(Getters::new(schema).expect("known names")),
        profile: Arc::new(profile),
        view: Arc::new(view()),
        now: at(0),
    };
    let expected = evaluate(&rule, &shop).map_err(|error| error.kind);
    let program = rules::cel::compile(schema, &[rule]).expect("small enough");
    let set = host().load_rules(&program).expect("allowed");
    let found = asked(&mut set.open(Arc::new(shop)), 0).expect("no fault");
    let found = found.map_err(|error| error.kind);
    assert_eq!(found, expected);
    found
}

fn attribute(schema: &Schema, path: &str) -> Expr {
    let attribute = place(&schema.attributes, path);
    let ty = schema.attributes[usize::from(attribute)].ty.clone();
    Expr { kind: Kind::Attribute(Attribute(attribute)), ty, span: 0..0 }
}

#[track_caller]
fn known(path: &str) -> Result<Value, EvalErrorKind> {
    let schema = schema(&[]);
    value(&schema, profile(), attribute(&schema, path))
}

#[track_caller]
fn answer(path: &str, arguments: &[Value]) -> Value {
    let schema = schema(&[]);
    let question = Question(place(&schema.questions, path));
    let ty = schema.questions[usize::from(question.0)].ty.clone();
    let constant = |value: &Value| Expr {
        kind: Kind::Constant(value.clone()),
        ty: value.type_of(),
        span: 0..0,
    };
    let arguments = arguments.iter().map(constant).collect();
    let call = Expr { kind: Kind::Call(Function::Ask(question), arguments), ty, span: 0..0 };
    value(&schema, profile(), call).expect("an answer")
}

fn time(at: Timestamp) -> Value {
    super::world::timestamp(at.ms())
}

fn texts(texts: &[&str]) -> Value {
    Value::list(texts.iter().map(|text| Value::text(text)).collect::<Vec<Value>>())
}

#[test]
fn attributes_are_those_of_the_profile_and_the_page_view() {
    let expected = [
        ("customer.lifecycle", Value::text("customer")),
        ("customer.first_seen", time(at(100))),
        ("customer.visits", Value::Int(3)),
        ("customer.cart.value", Value::Money(3_998)),
        ("customer.cart.lines", Value::Int(1)),
        ("customer.cart.items", Value::Int(2)),
        ("customer.cart.changed_at", time(at(1))),
        ("customer.cart.products", texts(&["mug"])),
        ("customer.orders", Value::Int(2)),
        ("customer.revenue", Value::Money(9_000)),
        ("customer.discount", Value::Money(50)),
        ("customer.average_order", Value::Money(4_500)),
        ("customer.order_interval", rules::cel::imports::duration(24 * HOUR_MS)),
        ("customer.last_order_at", time(at(2))),
        ("view.path", Value::text("/cart")),
        ("view.language", Value::text("de")),
        ("view.placements", texts(&["banner"])),
        ("now", time(at(0))),
    ];
    for (path, value) in expected {
        assert_eq!(known(path), Ok(value), "{path}");
    }
    assert_eq!(known("customer.lead_since"), Err(EvalErrorKind::NoSuchKey));
}

#[test]
fn consent_and_traits_are_maps_by_name() {
    let Ok(Value::Map(consent)) = known("customer.consent") else { panic!("a map") };
    assert_eq!(consent.get_text("ads"), Some(&Value::Bool(true)));
    let Ok(Value::Map(traits)) = known("customer.traits") else { panic!("a map") };
    assert_eq!(traits.len(), 2, "what was taken back is not there");
    assert_eq!(traits.get_text("city"), Some(&Value::text("Bern")));
}

#[test]
fn a_declared_trait_has_its_type_or_no_value() {
    let schema = schema(&["age", "city", "gone"].map(|name| (name, Type::Double)));
    let trait_of = |name: &str| {
        let path = format!("customer.traits.{name}");
        value(&schema, profile(), attribute(&schema, &path))
    };
    assert_eq!(trait_of("age"), Ok(Value::Double(41.0)));
    assert_eq!(trait_of("city"), Err(EvalErrorKind::Conversion));
    assert_eq!(trait_of("gone"), Err(EvalErrorKind::NoSuchKey));
}

#[test]
fn questions_are_answered_from_what_is_remembered() {
    let hours = |hours: i64| rules::cel::imports::duration(hours * HOUR_MS);
    let [viewed, spring] = ["Product Viewed", "spring"].map(Value::text);
    let (mug, lamp) = (Value::text("mug"), Value::text("lamp"));
    let bool = Value::Bool;
    assert_eq!(answer("customer.count", &[viewed.clone(), hours(24)]), Value::Int(1));
    assert_eq!(answer("customer.count", &[viewed, hours(30)]), Value::Int(2));
    assert_eq!(answer("customer.ordered_since", &[time(at(2))]), bool(true));
    assert_eq!(answer("customer.ordered_since", &[time(at(1))]), bool(false));
    assert_eq!(answer("customer.bought_since", &[lamp.clone(), time(at(3))]), bool(true));
    assert_eq!(answer("customer.bought_since", &[lamp, time(at(1))]), bool(false));
    assert_eq!(answer("customer.has_in_cart", &[mug]), bool(true));
    assert_eq!(answer("customer.exposed_to", std::slice::from_ref(&spring)), bool(true));
    assert_eq!(answer("customer.exposed_to", &[Value::text("no key!")]), bool(false));
    assert_eq!(answer("customer.shows", &[spring.clone(), hours(1)]), Value::Int(1));
    assert_eq!(answer("customer.shows", &[spring, hours(0)]), Value::Int(0));
}

#[test]
fn what_does_not_fit_is_an_error_and_not_another_value() {
    let schema = schema(&[]);
    let path =
        |profile: &Profile, path: &str| value(&schema, profile.clone(), attribute(&schema, path));
    let mut foreign = profile();
    let price = Money::from_minor(5, Currency::parse("USD").expect("known"));
    foreign.cart.lines[0].price = Some(price);
    assert_eq!(path(&foreign, "customer.cart.value"), Err(EvalErrorKind::Conversion));
    foreign.cart.lines.clear();
    assert_eq!(path(&foreign, "customer.cart.value"), Ok(Value::Money(0)));
    let mut broken = profile();
    broken.cart.changed_at = Some(Timestamp::MAX);
    assert_eq!(path(&broken, "customer.cart.changed_at"), Err(EvalErrorKind::Overflow));
    broken.tallies.clear();
    broken.orders.clear();
    assert_eq!(path(&broken, "customer.average_order"), Err(EvalErrorKind::NoSuchKey));
    assert_eq!(path(&broken, "customer.order_interval"), Err(EvalErrorKind::NoSuchKey));
}

#[test]
fn every_name_that_rules_can_use_is_known_here() {
    let vip = DeclaredTrait { name: "vip".into(), ty: TraitType::Flag };
    for traits in [&[][..], &[vip]] {
        let schema = Schema::shop(eur(), traits);
        assert_eq!(Getters::new(&schema).map(drop), Ok(()));
        assert!(schema.whole_milliseconds);
    }
}

#[test]
fn a_name_that_no_shop_has_is_refused_before_any_rule_is_asked() {
    let with = |path: &str, ty: Type| {
        let mut schema = schema(&[]);
        schema.attributes.push(declared(path, ty));
        Getters::new(&schema).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(with("customer.views", Type::Int), Ok(()));
    let refused = "a shop has no `customer.views` of type string";
    assert_eq!(with("customer.views", Type::String), Err(refused.into()));
    assert!(with("customer.shoe_size", Type::Int).is_err());
}
