//! A campaign's part of a layer.

use model::{LayerKey, LayerRange};
use toml::Spanned;

use crate::key::{Key, NAME, Shape, Table, key};
use crate::limits::LAYER_PLACES;
use crate::report::Report;
use crate::section::{Section, Value, integer, name};

pub(super) const LAYER: Key = key("layer", "layer = { name = \"checkout\", from = 0, to = 50 }")
    .shape(Shape::Table(&Table::of(&[LAYER_NAME, FROM, TO])))
    .about(
        "Campaigns of one layer never have the same customer: each has a range of customers of its own. Who is in one \
         of them stays with it, also when ranges change.",
    );
const LAYER_NAME: Key = key("name", "name = \"checkout\"")
    .required()
    .shape(NAME)
    .about("The layer's name; campaigns that name the same layer are in it.");
const FROM: Key = key("from", "from = 0")
    .required()
    .shape(Shape::Integer(0, LAYER_PLACES as i64 - 1))
    .about("Where the range begins, in per cent of all customers.");
const TO: Key = key("to", "to = 50")
    .required()
    .shape(Shape::Integer(1, LAYER_PLACES as i64))
    .about("Where it ends: above `from`, and that itself not included.");

/// Reads `layer`.
pub(super) fn read(report: &mut Report, value: &Value) -> Option<LayerRange> {
    let section = Section::new(report, "`layer`", LAYER, value)?;
    let layer = section.require_text(report, LAYER_NAME);
    let layer = layer.and_then(|text| name(report, &text, LayerKey::parse));
    let from = bound(report, &section, FROM);
    let to = bound(report, &section, TO);
    let (from, to) = (from?, to?);
    if from.get_ref() >= to.get_ref() {
        let message = "`to` must be above `from`, or nobody is in the range";
        let least = from.get_ref() + 1;
        let help = format!("write `to` as {least} to {LAYER_PLACES}, or a smaller `from`");
        report.error(to.span(), message, help);
        return None;
    }
    Some(LayerRange { layer: layer?, from: from.into_inner(), to: to.into_inner() })
}

fn bound(report: &mut Report, section: &Section, key: Key) -> Option<Spanned<u8>> {
    let value = section.require(report, key)?;
    let number = integer(report, value, key)?;
    u8::try_from(number).ok().map(|number| Spanned::new(value.span(), number))
}
