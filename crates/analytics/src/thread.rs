//! A thread that reads the journal until it is told to stop, one way or the other.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::AnalyticsError;

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
    stop: watch::Sender<Stop>,
    handle: Mutex<Option<JoinHandle<Result<(), AnalyticsError>>>>,
}

/// The thread's own side: what it is told, and how it waits.
#[derive(Debug)]
pub(crate) struct Told {
    stop: watch::Receiver<Stop>,
    runtime: tokio::runtime::Runtime,
}

// === impl Thread ===

impl Thread {
    /// Starts a thread.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub(crate) fn start(
        name: &str,
        work: impl FnOnce(Told) -> Result<(), AnalyticsError> + Send + 'static,
    ) -> Result<Self, AnalyticsError> {
        let cannot_start = |error| AnalyticsError::Thread("cannot be started", Some(error));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(cannot_start)?;
        let (stop, told) = watch::channel(Stop::No);
        let told = Told { stop: told, runtime };
        let handle = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(told))
            .map_err(cannot_start)?;
        Ok(Self { stop, handle: Mutex::new(Some(handle)) })
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

// === impl Told ===

impl Told {
    /// What the thread is told now.
    pub(crate) fn stop(&self) -> Stop {
        *self.stop.borrow()
    }

    /// Sleeps until `event` or the thread is told to stop; what `event` gave, if it came first.
    pub(crate) fn wait_for<T>(&self, event: impl Future<Output = T>) -> Option<T> {
        let mut stop = self.stop.clone();
        self.runtime.block_on(async {
            tokio::select! {
                // An error means that nobody is left who could tell, which is a stop too.
                _ = stop.wait_for(|stop| *stop != Stop::No) => None,
                value = event => Some(value),
            }
        })
    }

    /// Sleeps for a while, or until the thread is told to stop.
    pub(crate) fn pause(&self, pause: Duration) {
        // The runtime's timer is made inside of it.
        self.wait_for(async { timeout(pause, std::future::pending::<()>()).await });
    }
}
