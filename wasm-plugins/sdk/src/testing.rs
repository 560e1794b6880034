//! Answers a rule's questions from plain values, so that a rule is tested like any other function.
//!
//! ```
//! use vitrine_sdk::testing::{CustomerFacts, Example};
//! # use vitrine_sdk::{Customer, Offer, View};
//! # fn decide(customer: &Customer, _: &View) -> Option<Offer> {
//! #     (customer.visits() > 1).then(|| Offer::because("came back"))
//! # }
//!
//! let customer = CustomerFacts { visits: 2, ..CustomerFacts::default() };
//! let told = Example { customer, ..Example::default() }.decide(decide);
//! assert_eq!(told.offer.expect("eligible").reason(), "came back");
//! ```
//!
//! Only the host can say how the sandbox behaves: limits, faults and fuel are not imitated here.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Customer, Lifecycle, Offer, Timestamp, View};

/// One page view of one customer, as a rule would find it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    /// The customer.
    pub customer: CustomerFacts,
    /// The page view.
    pub view: ViewFacts,
}

/// What is known of the customer of an [`Example`]. The methods of [`Customer`] say what each part means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerFacts {
    /// How far the customer has come.
    pub lifecycle: Lifecycle,
    /// The time of the first event.
    pub first_seen: Timestamp,
    /// The time of the latest event.
    pub last_seen: Timestamp,
    /// Visits so far.
    pub visits: u32,
    /// Pages viewed so far.
    pub views: u32,
    /// What is in the cart.
    pub cart: CartFacts,
    /// What was bought.
    pub orders: OrderFacts,
    /// Traits by name.
    pub traits: BTreeMap<String, TraitFact>,
    /// Consent choices by category.
    pub consent: BTreeMap<String, bool>,
    /// Earlier encounters by campaign.
    pub campaigns: BTreeMap<String, CampaignFacts>,
}

/// What is in the cart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CartFacts {
    /// The value in minor units.
    pub value_minor: i64,
    /// The currency of the value.
    pub currency: Option<String>,
    /// When it was last changed.
    pub changed_at: Option<Timestamp>,
    /// The products in it.
    pub products: BTreeSet<String>,
}

/// What was bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFacts {
    /// Orders that stand.
    pub count: u32,
    /// Revenue less refunds in minor units, by currency.
    pub revenue_minor: BTreeMap<String, i64>,
    /// The time of the first order.
    pub first_at: Option<Timestamp>,
    /// The time of the latest order.
    pub last_at: Option<Timestamp>,
}

/// A trait's value.
#[derive(Clone, Debug, PartialEq)]
pub enum TraitFact {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// What the customer met of one campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignFacts {
    /// How often the offer was shown.
    pub shows: u32,
    /// The first exposure, shown or withheld.
    pub exposed_since: Option<Timestamp>,
}

/// The page view of an [`Example`]. The methods of [`View`] say what each part means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewFacts {
    /// The time of the request.
    pub now: Timestamp,
    /// The path.
    pub path: String,
    /// The whole address.
    pub url: String,
    /// Where the visitor came from.
    pub referrer: String,
    /// A language tag.
    pub locale: String,
    /// The kind of device.
    pub device: String,
    /// The seeded randomness.
    pub random: u64,
}

/// What a rule answered and logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The answer.
    pub offer: Option<Offer>,
    /// The lines that it logged.
    pub log: Vec<String>,
}

thread_local! {
    /// The example whose rule is running on this thread, and what it has logged so far.
    static ON_STAGE: RefCell<(Example, Vec<String>)> = RefCell::default();
}

// === impl Example ===

impl Example {
    /// Asks the rule about this example.
    #[must_use]
    pub fn decide(&self, rule: fn(&Customer, &View) -> Option<Offer>) -> Told {
        ON_STAGE.set((self.clone(), Vec::new()));
        let offer = rule(&Customer::present(), &View::present());
        Told { offer, log: ON_STAGE.take().1 }
    }
}

/// Stands in for the imports of the contract, name by name.
pub(crate) mod host;

#[cfg(test)]
mod tests;
