//! What the report says, what SQL says of the tables, and what a recount of raw events says: all the same.

use std::collections::BTreeMap;
use std::path::Path;

use e2e::{Keys, Server, ok};
use serde_json::{Map, Value, json};

/// The live report of a campaign.
#[derive(Debug)]
pub(crate) struct Report {
    campaign: String,
    /// By variant.
    pub(crate) arms: BTreeMap<String, Value>,
    /// Of each arm but the control.
    pub(crate) effects: Vec<Value>,
}

/// What analysts' tools find in a data folder.
pub(crate) struct Analysis {
    /// The rows of each block of the cookbook, and how many rows each tool sees.
    found: Value,
    /// The arms by campaign and variant, counted from raw exposures and events.
    recount: Value,
}

/// Runs one of the analysts' scripts and reads what it prints.
fn analyst(script: &str, arguments: &[&str]) -> Value {
    let told = e2e::client(script, arguments, "").expect("it ends well");
    serde_json::from_str(&told).expect("JSON")
}

fn whole(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

/// Two numbers that were computed by different programs from the same sums.
#[track_caller]
fn same(ours: &Value, theirs: &Value, what: &str) {
    let (ours, theirs) = (ours.as_f64(), theirs.as_f64());
    let (Some(one), Some(other)) = (ours, theirs) else {
        return assert_eq!(ours, theirs, "{what}");
    };
    assert!((one - other).abs() <= 1e-9 * one.abs().max(1.0), "{what}: {one} is not {other}");
}

/// An object of numbers without those that are 0, as a currency in which nothing is left.
fn without_zeros(numbers: &Value) -> Map<String, Value> {
    let numbers = numbers.as_object().expect("an object").iter();
    numbers.filter(|(_, n)| **n != 0).map(|(k, n)| (k.clone(), n.clone())).collect()
}

// === impl Report ===

impl Report {
    /// Asks the server for it.
    pub(crate) fn read(server: &Server, keys: &Keys, campaign: &str) -> Self {
        let path = format!("/v1/campaigns/{campaign}/report");
        let told = ok(server.office(&keys.admin).get(&path));
        let arms = told["arms"].as_array().expect("arms").iter();
        let name = |arm: &Value| arm["variant"].as_str().expect("a name").to_owned();
        Self {
            campaign: campaign.to_owned(),
            arms: arms.map(|arm| (name(arm), arm.clone())).collect(),
            effects: told["effects"].as_array().expect("effects").clone(),
        }
    }

    /// A number, of all arms together.
    pub(crate) fn sum(&self, name: &str) -> i64 {
        self.arms.values().map(|arm| whole(&arm[name])).sum()
    }

    /// Customers of all arms who reached a step.
    pub(crate) fn funnel(&self, step: &str) -> i64 {
        self.arms.values().map(|arm| whole(&arm["funnel"][step])).sum()
    }
}

// === impl Analysis ===

impl Analysis {
    /// Runs the analysts' tools; `goals` are the events and properties of campaigns whose goal is not orders.
    pub(crate) fn of(data: &Path, goals: &Value) -> Self {
        let data = data.display().to_string();
        let readme = "../../analytics/README.md";
        Self {
            found: analyst("analyst/cookbook.py", &[readme, &data]),
            recount: analyst("analyst/recount.py", &[&data, &goals.to_string()]),
        }
    }

    /// The rows of a block of the cookbook.
    pub(crate) fn rows(&self, heading: &str) -> &[Value] {
        self.found["cookbook"][heading].as_array().expect("the cookbook has the block")
    }

    /// A column of a block, of a campaign.
    pub(crate) fn column(&self, heading: &str, campaign: &str, column: &str) -> Vec<&Value> {
        let rows = self.rows(heading).iter().filter(|row| row["campaign"] == campaign);
        rows.map(|row| &row[column]).collect()
    }

    /// The row of an arm, and where the block has them, of a currency.
    fn row(&self, heading: &str, report: &Report, variant: &str, currency: Option<&str>) -> &Value {
        let mut rows = self.rows(heading).iter();
        let found = rows.find(|row| {
            row["campaign"] == *report.campaign
                && row["variant"] == variant
                && row["currency"].as_str() == currency
        });
        found.unwrap_or(&Value::Null)
    }

    /// Whether all tools see the same rows, and each record once.
    pub(crate) fn check_files(&self) {
        for table in ["exposures", "outcomes", "events"] {
            let counts = &self.found["counts"][table];
            assert!(whole(&counts["duckdb"]) > 0, "{table}: {counts}");
            assert_eq!(counts["duckdb"], counts["pyarrow"], "{table}");
            assert_eq!(counts["duckdb"], counts["polars"], "{table}");
            assert_eq!(counts["tenants"], json!(["demo"]), "{table}");
        }
        let events = &self.found["counts"]["events"];
        assert_eq!(events["lsns"], events["duckdb"], "each record once: {events}");
    }

    /// Whether report, SQL and recount say the same of a campaign.
    pub(crate) fn check_against(&self, report: &Report) {
        let known = self.recount[&report.campaign].as_object().expect("it was met");
        assert!(known.keys().eq(report.arms.keys()), "{known:?}");
        for (variant, arm) in &report.arms {
            self.check_arm(report, variant, arm);
            self.check_recount(report, variant, arm);
        }
        for effect in &report.effects {
            self.check_effect(report, effect);
        }
    }

    fn check_arm(&self, report: &Report, variant: &str, arm: &Value) {
        let what = format!("{variant} of {}", report.campaign);
        let lift = self.row("Lift by arm", report, variant, None);
        for name in ["customers", "conversions", "outcomes", "orders"] {
            assert_eq!(lift[name], arm[name], "{name} of {what}");
        }
        same(&lift["rate"], &arm["conversion_rate"], &what);
        for (currency, minor) in arm["revenue_minor"].as_object().expect("by currency") {
            let row = self.row("Revenue by arm", report, variant, Some(currency));
            let told = if row.is_null() { &json!(0) } else { &row["revenue_minor"] };
            assert_eq!(told, minor, "{currency} of {what}");
            if !row.is_null() {
                let mean = &arm["revenue_per_customer_minor"][currency];
                same(&row["mean_minor"], mean, &format!("{currency} of {what}"));
            }
        }
        let value = self.row("Lift by value", report, variant, None);
        assert_eq!(value["value_milli"], arm["value_milli"], "{what}");
        same(&value["mean"], &arm["value_per_customer"], &what);
        let funnel = self.row("Funnel", report, variant, None);
        for (step, customers) in arm["funnel"].as_object().expect("steps") {
            assert_eq!(&funnel[step], customers, "{step} of {what}");
        }
        let showing = self.row("Shown and withheld", report, variant, None);
        for name in ["shows", "withheld"] {
            assert_eq!(showing[name], arm[name], "{name} of {what}");
        }
        let splits = self.rows("Sizes by split").iter();
        let splits: Vec<&Value> = splits
            .filter(|row| row["campaign"] == *report.campaign && row["variant"] == variant)
            .collect();
        assert_eq!(splits.len(), 1, "the weights never changed: {splits:?}");
        assert_eq!(splits[0]["customers"], arm["customers"], "{what} by split");
        for name in ["customers", "conversions"] {
            let rows = self.rows("Lift by device").iter();
            let devices =
                rows.filter(|row| row["campaign"] == *report.campaign && row["variant"] == variant);
            let sum: i64 = devices.map(|row| whole(&row[name])).sum();
            assert_eq!(sum, whole(&arm[name]), "{name} of {what} by device");
        }
    }

    /// From raw exposures and events: all of it in Python, the orders also in SQL.
    fn check_recount(&self, report: &Report, variant: &str, arm: &Value) {
        let what = format!("{variant} of {}, recounted", report.campaign);
        let recount = &self.recount[&report.campaign][variant];
        for name in ["customers", "conversions", "outcomes", "orders", "value_milli"] {
            assert_eq!(recount[name], arm[name], "{name} of {what}");
        }
        for name in ["revenue_minor", "funnel"] {
            assert_eq!(
                without_zeros(&recount[name]),
                without_zeros(&arm[name]),
                "{name} of {what}"
            );
        }
        let value = self.row("Lift by value", report, variant, None);
        let squares = recount["value_milli_squared"].to_string();
        assert_eq!(value["sum_of_squares"], squares, "{what}");
        for (currency, squares) in without_zeros(&recount["revenue_minor_squared"]) {
            let row = self.row("Revenue by arm", report, variant, Some(&currency));
            assert_eq!(row["sum_of_squares"], squares.to_string(), "{currency} of {what}");
            let row = self.row("Recount", report, variant, Some(&currency));
            let told = &arm["revenue_minor"][&currency];
            assert_eq!(&row["revenue_minor"], told, "{currency} of {what} by SQL");
        }
        let row = self.row("Recount", report, variant, None);
        for name in ["customers", "orders"] {
            assert_eq!(row[name], arm[name], "{name} of {what} by SQL");
        }
        assert_eq!(row["ordered"], arm["funnel"]["ordered"], "{what} by SQL");
    }

    fn check_effect(&self, report: &Report, effect: &Value) {
        let variant = effect["variant"].as_str().expect("a name");
        let what = format!("{variant} of {}", report.campaign);
        let row = self.row("Lift by arm", report, variant, None);
        let told = &effect["conversion_rate"];
        same(&row["lift"], &told["relative"], &what);
        same(&row["z"], &told["statistic"], &what);
        let told = &effect["value_per_customer"];
        if !told.is_null() {
            let row = self.row("Lift by value", report, variant, None);
            same(&row["lift"], &told["relative"], &format!("value of {what}"));
            same(&row["t"], &told["statistic"], &format!("value of {what}"));
        }
        for (currency, told) in effect["revenue_per_customer_minor"].as_object().expect("effects") {
            let row = self.row("Revenue by arm", report, variant, Some(currency));
            same(&row["lift"], &told["relative"], &format!("{currency} of {what}"));
            same(&row["t"], &told["statistic"], &format!("{currency} of {what}"));
        }
        for (currency, told) in effect["revenue_per_order_minor"].as_object().expect("effects") {
            let row = self.row("Revenue per order", report, variant, Some(currency));
            same(&row["lift"], &told["relative"], &format!("{currency} per order of {what}"));
            same(&row["t"], &told["statistic"], &format!("{currency} per order of {what}"));
        }
        let adjusted = &effect["revenue_per_customer_adjusted_minor"];
        for (currency, told) in adjusted.as_object().expect("effects") {
            let row = self.row("Revenue adjusted", report, variant, Some(currency));
            same(&row["difference_minor"], &told["absolute"], &format!("adjusted, of {what}"));
            same(&row["t"], &told["statistic"], &format!("adjusted, of {what}"));
        }
    }
}
