//! What has to be done now and then, on a thread of its own: checkpoints, eviction, retention, and a
//! look at the key file.
//!
//! A failure is logged and tried again at the next turn. None of it is on the path of a request, and
//! a checkpoint that fails costs time at the next start, never data.

mod retention;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use analytics::{Exporter, Follower};
use decision::Ledger;
use journal::Journal;
use profiles::Store;

use crate::clock::Clock;
use crate::config::Config;
use crate::keys::KeyRing;
use crate::limits::{EVICT_INTERVAL, KEYS_POLL_INTERVAL};
use crate::service::{Followers, Service, StartError};
use crate::upkeep::retention::Retention;

/// The upkeep thread.
pub(crate) struct Upkeep {
    stop: SyncSender<()>,
    thread: JoinHandle<Result<(), StartError>>,
}

/// What the thread works on.
struct Work {
    data: PathBuf,
    retention: Retention,
    checkpoint_interval: Duration,
    journal: Arc<Journal>,
    store: Arc<Store>,
    ledger: Arc<Ledger>,
    follower: Arc<Follower>,
    /// `None` when no tables are written, which then nothing waits for.
    exporter: Option<Arc<Exporter>>,
    /// Weak, so that the thread never keeps a stopped server alive.
    service: Weak<Service>,
}

// === impl Upkeep ===

impl Upkeep {
    pub(crate) fn start(
        config: &Config,
        service: &Arc<Service>,
        store: Arc<Store>,
        followers: &Followers,
    ) -> Result<Self, StartError> {
        let (stop, stopped) = sync_channel(1);
        let work = Work {
            data: config.data.clone(),
            retention: Retention::new(config.journal.retention()),
            checkpoint_interval: config.checkpoint.interval(),
            journal: Arc::clone(&service.journal),
            store,
            ledger: Arc::clone(&service.ledger),
            follower: Arc::clone(&followers.figures),
            exporter: followers.tables.clone(),
            service: Arc::downgrade(service),
        };
        let thread = std::thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(move || work.run(&stopped))
            .map_err(StartError::Thread)?;
        Ok(Self { stop, thread })
    }

    /// Writes a last checkpoint and ends the thread.
    pub(crate) fn finish(self) -> Result<(), StartError> {
        // A full channel means that the thread has been told already, a closed one that it has ended.
        let _ = self.stop.try_send(());
        self.thread.join().unwrap_or(Err(StartError::Stopped))
    }
}

// === impl Work ===

impl Work {
    fn run(mut self, stopped: &Receiver<()>) -> Result<(), StartError> {
        let mut checkpoint_due = Clock.instant() + self.checkpoint_interval;
        let turn = EVICT_INTERVAL.min(self.checkpoint_interval);
        let mut keys_due = Clock.instant() + KEYS_POLL_INTERVAL;
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(turn) {
            self.tell_readiness();
            self.evict();
            if is_due(&mut keys_due, KEYS_POLL_INTERVAL) {
                self.reload_keys();
            }
            if is_due(&mut checkpoint_due, self.checkpoint_interval)
                && let Err(error) = self.checkpoint()
            {
                tracing::error!(error = %chain(&error), "checkpoint failed; the journal keeps everything");
            }
        }
        self.checkpoint()
    }

    /// A server that cannot keep events should not be sent any. It still answers page views.
    fn tell_readiness(&self) {
        let Some(service) = self.service.upgrade() else { return };
        if self.journal.stats().fenced {
            service
                .readiness
                .block("journal", "fenced after disk errors; restart once the disk is well");
        }
    }

    fn evict(&mut self) {
        if !self.store.evict().over_budget {
            return;
        }
        match self.checkpoint() {
            Ok(()) => {
                self.store.evict();
            }
            Err(error) => tracing::error!(error = %chain(&error), "no checkpoint to evict to"),
        }
    }

    fn checkpoint(&mut self) -> Result<(), StartError> {
        let covered = self.journal.appended_lsn();
        let written = self
            .store
            .checkpoint(covered, &|lsn| Ok(self.journal.wait_durable_blocking(lsn)?))?;
        tracing::debug!(?written, covered, "checkpoint");
        self.write_budgets(covered)?;
        let in_files = self.exporter.as_ref().map_or(u64::MAX, |exporter| exporter.written_lsn());
        let used = covered.min(self.follower.snapshot_lsn()).min(in_files);
        if let Some(deletable) = self.retention.note(used, Clock.instant()) {
            self.journal.retain_from(deletable + 1)?;
        }
        Ok(())
    }

    /// Each campaign's book is as of a record that may not yet be durable.
    fn write_budgets(&self, covered: u64) -> Result<(), StartError> {
        let images = self.ledger.images();
        let applied = images.iter().map(|image| image.applied_lsn).fold(covered, u64::max);
        self.journal.wait_durable_blocking(applied)?;
        crate::budgets::write(&self.data, covered, &images)?;
        Ok(())
    }

    fn reload_keys(&self) {
        let Some(service) = self.service.upgrade() else { return };
        if !service.keys.load().is_stale(&self.data) {
            return;
        }
        match KeyRing::load(&self.data) {
            Ok(keys) => {
                service.keys.store(Arc::new(keys));
                tracing::info!("keys read anew");
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "the keys in force stay in force")
            }
        }
    }
}

/// Whether the time has come; if so, the next time is set.
fn is_due(due: &mut Instant, interval: Duration) -> bool {
    let now = Clock.instant();
    if now < *due {
        return false;
    }
    *due = now + interval;
    true
}

/// An error with its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
