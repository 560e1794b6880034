//! A thread that works off the journal until it is told to stop, one way or the other.
//!
//! ```text
//!   work off all that is durable  --(refused)-->  say so, wait, try again
//!     |        ^
//!     v        |
//!   sleep until there is enough to do, or the interval is over
//! ```
//!
//! What cannot go on says so in the log and in [`Thread::fault`], keeps what it has and tries again: the
//! serving path never waits for it. What the work is, is the business of whoever starts it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use journal::Journal;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::AnalyticsError;

/// What a thread does with the journal.
pub(crate) trait Work: Send + 'static {
    /// What the log says while it cannot be done.
    const COMPLAINT: &'static str;

    /// Does all that is durable; less when [`Told`] says that the thread is to end at once.
    ///
    /// # Errors
    /// When the journal or the disk refuses. Called again, it goes on.
    fn work_off(&mut self, told: &Told) -> Result<(), AnalyticsError>;

    /// Comes last, after all that is durable was worked off or refused.
    ///
    /// # Errors
    /// When the disk refuses.
    fn finish(&mut self) -> Result<(), AnalyticsError>;

    /// When to go on.
    fn pace(&self) -> Pace;
}

/// When a thread goes on after it has worked off everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Once this record is durable.
    pub(crate) lsn: u64,
    /// Or after this time, whatever there is.
    pub(crate) interval: Duration,
    /// And this much later, so that records gather.
    pub(crate) gather: Duration,
    /// Instead of all that after this time, when it could not go on.
    pub(crate) retry: Duration,
}

/// Whether the thread is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    No,
    /// After everything durable has been worked off.
    Complete,
    /// At once.
    AtOnce,
}

/// The thread. Dropped without [`Self::close`], it ends soon and leaves undone what is not done.
#[derive(Debug)]
pub(crate) struct Thread {
    faults: Arc<Faults>,
    stop: watch::Sender<Stop>,
    handle: Mutex<Option<JoinHandle<Result<(), AnalyticsError>>>>,
}

/// Why the thread cannot go on, and how often it could not.
#[derive(Debug, Default)]
struct Faults {
    current: Mutex<Option<String>>,
    count: AtomicU64,
}

/// The thread's own side: what it is told, and how it waits.
#[derive(Debug)]
pub(crate) struct Told {
    stop: watch::Receiver<Stop>,
    runtime: tokio::runtime::Runtime,
}

// === impl Thread ===

impl Thread {
    /// Starts a thread that works off a journal.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub(crate) fn start(
        name: &str,
        journal: Arc<Journal>,
        work: impl Work,
    ) -> Result<Self, AnalyticsError> {
        let cannot_start = |error| AnalyticsError::Thread("cannot be started", Some(error));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(cannot_start)?;
        let (stop, told) = watch::channel(Stop::No);
        let told = Told { stop: told, runtime };
        let faults = Arc::new(Faults::default());
        let own = Arc::clone(&faults);
        let handle = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(work, &told, &journal, &own))
            .map_err(cannot_start)?;
        Ok(Self { faults, stop, handle: Mutex::new(Some(handle)) })
    }

    /// Why the thread cannot go on at the moment, if it cannot.
    pub(crate) fn fault(&self) -> Option<String> {
        self.faults.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it could not go on.
    pub(crate) fn failures(&self) -> u64 {
        self.faults.count.load(Ordering::Relaxed)
    }

    /// Has the thread work off everything that is durable by now, and waits for its end. Later calls do
    /// nothing.
    ///
    /// # Errors
    /// What the thread ends with.
    pub(crate) fn close(&self) -> Result<(), AnalyticsError> {
        self.stop.send_replace(Stop::Complete);
        match self.take() {
            Some(thread) => {
                thread.join().map_err(|_| AnalyticsError::Thread("ended of itself", None))?
            }
            None => Ok(()),
        }
    }

    fn take(&self) -> Option<JoinHandle<Result<(), AnalyticsError>>> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(thread) = self.take() {
            self.stop.send_replace(Stop::AtOnce);
            // Nobody is left to whom the outcome could be told.
            drop(thread.join());
        }
    }
}

fn run<W: Work>(
    mut work: W,
    told: &Told,
    journal: &Journal,
    faults: &Faults,
) -> Result<(), AnalyticsError> {
    loop {
        // Asked before working, so that all that was durable when it was told is worked off.
        let stop = told.stop();
        if stop == Stop::AtOnce {
            return Ok(());
        }
        let outcome = work.work_off(told);
        faults.note(&outcome, W::COMPLAINT);
        if stop == Stop::Complete {
            // What was done before a failure is kept all the same.
            return outcome.and(work.finish());
        }
        match outcome {
            Ok(()) => told.rest(journal, work.pace()),
            Err(_) => told.pause(work.pace().retry),
        }
    }
}

// === impl Faults ===

impl Faults {
    fn note(&self, outcome: &Result<(), AnalyticsError>, complaint: &str) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) => *current = None,
            Err(error) => {
                self.count.fetch_add(1, Ordering::Relaxed);
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "{complaint}");
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                *current = Some(format!("{error}{cause}"));
            }
        }
    }
}

// === impl Told ===

impl Told {
    /// What the thread is told now.
    pub(crate) fn stop(&self) -> Stop {
        *self.stop.borrow()
    }

    /// Sleeps until `event` or the thread is told to stop; what `event` gave, if it came first.
    fn wait_for<T>(&self, event: impl Future<Output = T>) -> Option<T> {
        let mut stop = self.stop.clone();
        self.runtime.block_on(async {
            tokio::select! {
                // An error means that nobody is left who could tell, which is a stop too.
                _ = stop.wait_for(|stop| *stop != Stop::No) => None,
                value = event => Some(value),
            }
        })
    }

    /// Sleeps until it is time to go on, or until the thread is told to stop.
    fn rest(&self, journal: &Journal, pace: Pace) {
        let durable = journal.durable_in_time(pace.lsn);
        match self.wait_for(async { timeout(pace.interval, durable).await }) {
            None => {}
            // A journal that takes no more records has none to wait for.
            Some(Ok(Err(_))) => self.pause(pace.interval),
            Some(Ok(Ok(())) | Err(_)) => self.pause(pace.gather),
        }
    }

    /// Sleeps for a while, or until the thread is told to stop.
    fn pause(&self, pause: Duration) {
        // The runtime's timer is made inside of it.
        self.wait_for(async { timeout(pause, std::future::pending::<()>()).await });
    }
}
