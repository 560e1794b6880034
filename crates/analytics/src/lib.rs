//! From the journal to figures that a marketer can trust.
//!
//! Every record of the journal says what it changes (see [`model::Change`]). The [`Follower`] reads the
//! records in their order on a thread of its own and adds them up in [`Live`]: [`Totals`] for each
//! tenant and a [`Cell`] for each variant of each campaign. A [`Report`] compares the cells of one
//! campaign. Its cost does not depend on the number of customers, because nothing is counted when it is
//! asked for.
//!
//! What is exact and what is not: every count and sum is exact, as of a position in the journal, through
//! merges of customers, refunds, repeated records and crashes. Only effects, which are estimates anyhow,
//! are computed in floats. The figures trail what is durable by some milliseconds; who needs them to
//! hold a certain record waits with [`Live::wait_applied`].
//!
//! Beside the figures the [`Exporter`] writes every record to Parquet files, in tables from which analysts
//! recompute the report and go further. This crate's README is their documentation.
//!
//! This crate refuses to guess: a damaged snapshot stops the start, and an experiment with too few
//! customers is called that.
//!
//! Read in this order: `cell`, `bands` and `figures`, what is counted; `live`, who may read it; `snapshot` and
//! `follower`, how it survives; `report`, what it means, with `comparison` and `split_check`; `analysis`,
//! the same for any table; `tables`, `exporter` and `export`, the files for analysts. `sealed` and `thread`
//! are what both halves share.

pub mod analysis;
mod bands;
mod cell;
mod comparison;
mod counts;
mod error;
mod export;
mod exporter;
mod figures;
mod follower;
mod grid;
pub mod limits;
mod live;
mod report;
mod sealed;
mod snapshot;
mod split_check;
mod tables;
mod thread;
mod totals;

pub use bands::Bands;
pub use cell::{Cell, Moments, RevenueSums};
pub use comparison::{Adjusted, AnytimeEstimate, Comparison, EffectEstimate};
pub use counts::{ActionKind, EventCounts};
pub use error::AnalyticsError;
pub use export::{Export, Exported};
pub use exporter::{Exporter, ExporterStats};
pub use follower::{Follower, Stats};
pub use live::Live;
pub use report::{Arm, Cap, Design, Effect, Funnel, PlannedArm, Report};
pub use split_check::SplitCheck;
pub use tables::Table;
pub use totals::Totals;
