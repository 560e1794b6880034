//! How often a campaign is shown, and what it may cost.

use std::time::Duration;

use model::{CustomerLimit, Discount, Limits, Money};
use toml::Spanned;

use super::{LIMITS, discount, offers};
use crate::duration::duration;
use crate::key::{Key, Shape, Table, key};
use crate::limits::{BUDGET_SHOWS_MAX, CUSTOMER_SHOWS_MAX, WITHIN_MAX};
use crate::report::Report;
use crate::section::{Section, Value, integer};

const PER_CUSTOMER: Key = key("per_customer", "per_customer = { shows = 3, within = \"24h\" }")
    .shape(Shape::Table(&Table::of(&[CUSTOMER_SHOWS, WITHIN])))
    .about(
        "How often one customer meets the campaign within a time before each page view, also of several \
         at once. What an arm withholds counts like what is shown, so that the arms stay comparable.",
    );
const CUSTOMER_SHOWS: Key = key("shows", "shows = 3")
    .required()
    .shape(Shape::Integer(1, CUSTOMER_SHOWS_MAX as i64))
    .about("How often one customer meets the campaign.");
const WITHIN: Key = key("within", "within = \"24h\"")
    .required()
    .shape(Shape::Duration(Duration::from_secs(1), WITHIN_MAX))
    .about("In how long a time before each page view.");
const SHOWS: Key = key("shows", "shows = 1000")
    .shape(Shape::Integer(1, BUDGET_SHOWS_MAX.cast_signed()))
    .about("The budget of shows, of all customers together.");
const DISCOUNT: Key = key("discount", "discount = { amount = \"500.00\", currency = \"EUR\" }")
    .shape(Shape::Table(&Table::of(&[BUDGET_AMOUNT, BUDGET_CURRENCY])))
    .about(
        "The budget of discount, of all customers together. Some offer needs a `discount`, and amounts \
         are in the same currency.",
    );
const BUDGET_AMOUNT: Key = discount::AMOUNT.required();
const BUDGET_CURRENCY: Key = discount::CURRENCY.required();

pub(super) static TABLE: Table = Table::of(&[PER_CUSTOMER, SHOWS, DISCOUNT]);

/// Limits as they were read, not yet compared with the offers.
#[derive(Default)]
pub(super) struct Read {
    limits: Limits,
    /// The budget of discount, and where it is written.
    discount: Option<Spanned<Option<Money>>>,
}

/// Reads `[limits]`; without it nothing is limited.
pub(super) fn read(report: &mut Report, top: &Section) -> Read {
    let section = top.find(LIMITS);
    let section = section.and_then(|it| Section::new(report, "[limits]", LIMITS, it));
    let Some(section) = section else { return Read::default() };
    let per_customer = section.find(PER_CUSTOMER).and_then(|it| per_customer(report, it));
    let shows = section.find(SHOWS).and_then(|it| integer(report, it, SHOWS));
    let discount = section
        .find(DISCOUNT)
        .map(|value| Spanned::new(value.span(), discount::budget(report, value, DISCOUNT)));
    let limits = Limits {
        per_customer,
        shows: shows.and_then(|shows| u64::try_from(shows).ok()),
        discount: discount.as_ref().and_then(|budget| *budget.get_ref()),
    };
    Read { limits, discount }
}

fn per_customer(report: &mut Report, value: &Value) -> Option<CustomerLimit> {
    let section = Section::new(report, "`per_customer`", PER_CUSTOMER, value)?;
    let shows = section.require(report, CUSTOMER_SHOWS);
    let shows = shows.and_then(|it| integer(report, it, CUSTOMER_SHOWS));
    let within = section.require_text(report, WITHIN);
    let within = within.and_then(|text| duration(report, &text, "time", WITHIN));
    Some(CustomerLimit { shows: u32::try_from(shows?).ok()?, within: within? })
}

// === impl Read ===

impl Read {
    /// Complains about a budget of discount that the offers cannot spend.
    pub(super) fn check_discounts(&self, report: &mut Report, offers: &[offers::Read]) {
        let Some(budget) = &self.discount else { return };
        if !offers.is_empty() && !offers.iter().any(|offer| offer.has_discount) {
            let help = "add `discount` to an offer, or remove it here";
            report.error(budget.span(), "no offer has a discount that could be limited", help);
        }
        let Some(limit) = budget.get_ref() else { return };
        for discount in offers.iter().filter_map(|offer| offer.discount.as_ref()) {
            let Discount::Amount(amount) = discount.get_ref() else { continue };
            if amount.currency != limit.currency {
                let message =
                    format!("a discount in {} has a budget in {}", amount.currency, limit.currency);
                let help = format!("write both in {}", limit.currency);
                report.error(discount.span(), message, help);
            } else if amount.minor > limit.minor {
                let message = format!("a discount of {amount} is more than the budget of {limit}");
                report.error(discount.span(), message, "write a larger budget in [limits]");
            }
        }
    }

    /// The limits.
    pub(super) fn into_model(self) -> Limits {
        self.limits
    }
}
