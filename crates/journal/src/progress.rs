//! How far the journal is durable, and who waits for it.

use std::sync::{Condvar, Mutex, PoisonError};

use tokio::sync::watch;

use crate::AppendError;

/// The durable position, for tasks and for threads.
#[derive(Debug)]
pub(crate) struct Progress {
    tasks: watch::Sender<Position>,
    threads: Mutex<Position>,
    moved: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    durable_lsn: u64,
    /// Why it will not move again.
    end: Option<AppendError>,
}

// === impl Progress ===

impl Progress {
    /// Everything up to this position is durable.
    pub(crate) fn new(durable_lsn: u64) -> Self {
        let position = Position { durable_lsn, end: None };
        let (tasks, _) = watch::channel(position);
        Self { tasks, threads: Mutex::new(position), moved: Condvar::new() }
    }

    /// The last durable record.
    pub(crate) fn durable_lsn(&self) -> u64 {
        self.tasks.borrow().durable_lsn
    }

    /// Why the position will not move again, if so.
    pub(crate) fn end(&self) -> Option<AppendError> {
        self.tasks.borrow().end
    }

    /// Everything up to this position is durable now.
    pub(crate) fn advance(&self, durable_lsn: u64) {
        self.publish(|position| position.durable_lsn = durable_lsn.max(position.durable_lsn));
    }

    /// The position will not move again. Only the first reason is kept.
    pub(crate) fn stop(&self, reason: AppendError) {
        self.publish(|position| position.end = position.end.or(Some(reason)));
    }

    /// Waits, as a task.
    pub(crate) async fn wait(&self, lsn: u64) -> Result<(), AppendError> {
        let mut receiver = self.tasks.subscribe();
        let reached = receiver.wait_for(|position| position.answer(lsn).is_some()).await;
        match reached {
            Ok(position) => position.answer(lsn).unwrap_or(Err(AppendError::Closed)),
            Err(_) => Err(AppendError::Closed),
        }
    }

    /// Waits, as a thread.
    pub(crate) fn wait_blocking(&self, lsn: u64) -> Result<(), AppendError> {
        let mut position = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(answer) = position.answer(lsn) {
                return answer;
            }
            position = self.moved.wait(position).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn publish(&self, change: impl FnOnce(&mut Position)) {
        let mut position = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut position);
        self.tasks.send_replace(*position);
        drop(position);
        self.moved.notify_all();
    }
}

// === impl Position ===

impl Position {
    /// What to tell somebody who waits for a record; `None` to wait on.
    fn answer(self, lsn: u64) -> Option<Result<(), AppendError>> {
        if lsn <= self.durable_lsn {
            return Some(Ok(()));
        }
        self.end.map(Err)
    }
}
