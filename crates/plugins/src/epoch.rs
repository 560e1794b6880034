//! The clock of the sandboxes: a counter that a thread advances once a millisecond.
//!
//! Guests compare the counter with their deadline at every loop and function entry. A late thread
//! is not made up for: after a pause of the whole machine, ticks in a burst would end calls that
//! have only just begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;

use wasmtime::Engine;

use crate::HostError;
use crate::limits::TICK;

/// A thread that advances an engine's epoch until this is dropped.
pub(crate) struct Clock {
    ticks: Arc<AtomicU64>,
    /// Never sent to: that it is gone tells the thread to end.
    alive: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

// === impl Clock ===

impl Clock {
    /// Starts the thread.
    pub(crate) fn start(engine: &Engine) -> Result<Self, HostError> {
        let ticks = Arc::new(AtomicU64::new(0));
        let (alive, ended) = sync_channel::<()>(1);
        let (engine, counter) = (engine.clone(), Arc::clone(&ticks));
        let advance = move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                counter.fetch_add(1, Ordering::Relaxed);
                engine.increment_epoch();
            }
        };
        let thread = std::thread::Builder::new().name("plugin-epoch".into()).spawn(advance);
        let thread = Some(thread.map_err(HostError::Thread)?);
        Ok(Self { ticks, alive: Some(alive), thread })
    }

    /// Ticks since the start.
    pub(crate) fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the epoch thread panicked");
        }
    }
}
