//! A campaign file as a whole.
//!
//! Every part is read even when another is wrong, so that a marketer sees all mistakes at once. Only
//! where the text is not TOML at all are the parts left alone.

mod budgets;
mod discount;
mod experiment;
mod goal;
mod holdout;
mod hours;
mod layer;
mod link;
mod offers;
mod pages;
mod schedule;
mod texts;
mod timezone;
mod when;

use std::ops::Range;

use model::{Campaign, CampaignKey, Goal, GroupKey, PagePattern, Placement, Schedule};

use crate::Diagnostic;
use crate::cel::Vocabulary;
use crate::cel::tree::Expr;
use crate::document::document;
use crate::key::{Key, NAME, Shape, Table, key};
use crate::limits::{LOCALE_BYTES_MAX, OFFERS_MAX, PAGES_MAX, PRIORITY_MAX};
use crate::report::{Report, quoted};
use crate::schema::schema;
use crate::section::{Section, boolean, integer, name};

const KEY: Key = key("key", "key = \"cart-rescue\"").required().shape(NAME).about(
    "The campaign's name, unique within the shop. Reports and the events that the page sends use it; a \
     new name is a new campaign.",
);
pub(crate) const PLACEMENT: Key = key("placement", "placement = \"interstitial\"")
    .required()
    .shape(NAME)
    .about("The place on the page that its offers fill. A place shows one offer.");
const PRIORITY: Key =
    key("priority", "priority = 100").shape(Shape::Integer(-PRIORITY_BOUND, PRIORITY_BOUND)).about(
        "Of several campaigns whose customer this is, the one with the highest priority gets the \
         place; among equals, the first by name.",
    );
const PAGES: Key = key("pages", "pages = [\"/cart\", \"/product/*\"]")
    .shape(Shape::List(&pages::PAGE, PAGES_MAX))
    .about(
        "Each begins with `/`. A final `*` stands for every path that begins so; there is no other \
         wildcard.",
    );
const GROUP: Key = key("group", "group = \"checkout-offers\"").shape(NAME).about(
    "Of the campaigns of one group at most one appears on a page view: that of the highest priority, \
     whichever places they fill.",
);
const STACKS: Key = key("stacks", "stacks = false").shape(Shape::Boolean).about(
    "Whether its offer may appear beside those of other campaigns. With `false` it appears alone, or \
     not at all.",
);
const DEFAULT_LOCALE: Key = key("default_locale", "default_locale = \"en\"")
    .shape(Shape::Pattern(texts::LOCALE, LOCALE_BYTES_MAX))
    .about("The language for customers whose own is not there.");
const SCHEDULE: Key = key("schedule", "[schedule]")
    .shape(Shape::Table(&schedule::TABLE))
    .about("When the campaign runs; without it, always.");
const WHEN: Key = key("when", "[when]")
    .required()
    .shape(Shape::Table(&when::TABLE))
    .about("Whom the campaign is for.");
const LIMITS: Key = key("limits", "[limits]").shape(Shape::Table(&budgets::TABLE)).about(
    "How often the campaign is shown, and what it may cost; without it, nothing is limited.",
);
const EXPERIMENT: Key = key("experiment", "[experiment]")
    .required()
    .shape(Shape::Table(&experiment::TABLE))
    .about("How customers are divided, and what each part is offered.");
const OFFERS: Key = key("offers", "[[offers]]")
    .required()
    .shape(Shape::Tables(&offers::TABLE, 1, OFFERS_MAX))
    .about("What the variants offer.");
const GOAL: Key = key("goal", "[goal]")
    .shape(Shape::Table(&goal::TABLE))
    .about("What counts as success; without it, orders within seven days.");

/// The bound of a priority, above and below 0, as a number of the file.
const PRIORITY_BOUND: i64 = PRIORITY_MAX as i64;

/// The keys above all headings, and the headings.
static TOP: Table = Table::of(&[
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
]);

/// A campaign as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The campaign.
    pub campaign: Campaign,
    /// Its rule, checked; there exactly when the campaign has one.
    pub rule: Option<Expr>,
    /// The bytes of the file that say its part of a layer, if it has one: only beside other campaigns is it wrong.
    pub layer_at: Option<Range<usize>>,
}

/// What is read of the file before its parts are brought together.
struct Parts {
    key: Option<CampaignKey>,
    placement: Option<Placement>,
    priority: i32,
    pages: Vec<PagePattern>,
    group: Option<GroupKey>,
    stacks: bool,
    schedule: Schedule,
    when: Option<when::Read>,
    goal: Goal,
}

/// Reads a campaign file, and checks its rule against what rules can use; `file` is its name in messages.
///
/// # Errors
/// All mistakes in the file, in the order of its lines; never an empty list.
pub fn campaign(
    file: &str,
    text: &str,
    vocabulary: &Vocabulary,
) -> Result<Written, Vec<Diagnostic>> {
    let mut report = Report::new(file, text);
    let Some(document) = document(&mut report, text) else {
        return Err(report.into_diagnostics());
    };
    let top = Section::top(&mut report, document.get_ref(), &TOP);
    match read(&mut report, &top, vocabulary) {
        Some(campaign) if report.is_empty() => Ok(campaign),
        _ => Err(report.into_diagnostics()),
    }
}

/// The JSON Schema of campaign files, draft 2020-12, with which editors complete and check them.
///
/// It names every key and no other, and refuses nothing that [`campaign()`] takes.
pub fn campaign_schema() -> String {
    schema("Campaign", "A campaign of Vitrine: rules/README.md is the reference.", &TOP)
}

fn read(report: &mut Report, top: &Section, vocabulary: &Vocabulary) -> Option<Written> {
    let parts = parts(report, top, vocabulary);
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
    let when::Read { when, rule } = parts.when?;
    let layer_at = experiment.layer_at.clone();
    let campaign = Campaign {
        placement: parts.placement?,
        pages: parts.pages,
        schedule: parts.schedule,
        priority: parts.priority,
        group: parts.group,
        stacks: parts.stacks,
        limits: limits.into_model(),
        when,
        experiment: experiment.into_model(&key, &offers)?,
        offers,
        goal: parts.goal,
        key,
    };
    Some(Written { campaign, rule, layer_at })
}

fn parts(report: &mut Report, top: &Section, vocabulary: &Vocabulary) -> Parts {
    let key = top.require_text(report, KEY);
    let placement = top.require_text(report, PLACEMENT);
    let priority = top.find(PRIORITY).and_then(|it| integer(report, it, PRIORITY));
    let key = key.and_then(|text| {
        let key = name(report, &text, CampaignKey::parse)?;
        if key.is_holdout() {
            let message =
                format!("the name {} is that of a shop's holdout", quoted(text.get_ref()));
            let help = "name the campaign otherwise; the file of the holdout is `holdout.toml`";
            report.error(text.span(), message, help);
        }
        Some(key)
    });
    let group = top.text(report, GROUP);
    let stacks = top.find(STACKS).and_then(|value| boolean(report, value, STACKS));
    Parts {
        key,
        placement: placement.and_then(|text| name(report, &text, Placement::parse)),
        priority: priority.and_then(|number| i32::try_from(number).ok()).unwrap_or(0),
        pages: pages::read(report, top),
        group: group.and_then(|text| name(report, &text, GroupKey::parse)),
        stacks: stacks.unwrap_or(true),
        schedule: schedule::read(report, top),
        when: when::read(report, top, vocabulary),
        goal: goal::read(report, top),
    }
}
