//! Amounts of money and quantities as shops write them.

use std::borrow::Cow;

use model::limits::CART_QUANTITY_MAX;
use model::{Currency, Money};
use serde_json::value::RawValue;

use super::error::SkipReason;
use super::json::{is_number, string};

/// The currency that is written, else `other`. Empty text is as good as none.
pub(crate) fn currency(value: Option<&RawValue>, other: Currency) -> Result<Currency, SkipReason> {
    let Some(value) = value else { return Ok(other) };
    let code = string(value).ok_or(SkipReason::UnknownCurrency)?;
    match code.trim() {
        "" => Ok(other),
        code => Currency::parse(code).map_err(|_| SkipReason::UnknownCurrency),
    }
}

/// An amount, as a number or as text. Empty text is as good as none.
///
/// The digits are taken as they were written, not by way of a float: `19.995` is a decimal number.
pub(crate) fn amount(
    value: Option<&RawValue>,
    currency: Currency,
) -> Result<Option<Money>, SkipReason> {
    let Some(value) = value else { return Ok(None) };
    let Some(digits) = digits(value)? else { return Ok(None) };
    let money = if digits.contains(['e', 'E']) {
        let number: f64 = digits.parse().map_err(|_| SkipReason::InvalidAmount)?;
        Money::from_number(number, currency)
    } else {
        Money::parse(&digits, currency)
    };
    money.map(Some).map_err(|_| SkipReason::InvalidAmount)
}

/// An amount that must not be below zero; `below` is the reason when it is.
pub(crate) fn amount_from_zero(
    value: Option<&RawValue>,
    currency: Currency,
    below: SkipReason,
) -> Result<Option<Money>, SkipReason> {
    match amount(value, currency)? {
        Some(money) if money.minor < 0 => Err(below),
        money => Ok(money),
    }
}

/// How many; 1 when the shop does not say. Half a kilogram counts as one, and more than the cart
/// takes as what it takes.
pub(crate) fn quantity(value: Option<&RawValue>) -> Result<u32, SkipReason> {
    let Some(value) = value else { return Ok(1) };
    let digits = digits(value).map_err(|_| SkipReason::InvalidQuantity)?;
    let Some(digits) = digits else { return Ok(1) };
    let number: f64 = digits.parse().map_err(|_| SkipReason::InvalidQuantity)?;
    if !number.is_finite() || number < 0.0 {
        return Err(SkipReason::InvalidQuantity);
    }
    let wanted = number.ceil().min(f64::from(CART_QUANTITY_MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to CART_QUANTITY_MAX"
    )]
    let count = wanted as u32;
    Ok(count)
}

/// The digits of a number or of text that looks like one; `None` for empty text.
fn digits(value: &RawValue) -> Result<Option<Cow<'_, str>>, SkipReason> {
    if is_number(value) {
        return Ok(Some(Cow::Borrowed(value.get())));
    }
    let text = string(value).ok_or(SkipReason::InvalidAmount)?;
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    let numeric =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    match text.is_empty() {
        true => Ok(None),
        false if text.bytes().all(numeric) => Ok(Some(text)),
        false => Err(SkipReason::InvalidAmount),
    }
}

#[cfg(test)]
mod tests {
    use model::{Currency, Money};
    use serde_json::value::RawValue;

    use super::{amount, currency, quantity};
    use crate::segment::SkipReason;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).expect("JSON")
    }

    fn eur() -> Currency {
        Currency::parse("EUR").expect("known")
    }

    fn cents(json: &str) -> Result<Option<i64>, SkipReason> {
        amount(Some(raw(json)), eur()).map(|money: Option<Money>| money.map(|money| money.minor))
    }

    #[test]
    fn a_price_is_the_same_as_a_number_and_as_text() {
        for json in ["19.99", r#""19.99""#, r#"" 19.99 ""#, "1.999e1", r#""1999E-2""#] {
            assert_eq!(cents(json), Ok(Some(1999)), "{json}");
        }
        assert_eq!(cents("20"), Ok(Some(2000)));
        assert_eq!(cents("19.995"), Ok(Some(2000)), "decimal digits, not a float");
        assert_eq!(cents(r#""""#), Ok(None));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for json in ["true", "[]", "{}", r#""free""#, r#""1,5""#, r#""€ 5""#, "1e400", r#""nan""#]
        {
            assert_eq!(cents(json), Err(SkipReason::InvalidAmount), "{json}");
        }
    }

    #[test]
    fn a_quantity_is_a_whole_number_from_zero_to_what_a_cart_takes() {
        for (json, count) in [
            ("2", 2),
            (r#""3""#, 3),
            ("0.5", 1),
            ("1.0", 1),
            ("0", 0),
            ("1e9", 10_000),
            (r#""""#, 1),
        ] {
            assert_eq!(quantity(Some(raw(json))), Ok(count), "{json}");
        }
        for json in ["-1", "true", r#""two""#, "1e999"] {
            assert_eq!(quantity(Some(raw(json))), Err(SkipReason::InvalidQuantity), "{json}");
        }
        assert_eq!(quantity(None), Ok(1));
    }

    #[test]
    fn a_currency_may_be_in_lower_case_and_must_exist() {
        let usd = Currency::parse("USD").expect("known");
        assert_eq!(currency(Some(raw(r#""usd""#)), eur()), Ok(usd));
        assert_eq!(currency(Some(raw(r#""""#)), usd), Ok(usd));
        assert_eq!(currency(None, usd), Ok(usd));
        for json in [r#""XYZ""#, r#""€""#, "978"] {
            assert_eq!(
                currency(Some(raw(json)), eur()),
                Err(SkipReason::UnknownCurrency),
                "{json}"
            );
        }
    }
}
