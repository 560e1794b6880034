//! How customers are divided among variants.

use std::ops::Range;
use std::sync::Arc;

use model::{CampaignKey, Experiment, LayerRange, Offer, Variant, VariantKey};
use toml::Spanned;

use super::holdout::{HOLDOUT, hold_out};
use super::layer::{self, LAYER};
use super::{EXPERIMENT, offers};
use crate::key::{Key, NAME, Shape, Table, key};
use crate::limits::{SALT_BYTES_MAX, VARIANTS_MAX, WEIGHTS_TOTAL_MAX};
use crate::nearest::nearest;
use crate::report::{Report, quoted};
use crate::salt::salt;
use crate::section::{Section, integer, name};

const SALT: Key = key("salt", "salt = \"cart-rescue-2\"").shape(Shape::Text(SALT_BYTES_MAX)).about(
    "Changes who is in which variant. Campaigns with the same salt and the same weights divide \
         customers alike.",
);
const CONTROL: Key = key("control", "control = \"control\"")
    .required()
    .shape(NAME)
    .about("The variant that the others are compared with, or `holdout`.");
const VARIANTS: Key = key("variants", "[[experiment.variants]]")
    .required()
    .shape(Shape::Tables(&VARIANT, 1, VARIANTS_MAX))
    .about("The arms of the experiment.");
const VARIANT_KEY: Key = key("key", "key = \"twenty-percent\"")
    .required()
    .shape(NAME)
    .about("The variant's name, unique within the campaign.");
const WEIGHT: Key = key("weight", "weight = 50")
    .required()
    .shape(Shape::Integer(1, WEIGHTS_TOTAL_MAX as i64))
    .about("The variant's share of the sum of all weights, which is at most 1,000,000.");
const OFFER: Key = key("offer", "offer = \"twenty-percent-off-cart\"")
    .shape(NAME)
    .about("What customers of the variant are offered.");

pub(super) static TABLE: Table = Table::of(&[SALT, CONTROL, HOLDOUT, LAYER, VARIANTS]);
static VARIANT: Table = Table::of(&[VARIANT_KEY, WEIGHT, OFFER]);

/// An experiment as it was read, its names not yet looked up.
pub(super) struct Read<'t> {
    salt: Option<Spanned<&'t str>>,
    control: Option<Spanned<&'t str>>,
    holdout: Option<u8>,
    layer: Option<LayerRange>,
    /// Where `layer` is in the file.
    pub(super) layer_at: Option<Range<usize>>,
    variants: Vec<ReadVariant<'t>>,
}

struct ReadVariant<'t> {
    name: Option<Spanned<&'t str>>,
    key: Option<VariantKey>,
    weight: Option<u32>,
    offer: Option<Spanned<&'t str>>,
}

/// Reads `[experiment]`.
pub(super) fn read<'t>(report: &mut Report, top: &Section<'t>) -> Option<Read<'t>> {
    let Some(value) = top.find(EXPERIMENT) else {
        let help =
            format!("add [experiment] with `{}`, and its variants below it", CONTROL.example);
        report.error(0..0, "missing section [experiment]: how is the campaign tested?", help);
        return None;
    };
    let section = Section::new(report, "[experiment]", EXPERIMENT, value)?;
    let salt = salt(report, &section, SALT);
    let control = section.require_text(report, CONTROL);
    let holdout = section.find(HOLDOUT).and_then(|value| integer(report, value, HOLDOUT));
    let holdout = holdout.and_then(|percent| u8::try_from(percent).ok());
    let layer_at = section.find(LAYER).map(Spanned::span);
    let layer = section.find(LAYER).and_then(|value| layer::read(report, value));
    let variants = variants(report, &section);
    let read = Read { salt, control, holdout, layer, layer_at, variants };
    if let [_] = &*read.variants {
        read.check_alone(report, section.find(VARIANTS).map_or(0..0, Spanned::span));
    }
    Some(read)
}

fn variants<'t>(report: &mut Report, section: &Section<'t>) -> Vec<ReadVariant<'t>> {
    let Some(value) = section.require(report, VARIANTS) else { return Vec::new() };
    let mut variants: Vec<ReadVariant<'t>> = Vec::new();
    let mut total: u32 = 0;
    for value in Section::list(report, value, VARIANTS, VARIANTS_MAX) {
        let heading = "[[experiment.variants]]";
        let section = Section::new(report, heading, VARIANTS, value);
        let Some(section) = section else { continue };
        let variant = variant(report, &section);
        total = total.saturating_add(variant.weight.unwrap_or(0));
        let is_known = |name: &Spanned<&str>| variants.iter().any(|known| known.is_named(name));
        if let Some(name) = variant.name.as_ref().filter(|name| is_known(name)) {
            let message = format!("two variants are named {}", quoted(name.get_ref()));
            report.error(name.span(), message, "give each variant a name of its own");
        }
        variants.push(variant);
    }
    if total > WEIGHTS_TOTAL_MAX {
        let message = format!("the weights add up to {total}, more than {WEIGHTS_TOTAL_MAX}");
        let help =
            "write smaller weights; only their ratio counts, 1 and 1 are as good as 50 and 50";
        report.error(value.span(), message, help);
    }
    variants
}

fn variant<'t>(report: &mut Report, section: &Section<'t>) -> ReadVariant<'t> {
    let found = section.require_text(report, VARIANT_KEY);
    let key = found.as_ref().and_then(|text| name(report, text, VariantKey::parse));
    if let Some((name, _)) = found.as_ref().zip(key.as_ref().filter(|key| key.is_holdout())) {
        let message = "the name \"holdout\" is that of the customers who are held out";
        let help = format!("name the variant otherwise; `{}` makes that arm", HOLDOUT.example);
        report.error(name.span(), message, help);
    }
    let weight = section.require(report, WEIGHT);
    let weight = weight.and_then(|value| integer(report, value, WEIGHT));
    let weight = weight.and_then(|weight| u32::try_from(weight).ok());
    ReadVariant { name: found, key, weight, offer: section.text(report, OFFER) }
}

// === impl ReadVariant ===

impl ReadVariant<'_> {
    fn is_named(&self, name: &Spanned<&str>) -> bool {
        self.name.as_ref().is_some_and(|known| known.get_ref() == name.get_ref())
    }
}

// === impl Read ===

impl Read<'_> {
    /// Complains about a variant that has nothing beside it.
    fn check_alone(&self, report: &mut Report, span: Range<usize>) {
        let is_control = |name: &str| self.control.as_ref().is_some_and(|it| *it.get_ref() == name);
        let help = match self.holdout {
            Some(_) if is_control(model::HOLDOUT) => return,
            Some(_) => "compare it with those who are held out: write `control = \"holdout\"`",
            None => "add a second [[experiment.variants]]: one to compare with the other",
        };
        report.error(span, "an experiment of one variant compares nothing", help);
    }

    /// Complains about a control that is no variant, offers that do not exist and offers that nobody
    /// gets.
    pub(super) fn check_references(&self, report: &mut Report, offers: &[offers::Read]) {
        let names = || self.variants.iter().filter_map(|variant| variant.name.as_ref());
        if let Some(control) = &self.control
            && !names().any(|name| name.get_ref() == control.get_ref())
            && !(self.holdout.is_some() && *control.get_ref() == model::HOLDOUT)
            && !self.variants.is_empty()
        {
            let message = format!("the control {} is no variant", quoted(control.get_ref()));
            let help = match *control.get_ref() == model::HOLDOUT {
                true => format!("write `{}` as well, to hold some out", HOLDOUT.example),
                false => choice(control, names()),
            };
            report.error(control.span(), message, help);
        }
        let known = || offers.iter().filter_map(|offer| offer.name.as_ref());
        let wanted = || self.variants.iter().filter_map(|variant| variant.offer.as_ref());
        let mut is_lost = false;
        for offer in wanted().filter(|offer| !known().any(|it| it.get_ref() == offer.get_ref())) {
            let message = format!("there is no offer {}", quoted(offer.get_ref()));
            report.error(offer.span(), message, choice(offer, known()));
            is_lost = true;
        }
        // An offer that a variant names wrongly is not unused as well.
        let is_unused = |offer: &Spanned<&str>| {
            !is_lost && !wanted().any(|wanted| wanted.get_ref() == offer.get_ref())
        };
        for offer in known().filter(|offer| is_unused(offer)) {
            let message = format!("no variant has the offer {}", quoted(offer.get_ref()));
            let help =
                format!("write `offer = {}` in a variant, or remove it", quoted(offer.get_ref()));
            report.error(offer.span(), message, help);
        }
    }

    /// The experiment; `None` only when there was a complaint.
    pub(super) fn into_model(self, key: &CampaignKey, offers: &[Arc<Offer>]) -> Option<Experiment> {
        let place_of = |name: &str| offers.iter().position(|offer| offer.key.as_str() == name);
        let mut variants = Vec::with_capacity(self.variants.len());
        for variant in self.variants {
            let offer = match variant.offer {
                Some(name) => Some(place_of(name.get_ref())?),
                None => None,
            };
            variants.push(Variant { key: variant.key?, weight: variant.weight?, offer });
        }
        let holdout = self.holdout.map(|percent| hold_out(&mut variants, percent));
        let control = self.control?;
        let is_control = |variant: &Variant| variant.key.as_str() == *control.get_ref();
        let control = variants.iter().position(is_control)?;
        let salt = self.salt.map_or(key.as_str(), |salt| *salt.get_ref()).into();
        Some(Experiment { salt, variants, control, holdout, layer: self.layer })
    }
}

/// What to write instead of a name that does not exist.
fn choice<'a>(
    written: &Spanned<&str>,
    names: impl Iterator<Item = &'a Spanned<&'a str>> + Clone,
) -> String {
    let mut all = names.map(|name| *name.get_ref());
    match nearest(written.get_ref(), all.clone()) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => match all.next() {
            Some(first) => {
                let others: String = all.map(|name| format!(" or {}", quoted(name))).collect();
                format!("write {}{others}", quoted(first))
            }
            None => format!("add one with `key = {}`", quoted(written.get_ref())),
        },
    }
}
