//! From the rows of a table to the figures of its arms.
//!
//! The columns are found once by their names; after that a row is three fields. What a field must be is
//! strict: an empty metric is a missing value and not 0, and a proportion is 0 or 1, so that a table that
//! was read wrongly cannot look like one with poor results.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};
use experiments::inference::{Measure, RunningPairs, quantile};

use super::{Beside, Question};
use crate::error::AnalyticsError;
use crate::limits::{SKIPPED_TOLD_MAX, TABLE_ARMS_MAX, WINSORISED_ROWS_MAX};

/// What a table holds of its arms.
#[derive(Debug)]
pub(super) struct Table {
    /// By name.
    pub(super) arms: Vec<ArmRows>,
    pub(super) skipped: Skipped,
    pub(super) winsorised_at: Option<f64>,
}

/// The rows of one arm.
#[derive(Clone, Debug, Default)]
pub(super) struct ArmRows {
    pub(super) name: String,
    pub(super) weight: f64,
    /// The metric and what is beside it; that is 0 where nothing is.
    pub(super) pairs: RunningPairs,
    /// Rows whose metric is 1.
    pub(super) ones: u64,
}

/// Rows that were left out, and why.
#[derive(Clone, Debug, Default)]
pub struct Skipped {
    rows: u64,
    first: Vec<(u64, String)>,
}

/// The places of the columns.
struct Columns {
    arm: usize,
    metric: usize,
    beside: Option<usize>,
    fields: usize,
    kind: Measure,
}

/// What a row says.
struct Row<'a> {
    arm: &'a str,
    metric: f64,
    beside: f64,
}

/// A row whose metric waits for the percentile.
struct Held {
    arm: usize,
    metric: f64,
    beside: f64,
}

/// Sums up rows.
struct Gatherer {
    arms: Vec<ArmRows>,
    /// Places in `arms`.
    places: BTreeMap<String, usize>,
    /// Rows in the order of the table, when they are winsorised.
    held: Option<Vec<Held>>,
}

// === impl Table ===

impl Table {
    /// Reads all rows.
    pub(super) fn read(source: impl Read, question: &Question) -> Result<Self, AnalyticsError> {
        let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(source);
        let failed = |after_line, source| AnalyticsError::Table { after_line, source };
        let heading = reader.headers().map_err(|source| failed(0, source))?;
        let columns = Columns::find(heading, question)?;
        let mut gatherer = Gatherer::new(question);
        let mut skipped = Skipped::default();
        let mut record = StringRecord::new();
        loop {
            let line = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => match columns.row(&record) {
                    Ok(row) => gatherer.add(&row, &question.arm)?,
                    Err(reason) => {
                        skipped.add(record.position().map_or(line, |at| at.line()), reason)
                    }
                },
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    skipped.add(line, "it is not UTF-8 text".to_owned());
                }
                Err(error) => return Err(failed(line.saturating_sub(1), error)),
            }
        }
        let (arms, winsorised_at) = gatherer.finish(question)?;
        Ok(Self { arms, skipped, winsorised_at })
    }
}

// === impl ArmRows ===

impl ArmRows {
    fn add(&mut self, metric: f64, beside: f64) {
        self.pairs.add(metric, beside);
        if metric == 1.0 {
            self.ones += 1;
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.pairs.first().count()
    }
}

// === impl Columns ===

impl Columns {
    fn find(heading: &StringRecord, question: &Question) -> Result<Self, AnalyticsError> {
        let place = |column: &str| {
            let found: Vec<usize> =
                (0..heading.len()).filter(|&place| heading.get(place) == Some(column)).collect();
            match *found {
                [place] => Ok(place),
                [] => Err(AnalyticsError::NoColumn {
                    column: column.to_owned(),
                    known: heading.iter().map(str::to_owned).collect(),
                }),
                _ => Err(AnalyticsError::ManyColumns {
                    column: column.to_owned(),
                    places: found.iter().map(|place| place + 1).collect(),
                }),
            }
        };
        Ok(Self {
            arm: place(&question.arm)?,
            metric: place(&question.metric)?,
            beside: match &question.beside {
                Beside::Nothing => None,
                Beside::Covariate(column) | Beside::Denominator(column) => Some(place(column)?),
            },
            fields: heading.len(),
            kind: question.kind,
        })
    }

    /// # Errors
    /// When the row says nothing, with the reason.
    fn row<'r>(&self, record: &'r StringRecord) -> Result<Row<'r>, String> {
        if record.len() != self.fields {
            return Err(format!("it has {} fields and the heading {}", record.len(), self.fields));
        }
        let arm = &record[self.arm];
        if arm.is_empty() {
            return Err("it names no arm".to_owned());
        }
        if arm.chars().any(char::is_control) {
            return Err(format!("its arm {arm:?} cannot be written on one line"));
        }
        let metric = match self.kind {
            Measure::Mean => number(&record[self.metric])?,
            Measure::Proportion => zero_or_one(&record[self.metric])?,
        };
        let beside = self.beside.map_or(Ok(0.0), |place| number(&record[place]))?;
        Ok(Row { arm, metric, beside })
    }
}

fn number(field: &str) -> Result<f64, String> {
    let number = field.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| match field {
        "" => "a number is missing".to_owned(),
        other => format!("{other:?} is not a number"),
    })
}

fn zero_or_one(field: &str) -> Result<f64, String> {
    match field {
        "true" | "TRUE" | "True" => Ok(1.0),
        "false" | "FALSE" | "False" => Ok(0.0),
        other => {
            let number = number(other)?;
            let is_either = number == 0.0 || number == 1.0;
            is_either.then_some(number).ok_or_else(|| {
                format!("{other:?} is neither 0 nor 1: a proportion needs that, a mean does not")
            })
        }
    }
}

// === impl Gatherer ===

impl Gatherer {
    /// With an arm for each weight, so that one without rows is missed.
    fn new(question: &Question) -> Self {
        let mut gatherer = Self {
            arms: Vec::new(),
            places: BTreeMap::new(),
            held: question.winsorise.map(|_| Vec::new()),
        };
        for (name, weight) in &question.weights {
            gatherer.insert(name, *weight);
        }
        gatherer
    }

    fn insert(&mut self, name: &str, weight: f64) -> usize {
        let place = self.arms.len();
        self.arms.push(ArmRows { name: name.to_owned(), weight, ..ArmRows::default() });
        self.places.insert(name.to_owned(), place);
        place
    }

    fn add(&mut self, row: &Row<'_>, column: &str) -> Result<(), AnalyticsError> {
        let place = match self.places.get(row.arm) {
            Some(&place) => place,
            None if self.arms.len() >= TABLE_ARMS_MAX => {
                return Err(AnalyticsError::TooManyArms { column: column.to_owned() });
            }
            // Right when no arm was given a weight; otherwise told when all arms are known.
            None => self.insert(row.arm, 1.0),
        };
        let Some(held) = &mut self.held else {
            self.arms[place].add(row.metric, row.beside);
            return Ok(());
        };
        if held.len() >= WINSORISED_ROWS_MAX {
            return Err(AnalyticsError::TooManyRows);
        }
        held.push(Held { arm: place, metric: row.metric, beside: row.beside });
        Ok(())
    }

    /// The arms by name, and where their values were capped.
    fn finish(
        mut self,
        question: &Question,
    ) -> Result<(Vec<ArmRows>, Option<f64>), AnalyticsError> {
        let mut winsorised_at = None;
        if let (Some(held), Some(percentile)) = (self.held.take(), question.winsorise) {
            let mut values: Vec<f64> = held.iter().map(|row| row.metric).collect();
            let cap = quantile(&mut values, percentile).map_err(AnalyticsError::Winsorise)?;
            for row in held {
                self.arms[row.arm].add(row.metric.min(cap), row.beside);
            }
            winsorised_at = Some(cap);
        }
        let mut arms = self.arms;
        arms.sort_by(|a, b| a.name.cmp(&b.name));
        let is_weighed = |arm: &ArmRows| question.weights.iter().any(|(name, _)| *name == arm.name);
        match arms.iter().find(|arm| !is_weighed(arm)) {
            Some(arm) if !question.weights.is_empty() => {
                Err(AnalyticsError::NoWeight { arm: arm.name.clone() })
            }
            _ => Ok((arms, winsorised_at)),
        }
    }
}

// === impl Skipped ===

impl Skipped {
    fn add(&mut self, line: u64, reason: String) {
        self.rows += 1;
        if self.first.len() < SKIPPED_TOLD_MAX {
            self.first.push((line, reason));
        }
    }

    /// How many.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows == 0 {
            return out.write_str("it has none");
        }
        writeln!(out, "{} rows were left out:", self.rows)?;
        for (line, reason) in &self.first {
            writeln!(out, "  line {line}: {reason}")?;
        }
        let told = u64::try_from(self.first.len()).unwrap_or(u64::MAX);
        match self.rows.saturating_sub(told) {
            0 => Ok(()),
            more => writeln!(out, "  and {more} more"),
        }
    }
}
