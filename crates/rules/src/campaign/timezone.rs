//! Whose clocks a schedule goes by.
//!
//! The zones are those of the IANA database that is built into the program, so a file means the same
//! on every machine.

use jiff::tz::{self, TimeZone};

use crate::key::{Key, Shape, key};
use crate::limits::TIMEZONE_BYTES_MAX;
use crate::nearest::nearest;
use crate::report::{Report, quoted};
use crate::section::Section;

pub(super) const TIMEZONE: Key = key("timezone", "timezone = \"Europe/Berlin\"")
    .shape(Shape::Pattern("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", TIMEZONE_BYTES_MAX))
    .about("Whose clocks are meant by times without an offset, `days` and `hours`.");

/// The time zone of a schedule.
pub(super) enum Zone {
    /// None is written.
    Absent,
    /// One is written, and there was a complaint about it.
    Mistaken,
    /// This one.
    Known(TimeZone),
}

/// Reads `timezone`.
pub(super) fn read(report: &mut Report, schedule: &Section) -> Zone {
    if schedule.find(TIMEZONE).is_none() {
        return Zone::Absent;
    }
    let Some(text) = schedule.text(report, TIMEZONE) else { return Zone::Mistaken };
    let written = *text.get_ref();
    // `Etc/Unknown` is how the database says that it does not know.
    let is_short = written.len() <= TIMEZONE_BYTES_MAX;
    let found = TimeZone::get(written).ok().filter(|_| is_short).filter(|zone| !zone.is_unknown());
    if let Some(zone) = found {
        return Zone::Known(zone);
    }
    let message = format!("unknown time zone {}", quoted(written));
    let help = match meant(written) {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("write the name of a city's zone, such as `{}`", TIMEZONE.example),
    };
    report.error(text.span(), message, help);
    Zone::Mistaken
}

/// The zone that was probably meant: by its whole name, or by the city at its end.
fn meant(written: &str) -> Option<String> {
    let names: Vec<String> = tz::db().available().map(|name| name.as_str().to_owned()).collect();
    if let Some(name) = nearest(written, names.iter().map(String::as_str)) {
        return Some(name.to_owned());
    }
    let in_one_word = written.trim().replace(' ', "_");
    let city = |name: &str| name.rsplit('/').next().unwrap_or("").to_owned();
    names.into_iter().find(|name| city(name).eq_ignore_ascii_case(&in_one_word))
}
