//! All customers, one after the other.
//!
//! For looking at a store, not for serving from it: a scan reads the whole checkpoint. It puts nothing into
//! the hot map, and beside the profiles in hand it holds the ids of that map alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use model::{CustomerId, Profile};

use super::slot::Content;
use super::{Config, Opened, Store};
use crate::checkpoint;
use crate::codec::Row;
use crate::error::StoreError;

impl Store {
    /// Opens a copy of the checkpoint in `from`, made in `dir`, while another process may be writing the
    /// original. Without an original the copy is empty.
    ///
    /// # Errors
    /// When the file cannot be copied, or the copy is torn because the other process wrote too much
    /// meanwhile; then another try may succeed.
    pub fn open_copy(
        from: &Path,
        dir: &Path,
        config: Config,
    ) -> Result<(Self, Opened), StoreError> {
        checkpoint::copy(from, dir)?;
        Self::open(dir, Config { verify_on_open: true, ..config })
    }

    /// Gives every customer, after merges, hot or cold. Who changes meanwhile is given as before or as
    /// after, and who comes or is merged meanwhile may be missing.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn scan(&self, mut each: impl FnMut(&Arc<Profile>)) -> Result<(), StoreError> {
        let mut only_hot: BTreeSet<CustomerId> = self.hot.iter().map(|slot| *slot.key()).collect();
        let hot = |id| self.hot.get(&id).map(|slot| slot.content.clone());
        self.file.scan(|id, row| {
            only_hot.remove(&id);
            // What is hot is never older.
            if let Content::Profile(profile) = hot(id).unwrap_or_else(|| row.into()) {
                each(&profile);
            }
        })?;
        for id in only_hot {
            if let Some(Content::Profile(profile)) = hot(id) {
                each(&profile);
            }
        }
        Ok(())
    }
}

impl From<Row> for Content {
    fn from(row: Row) -> Self {
        match row {
            Row::Profile(profile) => Self::Profile(profile),
            Row::Moved(to) => Self::Moved(to),
        }
    }
}
