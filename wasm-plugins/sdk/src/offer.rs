//! What a rule answers.

use alloc::string::String;
use alloc::vec::Vec;

/// That the customer is eligible, and what to say.
///
/// What the offer looks like, its texts and its discount, stands in the campaign's file. A rule can only
/// make the discount smaller and fill in the blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rule answers with the offer it returns"]
pub struct Offer {
    pub(crate) reason: String,
    pub(crate) discount_percent: Option<u8>,
    pub(crate) values: Vec<(String, String)>,
}

// === impl Offer ===

impl Offer {
    /// An offer for a reason that people read in explanations and reports; at most 256 bytes.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), discount_percent: None, values: Vec::new() }
    }

    /// A smaller discount than the campaign's, in percent of the cart. A larger one is a fault.
    pub fn discount_percent(mut self, percent: u8) -> Self {
        self.discount_percent = Some(percent);
        self
    }

    /// A value for `{name}` in the offer's texts; at most 16 of them, each at most 256 bytes.
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.push((name.into(), value.into()));
        self
    }

    /// Why the customer is eligible.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
