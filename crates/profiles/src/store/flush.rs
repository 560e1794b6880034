//! Checkpoints: from the hot map to the disk.
//!
//! The steps, and why in this order (the caller has noted `covered_lsn` before):
//!
//! 1. The window's fresh keys are taken. Who admitted them has changed the profile already, so the
//!    position of each is at most that of a profile taken next or written before.
//! 2. The dirty ids are taken, and one after the other, under the customer's lock, its profile (an
//!    `Arc`, nothing is copied). An update in the meantime clones what it changes.
//! 3. The journal becomes durable up to the latest position taken. A file that knew more than the
//!    journal would tell a client "duplicate" of an event that a crash has lost.
//! 4. One transaction writes everything. If anything fails, all of it is dirty again.
//!
//! A merge that runs meanwhile changes two ids of which perhaps only one was taken. Its two rows must
//! not be parted: when a taken id turns out to have moved, the id it moved to is taken (again); and
//! with an id are written the signposts of those that it absorbed since it was last taken, and of
//! those that these had absorbed, however long the chain.

use std::collections::BTreeMap;

use model::CustomerId;

use super::Store;
use super::slot::{Content, State};
use crate::checkpoint::{Batch, Hours};
use crate::codec::Row;
use crate::error::StoreError;
use crate::window::{HourKeys, Window};

/// Waits until the journal is durable up to a position, or tells why it will not be.
pub type WaitDurable<'a> = dyn Fn(u64) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 'a;

/// What a checkpoint wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckpointStats {
    /// Profiles written.
    pub profiles: usize,
    /// Merged-away ids written.
    pub moved: usize,
    /// Keys of the windows written.
    pub window_keys: usize,
    /// Bytes of rows written.
    pub bytes: usize,
}

impl Store {
    /// Writes what changed since the last checkpoint, and that it covers the journal up to
    /// `covered_lsn`, which the caller noted as the journal's end before calling.
    ///
    /// Blocks on the journal and on the disk; updates go on meanwhile. One checkpoint runs at a time.
    ///
    /// # Errors
    /// When the journal does not become durable or the file cannot be written. The file is then as it
    /// was, and the next checkpoint writes everything.
    pub fn checkpoint(
        &self,
        covered_lsn: u64,
        wait_durable: &WaitDurable<'_>,
    ) -> Result<CheckpointStats, StoreError> {
        let _one_at_a_time = super::lock(&self.checkpointing);
        let fresh = self.windows.each_ref().map(Window::take_fresh);
        let taken = self.dirty.take();
        let rows = self.snapshot(taken);
        let written = self.write(covered_lsn, &rows, &fresh, wait_durable);
        self.settle_states(&rows, written.is_ok());
        let bytes = match written {
            Ok(bytes) => bytes,
            Err(error) => {
                for (window, keys) in self.windows.iter().zip(&fresh) {
                    window.put_back(keys);
                }
                return Err(error);
            }
        };
        let profiles = rows.iter().filter(|(_, row)| matches!(row, Row::Profile(_))).count();
        Ok(CheckpointStats {
            profiles,
            moved: rows.len() - profiles,
            window_keys: fresh.iter().flatten().map(|hour| hour.keys.len()).sum(),
            bytes,
        })
    }

    /// Takes the rows of ids, ordered by id, and of whomever a merge ties to them.
    pub(super) fn snapshot(&self, mut ids: Vec<CustomerId>) -> Vec<(CustomerId, Row)> {
        let mut rows = BTreeMap::new();
        while let Some(id) = ids.pop() {
            let _customer = self.locks.lock(id);
            // An id is marked before its profile is made, which may not have come about.
            let Some(mut slot) = self.hot.get_mut(&id) else { continue };
            slot.state = State::Writing;
            // Updates weigh only what changes its shape.
            self.reweigh(&mut slot);
            let row = match &slot.content {
                Content::Profile(profile) => Row::Profile(profile.clone()),
                Content::Moved(to) => {
                    // Moves lead to ever smaller ids, so this ends.
                    ids.push(*to);
                    Row::Moved(*to)
                }
            };
            drop(slot);
            rows.insert(id, row);
            self.take_signposts(id, &mut rows);
        }
        rows.into_iter().collect()
    }

    /// Adds the signposts of whomever a locked id has absorbed, at once or by way of others. Once
    /// absorbed, an id absorbs nobody, so the locks of those in between are not needed.
    fn take_signposts(&self, id: CustomerId, rows: &mut BTreeMap<CustomerId, Row>) {
        let absorbed_by =
            |to| self.dirty.take_absorbed(to).into_iter().map(move |absorbed| (absorbed, to));
        let mut signposts: Vec<(CustomerId, CustomerId)> = absorbed_by(id).collect();
        while let Some((absorbed, to)) = signposts.pop() {
            rows.insert(absorbed, Row::Moved(to));
            signposts.extend(absorbed_by(absorbed));
        }
    }

    pub(super) fn write(
        &self,
        covered_lsn: u64,
        rows: &[(CustomerId, Row)],
        fresh: &[Vec<HourKeys>; 2],
        wait_durable: &WaitDurable<'_>,
    ) -> Result<usize, StoreError> {
        let applied = rows.iter().map(|(_, row)| match row {
            Row::Profile(profile) => profile.applied_lsn,
            Row::Moved(_) => 0,
        });
        let lsn = applied.fold(covered_lsn, u64::max);
        wait_durable(lsn).map_err(|source| StoreError::NotDurable { lsn, source })?;
        let hours = |place: usize| Hours {
            keys: &fresh[place],
            horizon_hour: self.windows[place].horizon_hour(),
        };
        self.file.commit(&Batch { covered_lsn, rows, windows: [hours(0), hours(1)] })
    }

    /// Says of what was taken that it is clean, or dirty again.
    fn settle_states(&self, rows: &[(CustomerId, Row)], written: bool) {
        if !written {
            self.dirty.mark_all(rows.iter().map(|(id, _)| *id));
        }
        for (id, _) in rows {
            if let Some(mut slot) = self.hot.get_mut(id)
                && slot.state == State::Writing
            {
                slot.state = if written { State::Clean } else { State::Dirty };
            }
        }
    }
}
