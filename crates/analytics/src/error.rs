//! What can go wrong with the live figures and the tables.

use std::path::PathBuf;

use journal::JournalError;
use model::CampaignKey;

use crate::analysis::Skipped;
use crate::limits::{TABLE_ARMS_MAX, WINSORISED_ROWS_MAX};

/// Why figures or tables cannot be read, kept or told.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The snapshot of the figures is not what was written. It is left as it is.
    #[error(
        "the snapshot {} is damaged ({detail}) and was left as it is: put back a copy of it, or move \
         it away to count anew from as far back as the journal reaches",
        path.display()
    )]
    SnapshotDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The snapshot is of a later position than the journal has reached.
    #[error(
        "the snapshot {} covers record {snapshot_lsn}, but the journal ends at {journal_lsn}: they do \
         not belong together; put back the journal that does, or move the snapshot away",
        path.display()
    )]
    SnapshotAhead {
        /// The file.
        path: PathBuf,
        /// The last record that it covers.
        snapshot_lsn: u64,
        /// The last record of the journal.
        journal_lsn: u64,
    },
    /// The snapshot cannot be read or written.
    #[error("cannot {action} the snapshot {}", path.display())]
    SnapshotFile {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The journal cannot be read.
    #[error("cannot read the journal from record {lsn}")]
    Journal {
        /// The first record that could not be read.
        lsn: u64,
        /// What the journal said.
        source: JournalError,
    },
    /// A thread that reads the journal cannot be started, or it ended of itself.
    #[error("the thread that follows the journal {0}")]
    Thread(&'static str, #[source] Option<std::io::Error>),
    /// A file or folder of the tables cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    TableFile {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Rows cannot become a Parquet file, or a file is none.
    #[error("cannot {action} the rows of {}", path.display())]
    Parquet {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: parquet::errors::ParquetError,
    },
    /// A row has other values than its table has columns.
    #[error("a row of the table {table} does not fit its columns: another version wrote it")]
    RowUnfit {
        /// The table.
        table: &'static str,
    },
    /// How far the tables are written cannot be told. The file is left as it is.
    #[error(
        "the manifest {} is damaged ({detail}) and was left as it is: put back a copy of it, or move \
         its folder away to write the tables anew from as far back as the journal reaches",
        path.display()
    )]
    ManifestDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// There are files of tables, but nothing tells how far they go.
    #[error(
        "there are files in {} but no manifest: put back a copy of it, or move the folder away to \
         write the tables anew from as far back as the journal reaches",
        folder.display()
    )]
    ManifestMissing {
        /// The folder of the tables.
        folder: PathBuf,
    },
    /// The tables hold later records than the journal.
    #[error(
        "the tables in {} hold records up to {tables_lsn}, but the journal ends at {journal_lsn}: they \
         do not belong together; put back the journal that does, or move the folder away",
        folder.display()
    )]
    TablesAhead {
        /// The folder of the tables.
        folder: PathBuf,
        /// The last record that they hold or were about to hold.
        tables_lsn: u64,
        /// The last record of the journal.
        journal_lsn: u64,
    },
    /// Nothing has been written yet.
    #[error(
        "there are no tables in {}: they are written by a server whose configuration has \
         `parquet = true` in [tables]",
        folder.display()
    )]
    NoTables {
        /// The folder of the tables.
        folder: PathBuf,
    },
    /// The answer of an export cannot be written.
    #[error("cannot write the export")]
    ExportOutput(#[source] std::io::Error),
    /// There is no such campaign.
    #[error("no campaign {campaign:?}; {}", known_campaigns(known))]
    UnknownCampaign {
        /// What was asked for.
        campaign: String,
        /// The campaigns that there are.
        known: Vec<CampaignKey>,
    },
    /// A table cannot be read any further.
    #[error("cannot read the table after line {after_line}")]
    Table {
        /// The last line that was read.
        after_line: u64,
        /// What the reader said.
        source: csv::Error,
    },
    /// A table has no such column.
    #[error("the table has no column {column:?}; it has: {}", known.join(", "))]
    NoColumn {
        /// What was asked for.
        column: String,
        /// The columns that there are.
        known: Vec<String>,
    },
    /// A table has a column that is needed more than once.
    #[error(
        "the table has several columns {column:?}, the {}; rename all but the one that is meant",
        ordinals(places)
    )]
    ManyColumns {
        /// What was asked for.
        column: String,
        /// Where it is, counted from 1.
        places: Vec<usize>,
    },
    /// No row of a table could be read.
    #[error("no row of the table can be read; {skipped}")]
    NoRows {
        /// The rows, and why.
        skipped: Skipped,
    },
    /// No row of a table is in the control arm.
    #[error("no row that can be read has {control:?} in column {column:?}; there are: {}", known.join(", "))]
    NoControl {
        /// The column of arms.
        column: String,
        /// What was asked for.
        control: String,
        /// The arms that there are.
        known: Vec<String>,
    },
    /// No row of a table is in another arm than the control.
    #[error(
        "all rows that can be read have {control:?} in column {column:?}, so there is no arm to compare{}",
        left_out(skipped)
    )]
    NoTreatment {
        /// The column of arms.
        column: String,
        /// The control.
        control: String,
        /// The rows that cannot be read, and why.
        skipped: Skipped,
    },
    /// The arms' sizes cannot be checked against such weights.
    #[error(
        "the arms' sizes cannot be checked against these weights: their sum is too large, or one is \
         too small beside it; give them in per cent"
    )]
    Weights(#[source] experiments::inference::Undetermined),
    /// A table has an arm that has no weight.
    #[error("arm {arm:?} has no weight; give each arm one, or none to any")]
    NoWeight {
        /// The arm.
        arm: String,
    },
    /// A table has too many arms.
    #[error(
        "column {column:?} has more than {TABLE_ARMS_MAX} different values; is it the one that names \
         the arm?"
    )]
    TooManyArms {
        /// The column of arms.
        column: String,
    },
    /// A table has too many rows to winsorise.
    #[error(
        "more than {WINSORISED_ROWS_MAX} rows cannot be winsorised, because all values are held at \
         once; cap the values in the table instead"
    )]
    TooManyRows,
    /// A proportion has no values to cap: its ones would become less than one.
    #[error(
        "a proportion is 0 or 1 and has no values to cap; leave winsorising out, or measure a mean"
    )]
    NothingToCap,
    /// The values of a table have no such percentile.
    #[error("the values cannot be winsorised")]
    Winsorise(#[source] experiments::inference::Undetermined),
}

/// Places of a row, as people count them.
fn ordinals(places: &[usize]) -> String {
    let places: Vec<String> = places.iter().map(|place| format!("{place}.")).collect();
    places.join(" and the ")
}

/// What is said of rows that were left out, behind something else.
fn left_out(skipped: &Skipped) -> String {
    if skipped.rows() == 0 { String::new() } else { format!("; {skipped}") }
}

fn known_campaigns(known: &[CampaignKey]) -> String {
    if known.is_empty() {
        return "there are none yet".to_owned();
    }
    let names: Vec<&str> = known.iter().map(CampaignKey::as_str).collect();
    format!("there are: {}", names.join(", "))
}
