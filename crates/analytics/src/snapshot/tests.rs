use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use model::{CampaignKey, Currency, SplitKey, TenantKey, VariantKey};

use super::Snapshot;
use crate::bands::{Band, Bands};
use crate::cell::{Cell, Moments, RevenueSums};
use crate::counts::ActionKind;
use crate::error::AnalyticsError;
use crate::figures::{Cells, Figures};

fn sample() -> Snapshot {
    let eur = Currency::parse("EUR").expect("known");
    let moments = |sum, sum_of_squares| Moments { sum, sum_of_squares };
    let revenue = RevenueSums {
        minor: Moments { sum: -12, sum_of_squares: i128::MAX },
        orders: Moments { sum: 4, sum_of_squares: 10 },
        minor_times_orders: -8,
        before: Moments { sum: 30, sum_of_squares: 900 },
        minor_times_before: 17,
        bands: Bands::of([(9, Band { customers: 2, minor: moments(19, 181) })].into_iter())
            .expect("a band"),
    };
    let cell = Cell {
        customers: 3,
        splits: BTreeMap::from([(SplitKey::from_u32(8), 1), (SplitKey::from_u32(9), 2)]),
        conversions: 2,
        outcomes: 5,
        value_milli: Moments { sum: -7, sum_of_squares: 49 },
        orders: 4,
        steps: [3, 3, 2, 2, 1, 1, 0],
        shows: 9,
        withheld: 1,
        revenue: BTreeMap::from([(eur, revenue)]),
    };
    let variant = VariantKey::parse("control").expect("valid");
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    let splits = [7, 8, 9].map(SplitKey::from_u32).into();
    let mut figures = Figures {
        customers: 5,
        customers_with_cart: 4,
        buyers: 3,
        orders: 6,
        revenue_minor: BTreeMap::from([(eur, 1 << 70)]),
        refunded_minor: BTreeMap::from([(eur, 7)]),
        decisions: 11,
        splits: BTreeMap::from([(campaign.clone(), splits)]),
        campaigns: BTreeMap::from([(campaign, Cells::from([(variant, cell)]))]),
        ignored: 1,
        ..Figures::default()
    };
    figures.events.add_one(ActionKind::Cart);
    let tenant = TenantKey::parse("demo").expect("valid");
    Snapshot { lsn: 42, tenants: BTreeMap::from([(tenant, figures)]) }
}

fn damage(path: &Path) -> String {
    match Snapshot::read(path) {
        Err(error @ AnalyticsError::SnapshotDamaged { .. }) => error.to_string(),
        other => panic!("expected damage, found {other:?}"),
    }
}

#[test]
fn a_snapshot_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figures.json");
    assert_eq!(Snapshot::read(&path).expect("none is empty"), Snapshot::default());
    Snapshot::default().write(&path).expect("written");
    sample().write(&path).expect("written over the first");
    assert_eq!(Snapshot::read(&path).expect("readable"), sample());
    let names = fs::read_dir(folder.path()).expect("a folder");
    assert_eq!(names.count(), 1, "nothing temporary is left");
}

#[test]
fn the_format_of_a_snapshot_never_changes_unnoticed() {
    let text = String::from_utf8(sample().encode().expect("encodable")).expect("text");
    let expected = concat!(
        r#"{"format":"vitrine-figures","version":7,"lsn":42,"tenants":{"demo":{"#,
        r#""events":{"view":0,"cart":1,"purchase":0},"customers":5,"customers_with_cart":4,"#,
        r#""buyers":3,"orders":6,"revenue_minor":{"EUR":1180591620717411303424},"#,
        r#""refunded_minor":{"EUR":7},"decisions":11,"ignored":1,"splits":{"cart-rescue":[7,8,9]},"campaigns":{"cart-rescue":{"#,
        r#""control":{"customers":3,"splits":[[8,1],[9,2]],"conversions":2,"outcomes":5,"#,
        r#""value_milli":[-7,49],"orders":4,"steps":[3,3,2,2,1,1,0],"shows":9,"withheld":1,"#,
        r#""revenue":{"EUR":{"minor":[-12,170141183460469231731687303715884105727],"#,
        r#""orders":[4,10],"minor_times_orders":-8,"before":[30,900],"#,
        r#""minor_times_before":17,"bands":[[9,2,[19,181]]]}}}}}}}}"#,
    );
    assert_eq!(text.lines().next(), Some(expected));
}

#[test]
fn damage_at_any_byte_of_a_snapshot_is_told_with_file_and_remedy_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figures.json");
    let whole = sample().encode().expect("encodable");
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        fs::write(&path, &bytes).expect("written");
        let message = damage(&path);
        assert!(message.contains("figures.json") && message.contains("move it away"), "{message}");
        assert_eq!(fs::read(&path).expect("still there"), bytes);
    }
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        damage(&path);
    }
}

#[test]
fn a_snapshot_of_a_later_version_is_named_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figures.json");
    let line = r#"{"format":"vitrine-figures","version":8,"shape":"of the future"}"#;
    let checksum = crc32c::crc32c(line.as_bytes());
    fs::write(&path, format!("{line}\ncrc32c {checksum:08x}\n")).expect("written");
    let message = damage(&path);
    assert!(message.contains("version 8, and this program reads"), "{message}");
}

#[test]
fn a_band_that_is_none_is_damage() {
    let mut text = String::from_utf8(sample().encode().expect("encodable")).expect("text");
    text.truncate(text.find('\n').expect("a first line"));
    let line = text.replace("[[9,2,", "[[9999,2,");
    let checksum = crc32c::crc32c(line.as_bytes());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figures.json");
    fs::write(&path, format!("{line}\ncrc32c {checksum:08x}\n")).expect("written");
    assert!(damage(&path).contains("a band of revenue that is none"), "{}", damage(&path));
}
