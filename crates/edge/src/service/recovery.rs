//! Bringing the profiles up to the journal after a start.

use journal::Journal;
use journal::record::{Body, decode};
use profiles::Store;

use super::StartError;
use crate::config::Config;

/// Records replayed between two looks at whether the profiles are still within their budget.
const RECORDS_PER_TURN: u64 = 65_536;

/// The journal's settings out of the configuration.
pub(super) fn journal_config(config: &Config) -> journal::Config {
    journal::Config {
        segment_bytes_max: config.journal.segment_mib.saturating_mul(1024 * 1024),
        backlog_bytes_max: config.journal.backlog_mib.saturating_mul(1024 * 1024),
        commit_delay: config.journal.commit_delay(),
        ..journal::Config::default()
    }
}

/// Folds in every record that the checkpoint does not cover; returns how many there were.
///
/// A profile that was written to the checkpoint after `covered_lsn` was noted holds some of these
/// records already; the store knows and skips them.
pub(super) fn replay(
    journal: &Journal,
    store: &Store,
    covered_lsn: u64,
) -> Result<u64, StartError> {
    let appended_lsn = journal.appended_lsn();
    if appended_lsn < covered_lsn {
        return Err(StartError::JournalBehind { appended_lsn, covered_lsn });
    }
    let mut reader = journal.reader(covered_lsn + 1)?;
    let mut replayed = 0;
    while let Some(frame) = reader.next()? {
        let record = decode(frame.kind, frame.payload)?;
        let (tenant, customer) = (&record.tenant, record.customer);
        match &record.body {
            Body::Event { event, .. } => store.replay_event(frame.lsn, tenant, customer, event)?,
            Body::Merged { absorbed, at } => {
                store.replay_merged(frame.lsn, tenant, customer, *absorbed, *at)?;
            }
            Body::Exposed { at, exposures, .. } => {
                store.replay_exposed(frame.lsn, tenant, customer, *at, exposures)?;
            }
        }
        replayed += 1;
        if replayed % RECORDS_PER_TURN == 0 && store.evict().over_budget {
            // All of these records are durable: they were just read from the disk.
            store.checkpoint(frame.lsn, &|_| Ok(()))?;
            store.evict();
        }
    }
    Ok(replayed)
}
