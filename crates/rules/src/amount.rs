//! An amount of money as a text of a file.

use model::{Currency, Money};
use toml::Spanned;

use crate::limits::AMOUNT_BYTES_MAX;
use crate::report::{Report, quoted};

/// Reads a decimal number as an amount, exact to the minor unit; `example` is a line with one.
pub(crate) fn amount(
    report: &mut Report,
    text: &Spanned<&str>,
    currency: Currency,
    example: &str,
) -> Option<Money> {
    let written = *text.get_ref();
    let money = Money::parse(written, currency).ok();
    let Some(money) = money.filter(|_| written.len() <= AMOUNT_BYTES_MAX) else {
        let message = format!("{} is not an amount of money", quoted(written));
        report.error(text.span(), message, format!("write `{example}`"));
        return None;
    };
    let decimals = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let decimals_max = usize::try_from(currency.exponent()).unwrap_or(0);
    if decimals > decimals_max {
        let message = format!("{} has more decimals than {currency}", quoted(written));
        report.error(text.span(), message, format!("write at most {decimals_max} decimals"));
        return None;
    }
    Some(money)
}
