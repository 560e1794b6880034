//! A plugin written in Rust with the SDK, as its author's toolchain builds it.

use std::path::PathBuf;

use model::{Money, Timestamp};

use super::world::{CART_RESCUE, HOUR_MS, NOW, World, eur};

/// A guest that `cargo xtask guests` has built.
fn guest(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("VITRINE_GUESTS").map(PathBuf::from);
    let folder = folder.expect("VITRINE_GUESTS names the folder that `cargo xtask guests` fills");
    std::fs::read(folder.join(format!("{name}.wasm"))).expect("the guest is built")
}

#[test]
#[ignore = "needs the built guests; `cargo xtask test` builds them and runs this"]
fn the_cart_rescue_of_the_sdk_decides_as_the_one_written_by_hand() {
    let mut world = World::new();
    let (by_hand, by_sdk) = (world.load(CART_RESCUE), world.load(guest("cart-rescue")));
    assert_ne!(by_hand.digest(), by_sdk.digest());
    let at = |ms: i64| Timestamp::from_ms(NOW.ms() + ms);
    let mut eligible = 0;
    let mut asked = 0;
    for minor in [0, 1, 999, 1_000, 1_001, 500_000] {
        for changed in
            [None, Some(-6 * HOUR_MS - 1), Some(-6 * HOUR_MS), Some(-1), Some(0), Some(1)]
        {
            for ordered in
                [None, Some(-7 * HOUR_MS), Some(-6 * HOUR_MS), Some(-1), Some(0), Some(1)]
            {
                world.profile.cart.lines[0].price = Some(Money::from_minor(minor, eur()));
                world.profile.cart.changed_at = changed.map(at);
                world.profile.last_order_at = ordered.map(at);
                let answers = [&by_hand, &by_sdk]
                    .map(|plugin| world.call(plugin).outcome.expect("no fault").is_some());
                assert_eq!(answers[0], answers[1], "{minor} cents, {changed:?}, {ordered:?}");
                eligible += usize::from(answers[0]);
                asked += 1;
            }
        }
    }
    assert!(eligible > 0 && eligible < asked, "{eligible} of {asked}: both answers were compared");
}
