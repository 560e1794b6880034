//! How often a campaign is shown, and what it may cost.

use std::time::Duration;

use model::{CustomerLimit, Discount, Limits, Money};
use toml::Spanned;

use super::duration::duration;
use super::{LIMITS, discount, offers};
use crate::limits::{BUDGET_SHOWS_MAX, CUSTOMER_SHOWS_MAX, WITHIN_MAX};
use crate::report::Report;
use crate::section::{Key, Section, Value, integer, key};

const PER_CUSTOMER: Key = key("per_customer", "per_customer = { shows = 3, within = \"24h\" }");
const CUSTOMER_SHOWS: Key = key("shows", "shows = 3");
const WITHIN: Key = key("within", "within = \"24h\"");
const SHOWS: Key = key("shows", "shows = 1000");
const DISCOUNT: Key = key("discount", "discount = { amount = \"500.00\", currency = \"EUR\" }");

const KEYS: [Key; 3] = [PER_CUSTOMER, SHOWS, DISCOUNT];
const CUSTOMER_KEYS: [Key; 2] = [CUSTOMER_SHOWS, WITHIN];

/// How long a time the shows to one customer can be counted over.
const WITHINS: (Duration, Duration) = (Duration::from_secs(1), WITHIN_MAX);

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
    let section = section.and_then(|it| Section::new(report, "[limits]", LIMITS, it, &KEYS));
    let Some(section) = section else { return Read::default() };
    let per_customer = section.find(PER_CUSTOMER).and_then(|it| per_customer(report, it));
    let range = (1, i64::try_from(BUDGET_SHOWS_MAX).unwrap_or(i64::MAX));
    let shows = section.find(SHOWS).and_then(|it| integer(report, it, SHOWS, range));
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
    let section = Section::new(report, "`per_customer`", PER_CUSTOMER, value, &CUSTOMER_KEYS)?;
    let range = (1, i64::from(CUSTOMER_SHOWS_MAX));
    let shows = section.require(report, CUSTOMER_SHOWS);
    let shows = shows.and_then(|it| integer(report, it, CUSTOMER_SHOWS, range));
    let within = section.require_text(report, WITHIN);
    let within = within.and_then(|text| duration(report, &text, "time", WITHINS));
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
