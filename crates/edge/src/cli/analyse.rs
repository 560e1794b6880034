//! `vitrine analyse`: compares the arms of any experiment, from a table of its customers.
//!
//! Standard output is for the result. Rows that could not be read are told on standard error.

use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;

use analytics::AnalyticsError;
use analytics::analysis::{Analysis, Beside, Measure, Question, Sought, analyse};
use anyhow::{Context as _, anyhow, bail};

use super::weights::Weights;
use super::{say, tell_on_stderr};
use crate::files::plain_or_gzip;

/// What `vitrine analyse` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table: comma-separated values with a heading and a row for each customer, plain or gzip
    file: PathBuf,
    /// The column that names the customer's arm
    #[arg(long, value_name = "COLUMN")]
    arm: String,
    /// The value of that column that is the control
    #[arg(long, value_name = "VALUE")]
    control: String,
    /// The column with what is measured
    #[arg(long, value_name = "COLUMN")]
    metric: String,
    /// What it is
    #[arg(long, value_enum)]
    kind: KindArg,
    /// A column with what was known of the customer before the experiment, such as earlier spend; what it
    /// explains is taken away (CUPED)
    #[arg(long, value_name = "COLUMN")]
    covariate: Option<String>,
    /// The column by whose sum that of the metric is divided, such as each customer's orders
    #[arg(
        long,
        value_name = "COLUMN",
        conflicts_with = "covariate",
        required_if_eq("kind", "ratio")
    )]
    denominator: Option<String>,
    /// The weights that customers were assigned by, to check the arms' sizes; without it all the same
    #[arg(long, value_name = "ARM=WEIGHT,...")]
    weights: Option<Weights<f64>>,
    /// Count what is above this percentile of the metric as the value there, such as 99 or 99.9
    #[arg(long, value_name = "PERCENTILE")]
    winsorise: Option<Percentile>,
    /// Tell how many customers it takes to find a relative lift of so many per cent
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    find: Option<f64>,
    /// Customers who come in a day, to tell how many days that takes
    #[arg(long, value_name = "CUSTOMERS", requires = "find", allow_negative_numbers = true)]
    per_day: Option<f64>,
    /// Print JSON for programs instead of a table for people
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum KindArg {
    /// 0 or 1 for each customer
    Proportion,
    /// Any number for each customer
    Mean,
    /// Any number for each customer, the sum of which is divided by that of another
    Ratio,
}

/// A percentile in ten-thousandths of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Percentile(u32);

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let path = args.file.clone();
    let json = args.json;
    let question = question_of(args)?;
    let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let source = plain_or_gzip(file).with_context(|| format!("cannot read {}", path.display()))?;
    let analysis: Analysis = analyse(source, &question).map_err(suggest)?;
    if analysis.rows_skipped > 0 {
        tell_on_stderr(&analysis.skipped().to_string())?;
    }
    match json {
        true => say(&format!("{}\n", analysis.to_json())),
        false => say(&analysis.to_table()),
    }
}

fn question_of(args: Args) -> anyhow::Result<Question> {
    let plan = match args.find {
        Some(percent) if !percent.is_finite() || percent == 0.0 => {
            bail!("--find {percent} is no lift; 5 is one of 5 per cent")
        }
        Some(_) if args.per_day.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) => {
            bail!("--per-day must be above 0")
        }
        find => {
            find.map(|percent| Sought { relative: percent / 100.0, customers_a_day: args.per_day })
        }
    };
    let beside = match (args.covariate, args.denominator) {
        (_, Some(_)) if !matches!(args.kind, KindArg::Ratio) => {
            bail!("--denominator is for --kind ratio alone")
        }
        (_, Some(column)) => Beside::Denominator(column),
        (Some(column), None) => Beside::Covariate(column),
        (None, None) => Beside::Nothing,
    };
    Ok(Question {
        arm: args.arm,
        control: args.control,
        metric: args.metric,
        kind: args.kind.into(),
        beside,
        weights: args.weights.map_or_else(Vec::new, |weights| weights.0),
        winsorise: args.winsorise.map(|percentile| percentile.0),
        plan,
    })
}

/// Adds to an error what was probably meant.
fn suggest(error: AnalyticsError) -> anyhow::Error {
    let meant = match &error {
        AnalyticsError::NoColumn { column: word, known }
        | AnalyticsError::NoControl { control: word, known, .. } => {
            rules::nearest(word, known.iter().map(String::as_str))
        }
        _ => None,
    };
    match meant.map(|meant| format!("did you mean {meant:?}?")) {
        Some(hint) => anyhow!("{error}; {hint}"),
        None => error.into(),
    }
}

// === impl KindArg ===

impl From<KindArg> for Measure {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Proportion => Self::Proportion,
            // Of a ratio the numerator is measured like a mean.
            KindArg::Mean | KindArg::Ratio => Self::Mean,
        }
    }
}

// === impl Percentile ===

impl FromStr for Percentile {
    type Err = String;

    /// Reads up to two digits behind the point, exactly.
    fn from_str(text: &str) -> Result<Self, String> {
        let problem =
            || format!("{text:?} is no percentile from 50 to 100 with at most two decimals");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| {
            let all =
                !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
            all.then(|| part.parse::<u32>().ok()).flatten().ok_or_else(problem)
        };
        let hundredths = match decimals.len() {
            1 => digits(decimals)? * 10,
            2 => digits(decimals)?,
            _ => return Err(problem()),
        };
        let ten_thousandths = digits(whole)? * 100 + hundredths;
        let possible = (5_000..=10_000).contains(&ten_thousandths);
        possible.then_some(Self(ten_thousandths)).ok_or_else(problem)
    }
}

#[cfg(test)]
mod tests {
    use analytics::analysis::Beside;
    use clap::Parser;

    use super::{Args, Percentile, question_of};

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    fn read(kind: &str, more: &[&str]) -> Result<Beside, String> {
        let plain = ["analyse", "t.csv", "--arm", "a", "--control", "c", "--metric", "m", "--kind"];
        let kind = [kind];
        let words = plain.iter().chain(&kind).chain(more);
        let program = Program::try_parse_from(words).map_err(|error| error.to_string())?;
        question_of(program.args).map(|it| it.beside).map_err(|error| error.to_string())
    }

    #[test]
    fn a_ratio_has_a_denominator_and_nothing_else_has() {
        let column = || "orders".to_owned();
        assert_eq!(read("ratio", &["--denominator", "orders"]), Ok(Beside::Denominator(column())));
        assert_eq!(read("mean", &["--covariate", "orders"]), Ok(Beside::Covariate(column())));
        assert_eq!(read("mean", &[]), Ok(Beside::Nothing));
        let lacking = read("ratio", &[]).expect_err("no denominator");
        assert!(lacking.contains("--denominator <COLUMN>"), "{lacking}");
        let idle = read("mean", &["--denominator", "orders"]);
        assert_eq!(idle, Err("--denominator is for --kind ratio alone".to_owned()));
        let both = ["--denominator", "orders", "--covariate", "before"];
        let both = read("ratio", &both).expect_err("not both");
        assert!(both.contains("cannot be used with"), "{both}");
    }

    #[test]
    fn a_lift_that_is_sought_may_be_a_loss() {
        assert_eq!(read("mean", &["--find", "-5", "--per-day", "10"]), Ok(Beside::Nothing));
        let none = read("mean", &["--find", "0"]);
        assert_eq!(none, Err("--find 0 is no lift; 5 is one of 5 per cent".to_owned()));
        let rate = read("mean", &["--find", "5", "--per-day", "-1"]);
        assert_eq!(rate, Err("--per-day must be above 0".to_owned()));
    }

    #[test]
    fn a_percentile_is_read_exactly() {
        for (text, expected) in [("99", 9_900), ("99.9", 9_990), ("99.95", 9_995), ("100", 10_000)]
        {
            assert_eq!(text.parse(), Ok(Percentile(expected)), "{text}");
        }
        for text in ["", "1", "101", "100.01", "99.", "99.999", "-1", "nan", "+99", "9 9"] {
            assert!(text.parse::<Percentile>().is_err(), "{text}");
        }
    }
}
