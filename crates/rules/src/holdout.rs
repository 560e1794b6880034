//! `holdout.toml`: the customers whom a shop holds out of all campaigns.
//!
//! It is optional; without it nobody is held out of all. The holdout is an experiment with a key of its own, as a
//! campaign has one, so that it can be ended and another one begun with other customers and new figures.

use std::time::Duration;

use model::limits::KEY_BYTES_MAX;
use model::{CampaignKey, HOLDOUT, Holdout};

use crate::Diagnostic;
use crate::campaign::PLACEMENT;
use crate::document::document;
use crate::duration::duration;
use crate::key::{Key, Shape, Table, key};
use crate::limits::{HOLDOUT_PERCENT_MAX, SALT_BYTES_MAX, WINDOW_MAX};
use crate::report::{Report, quoted};
use crate::salt::salt;
use crate::schema::schema;
use crate::section::{Section, integer};

const PERCENT: Key = key("percent", "percent = 5")
    .required()
    .shape(Shape::Integer(1, HOLDOUT_PERCENT_MAX as i64))
    .about("So many per cent of the customers are held out of all campaigns.");
const KEY: Key = key("key", "key = \"holdout-2027\"")
    .shape(Shape::Pattern("^holdout(-[a-z0-9_-]*)?$", KEY_BYTES_MAX))
    .about(
        "The name of the holdout in reports: `holdout`, or with more behind a hyphen. A new name is a new holdout, for \
         which customers are drawn again, whatever the `salt`, and counted from the beginning.",
    );
const SALT: Key = key("salt", "salt = \"2026-q4\"")
    .shape(Shape::Text(SALT_BYTES_MAX))
    .about("Changes who is held out, of those who are not in the holdout yet.");
const WINDOW: Key = key("attribution_window", "attribution_window = \"30d\"")
    .shape(Shape::Duration(Duration::from_secs(1), WINDOW_MAX))
    .about("How long after a customer came into the holdout, in either arm, orders count.");

static TOP: Table = Table::of(&[PERCENT, KEY, SALT, WINDOW]);

const WINDOW_DEFAULT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Reads `holdout.toml`; `file` is its name in messages.
///
/// # Errors
/// All mistakes in the file, in the order of its lines; never an empty list.
pub fn holdout(file: &str, text: &str) -> Result<Holdout, Vec<Diagnostic>> {
    let mut report = Report::new(file, text);
    let read = document(&mut report, text).and_then(|document| {
        if let Some((placement, _)) = document.get_ref().get_key_value(PLACEMENT.name) {
            let message = "this is a campaign, and the file has the name of the shop's holdout";
            let help = "give the file another name, such as `cart-rescue.toml`";
            report.error(placement.span(), message, help);
            return None;
        }
        let top = Section::top(&mut report, document.get_ref(), &TOP);
        read(&mut report, &top)
    });
    match read {
        Some(holdout) if report.is_empty() => Ok(holdout),
        _ => Err(report.into_diagnostics()),
    }
}

/// The JSON Schema of `holdout.toml`, draft 2020-12. It refuses nothing that [`holdout()`] takes.
pub fn holdout_schema() -> String {
    schema("Holdout", "The holdout of a shop: rules/README.md is the reference.", &TOP)
}

fn read(report: &mut Report, top: &Section) -> Option<Holdout> {
    let percent = top.require(report, PERCENT);
    let percent = percent.and_then(|value| integer(report, value, PERCENT));
    let key = key_of(report, top);
    let salt = salt(report, top, SALT);
    let window = top.text(report, WINDOW);
    let window = window.map(|text| duration(report, &text, "time", WINDOW));
    let key = key?;
    Some(Holdout {
        percent: u8::try_from(percent?).ok()?,
        salt: salt.map_or(key.as_str(), |salt| *salt.get_ref()).into(),
        key,
        attribution_window: window.unwrap_or(Some(WINDOW_DEFAULT))?,
    })
}

fn key_of(report: &mut Report, top: &Section) -> Option<CampaignKey> {
    if top.find(KEY).is_none() {
        return CampaignKey::parse(HOLDOUT).ok();
    }
    let written = top.text(report, KEY)?;
    let key = CampaignKey::parse(written.get_ref()).ok().filter(CampaignKey::is_holdout);
    if key.is_none() {
        let message = format!("{} is not a name of a holdout", quoted(written.get_ref()));
        let help = format!(
            "write \"holdout\", or `{}` with a-z, 0-9, - and _ behind the hyphen, at most {KEY_BYTES_MAX} letters \
             in all",
            KEY.example
        );
        report.error(written.span(), message, help);
    }
    key
}
