//! The question that a plugin is asked and what came of it.

use std::sync::Arc;

use model::{FaultKind, Profile, Timestamp, View};

/// What a plugin may ask about during one call. Shared, because a sandbox outlives every borrow.
#[derive(Clone, Debug)]
pub struct Input {
    /// The customer.
    pub profile: Arc<Profile>,
    /// The page view.
    pub view: Arc<View>,
    /// The time of the request: the only clock that the plugin has.
    pub now: Timestamp,
    /// The only randomness that the plugin has.
    pub seed: u64,
}

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `None` when the customer is not eligible.
    pub outcome: Result<Option<Suggestion>, GuestFault>,
    /// A deterministic measure of the work done, roughly one unit per instruction.
    pub fuel_used: u64,
    /// What the plugin wrote to its log.
    pub log: Vec<LogLine>,
}

/// That the customer is eligible, and what the plugin has to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestion {
    /// Why, for explanations and reports.
    pub reason: Box<str>,
    /// A smaller discount than the campaign's, in percent of the cart: 1 to 100.
    pub discount_percent: Option<u8>,
    /// Values for `{name}` in the offer's texts.
    pub values: Vec<(Box<str>, Box<str>)>,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestFault {
    /// What went wrong.
    pub kind: FaultKind,
    /// What the author of the plugin needs to find it; no customer data.
    pub detail: Box<str>,
}

/// How important the author of a plugin finds a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the author only.
    Debug,
    /// Worth knowing.
    Info,
    /// Looks wrong.
    Warn,
    /// Is wrong.
    Error,
}

/// One line of a plugin's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: LogLevel,
    /// What it says.
    pub text: Box<str>,
}
