//! Where rows lie: folders as Hive names them, and files by the records that they hold.
//!
//! ```text
//! tenant=demo/table=events/date=2026-01-31/hour=18/part-00000000000000000001-00000000000000000042.parquet
//! ```
//!
//! Date and hour are those at which the server recorded, in UTC: an event that comes late lies where it
//! came, and what has been read once does not change any more. Tenant and table stand in the path and
//! not in the file, as in all Hive partitioning.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::{TenantKey, Timestamp};

use super::Table;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The rows of one tenant and table that were recorded within one hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    pub(crate) tenant: TenantKey,
    pub(crate) table: Table,
    /// The beginning of the hour.
    pub(crate) hour: Timestamp,
}

/// The records from which a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) first_lsn: u64,
    pub(crate) last_lsn: u64,
}

/// What every reader of Parquet can tell in every time zone: the years 1 to 9999, less the last day.
const TELLABLE_MS: RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

/// The nearest time that every reader of Parquet can tell.
pub(crate) fn tellable(time: Timestamp) -> Timestamp {
    Timestamp::from_ms(time.ms().clamp(*TELLABLE_MS.start(), *TELLABLE_MS.end()))
}

/// The beginning of the hour of a time.
pub(crate) fn hour_of(time: Timestamp) -> Timestamp {
    let hour_ms = 3_600_000;
    Timestamp::from_ms(time.ms().div_euclid(hour_ms).saturating_mul(hour_ms))
}

// === impl Partition ===

impl Partition {
    /// The folder, relative to that of all tables.
    pub(crate) fn path(&self) -> PathBuf {
        let time = self.hour.to_string();
        let date = time.get(..10).unwrap_or(&time);
        let hour = time.get(11..13).unwrap_or("00");
        [
            format!("tenant={}", self.tenant),
            format!("table={}", self.table.as_str()),
            format!("date={date}"),
            format!("hour={hour}"),
        ]
        .iter()
        .collect()
    }

    /// Reads a relative folder; `None` when it is none of ours.
    pub(crate) fn parse(folder: &Path) -> Option<Self> {
        let names: Option<Vec<&str>> = folder.iter().map(|name| name.to_str()).collect();
        let [tenant, table, date, hour] = *names?.as_slice() else { return None };
        let date = date.strip_prefix("date=")?;
        let hour = hour.strip_prefix("hour=")?;
        let partition = Self {
            tenant: TenantKey::parse(tenant.strip_prefix("tenant=")?).ok()?,
            table: Table::parse(table.strip_prefix("table=")?)?,
            hour: Timestamp::parse(&format!("{date}T{hour}:00:00Z")).ok()?,
        };
        (partition.path() == folder).then_some(partition)
    }

    /// The end of the hour, itself not in it.
    pub(crate) fn end(&self) -> Timestamp {
        self.hour.plus(HOUR)
    }
}

// === impl Part ===

impl Part {
    /// The file's name.
    pub(crate) fn name(self) -> String {
        format!("part-{:020}-{:020}.parquet", self.first_lsn, self.last_lsn)
    }

    /// Reads a file's name; `None` when it is none of ours.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (first, last) =
            name.strip_prefix("part-")?.strip_suffix(".parquet")?.split_once('-')?;
        let part = Self { first_lsn: first.parse().ok()?, last_lsn: last.parse().ok()? };
        (part.name() == name).then_some(part)
    }
}
