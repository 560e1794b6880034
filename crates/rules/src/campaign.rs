//! A campaign file as a whole.
//!
//! Every part is read even when another is wrong, so that a marketer sees all mistakes at once. Only
//! where the text is not TOML at all are the parts left alone: what could be recovered of them would
//! bring complaints about mistakes that nobody made.

mod budgets;
mod discount;
mod duration;
mod experiment;
mod goal;
mod hours;

mod link;
mod offers;
mod pages;
mod schedule;
mod texts;
mod timezone;
mod when;

use std::ops::Range;

use model::{Campaign, CampaignKey, Goal, GroupKey, PagePattern, Placement, Schedule, When};
use toml::de::DeTable;

use crate::Diagnostic;
use crate::limits::{FILE_BYTES_MAX, PRIORITY_MAX};
use crate::report::Report;
use crate::section::{Key, Section, boolean, integer, key, name};

const KEY: Key = key("key", "key = \"cart-rescue\"");
const PLACEMENT: Key = key("placement", "placement = \"interstitial\"");
const PRIORITY: Key = key("priority", "priority = 100");
const PAGES: Key = key("pages", "pages = [\"/cart\", \"/product/*\"]");
const GROUP: Key = key("group", "group = \"checkout-offers\"");
const STACKS: Key = key("stacks", "stacks = false");
const DEFAULT_LOCALE: Key = key("default_locale", "default_locale = \"en\"");
const SCHEDULE: Key = key("schedule", "[schedule]");
const WHEN: Key = key("when", "[when]");
const LIMITS: Key = key("limits", "[limits]");
const EXPERIMENT: Key = key("experiment", "[experiment]");
const OFFERS: Key = key("offers", "[[offers]]");
const GOAL: Key = key("goal", "[goal]");

/// The keys above all headings, and the headings.
const TOP: [Key; 13] = [
    KEY,
    PLACEMENT,
    PRIORITY,
    PAGES,
    GROUP,
    STACKS,
    DEFAULT_LOCALE,
    SCHEDULE,
    WHEN,
    LIMITS,
    EXPERIMENT,
    OFFERS,
    GOAL,
];

/// What is read of the file before its parts are brought together.
struct Parts {
    key: Option<CampaignKey>,
    placement: Option<Placement>,
    priority: i32,
    pages: Vec<PagePattern>,
    group: Option<GroupKey>,
    stacks: bool,
    schedule: Schedule,
    when: Option<When>,
    goal: Goal,
}

/// Reads a campaign file; `file` is its name in messages.
///
/// # Errors
/// All mistakes in the file, in the order of its lines; never an empty list.
pub fn campaign(file: &str, text: &str) -> Result<Campaign, Vec<Diagnostic>> {
    let mut report = Report::new(file, text);
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has more than {FILE_BYTES_MAX} bytes");
        report.error(0..0, message, "make one file for each campaign, with shorter texts");
        return Err(report.into_diagnostics());
    }
    let (document, syntax_errors) = DeTable::parse_recoverable(text);
    let mut is_readable = true;
    for error in syntax_errors {
        // A key that is written twice leaves the rest of the file as it was meant.
        is_readable &= error.message().contains("duplicate key");
        syntax(&mut report, error.message(), error.span());
    }
    if !is_readable {
        return Err(report.into_diagnostics());
    }
    let top = Section::top(&mut report, document.get_ref(), &TOP);
    match read(&mut report, &top) {
        Some(campaign) if report.is_empty() => Ok(campaign),
        _ => Err(report.into_diagnostics()),
    }
}

/// Tells a mistake in the TOML itself.
fn syntax(report: &mut Report, message: &str, span: Option<Range<usize>>) {
    let help = if message.contains("duplicate key") {
        "remove one of the two; a second of the same kind is begun by [[double brackets]]"
    } else if message.contains("must be quoted") {
        "put text between double quotes"
    } else {
        "write keys as `name = value`, text in double quotes, and headings as `[name]`"
    };
    report.error(span.unwrap_or(0..0), message, help);
}

fn read(report: &mut Report, top: &Section) -> Option<Campaign> {
    let parts = parts(report, top);
    let limits = budgets::read(report, top);
    let experiment = experiment::read(report, top);
    let default_locale = texts::default_locale(report, top);
    let offers = offers::read(report, top, default_locale.as_ref());
    limits.check_discounts(report, &offers);
    let experiment = experiment?;
    experiment.check_references(report, &offers);
    let offers: Option<Vec<_>> = offers.into_iter().map(offers::Read::into_named).collect();
    let offers = offers?;
    let key = parts.key?;
    Some(Campaign {
        placement: parts.placement?,
        pages: parts.pages,
        schedule: parts.schedule,
        priority: parts.priority,
        group: parts.group,
        stacks: parts.stacks,
        limits: limits.into_model(),
        when: parts.when?,
        experiment: experiment.into_model(&key, &offers)?,
        offers,
        goal: parts.goal,
        key,
    })
}

fn parts(report: &mut Report, top: &Section) -> Parts {
    let key = top.require_text(report, KEY);
    let placement = top.require_text(report, PLACEMENT);
    let bound = i64::from(PRIORITY_MAX);
    let priority = top.find(PRIORITY).and_then(|it| integer(report, it, PRIORITY, (-bound, bound)));
    let group = top.text(report, GROUP);
    let stacks = top.find(STACKS).and_then(|value| boolean(report, value, STACKS));
    Parts {
        key: key.and_then(|key| name(report, &key, CampaignKey::parse)),
        placement: placement.and_then(|text| name(report, &text, Placement::parse)),
        priority: priority.and_then(|number| i32::try_from(number).ok()).unwrap_or(0),
        pages: pages::read(report, top),
        group: group.and_then(|text| name(report, &text, GroupKey::parse)),
        stacks: stacks.unwrap_or(true),
        schedule: schedule::read(report, top),
        when: when::read(report, top),
        goal: goal::read(report, top),
    }
}
