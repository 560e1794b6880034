//! What an offer takes off the cart.

use model::{Currency, Discount, Money};
use toml::Spanned;

use super::offers::DISCOUNT;
use crate::amount::amount;
use crate::key::{Key, Shape, Table, key};
use crate::limits::AMOUNT_BYTES_MAX;
use crate::report::{Report, quoted};
use crate::section::{Section, Value, integer};

const PERCENT: Key = key("percent", "percent = 20")
    .shape(Shape::Integer(1, 100))
    .about("A share of the cart's value, in percent.");
const OF: Key =
    key("of", "of = \"cart\"").shape(Shape::Choice(&["cart"])).about("Of what; may be left out.");
pub(super) const AMOUNT: Key = key("amount", "amount = \"5.00\"")
    .shape(Shape::Pattern(ABOVE_ZERO, AMOUNT_BYTES_MAX))
    .about("An amount above 0, in quotes, with no more decimals than the currency has.");
pub(super) const CURRENCY: Key = key("currency", "currency = \"EUR\"")
    .shape(Shape::Pattern("^[A-Za-z]{3}$", 3))
    .about("The ISO 4217 code of the amount's currency.");

/// A decimal number with a digit other than 0.
const ABOVE_ZERO: &str = "^([0-9]*[1-9][0-9]*(\\.[0-9]*)?|0+\\.0*[1-9][0-9]*)$";

pub(super) static TABLE: Table = Table {
    keys: &[PERCENT, OF, AMOUNT, CURRENCY],
    alternatives: &[&["percent"], &["amount", "currency"]],
};

/// What an amount off is written like.
const AMOUNT_OFF: &str = "discount = { amount = \"5.00\", currency = \"EUR\" }";

/// About a discount that is none.
const NOTHING_OFF: (&str, &str) = (
    "a discount of {} takes nothing off",
    "write an amount above 0; for no discount, leave `discount` out",
);

/// About a budget that is none.
const NO_BUDGET: (&str, &str) =
    ("a budget of {} allows no discount", "write an amount above 0; for no limit, leave it out");

/// Reads `discount`, with its place; without one nothing is taken off.
pub(super) fn read(report: &mut Report, offer: &Section) -> Option<Spanned<Discount>> {
    let value = offer.find(DISCOUNT)?;
    Some(Spanned::new(value.span(), discount(report, value)?))
}

fn discount(report: &mut Report, value: &Value) -> Option<Discount> {
    let section = Section::new(report, "`discount`", DISCOUNT, value)?;
    if let Some(of) = section.text(report, OF)
        && *of.get_ref() != "cart"
    {
        let message = format!("a discount of {} is not known", quoted(of.get_ref()));
        report.error(of.span(), message, format!("write `{}`, or leave it out", OF.example));
    }
    match (section.find(PERCENT), section.find(AMOUNT)) {
        (Some(percent), None) => {
            if let Some(currency) = section.find(CURRENCY) {
                let help = "remove it; a percentage holds for any currency";
                report.error(currency.span(), "a percentage has no currency", help);
            }
            let percent = integer(report, percent, PERCENT)?;
            u8::try_from(percent).ok().map(Discount::Percent)
        }
        (None, Some(_)) => money(report, &section, NOTHING_OFF).map(Discount::Amount),
        (both, _) => {
            let message = match both {
                Some(_) => "a discount is either a percentage or an amount",
                None => "a discount needs a percentage or an amount",
            };
            let help = format!("write `{}` or `{AMOUNT_OFF}`", DISCOUNT.example);
            report.error(section.span.clone(), message, help);
            None
        }
    }
}

/// Reads a budget of discount: an amount and its currency.
pub(super) fn budget(report: &mut Report, value: &Value, key: Key) -> Option<Money> {
    let section = Section::new(report, "`discount`", key, value)?;
    section.require(report, AMOUNT);
    money(report, &section, NO_BUDGET)
}

/// Reads `amount` and `currency`; `if_none` is the complaint about an amount that is not above 0.
fn money(report: &mut Report, section: &Section, if_none: (&str, &str)) -> Option<Money> {
    let currency = section.require_text(report, CURRENCY);
    let currency = currency.and_then(|code| currency_of(report, &code));
    let text = section.text(report, AMOUNT)?;
    let money = amount(report, &text, currency?, AMOUNT.example)?;
    if money.minor <= 0 {
        let (message, help) = if_none;
        report.error(text.span(), message.replace("{}", &money.to_string()), help);
        return None;
    }
    Some(money)
}

fn currency_of(report: &mut Report, code: &Spanned<&str>) -> Option<Currency> {
    let found = Currency::parse(code.get_ref()).ok();
    if found.is_none() {
        let message = format!("unknown currency {}", quoted(code.get_ref()));
        report.error(code.span(), message, "write an ISO 4217 code, such as \"EUR\" or \"USD\"");
    }
    found
}
