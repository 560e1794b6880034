//! The bounds of the live figures, and what happens when one is reached.

use std::time::Duration;

/// Revenue of one customer in one currency, and the sum of the numbers of their outcomes in thousandths,
/// beyond this count as this much in experiment cells: ten million million euro. The cap keeps the sum of squares of 10^8 such customers within 128 bits.
pub const CUSTOMER_REVENUE_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// Campaigns of one tenant with figures, past ones included; a further campaign is not measured, and
/// the number of changes that were ignored for it is logged and is in [`crate::Stats`].
pub const CAMPAIGNS_MAX: usize = 10_000;

/// Variants of one campaign with figures, past ones included; a further one is not measured, as above.
pub const VARIANTS_MAX: usize = 64;

/// Splits of one campaign, past ones included, whose customers are told apart; the sizes of the arms cannot be
/// checked for a further one, and the report says so by having no check.
pub const SPLITS_MAX: usize = 1_000;

/// Currencies counted for one tenant or cell; ISO 4217 has fewer, so this is never reached.
pub const CURRENCIES_MAX: usize = 400;

/// Bands of revenue by which the customers of an arm are counted in each currency; the last ends above
/// [`CUSTOMER_REVENUE_MINOR_MAX`].
pub const BANDS_MAX: u16 = 197;

/// Above this percentile of all customers, in ten-thousandths, the report's winsorised effect counts revenue
/// as what the percentile is: of a thousand customers the largest one.
pub const WINSORISE_TEN_THOUSANDTHS: u32 = 9_990;

/// A larger snapshot is not read: the start stops and names the file. It holds about 300 bytes for
/// each cell and 40 for each band of revenue that has customers, so 100,000 cells of busy campaigns fit.
pub const SNAPSHOT_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// A snapshot is written after this many records, so that a restart reads no more than these again.
pub const SNAPSHOT_RECORDS: u64 = 1_000_000;

/// A snapshot is written this long after the last one if anything changed.
pub const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(10);

/// Records applied before the position is published to those who wait for it.
pub const BATCH_RECORDS: u64 = 1_024;

/// How long the follower lets records gather before it reads again, so that a busy journal wakes it a
/// hundred times a second and not for each commit. The figures are older by this much.
pub const GATHER: Duration = Duration::from_millis(10);

/// How long the follower waits before it tries again to read a journal that it could not read.
pub const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Below this many customers in an arm the report calls its numbers too few to tell anything.
pub const VERDICT_CUSTOMERS_MIN: u64 = 100;

/// Below this many customers who converted, or who did not, in an arm the normal approximation of the
/// test is poor, and the report says that it is too early. What a customer brings on average is told from so many who
/// converted, or orders, on.
pub const VERDICT_CONVERSIONS_MIN: u64 = 10;

/// A live report calls the split broken when chance would make it look so at any time in fewer experiments
/// than this share, and gives no verdict then.
pub const SPLIT_ALARM_ANYTIME: f64 = 0.01;

/// The analysis of a table, which looks once, calls the split broken below this p-value.
pub const SPLIT_ALARM_ONCE: f64 = 0.001;

/// A table with more arms than this is refused: the column that was named is hardly the arm.
pub const TABLE_ARMS_MAX: usize = 64;

/// A table with more rows than this cannot be winsorised and is refused, for all its values are held at
/// once: 24 bytes for each row, half a gigabyte.
pub const WINSORISED_ROWS_MAX: usize = 20_000_000;

/// Rows that could not be read and are told one by one; of further ones only the number is told.
pub const SKIPPED_TOLD_MAX: usize = 20;

/// Records of the journal that become one file for each tenant, table and hour; more of them become the
/// next files. It bounds the exporter's memory, to about 100 MiB with the next limit.
pub const CUT_RECORDS_MAX: u64 = 65_536;

/// Bytes of records in the journal after which the files are cut although they hold fewer records; one
/// record more may be in them.
pub const CUT_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Bytes that are handed to the disk in one call while a file of a table is written; a larger file takes
/// more calls, between which other threads get the disk.
pub const WRITE_BYTES: usize = if cfg!(test) { 4_096 } else { 1024 * 1024 };

/// A larger manifest of the tables is not read: it is none of ours, which is then told.
pub const MANIFEST_BYTES_MAX: u64 = 64 * 1024;

/// How long the exporter waits before it tries again what the disk has refused; the journal keeps the
/// records meanwhile.
pub const EXPORT_RETRY_INTERVAL: Duration = Duration::from_secs(5);

const _: () = assert!(GATHER.as_millis() < SNAPSHOT_INTERVAL.as_millis());
const _: () = assert!(BATCH_RECORDS < SNAPSHOT_RECORDS);
const _: () = assert!((CUSTOMER_REVENUE_MINOR_MAX as i128).pow(2) < i128::MAX / 100_000_000);
// So no product with a count of orders is larger than a square.
const _: () = assert!(CUSTOMER_REVENUE_MINOR_MAX > u32::MAX as i64);
