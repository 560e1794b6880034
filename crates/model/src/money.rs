//! Amounts of money: integer minor units and an ISO 4217 currency, never a float.

use std::cmp::Ordering;
use std::fmt;

/// An ISO 4217 currency, such as EUR; ordered by its code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// An amount in the minor unit of its currency: 1999 EUR is 19.99 euro, 1999 JPY is 1,999 yen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in minor units; below zero it is owed.
    pub minor: i64,
    /// The currency that tells how many minor units make a whole.
    pub currency: Currency,
}

/// Why a text is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The code is not in ISO 4217.
    #[error("unknown currency {0:?}: write an ISO 4217 code such as EUR")]
    UnknownCurrency(String),
    /// The amount is not a decimal number.
    #[error("not a decimal amount: {0:?}")]
    NotDecimal(String),
    /// The amount does not fit 64 bits of minor units.
    #[error("amount out of range: {0:?}")]
    OutOfRange(String),
}

/// Reads a decimal number as a whole number of its smallest parts, of which `digits` make a digit each:
/// with 3, `1.5` is 1,500 thousandths.
///
/// Digits beyond are rounded half away from zero, since shops send sums such as `19.990000000000002`.
///
/// # Errors
/// When the text is no decimal number, or too large.
pub fn parse_decimal(text: &str, digits: u32) -> Result<i64, MoneyError> {
    let shown = || text.chars().take(64).collect::<String>();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return Err(MoneyError::NotDecimal(shown()));
    }
    let digits = usize::try_from(digits).unwrap_or(0);
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(digits);
    let mut parts: i64 = 0;
    for byte in whole.bytes().chain(kept) {
        parts = parts
            .checked_mul(10)
            .and_then(|value| value.checked_add(i64::from(byte - b'0')))
            .ok_or_else(|| MoneyError::OutOfRange(shown()))?;
    }
    if fraction.as_bytes().get(digits).is_some_and(|&digit| digit >= b'5') {
        parts = parts.checked_add(1).ok_or_else(|| MoneyError::OutOfRange(shown()))?;
    }
    Ok(if negative { -parts } else { parts })
}

// === impl Currency ===

impl Currency {
    /// Reads an ISO 4217 code, in upper or lower case.
    ///
    /// # Errors
    /// When ISO 4217 has no such code.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.chars().take(16).collect());
        let upper = code.to_ascii_uppercase();
        iso_currency::Currency::from_code(&upper).map(Self).ok_or_else(unknown)
    }

    /// The three letters, in upper case.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal digits the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

// === impl Money ===

impl Money {
    /// An amount in minor units.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a decimal amount of whole units, such as `19.99`.
    ///
    /// Digits beyond the minor unit are rounded, as [`parse_decimal`] says.
    ///
    /// # Errors
    /// When the text is no decimal number, or too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let minor = parse_decimal(text, currency.exponent())?;
        Ok(Self { minor, currency })
    }

    /// Reads the shortest decimal form of a JSON number.
    ///
    /// # Errors
    /// When the number is not finite, or too large.
    pub fn from_number(number: f64, currency: Currency) -> Result<Self, MoneyError> {
        Self::parse(&number.to_string(), currency)
    }
}

impl fmt::Display for Money {
    /// `19.99 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10_u64.pow(exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let size = self.minor.unsigned_abs();
        if exponent == 0 {
            return write!(f, "{sign}{size} {}", self.currency);
        }
        let width = usize::try_from(exponent).unwrap_or(0);
        write!(f, "{sign}{}.{:0width$} {}", size / unit, size % unit, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money};

    fn minor(text: &str, currency: &str) -> Option<i64> {
        let currency = Currency::parse(currency).expect("known");
        Money::parse(text, currency).ok().map(|money| money.minor)
    }

    #[test]
    fn decimal_amounts_become_minor_units_of_their_currency() {
        assert_eq!(minor("19.99", "EUR"), Some(1999));
        assert_eq!(minor("20", "usd"), Some(2000));
        assert_eq!(minor("1999", "JPY"), Some(1999));
        assert_eq!(minor("1.5", "KWD"), Some(1500));
        assert_eq!(minor("19.990000000000002", "EUR"), Some(1999));
        assert_eq!(minor("19.995", "EUR"), Some(2000));
        assert_eq!(minor("-0.005", "EUR"), Some(-1));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", ".5", "1e3", "NaN", "1,5", "99999999999999999999"] {
            assert_eq!(minor(text, "EUR"), None, "{text:?}");
        }
        assert!(Currency::parse("XYZ").is_err());
        assert!(Currency::parse("EURO").is_err());
    }

    #[test]
    fn a_json_number_keeps_the_digits_that_were_written() {
        let usd = Currency::parse("USD").expect("known");
        assert_eq!(Money::from_number(1_081.98, usd).map(|money| money.minor), Ok(108_198));
        assert!(Money::from_number(f64::NAN, usd).is_err());
    }

    #[test]
    fn money_shows_its_currency_and_sign() {
        let eur = Currency::parse("EUR").expect("known");
        assert_eq!(Money::from_minor(-5, eur).to_string(), "-0.05 EUR");
        assert_eq!(Money::from_minor(123_456, eur).to_string(), "1234.56 EUR");
    }
}
