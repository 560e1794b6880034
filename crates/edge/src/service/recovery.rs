//! Bringing the profiles and the budgets up to the journal after a start.

use std::sync::Arc;

use decision::{Confirmation, Ledger};
use journal::record::{Body, Record, decode};
use journal::{Journal, JournalError, Reader};
use profiles::{Store, StoreError};

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

/// Up to which positions what was read from disk holds the journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Covered {
    /// The checkpoint of the profiles.
    profiles_lsn: u64,
    /// The record of budgets.
    budgets_lsn: u64,
}

/// The ledger as it was last written, and what it and the checkpoint of the profiles cover.
pub(super) fn ledger(
    config: &Config,
    profiles_lsn: u64,
) -> Result<(Arc<Ledger>, Covered), StartError> {
    let ledger = Arc::new(Ledger::new(config.budgets.confirm_within()));
    let budgets_lsn = crate::budgets::restore(&config.data, &ledger)?;
    Ok((ledger, Covered { profiles_lsn, budgets_lsn }))
}

/// Folds in every record that is not covered; returns how many there were.
///
/// A profile or a budget that was written after the covered position was noted holds some of these
/// records already; store and ledger know and skip them.
pub(super) fn replay(
    journal: &Journal,
    store: &Store,
    ledger: &Ledger,
    covered: Covered,
) -> Result<u64, StartError> {
    let appended_lsn = journal.appended_lsn();
    let Covered { profiles_lsn, budgets_lsn } = covered;
    let covered_lsn = profiles_lsn.max(budgets_lsn);
    if appended_lsn < covered_lsn {
        return Err(StartError::JournalBehind { appended_lsn, covered_lsn });
    }
    let mut reader = open(journal, covered)?;
    let mut replayed = 0;
    while let Some(frame) = reader.next()? {
        let record = decode(frame.kind, frame.payload)?;
        if frame.lsn > budgets_lsn {
            settle(ledger, frame.lsn, &record);
        }
        if frame.lsn <= profiles_lsn {
            continue;
        }
        replayed += 1;
        fold(store, frame.lsn, &record, replayed)?;
    }
    Ok(replayed)
}

/// Folds one record, the `replayed`-th, into the profiles, and now and then brings them back within their
/// budget.
pub(crate) fn fold(
    store: &Store,
    lsn: u64,
    record: &Record,
    replayed: u64,
) -> Result<(), StoreError> {
    let (tenant, customer) = (&record.tenant, record.customer);
    match &record.body {
        Body::Event { event, .. } => store.replay_event(lsn, tenant, customer, event)?,
        Body::Merged { absorbed, at } => {
            store.replay_merged(lsn, tenant, customer, *absorbed, *at)?;
        }
        Body::Exposed { decision, at, exposures, .. } => {
            store.replay_exposed(lsn, tenant, customer, *at, *decision, exposures)?;
        }
        Body::Redeemed(redemption) => {
            store.replay_redeemed(lsn, tenant, customer, redemption)?;
        }
    }
    if replayed.is_multiple_of(RECORDS_PER_TURN) && store.evict().over_budget {
        // All of these records are durable: they were just read from the disk.
        store.checkpoint(lsn, &|_| Ok(()))?;
        store.evict();
    }
    Ok(())
}

/// A reader of what is not covered. Where the record of budgets is missing, they are counted from what
/// retention has left; profiles are never that far behind.
fn open(journal: &Journal, covered: Covered) -> Result<Reader, JournalError> {
    let Covered { profiles_lsn, budgets_lsn } = covered;
    match journal.reader(profiles_lsn.min(budgets_lsn) + 1) {
        Err(JournalError::Gone { first_lsn, .. }) if first_lsn <= profiles_lsn + 1 => {
            tracing::warn!(first_lsn, "budgets are counted from the first record that is left");
            journal.reader(first_lsn)
        }
        opened => opened,
    }
}

/// Applies a record to the budgets.
fn settle(ledger: &Ledger, lsn: u64, record: &Record) {
    let (tenant, customer) = (&record.tenant, record.customer);
    match &record.body {
        Body::Event { event, .. } => {
            if let Some(confirmation) = Confirmation::of(event) {
                ledger.replay_confirmed(lsn, tenant, customer, &confirmation);
            }
        }
        Body::Merged { absorbed, .. } => ledger.merge(tenant, customer, *absorbed),
        Body::Exposed { charges, .. } => ledger.replay_exposed(lsn, tenant, customer, charges),
        Body::Redeemed(_) => {}
    }
}
