//! What counts as success.
//!
//! Any event can be a goal. Two things would count nothing and are refused instead: a name that the shop's
//! clients may send, but by which the event is not known here, and a sum of orders other than their revenue.

use std::time::Duration;

use model::{Goal, ORDER_COMPLETED, same_name};
use toml::Spanned;

use super::GOAL;
use crate::duration::duration;
use crate::key::{Key, Shape, Table, key};
use crate::limits::{EVENT_BYTES_MAX, PROPERTY_BYTES_MAX, WINDOW_MAX};
use crate::report::{Report, quoted};
use crate::section::Section;

const EVENT: Key = key("event", "event = \"Order Completed\"")
    .shape(Shape::Text(EVENT_BYTES_MAX))
    .about(
        "The event that counts as success: one of the specification, or the shop's own. Case, spaces, `_` and \
         `-` make no difference. What is paid back or cancelled of an order is taken back.",
    );
const VALUE: Key = key("value", "value = \"points\"")
    .shape(Shape::Text(PROPERTY_BYTES_MAX))
    .about(
        "The property of the event whose numbers are summed, to the third decimal. Of orders that is always \
         `revenue`, as money.",
    );
const WINDOW: Key = key("window", "window = \"7d\"")
    .shape(Shape::Duration(Duration::from_secs(1), WINDOW_MAX))
    .about("How long after the first exposure it still counts.");

pub(super) static TABLE: Table = Table::of(&[EVENT, VALUE, WINDOW]);

/// The only property of orders that is summed.
const REVENUE: &str = "revenue";

const WINDOW_DEFAULT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Names that clients send for events of the specification, and those by which the events are known.
const KNOWN_AS: [(&str, &str); 14] = [
    ("Viewed Product", "Product Viewed"),
    ("Added Product", "Product Added"),
    ("Removed Product", "Product Removed"),
    ("Viewed Cart", "Cart Viewed"),
    ("Started Checkout", "Checkout Started"),
    ("Completed Checkout Step", "Checkout Step Completed"),
    ("Completed Order", ORDER_COMPLETED),
    ("Refunded Order", "Order Refunded"),
    ("Cancelled Order", "Order Cancelled"),
    ("Canceled Order", "Order Cancelled"),
    ("Order Canceled", "Order Cancelled"),
    ("Applied Coupon", "Coupon Applied"),
    ("Viewed Promotion", "Promotion Viewed"),
    ("Clicked Promotion", "Promotion Clicked"),
];

/// Reads `[goal]`; without one, orders within seven days count.
pub(super) fn read(report: &mut Report, top: &Section) -> Goal {
    let value = top.find(GOAL);
    let section = value.and_then(|it| Section::new(report, "[goal]", GOAL, it));
    let Some(section) = section else { return Goal::orders(WINDOW_DEFAULT) };
    let event = section.text(report, EVENT);
    let value = section.text(report, VALUE);
    let window =
        section.text(report, WINDOW).and_then(|text| duration(report, &text, "window", WINDOW));
    let window = window.unwrap_or(WINDOW_DEFAULT);
    if let Some(event) = &event {
        check_length(report, event, EVENT, EVENT_BYTES_MAX);
        check_name(report, event);
    }
    if let Some(value) = &value {
        check_length(report, value, VALUE, PROPERTY_BYTES_MAX);
    }
    let event = event.map_or(ORDER_COMPLETED, |event| *event.get_ref());
    if same_name(event, ORDER_COMPLETED) {
        if let Some(value) = value.filter(|value| !same_name(value.get_ref(), REVENUE)) {
            let message = format!("{} of orders cannot be summed", quoted(value.get_ref()));
            let help = "leave it out: of orders the revenue is summed, less what is paid back";
            report.error(value.span(), message, help);
        }
        return Goal::orders(window);
    }
    Goal::of_events(event, value.map(|value| *value.get_ref()), window)
}

fn check_length(report: &mut Report, text: &Spanned<&str>, key: Key, bytes_max: usize) {
    if text.get_ref().len() > bytes_max {
        let message = format!("`{}` has more than {bytes_max} bytes", key.name);
        report.error(text.span(), message, format!("write a name such as `{}`", key.example));
    }
}

fn check_name(report: &mut Report, event: &Spanned<&str>) {
    let mut known = KNOWN_AS.iter();
    if let Some((_, name)) = known.find(|(sent, _)| same_name(sent, event.get_ref())) {
        let message = format!("{} is known here as {}", quoted(event.get_ref()), quoted(name));
        report.error(event.span(), message, format!("write `event = {}`", quoted(name)));
    }
}
