use std::collections::BTreeMap;

use bytes::Bytes;
use model::{CellShare, Currency, Money, SplitKey, Step, Steps, Timestamp};
use proptest::prelude::*;

use super::place::{hour_of, tellable};
use super::sample::{change, exposed, merged, order, record, share, time, usd, view};
use super::{Batch, Batches, Part, Partition, Stamp, Table, Value, each_row};
use crate::bands::Bands;
use crate::cell::{Cell, Moments, RevenueSums};
use crate::error::AnalyticsError;

/// The rows of one table, each value as text by its column.
fn rows(batch: &Batch, table: Table) -> Vec<BTreeMap<&'static str, String>> {
    let file = Bytes::from(batch.encode().expect("encodable"));
    let mut rows = Vec::new();
    let read: Result<(), parquet::errors::ParquetError> = each_row(file, |values| {
        let columns = table.columns().iter().map(|column| column.name);
        let values = values.iter().map(|value| match value {
            Value::Null => "null".to_owned(),
            Value::Text(text) => (*text).to_owned(),
            Value::Flag(flag) => flag.to_string(),
            Value::Long(number) => number.to_string(),
            Value::Huge(number) => number.to_string(),
            Value::Time(time) => time.to_string(),
        });
        rows.push(columns.zip(values).collect());
        Ok(())
    });
    read.expect("readable");
    rows
}

fn batches(records: &[journal::record::Record]) -> Vec<(Partition, Batch)> {
    let mut batches = Batches::default();
    let recorded_at = time("2026-01-31T18:59:59.999Z");
    for (record, lsn) in records.iter().zip(1..) {
        batches.add(record, Stamp { lsn, recorded_at }).expect("it fits");
    }
    batches.into_iter().collect()
}

fn rows_of(
    records: &[journal::record::Record],
    table: Table,
) -> Vec<BTreeMap<&'static str, String>> {
    let found = batches(records);
    let found = found.iter().filter(|(partition, _)| partition.table == table);
    found.flat_map(|(_, batch)| rows(batch, table)).collect()
}

#[test]
fn the_columns_are_those_that_the_readme_tells() {
    let readme = include_str!("../../README.md");
    for table in Table::ALL {
        let heading = format!("## `{}`\n", table.as_str());
        let (_, section) = readme.split_once(&heading).expect("a section for each table");
        let section = section.split("\n#").next().expect("the first part");
        let told: Vec<(String, String, String)> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| {
                let mut cells = line.split(" | ").map(str::trim);
                let name = cells.next()?.trim_end_matches('`').to_owned();
                Some((name, cells.next()?.to_owned(), cells.next()?.to_owned()))
            })
            .collect();
        let columns = table.columns().iter().map(|column| {
            let nullable = if column.nullable { "yes" } else { "no" };
            (column.name.to_owned(), column.kind.sql().to_owned(), nullable.to_owned())
        });
        assert_eq!(told, columns.collect::<Vec<_>>(), "{}", table.as_str());
    }
}

#[test]
fn an_exposure_is_a_row_with_the_names_of_opentelemetry() {
    let rows = rows_of(&[exposed("demo", time("2026-01-31T18:30:00Z"))], Table::Exposures);
    let [row] = rows.as_slice() else { panic!("one row: {rows:?}") };
    assert_eq!(row["feature_flag_key"], "cart-rescue");
    assert_eq!(row["feature_flag_result_variant"], "control");
    assert_eq!(row["feature_flag_context_id"], "c-00000000000000000000000007");
    assert_eq!(row["feature_flag_version"], "3");
    assert_eq!(row["shown"], "false");
    assert_eq!(row["event_time"], "2026-01-31T18:30:00.000Z");
    assert_eq!(row["attribution_until"], "9999-12-30T22:00:00.000Z", "the last that can be told");
    assert_eq!(row["split"], "00000000");
    assert_eq!(row["revenue_before"], r#"{"USD":250}"#);
    assert_eq!(row["rule_digest"], "ab".repeat(32));
    assert_eq!(row["decision_id"], "00000000-0000-0000-0000-00000000002a");
}

#[test]
fn an_event_is_a_row_with_its_customer_its_money_and_what_the_shop_sent() {
    let records = [order("demo", "o-1", time("2026-01-31T18:30:00Z"), 1_999)];
    let rows = rows_of(&records, Table::Events);
    let [row] = rows.as_slice() else { panic!("one row: {rows:?}") };
    assert_eq!(row["kind"], "purchase");
    assert_eq!(row["order_id"], "o-1");
    assert_eq!((&*row["value_minor"], &*row["currency"]), ("1999", "USD"));
    assert_eq!((&*row["user_id"], &*row["anonymous_id"]), ("u-1", "a-1"));
    assert_eq!(row["event_time"], "2026-01-31T18:29:59.750Z");
    assert_eq!(row["recorded_at"], "2026-01-31T18:59:59.999Z");
    assert_eq!(row["device"], "mobile");
    assert_eq!(row["page_path"], "null");
    assert_eq!(row["properties"], r#"{"path":"/cart","context":{"device":"mobile"}}"#);
}

#[test]
fn a_merge_is_a_row_that_tells_who_is_no_more() {
    let rows = rows_of(&[merged("demo", time("2026-01-31T18:30:00Z"))], Table::Events);
    let [row] = rows.as_slice() else { panic!("one row: {rows:?}") };
    assert_eq!(row["kind"], "merge");
    assert_eq!(row["customer"], "c-00000000000000000000000007");
    assert_eq!(row["absorbed_customer"], "c-00000000000000000000000009");
}

#[test]
fn rows_lie_with_their_tenant_table_and_hour() {
    let at = time("2026-01-31T18:30:00Z");
    let found = batches(&[view("one", "m", at), view("two", "m", at), exposed("one", at)]);
    let paths: Vec<String> =
        found.iter().map(|(partition, _)| partition.path().display().to_string()).collect();
    let expected = [
        "tenant=one/table=exposures/date=2026-01-31/hour=18",
        "tenant=one/table=outcomes/date=2026-01-31/hour=18",
        "tenant=one/table=events/date=2026-01-31/hour=18",
        "tenant=two/table=events/date=2026-01-31/hour=18",
    ];
    assert_eq!(paths, expected);
    for (partition, _) in &found {
        assert_eq!(Partition::parse(&partition.path()).as_ref(), Some(partition));
    }
}

#[test]
fn names_that_are_none_of_ours_are_not_read() {
    let part = Part { first_lsn: 1, last_lsn: 42 };
    assert_eq!(Part::parse(&part.name()), Some(part));
    for name in ["part-1-2.parquet", "part-.parquet", "file", "manifest.json"] {
        assert_eq!(Part::parse(name), None, "{name}");
    }
    for folder in [
        "unfinished",
        "tenant=demo/table=events/date=2026-01-31",
        "tenant=demo/table=visits/date=2026-01-31/hour=18",
        "tenant=demo/table=events/date=2026-01-32/hour=18",
        "tenant=demo/table=events/date=2026-01-31/hour=7",
    ] {
        assert_eq!(Partition::parse(folder.as_ref()), None, "{folder}");
    }
}

#[test]
fn times_that_no_reader_can_tell_are_the_nearest_that_they_can() {
    assert_eq!(tellable(Timestamp::MIN), time("0001-01-01T00:00:00Z"));
    assert_eq!(tellable(Timestamp::MAX), time("9999-12-30T22:00:00.000Z"));
    let before = time("1969-12-31T23:59:59.999Z");
    assert_eq!(hour_of(before), time("1969-12-31T23:00:00Z"));
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let at = time("2026-01-31T18:30:00Z");
    let records = [view("demo", "m", at), exposed("demo", at), order("demo", "o", at, 5)];
    let bytes = || -> Vec<Vec<u8>> {
        batches(&records).iter().map(|(_, batch)| batch.encode().expect("encodable")).collect()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn a_row_of_another_shape_is_refused() {
    let mut batch = Batch::new(Table::Events);
    let refused = batch.push([Value::Flag(true)].into_iter());
    assert!(matches!(refused, Err(AnalyticsError::RowUnfit { table: "events" })));
}

fn eur() -> Currency {
    Currency::parse("EUR").expect("ISO 4217 has it")
}

/// Whole numbers, some beyond the cap.
fn any_number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MAX), Just(i64::MIN), -5_000_i64..5_000]
}

fn any_share() -> impl Strategy<Value = CellShare> {
    let money =
        proptest::collection::btree_map(prop_oneof![Just(eur()), Just(usd())], any_number(), 0..3);
    let name = prop_oneof![Just("control"), Just("treated")];
    let steps = proptest::sample::subsequence(Step::ALL.to_vec(), 0..=Step::ALL.len());
    (name, 0_u32..3, money, any_number(), 0_u32..4, any_number(), steps).prop_map(
        |(name, orders, money, before, outcomes, value_milli, steps)| {
            let mut share = share(name, orders, &money.into_iter().collect::<Vec<_>>());
            share.set_before(Money::from_minor(before, eur()));
            let steps = Steps::of(|step| steps.contains(&step));
            let split = SplitKey::from_u32(outcomes % 2);
            CellShare { split, outcomes, value_milli, steps, ..share }
        },
    )
}

/// The sums of a variant's rows, as a cell.
fn summed(rows: &[BTreeMap<&'static str, String>], name: &str) -> Cell {
    let rows: Vec<_> =
        rows.iter().filter(|row| row["feature_flag_result_variant"] == name).collect();
    let sum_in = |of: Option<Currency>, column: &str| -> i128 {
        let rows = rows.iter().filter(|row| of.is_none_or(|of| row["currency"] == of.code()));
        rows.map(|row| row[column].parse::<i128>().expect("a number")).sum()
    };
    let moments = |of, column: &str| Moments {
        sum: sum_in(of, column),
        sum_of_squares: sum_in(of, &format!("{column}_squared")),
    };
    let count = |column: &str| i64::try_from(sum_in(None, column)).expect("few");
    let splits = [0, 1].map(SplitKey::from_u32).map(|split| {
        let of_it = rows.iter().filter(|row| row["split"] == split.to_string());
        let customers = of_it.map(|row| row["customers"].parse::<i64>().expect("a number"));
        (split, customers.sum::<i64>())
    });
    let revenue = [eur(), usd()].map(|currency| {
        let sums = RevenueSums {
            minor: moments(Some(currency), "value_minor"),
            orders: moments(Some(currency), "value_orders"),
            minor_times_orders: sum_in(Some(currency), "value_minor_times_orders"),
            before: moments(Some(currency), "before_minor"),
            minor_times_before: sum_in(Some(currency), "value_minor_times_before"),
            bands: Bands::default(),
        };
        (currency, sums)
    });
    Cell {
        customers: count("customers"),
        splits: splits.into_iter().filter(|(_, customers)| *customers != 0).collect(),
        conversions: count("conversions"),
        outcomes: count("outcomes"),
        value_milli: moments(None, "value_milli"),
        orders: count("orders"),
        steps: Step::ALL.map(|step| count(&format!("reached_{}", step.as_str()))),
        // Nobody is exposed here; the table `exposures` has these.
        shows: 0,
        withheld: 0,
        revenue: revenue.into_iter().filter(|(_, sums)| *sums != RevenueSums::default()).collect(),
    }
}

proptest! {
    /// Whatever comes and goes: orders, refunds, numbers of a goal, steps of the funnel, merges across
    /// arms, amounts beyond the cap.
    #[test]
    fn the_sums_of_outcomes_are_the_cells_of_the_report(
        changes in proptest::collection::vec(
            (proptest::collection::vec(any_share(), 0..3), proptest::option::of(any_share())),
            1..12,
        ),
    ) {
        let mut cells: BTreeMap<String, Cell> = BTreeMap::new();
        let mut records = Vec::new();
        for (before, after) in &changes {
            for taken in before {
                cells.entry(taken.variant.to_string()).or_default().take(taken);
            }
            if let Some(added) = after {
                cells.entry(added.variant.to_string()).or_default().add(added);
            }
            let body = view("demo", "m", time("2026-01-31T18:30:00Z")).body;
            records.push(record("demo", 7, body, change(before, after.clone())));
        }
        let rows = rows_of(&records, Table::Outcomes);
        for (name, mut cell) in cells {
            // They are made from each customer's own rows.
            cell.revenue.values_mut().for_each(|sums| sums.bands = Bands::default());
            prop_assert_eq!(summed(&rows, &name), cell);
        }
    }
}
