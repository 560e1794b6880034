//! Random tables of two arms, as files, as sums and as the program's analysis of them.

use std::fmt::Write as _;
use std::process::Command;

use experiments::inference::{Conversions, Pairs, RunningPairs, Sums};
use fastrand::Rng;
use serde_json::{Value, json};

/// What a table measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Proportion,
    Mean,
    Ratio,
    Adjusted,
    AdjustedProportion,
}

/// The two whole numbers of each customer of an arm.
#[derive(Clone)]
pub(crate) struct Arm {
    rows: Vec<(i64, i64)>,
}

/// Two arms, and what is to be known of them.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) kind: Kind,
    pub(crate) control: Arm,
    pub(crate) treated: Arm,
    pub(crate) tuning: f64,
    /// Mean and variance.
    pub(crate) prior: (f64, f64),
}

/// What the program says of the table, written as a file.
pub(crate) fn analysed(table: &Table) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    let mut text = "arm,metric,before\n".to_owned();
    for (name, arm) in [("control", &table.control), ("treated", &table.treated)] {
        for (first, second) in &arm.rows {
            writeln!(text, "{name},{first},{second}").expect("a string takes all text");
        }
    }
    std::fs::write(&path, text).expect("a file");
    let kind = match table.kind {
        Kind::Proportion | Kind::AdjustedProportion => "proportion",
        Kind::Mean | Kind::Adjusted => "mean",
        Kind::Ratio => "ratio",
    };
    let mut program = Command::new(env!("CARGO_BIN_EXE_vitrine-under-test"));
    program.arg("analyse").arg(path);
    program.args(["--arm", "arm", "--control", "control", "--metric", "metric", "--json"]);
    program.args(["--kind", kind]);
    match table.kind {
        Kind::Adjusted | Kind::AdjustedProportion => program.args(["--covariate", "before"]),
        Kind::Ratio => program.args(["--denominator", "before"]),
        Kind::Proportion | Kind::Mean => &mut program,
    };
    let output = program.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

// === impl Kind ===

impl Kind {
    /// All kinds in turn.
    pub(crate) fn of(number: u64) -> Self {
        match number % 5 {
            0 => Self::Proportion,
            1 => Self::Mean,
            2 => Self::Ratio,
            3 => Self::Adjusted,
            _ => Self::AdjustedProportion,
        }
    }

    fn is_proportion(self) -> bool {
        matches!(self, Self::Proportion | Self::AdjustedProportion)
    }

    /// As the oracle calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Proportion => "proportion",
            Self::Mean => "mean",
            Self::Ratio => "ratio",
            Self::Adjusted => "adjusted",
            Self::AdjustedProportion => "adjusted_proportion",
        }
    }
}

// === impl Table ===

impl Table {
    /// A table with or without an effect, of arms of unlike sizes.
    pub(crate) fn draw(kind: Kind, chance: &mut Rng) -> Self {
        let base = chance.f64() * 0.6 + 0.05;
        let lift = if chance.bool() { 1.0 } else { 0.8 + 0.5 * chance.f64() };
        let control = Arm::draw(kind, base, chance);
        let treated = Arm::draw(kind, base * lift, chance);
        let prior = (chance.f64() * 0.2 - 0.1, 0.001 + chance.f64());
        Self { kind, control, treated, tuning: 50.0 + 10_000.0 * chance.f64(), prior }
    }

    /// As the oracle is asked.
    pub(crate) fn question(&self) -> Value {
        json!({
            "kind": self.kind.name(),
            "control": self.control.question(),
            "treated": self.treated.question(),
            "tuning": self.tuning,
            "prior": self.prior,
        })
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.question())
    }
}

// === impl Arm ===

impl Arm {
    /// Customers of whom a share does something, with a second number that tells something of the first.
    fn draw(kind: Kind, share: f64, chance: &mut Rng) -> Self {
        let row = |chance: &mut Rng| {
            let second = chance.i64(1..200);
            let converted = i64::from(chance.f64() < share * (0.5 + second as f64 / 200.0));
            let first = if kind.is_proportion() {
                converted
            } else {
                converted * (second + chance.i64(0..500))
            };
            (first, second)
        };
        // The first rows make sure that something varies.
        let some = [(0, 1), (1, 2), (1, 4)];
        let rows = (0..chance.usize(20..3_000)).map(|_| row(chance));
        Self { rows: some.into_iter().chain(rows).collect() }
    }

    pub(crate) fn conversions(&self) -> Conversions {
        Conversions {
            customers: self.pairs().first.customers,
            converted: u64::try_from(self.pairs().first.sum).expect("counts"),
        }
    }

    pub(crate) fn pairs(&self) -> Pairs {
        let sums = |of: fn(&(i64, i64)) -> i64| Sums {
            customers: u64::try_from(self.rows.len()).expect("fits"),
            sum: self.rows.iter().map(|row| i128::from(of(row))).sum(),
            sum_of_squares: self
                .rows
                .iter()
                .map(|row| u128::from(of(row).unsigned_abs()).pow(2))
                .sum(),
        };
        let products = self.rows.iter().map(|(first, second)| i128::from(first * second));
        Pairs {
            first: sums(|row| row.0),
            second: sums(|row| row.1),
            sum_of_products: products.sum(),
        }
    }

    pub(crate) fn running(&self) -> RunningPairs {
        let mut running = RunningPairs::default();
        for &(first, second) in &self.rows {
            running.add(first as f64, second as f64);
        }
        running
    }

    fn question(&self) -> Value {
        let Pairs { first, second, sum_of_products } = self.pairs();
        let sums = |sums: Sums| {
            let (sum, squares) = (i64::try_from(sums.sum), u64::try_from(sums.sum_of_squares));
            json!({"sum": sum.expect("small"), "sum_of_squares": squares.expect("small")})
        };
        json!({
            "n": first.customers,
            "first": sums(first),
            "second": sums(second),
            "sum_of_products": i64::try_from(sum_of_products).expect("small"),
        })
    }
}
