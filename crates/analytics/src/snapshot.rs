//! The figures on disk, so that a start does not read the whole journal again.
//!
//! # Format
//!
//! A document as in [`crate::sealed`]:
//!
//! ```text
//! {"format":"vitrine-figures","version":7,"lsn":1234,"tenants":{"demo":{...}}}
//! crc32c 1a2b3c4d
//! ```
//!
//! The first line is JSON: `lsn` is the last journal record that the figures hold, `tenants` the figures
//! by tenant. One tenant's figures are `events` (by kind), `customers`, `customers_with_cart`, `buyers`,
//! `orders`, `revenue_minor` and `refunded_minor` (by ISO 4217 code), `decisions`, `ignored`, `splits` (the
//! splits that are told apart, by campaign), and
//! `campaigns`: by campaign and variant, `customers`, `splits` (a list of `[split, customers]`), `conversions`, `outcomes`, `value_milli` (as
//! `[sum, sum of squares]`), `orders`, `steps` (a count for each of the funnel), `shows`, `withheld` and
//! `revenue`: by ISO 4217 code `minor`, `orders` and `before` (as `[sum, sum of squares]`),
//! `minor_times_orders`, `minor_times_before`, and `bands`, a list of `[band, customers, [sum, sum of squares]]`.
//! Sums are integers of up to 128 bits.
//!
//! # Guarantees
//!
//! A snapshot is written to a temporary name, synced, renamed over the last one, and the folder is
//! synced: after a crash there is either the old one or the new one, whole. Because a snapshot holds
//! figures and position together, each record counts exactly once however often the process dies. A
//! snapshot that does not read back is never used in part and never overwritten: see
//! [`AnalyticsError::SnapshotDamaged`].

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::{CampaignKey, Currency, SplitKey, Step, TenantKey, VariantKey};
use serde::{Deserialize, Serialize};

use crate::bands::{Band, Bands};
use crate::cell::{Cell, Moments, RevenueSums};
use crate::counts::EventCounts;
use crate::error::AnalyticsError;
use crate::figures::{Cells, Figures};
use crate::limits::SNAPSHOT_BYTES_MAX;
use crate::sealed::Format;
use crate::totals::by_code;

const FORMAT: Format = Format { name: "vitrine-figures", version: 7 };

/// What a snapshot holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) lsn: u64,
    pub(crate) tenants: BTreeMap<TenantKey, Figures>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    lsn: u64,
    tenants: BTreeMap<String, TenantRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantRecord {
    events: EventCounts,
    customers: i64,
    customers_with_cart: i64,
    buyers: i64,
    orders: u64,
    revenue_minor: BTreeMap<String, i128>,
    refunded_minor: BTreeMap<String, i128>,
    decisions: u64,
    ignored: u64,
    splits: BTreeMap<String, Vec<u32>>,
    campaigns: BTreeMap<String, BTreeMap<String, CellRecord>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellRecord {
    customers: i64,
    splits: Vec<(u32, i64)>,
    conversions: i64,
    outcomes: i64,
    value_milli: MomentsRecord,
    orders: i64,
    steps: [i64; Step::ALL.len()],
    shows: u64,
    withheld: u64,
    revenue: BTreeMap<String, RevenueRecord>,
}

#[derive(Serialize, Deserialize)]
struct MomentsRecord(i128, i128);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevenueRecord {
    minor: MomentsRecord,
    orders: MomentsRecord,
    minor_times_orders: i128,
    before: MomentsRecord,
    minor_times_before: i128,
    bands: Vec<(u16, i64, MomentsRecord)>,
}

// === impl Snapshot ===

impl Snapshot {
    /// Reads a snapshot; an empty one when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or is not what [`Self::write`] writes.
    pub(crate) fn read(path: &Path) -> Result<Self, AnalyticsError> {
        let unreadable =
            |source| AnalyticsError::SnapshotFile { action: "read", path: path.to_owned(), source };
        let damaged = |detail| AnalyticsError::SnapshotDamaged { path: path.to_owned(), detail };
        match fs::metadata(path) {
            Ok(found) if found.len() > SNAPSHOT_BYTES_MAX => {
                return Err(damaged(format!("{} bytes are too many", found.len())));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        Self::decode(&bytes).map_err(damaged)
    }

    /// Writes a snapshot in the place of the last one.
    ///
    /// # Errors
    /// When the disk does not take it; the last one is then still there.
    pub(crate) fn write(&self, path: &Path) -> Result<(), AnalyticsError> {
        let unwritable = |source| AnalyticsError::SnapshotFile {
            action: "write",
            path: path.to_owned(),
            source,
        };
        let bytes = self.encode().map_err(|error| unwritable(error.into()))?;
        let temporary = temporary(path);
        let mut file = File::create(&temporary).map_err(unwritable)?;
        file.write_all(&bytes).map_err(unwritable)?;
        file.sync_all().map_err(unwritable)?;
        fs::rename(&temporary, path).map_err(unwritable)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(unwritable)?;
        folder.sync_all().map_err(unwritable)
    }

    fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let tenants = self.tenants.iter();
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            lsn: self.lsn,
            tenants: tenants.map(|(key, figures)| (key.to_string(), figures.into())).collect(),
        };
        Format::seal(&document)
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = FORMAT.open(bytes)?;
        let mut tenants = BTreeMap::new();
        for (key, record) in document.tenants {
            let key = TenantKey::parse(&key).map_err(|error| error.to_string())?;
            tenants.insert(key, Figures::try_from(record)?);
        }
        Ok(Self { lsn: document.lsn, tenants })
    }
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

// === impl TenantRecord ===

impl From<&Figures> for TenantRecord {
    fn from(figures: &Figures) -> Self {
        let campaigns = figures.campaigns.iter().map(|(campaign, cells)| {
            let cells = cells.iter().map(|(key, cell)| (key.to_string(), cell.into()));
            (campaign.to_string(), cells.collect())
        });
        let splits = figures.splits.iter().map(|(campaign, splits)| {
            (campaign.to_string(), splits.iter().map(|split| split.to_u32()).collect())
        });
        Self {
            events: figures.events.clone(),
            customers: figures.customers,
            customers_with_cart: figures.customers_with_cart,
            buyers: figures.buyers,
            orders: figures.orders,
            revenue_minor: by_code(&figures.revenue_minor),
            refunded_minor: by_code(&figures.refunded_minor),
            decisions: figures.decisions,
            ignored: figures.ignored,
            splits: splits.collect(),
            campaigns: campaigns.collect(),
        }
    }
}

impl TryFrom<TenantRecord> for Figures {
    type Error = String;

    fn try_from(record: TenantRecord) -> Result<Self, String> {
        let mut campaigns = BTreeMap::new();
        for (campaign, records) in record.campaigns {
            let campaign = CampaignKey::parse(&campaign).map_err(|error| error.to_string())?;
            let mut cells = Cells::new();
            for (variant, record) in records {
                let variant = VariantKey::parse(&variant).map_err(|error| error.to_string())?;
                cells.insert(variant, Cell::try_from(record)?);
            }
            campaigns.insert(campaign, cells);
        }
        let splits = record.splits.into_iter().map(|(campaign, splits)| {
            let campaign = CampaignKey::parse(&campaign).map_err(|error| error.to_string())?;
            Ok((campaign, splits.into_iter().map(SplitKey::from_u32).collect()))
        });
        let splits = splits.collect::<Result<_, String>>()?;
        Ok(Self {
            events: record.events,
            customers: record.customers,
            customers_with_cart: record.customers_with_cart,
            buyers: record.buyers,
            orders: record.orders,
            revenue_minor: by_currency(record.revenue_minor)?,
            refunded_minor: by_currency(record.refunded_minor)?,
            decisions: record.decisions,
            ignored: record.ignored,
            splits,
            campaigns,
        })
    }
}

// === impl CellRecord ===

impl From<&Cell> for CellRecord {
    fn from(cell: &Cell) -> Self {
        let revenue = cell.revenue.iter();
        let revenue = revenue.map(|(currency, sums)| (currency.code().to_owned(), sums.into()));
        Self {
            customers: cell.customers,
            splits: cell.splits.iter().map(|(split, count)| (split.to_u32(), *count)).collect(),
            conversions: cell.conversions,
            outcomes: cell.outcomes,
            value_milli: cell.value_milli.into(),
            orders: cell.orders,
            steps: cell.steps,
            shows: cell.shows,
            withheld: cell.withheld,
            revenue: revenue.collect(),
        }
    }
}

impl TryFrom<CellRecord> for Cell {
    type Error = String;

    fn try_from(record: CellRecord) -> Result<Self, String> {
        let splits = record.splits.into_iter();
        let revenue = by_currency(record.revenue)?.into_iter();
        Ok(Self {
            customers: record.customers,
            splits: splits.map(|(split, count)| (SplitKey::from_u32(split), count)).collect(),
            conversions: record.conversions,
            outcomes: record.outcomes,
            value_milli: record.value_milli.into(),
            orders: record.orders,
            steps: record.steps,
            shows: record.shows,
            withheld: record.withheld,
            revenue: revenue
                .map(|(currency, record)| Ok((currency, RevenueSums::try_from(record)?)))
                .collect::<Result<_, String>>()?,
        })
    }
}

// === impl MomentsRecord, RevenueRecord ===

impl From<Moments> for MomentsRecord {
    fn from(moments: Moments) -> Self {
        Self(moments.sum, moments.sum_of_squares)
    }
}

impl From<MomentsRecord> for Moments {
    fn from(MomentsRecord(sum, sum_of_squares): MomentsRecord) -> Self {
        Self { sum, sum_of_squares }
    }
}

impl From<&RevenueSums> for RevenueRecord {
    fn from(sums: &RevenueSums) -> Self {
        let RevenueSums { minor, orders, minor_times_orders, before, minor_times_before, bands } =
            sums;
        let bands = bands.iter().map(|(place, band)| (place, band.customers, band.minor.into()));
        Self {
            minor: (*minor).into(),
            orders: (*orders).into(),
            minor_times_orders: *minor_times_orders,
            before: (*before).into(),
            minor_times_before: *minor_times_before,
            bands: bands.collect(),
        }
    }
}

impl TryFrom<RevenueRecord> for RevenueSums {
    type Error = String;

    fn try_from(record: RevenueRecord) -> Result<Self, String> {
        let RevenueRecord { minor, orders, minor_times_orders, before, minor_times_before, bands } =
            record;
        let bands = bands
            .into_iter()
            .map(|(place, customers, minor)| (place, Band { customers, minor: minor.into() }));
        Ok(Self {
            minor: minor.into(),
            orders: orders.into(),
            minor_times_orders,
            before: before.into(),
            minor_times_before,
            bands: Bands::of(bands).ok_or("a band of revenue that is none")?,
        })
    }
}

fn by_currency<V>(values: BTreeMap<String, V>) -> Result<BTreeMap<Currency, V>, String> {
    let read = |(code, value): (String, V)| {
        Currency::parse(&code).map(|currency| (currency, value)).map_err(|error| error.to_string())
    };
    values.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
