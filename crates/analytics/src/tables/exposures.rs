//! The table `exposures`: one row for each campaign for which a decision found a customer eligible.
//!
//! Names that OpenTelemetry's semantic conventions for feature flags have are theirs, with `_` for `.`, so
//! that SQL needs no quotes.

use journal::record::{Body, Record};
use model::{Money, Timestamp};
use std::fmt::Write as _;

use super::Stamp;
use super::column::row;

row! {
    /// A row of the table; the README says what each column means.
    struct ExposureRow<'a> {
        lsn: u64,
        recorded_at: Timestamp,
        event_time: Timestamp,
        feature_flag_context_id: String,
        feature_flag_key: &'a str,
        feature_flag_result_variant: &'a str,
        feature_flag_result_reason: &'a str,
        feature_flag_version: u64,
        split: String,
        shown: bool,
        attribution_until: Timestamp,
        revenue_before: Option<String>,
        rule_digest: String,
        decision_id: String,
    }
}

/// Every exposure is the outcome of a pseudorandom assignment, which is OpenTelemetry's word for it.
const REASON: &str = "split";

// === impl ExposureRow ===

impl<'a> ExposureRow<'a> {
    /// The rows of a record; none of one that exposes nobody.
    pub(super) fn of(record: &'a Record, stamp: Stamp) -> impl Iterator<Item = Self> {
        let exposed = match &record.body {
            Body::Exposed { decision, plan_version, at, exposures, charges: _ } => {
                Some((decision, plan_version, at, exposures))
            }
            Body::Event { .. } | Body::Merged { .. } | Body::Redeemed(_) => None,
        };
        exposed.into_iter().flat_map(move |(decision, plan_version, at, exposures)| {
            exposures.iter().map(move |exposure| ExposureRow {
                lsn: stamp.lsn,
                recorded_at: stamp.recorded_at,
                event_time: *at,
                feature_flag_context_id: record.customer.to_string(),
                feature_flag_key: exposure.campaign.as_str(),
                feature_flag_result_variant: exposure.variant.as_str(),
                feature_flag_result_reason: REASON,
                feature_flag_version: *plan_version,
                split: exposure.split.to_string(),
                shown: exposure.shown,
                attribution_until: exposure.attribution_until,
                revenue_before: by_code(&exposure.revenue_before),
                rule_digest: hexadecimal(&exposure.rule_digest),
                decision_id: uuid(*decision),
            })
        })
    }
}

/// Amounts as JSON by ISO 4217 code; `None` for no amounts.
fn by_code(amounts: &[Money]) -> Option<String> {
    let amounts = amounts.iter().map(|sum| (sum.currency.code().to_owned(), sum.minor.into()));
    let amounts: serde_json::Map<String, serde_json::Value> = amounts.collect();
    (!amounts.is_empty()).then(|| serde_json::Value::Object(amounts).to_string())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all text");
        text
    })
}

/// A number as the UUID that answers to page views tell.
fn uuid(number: u128) -> String {
    let digits = format!("{number:032x}");
    let (a, rest) = digits.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}
