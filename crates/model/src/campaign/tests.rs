//! In which hours of the week a campaign runs, through changes of the clocks.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::{Hours, Schedule};
use crate::Timestamp;

/// Hours of a time zone, from a line such as `fri sat 22:00-02:00`; no day means every day.
fn hours(zone: &str, line: &str) -> Hours {
    let minute = |text: &str| -> u16 {
        let (hour, minute) = text.split_once(':').expect("hh:mm");
        hour.parse::<u16>().expect("a number") * 60 + minute.parse::<u16>().expect("a number")
    };
    let (days, span) = line.rsplit_once(' ').unwrap_or(("", line));
    let (from, until) = span.split_once('-').expect("from-until");
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    Hours {
        zone: TimeZone::get(zone).expect("a known zone"),
        days: names.map(|name| days.is_empty() || days.contains(name)),
        from_minute: minute(from),
        until_minute: minute(until),
    }
}

#[track_caller]
fn check(hours: &Hours, times: &[(&str, bool)]) {
    for (time, expected) in times {
        let now = Timestamp::parse(time).expect("a time");
        assert_eq!(hours.include(now), *expected, "{time}");
    }
}

#[test]
fn hours_begin_at_their_first_minute_and_end_before_their_last() {
    let evening = hours("Europe/Berlin", "18:00-23:30");
    check(
        &evening,
        &[
            ("2026-07-01T17:59:59.999+02:00", false),
            ("2026-07-01T18:00:00+02:00", true),
            ("2026-07-01T23:29:59.999+02:00", true),
            ("2026-07-01T23:30:00+02:00", false),
            ("2026-07-01T16:00:00Z", true),
        ],
    );
    let to_midnight = hours("Europe/Berlin", "18:00-24:00");
    check(
        &to_midnight,
        &[("2026-07-01T23:59:59.999+02:00", true), ("2026-07-02T00:00:00+02:00", false)],
    );
}

#[test]
fn the_day_is_that_of_the_time_zone_and_not_of_utc() {
    // 1 January 2027 is a Friday.
    let friday = hours("Pacific/Auckland", "fri 00:00-24:00");
    check(
        &friday,
        &[
            ("2026-12-31T10:59:59Z", false),
            ("2026-12-31T11:00:00Z", true),
            ("2027-01-01T10:59:59Z", true),
            ("2027-01-01T11:00:00Z", false),
        ],
    );
}

#[test]
fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
    // 3 July 2026 is a Friday.
    let night = hours("Europe/Berlin", "fri 22:00-02:00");
    check(
        &night,
        &[
            ("2026-07-03T01:00:00+02:00", false),
            ("2026-07-03T22:00:00+02:00", true),
            ("2026-07-04T01:59:59+02:00", true),
            ("2026-07-04T02:00:00+02:00", false),
            ("2026-07-04T22:00:00+02:00", false),
        ],
    );
    let sunday = hours("Europe/Berlin", "sun 22:00-02:00");
    check(&sunday, &[("2026-07-06T01:00:00+02:00", true), ("2026-07-05T01:00:00+02:00", false)]);
}

#[test]
fn an_hour_that_the_clocks_skip_has_no_time_in_it() {
    let hour = hours("Europe/Berlin", "02:00-03:00");
    check(
        &hour,
        &[
            // On 28 March 2027 the clocks go from 02:00 to 03:00.
            ("2027-03-28T00:59:59Z", false),
            ("2027-03-28T01:00:00Z", false),
            ("2027-03-29T00:30:00Z", true),
        ],
    );
    let over_the_change = hours("Europe/Berlin", "01:00-04:00");
    check(
        &over_the_change,
        &[
            ("2027-03-28T00:00:00Z", true),
            ("2027-03-28T01:59:59Z", true),
            ("2027-03-28T02:00:00Z", false),
        ],
    );
}

#[test]
fn an_hour_that_the_clocks_show_twice_lasts_twice_as_long() {
    let hour = hours("Europe/Berlin", "02:00-03:00");
    check(
        &hour,
        &[
            // On 25 October 2026 the clocks go from 03:00 back to 02:00.
            ("2026-10-24T23:59:59Z", false),
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T01:00:00Z", true),
            ("2026-10-25T01:59:59Z", true),
            ("2026-10-25T02:00:00Z", false),
        ],
    );
    // Half an hour only, on Lord Howe Island: on 5 April 2026 from 02:00 back to 01:30.
    let half_an_hour = hours("Australia/Lord_Howe", "01:45-02:00");
    check(
        &half_an_hour,
        &[
            ("2026-04-04T14:45:00Z", true),
            ("2026-04-04T15:00:00Z", false),
            ("2026-04-04T15:15:00Z", true),
            ("2026-04-04T15:30:00Z", false),
        ],
    );
}

#[test]
fn a_schedule_needs_both_its_dates_and_its_hours() {
    let schedule = Schedule {
        from: Timestamp::parse("2026-07-01T20:00:00Z").ok(),
        until: Timestamp::parse("2026-07-03T20:00:00Z").ok(),
        hours: Some(hours("UTC", "18:00-22:00")),
    };
    let runs = |time| schedule.includes(Timestamp::parse(time).expect("a time"));
    assert!(!runs("2026-07-01T19:00:00Z"));
    assert!(runs("2026-07-01T21:00:00Z"));
    assert!(!runs("2026-07-02T12:00:00Z"));
    assert!(!runs("2026-07-03T21:00:00Z"));
}

#[test]
fn a_time_that_no_calendar_has_is_in_no_hours() {
    let always = hours("Europe/Berlin", "00:00-24:00");
    for now in [Timestamp::MIN, Timestamp::MAX] {
        assert!(!always.include(now));
    }
    check(&always, &[("0001-01-01T00:00:00Z", true), ("9999-12-29T00:00:00Z", true)]);
}

/// Zones that change their clocks north and south, by half an hour, and not at all.
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
];

/// The definition, day by day: some day that is meant has a span around what the clocks show.
fn is_within(hours: &Hours, clock: DateTime) -> bool {
    let days_before = |count: i64| clock.date().checked_sub(count.days()).expect("in range");
    [0, 1].map(days_before).into_iter().any(|day: Date| {
        let place = usize::try_from(day.weekday().to_monday_zero_offset()).expect("0 to 6");
        let after = |minutes: u16| {
            day.to_datetime(Time::midnight()) + SignedDuration::from_mins(i64::from(minutes))
        };
        let begin = after(hours.from_minute);
        let is_overnight = hours.until_minute <= hours.from_minute;
        let end = after(hours.until_minute + if is_overnight { 24 * 60 } else { 0 });
        hours.days[place] && begin <= clock && clock < end
    })
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let zone = prop::sample::select(ZONES.to_vec());
    (zone, any::<[bool; 7]>(), 0..1_440_u16, 1..=1_440_u16).prop_map(|(zone, days, from, until)| {
        let zone = TimeZone::get(zone).expect("a known zone");
        Hours { zone, days, from_minute: from, until_minute: until }
    })
}

/// From 1990 to 2050.
fn any_time() -> impl Strategy<Value = Timestamp> {
    (631_152_000_000..2_524_608_000_000_i64).prop_map(Timestamp::from_ms)
}

proptest! {
    #[test]
    fn a_time_is_in_the_hours_when_the_clocks_show_one_of_a_day_that_is_meant(
        hours in any_hours(),
        now in any_time(),
    ) {
        let instant = jiff::Timestamp::from_millisecond(now.ms()).expect("in range");
        let clock = hours.zone.to_datetime(instant);
        prop_assert_eq!(hours.include(now), is_within(&hours, clock), "{}", clock);
    }

    #[test]
    fn every_time_is_either_in_the_hours_of_each_day_or_in_the_hours_between(
        hours in any_hours(),
        now in any_time(),
    ) {
        let day = Hours { days: [true; 7], until_minute: hours.until_minute % 1_440, ..hours };
        prop_assume!(day.until_minute != day.from_minute && day.until_minute > 0 && day.from_minute > 0);
        let night =
            Hours { from_minute: day.until_minute, until_minute: day.from_minute, ..day.clone() };
        prop_assert!(day.include(now) != night.include(now));
    }
}
