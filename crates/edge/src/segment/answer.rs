//! What a client is told once its events are durable.

use serde::Serialize;

use super::limits::SKIPPED_LISTED_MAX;
use super::{Batch, Skipped};

#[derive(Serialize)]
struct Answer<'a> {
    success: bool,
    skipped: usize,
    reasons: Vec<Line<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    reason: &'static str,
    detail: String,
}

// === impl Batch ===

impl Batch {
    /// The body of the 200 answer: `{"success":true}`, and what was skipped if anything was. Clients
    /// read no further than the status; people who try the API out do.
    pub(crate) fn answer(&self) -> Vec<u8> {
        if self.skipped.is_empty() {
            return br#"{"success":true}"#.to_vec();
        }
        let listed = self.skipped.iter().take(SKIPPED_LISTED_MAX);
        let answer = Answer {
            success: true,
            skipped: self.skipped.len(),
            reasons: listed.map(Line::of).collect(),
        };
        serde_json::to_vec(&answer).expect("text and numbers are JSON")
    }
}

// === impl Line ===

impl<'a> Line<'a> {
    fn of(skipped: &'a Skipped) -> Self {
        Self {
            index: skipped.index,
            message_id: skipped.message_id.as_deref(),
            reason: skipped.reason.as_str(),
            detail: skipped.reason.to_string(),
        }
    }
}
