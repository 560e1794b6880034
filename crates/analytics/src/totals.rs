//! What one tenant's customers did, in one object.

use std::collections::BTreeMap;

use model::Currency;
use serde::{Deserialize, Serialize};

use crate::counts::EventCounts;
use crate::figures::Figures;

/// The totals of one tenant since its first event.
///
/// As JSON the fields have these names and this order; amounts are whole numbers of minor units by
/// ISO 4217 code:
///
/// ```json
/// {"events":{"view":17055,"cart":165,"purchase":214},"customers":4504,"customers_with_cart":111,
///  "buyers":193,"orders":214,"revenue_minor":{"USD":5944263},"decisions":17055,
///  "exposed_customers":{"cart-rescue":{"control":31,"twenty-percent":29}}}
/// ```
///
/// `refunded_minor` comes last, and only when there were refunds with an amount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Events by kind.
    pub events: EventCounts,
    /// Customers known; one who was merged from several counts once.
    pub customers: i64,
    /// Customers who have ever put something into a cart.
    pub customers_with_cart: i64,
    /// Customers who have ever ordered.
    pub buyers: i64,
    /// Orders placed, refunded and cancelled ones included.
    pub orders: u64,
    /// Their revenue by currency, before refunds.
    pub revenue_minor: BTreeMap<String, i128>,
    /// Page views that asked for a decision.
    pub decisions: u64,
    /// Customers by campaign and variant: everyone who was ever eligible.
    pub exposed_customers: BTreeMap<String, BTreeMap<String, i64>>,
    /// What was paid back by refunds that told an amount. A refund or cancellation of a whole order
    /// tells none: it is in `events`, and in the figures of experiments, but not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refunded_minor: BTreeMap<String, i128>,
}

// === impl Totals ===

impl From<&Figures> for Totals {
    fn from(figures: &Figures) -> Self {
        let exposed = figures.campaigns.iter().map(|(campaign, cells)| {
            let customers = cells.iter().map(|(key, cell)| (key.to_string(), cell.customers));
            (campaign.to_string(), customers.collect())
        });
        Self {
            events: figures.events.clone(),
            customers: figures.customers,
            customers_with_cart: figures.customers_with_cart,
            buyers: figures.buyers,
            orders: figures.orders,
            revenue_minor: by_code(&figures.revenue_minor),
            decisions: figures.decisions,
            exposed_customers: exposed.collect(),
            refunded_minor: by_code(&figures.refunded_minor),
        }
    }
}

/// Sums as they are told and kept: by ISO 4217 code.
pub(crate) fn by_code(sums: &BTreeMap<Currency, i128>) -> BTreeMap<String, i128> {
    sums.iter().map(|(currency, &sum)| (currency.code().to_owned(), sum)).collect()
}
