use super::{amount, percent, points, signed};

#[test]
fn what_is_rounded_to_nothing_has_no_sign() {
    assert_eq!([-0.000_01, 0.0, 0.000_01].map(points), ["0.00"; 3]);
    assert_eq!([-0.000_1, -0.0].map(percent), ["0.0 %"; 2]);
    assert_eq!([-0.4, 0.4].map(|minor| signed(&amount(minor, "EUR"))), ["0.00"; 2]);
    assert_eq!([-0.4, 0.4].map(|minor| signed(&amount(minor, "JPY"))), ["0"; 2]);
    assert_eq!([-1.0, 1.0].map(|minor| signed(&amount(minor, "EUR"))), ["-0.01", "+0.01"]);
    assert_eq!([-0.000_1, 0.001].map(points), ["-0.01", "+0.10"]);
}
