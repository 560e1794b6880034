//! Every getter gives what the profile and the page view say.
//!
//! The modules compare what they get with what they expect and trap when it is something else, so
//! that the values pass through the guest's memory and not only through the host's.

use model::{Lifecycle, Money, Timestamp, View};

use super::world::{HOUR_MS, NOW, World, eur, module};

const CUSTOMER: &str = "vitrine:rules/customer@1.0.0";
const VIEW: &str = "vitrine:rules/view@1.0.0";

/// Asserts that a module whose `decide` is this ends well: it traps where something is not as
/// expected.
#[track_caller]
fn holds(world: &World, imports: &str, checks: &str) {
    let source = module(imports, &format!("{checks} (i32.const 0)"));
    let outcome = world.call(&world.load(source)).outcome;
    assert_eq!(outcome, Ok(None));
}

fn import(interface: &str, name: &str, signature: &str) -> String {
    format!(r#"(import "{interface}" "{name}" (func $get {signature}))"#)
}

/// `func() -> u32` and enums.
#[track_caller]
fn count(world: &World, name: &str, expected: u32) {
    let check = format!("(if (i32.ne (call $get) (i32.const {expected})) (then (unreachable)))");
    holds(world, &import(CUSTOMER, name, "(result i32)"), &check);
}

/// `func() -> s64`.
#[track_caller]
fn amount(world: &World, interface: &str, name: &str, expected: i64) {
    let check = format!("(if (i64.ne (call $get) (i64.const {expected})) (then (unreachable)))");
    holds(world, &import(interface, name, "(result i64)"), &check);
}

/// `func() -> option<s64>`.
#[track_caller]
fn option(world: &World, name: &str, expected: Option<i64>) {
    let imports = import(CUSTOMER, name, "(param i32)");
    let check = option_check("(call $get (i32.const 1024))", expected);
    holds(world, &imports, &check);
}

fn option_check(call: &str, expected: Option<i64>) -> String {
    let value = expected.unwrap_or_default();
    let some = u8::from(expected.is_some());
    format!(
        "{call} (if (i32.ne (i32.load8_u (i32.const 1024)) (i32.const {some})) (then (unreachable)))
         (if (i64.ne (i64.load (i32.const 1032)) (i64.const {value})) (then (unreachable)))"
    )
}

/// A data segment with a name, and the arguments that point to it.
fn name(text: &str) -> (String, String) {
    let bytes: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let data = format!(r#"(data (i32.const 512) "{bytes}")"#);
    (data, format!("(i32.const 512) (i32.const {})", text.len()))
}

/// `func(name: string) -> u32` and bools.
#[track_caller]
fn count_of(world: &World, getter: &str, argument: &str, expected: u32) {
    let (data, arguments) = name(argument);
    let imports = import(CUSTOMER, getter, "(param i32 i32) (result i32)") + &data;
    let check = format!(
        "(if (i32.ne (call $get {arguments}) (i32.const {expected})) (then (unreachable)))"
    );
    holds(world, &imports, &check);
}

/// `func(name: string) -> option<T>` of 8 bytes, compared as bits.
#[track_caller]
fn option_of(world: &World, getter: &str, argument: &str, expected: Option<i64>) {
    let (data, arguments) = name(argument);
    let imports = import(CUSTOMER, getter, "(param i32 i32 i32)") + &data;
    let check = option_check(&format!("(call $get {arguments} (i32.const 1024))"), expected);
    holds(world, &imports, &check);
}

/// `func(name: string) -> option<bool>`.
#[track_caller]
fn flag_of(world: &World, getter: &str, argument: &str, expected: Option<bool>) {
    let (data, arguments) = name(argument);
    let imports = import(CUSTOMER, getter, "(param i32 i32 i32)") + &data;
    let bytes = expected.map_or(0, |flag| 1 + 256 * u32::from(flag));
    // At an odd address, which the alignment of a bool allows.
    let check = format!(
        "(call $get {arguments} (i32.const 1025))
         (if (i32.ne (i32.load16_u (i32.const 1025)) (i32.const {bytes})) (then (unreachable)))"
    );
    holds(world, &imports, &check);
}

/// Makes the text that a getter gives the reason of an offer.
#[track_caller]
fn text(world: &World, interface: &str, getter: &str) -> Box<str> {
    let imports =
        import(interface, getter, "(param i32)") + r#"(data (i32.const 64) "\01\00\00\00")"#;
    let source = module(&imports, "(call $get (i32.const 68)) (i32.const 64)");
    world.answer(source).expect("an offer").reason
}

/// The same for an `option<string>`, which has the layout of an `option<offer>` of nothing but a
/// reason.
#[track_caller]
fn option_text(world: &World, getter: &str, argument: Option<&str>) -> Option<Box<str>> {
    let (data, arguments) = argument.map(name).unwrap_or_default();
    let parameters = if argument.is_some() { "(param i32 i32 i32)" } else { "(param i32)" };
    let imports = import(CUSTOMER, getter, parameters) + &data;
    let source =
        module(&imports, &format!("(call $get {arguments} (i32.const 64)) (i32.const 64)"));
    world.answer(source).map(|offer| offer.reason)
}

#[test]
fn a_plugin_sees_how_far_the_customer_has_come() {
    let mut world = World::new();
    let at = Some(NOW);
    count(&world, "lifecycle", 0);
    world.profile.lead_since = at;
    count(&world, "lifecycle", 1);
    world.profile.qualified_since = at;
    count(&world, "lifecycle", 2);
    world.profile.first_order_at = at;
    assert_eq!(world.profile.lifecycle(), Lifecycle::Customer);
    count(&world, "lifecycle", 3);
    amount(&world, CUSTOMER, "first-seen", NOW.ms() - 50 * HOUR_MS);
    amount(&world, CUSTOMER, "last-seen", NOW.ms());
    count(&world, "visits", 3);
    count(&world, "views", 12);
}

#[test]
fn a_plugin_sees_the_cart() {
    let mut world = World::new();
    amount(&world, CUSTOMER, "cart-value", 3_998);
    count(&world, "cart-lines", 1);
    assert_eq!(option_text(&world, "cart-currency", None).as_deref(), Some("EUR"));
    option(&world, "cart-changed-at", Some(NOW.ms() - HOUR_MS));
    count_of(&world, "cart-has", "mug", 1);
    count_of(&world, "cart-has", "cup", 0);

    // Removed lines stay in the profile with quantity 0; an id is held cut to its limit.
    let long = "ä".repeat(40);
    world.profile.cart.lines[0].product = "ä".repeat(32).into();
    count_of(&world, "cart-has", &long, 1);
    world.profile.cart.lines[0].quantity = 0;
    count_of(&world, "cart-has", &long, 0);
    count(&world, "cart-lines", 0);
    amount(&world, CUSTOMER, "cart-value", 0);
    assert_eq!(option_text(&world, "cart-currency", None), None);
    world.profile.cart.changed_at = None;
    option(&world, "cart-changed-at", None);
    world.profile.cart.lines[0].quantity = 1;
    world.profile.cart.lines[0].price = Some(Money::from_minor(-5, eur()));
    amount(&world, CUSTOMER, "cart-value", -5);
}

#[test]
fn a_plugin_sees_orders_and_revenue() {
    let mut world = World::new();
    count(&world, "orders", 1);
    option(&world, "first-order-at", None);
    option(&world, "last-order-at", None);
    world.profile.first_order_at = Some(Timestamp::from_ms(-7));
    world.profile.last_order_at = Some(Timestamp::from_ms(9));
    option(&world, "first-order-at", Some(-7));
    option(&world, "last-order-at", Some(9));
    for (currency, expected) in [("EUR", 800), ("eur", 800), ("USD", 0), ("", 0), ("euro", 0)] {
        let (data, arguments) = name(currency);
        let imports = import(CUSTOMER, "revenue", "(param i32 i32) (result i64)") + &data;
        let check = format!(
            "(if (i64.ne (call $get {arguments}) (i64.const {expected})) (then (unreachable)))"
        );
        holds(&world, &imports, &check);
    }
}

#[test]
fn a_plugin_sees_traits_and_consent_by_name_and_type() {
    let world = World::new();
    assert_eq!(option_text(&world, "trait-text", Some("city")).as_deref(), Some("Zürich"));
    for name in ["age", "vip", "gone", "", "town"] {
        assert_eq!(option_text(&world, "trait-text", Some(name)), None, "{name:?}");
    }
    option_of(&world, "trait-number", "age", Some(41.5_f64.to_bits().cast_signed()));
    option_of(&world, "trait-number", "city", None);
    flag_of(&world, "trait-flag", "vip", Some(true));
    flag_of(&world, "trait-flag", "gone", None);
    flag_of(&world, "consent", "ads", Some(false));
    flag_of(&world, "consent", "mail", None);
}

#[test]
fn a_plugin_sees_what_the_customer_was_shown() {
    let world = World::new();
    count_of(&world, "shows", "spring", 4);
    count_of(&world, "shows", "Not A Key!", 0);
    option_of(&world, "exposed-since", "spring", Some(77));
    option_of(&world, "exposed-since", "autumn", None);
}

#[test]
fn a_plugin_sees_the_page_view() {
    let mut world = World::new();
    assert_eq!(&*text(&world, VIEW, "path"), "/cart");
    assert_eq!(&*text(&world, VIEW, "url"), "https://shop.example/cart?x=1");
    assert_eq!(&*text(&world, VIEW, "referrer"), "");
    assert_eq!(&*text(&world, VIEW, "locale"), "de-CH");
    assert_eq!(&*text(&world, VIEW, "device"), "mobile");
    amount(&world, VIEW, "now", NOW.ms());
    amount(&world, VIEW, "random", 42);
    world.seed = u64::MAX;
    amount(&world, VIEW, "random", -1);
    world.view = View::default();
    assert_eq!(&*text(&world, VIEW, "url"), "");
}

#[test]
fn texts_are_allocated_as_the_canonical_abi_says() {
    // Nothing old, no old size, alignment 1, the text's length.
    let source = r#"(module
      (import "vitrine:rules/view@1.0.0" "path" (func $path (param i32)))
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (if (i32.or (local.get 0) (local.get 1)) (then (unreachable)))
        (if (i32.ne (local.get 2) (i32.const 1)) (then (unreachable)))
        (if (i32.ne (local.get 3) (i32.const 5)) (then (unreachable)))
        (drop (memory.grow (i32.const 1)))
        (i32.const 65536))
      (func (export "decide") (result i32)
        (call $path (i32.const 64))
        (if (i32.ne (i32.load (i32.const 64)) (i32.const 65536)) (then (unreachable)))
        (if (i32.ne (i32.load (i32.const 65537)) (i32.const 0x74726163)) (then (unreachable)))
        (i32.const 0)))"#;
    assert_eq!(World::new().answer(source), None);
}
