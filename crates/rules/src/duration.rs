//! Spans of time as they are written: `90s`, `30m`, `6h`, `7d`.

use std::time::Duration;

use toml::Spanned;

use crate::key::Key;
use crate::report::{Report, quoted};

/// The units, the largest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 24 * 60 * 60), ('h', 60 * 60), ('m', 60), ('s', 1)];

/// Reads a whole number and a unit, within the range of its key; `noun` is what lasts so long.
pub(crate) fn duration(
    report: &mut Report,
    text: &Spanned<&str>,
    noun: &str,
    key: Key,
) -> Option<Duration> {
    let written = *text.get_ref();
    let (least, most) = key.spans();
    let Some(seconds) = seconds(written) else {
        let message = format!("{} is not a duration", quoted(written));
        let help = "write a whole number and one of s, m, h, d, such as \"7d\" or \"36h\"";
        report.error(text.span(), message, help);
        return None;
    };
    let duration = Duration::from_secs(seconds);
    if duration < least || duration > most {
        let message = format!("a {noun} of {} is too short or too long", quoted(written));
        let help = format!("write \"{}\" to \"{}\"", shown(least), shown(most));
        report.error(text.span(), message, help);
        return None;
    }
    Some(duration)
}

/// The seconds of a whole number and one unit; saturated when there are too many.
fn seconds(written: &str) -> Option<u64> {
    let last = written.chars().last()?;
    let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| *unit == last)?;
    let digits = written.strip_suffix(unit)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(seconds))
}

/// A duration as it would be written. One day is shown as 24 hours, as people say it.
fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let fits = |(unit, of_unit): &(char, u64)| {
        seconds.is_multiple_of(*of_unit) && !(*unit == 'd' && seconds == *of_unit)
    };
    let (unit, of_unit) = UNITS.into_iter().find(fits).unwrap_or(('s', 1));
    format!("{}{unit}", seconds / of_unit)
}
