//! What is appended but not yet written.
//!
//! Appending copies a frame into a buffer under a short lock. The writer swaps the buffer for an empty
//! one, so that appending goes on while it writes. The writer sleeps while there is nothing to do, and
//! is woken only when it sleeps: a wake-up is a system call, and most appends need none.
//!
//! ```text
//! writer:  Idle ──first frame──> Gathering ──commit_delay, COMMIT_BYTES or haste──> Busy ──> Idle
//! ```
//!
//! Gathering is for records that nobody waits for. As soon as somebody does, the writer makes haste:
//! who waits is answered after one write, and the others share it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::limits::{BUFFER_BYTES_KEPT, COMMIT_BYTES};
use crate::{AppendError, frame};

/// The frames that wait for the writer.
#[derive(Debug)]
pub(crate) struct Pending {
    queue: Mutex<Queue>,
    wake: Condvar,
    backlog_bytes_max: usize,
}

/// Frames that are written and synced together.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The frames, without checksums.
    pub(crate) bytes: Vec<u8>,
    /// The position of the first frame.
    pub(crate) first_lsn: u64,
    /// The position of the last frame.
    pub(crate) last_lsn: u64,
}

/// What the writer is to do.
#[derive(Debug)]
pub(crate) enum Work {
    /// Write these frames.
    Write(Batch),
    /// Stop, for this reason.
    Stop(AppendError),
}

#[derive(Debug)]
struct Queue {
    buffer: Vec<u8>,
    /// The buffer's whole frames; beyond it lies what a panicking caller left behind.
    whole_bytes: usize,
    /// An empty buffer, for the next swap.
    spare: Vec<u8>,
    /// What the writer has taken and not yet finished.
    in_flight_bytes: usize,
    /// The position of the first frame in the buffer.
    first_lsn: u64,
    /// The position of the last frame in the buffer, or of the one before the first.
    last_lsn: u64,
    /// The next position to give. Beyond `last_lsn + 1` only for frames that were dropped.
    next_lsn: u64,
    /// The last position that somebody waits for.
    awaited_lsn: u64,
    writer: WriterState,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WriterState {
    Busy,
    Idle,
    Gathering,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing new is accepted; what is there is still written.
    Ending(AppendError),
    /// What is appended is given a position and dropped: it will never be acknowledged.
    Ended(AppendError),
}

// === impl Pending ===

impl Pending {
    /// An empty queue whose first frame gets this position.
    pub(crate) fn new(next_lsn: u64, backlog_bytes_max: usize) -> Self {
        let queue = Queue {
            buffer: Vec::new(),
            whole_bytes: 0,
            spare: Vec::new(),
            in_flight_bytes: 0,
            first_lsn: next_lsn,
            last_lsn: next_lsn - 1,
            next_lsn,
            awaited_lsn: 0,
            writer: WriterState::Busy,
            state: State::Open,
        };
        Self { queue: Mutex::new(queue), wake: Condvar::new(), backlog_bytes_max }
    }

    /// Whether a record may be appended now.
    pub(crate) fn admit(&self) -> Result<(), AppendError> {
        let queue = self.lock();
        match queue.state {
            State::Ending(reason) | State::Ended(reason) => Err(reason),
            State::Open if queue.backlog_bytes() >= self.backlog_bytes_max => {
                Err(AppendError::Backlogged)
            }
            State::Open => Ok(()),
        }
    }

    /// Appends a frame and gives its position.
    pub(crate) fn append(&self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) -> u64 {
        let mut queue = self.lock();
        let lsn = queue.next_lsn;
        if let State::Open | State::Ending(AppendError::Closed) = queue.state {
            queue.append(lsn, kind, write);
        }
        queue.next_lsn = lsn + 1;
        let wakes = match queue.writer {
            WriterState::Busy => false,
            WriterState::Idle => true,
            WriterState::Gathering => queue.buffer.len() >= COMMIT_BYTES,
        };
        if wakes {
            // Until it runs, further appends need not wake it again.
            queue.writer = WriterState::Busy;
            drop(queue);
            self.wake.notify_one();
        }
        lsn
    }

    /// Waits for frames, and then a little for more of them.
    pub(crate) fn take(&self, delay: Duration) -> Work {
        let mut queue = self.lock();
        queue.in_flight_bytes = 0;
        while queue.whole_bytes == 0 {
            if let State::Ending(reason) | State::Ended(reason) = queue.state {
                queue.state = State::Ended(reason);
                return Work::Stop(reason);
            }
            queue.writer = WriterState::Idle;
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if !delay.is_zero() {
            queue.writer = WriterState::Gathering;
            let waited = self.wake.wait_timeout_while(queue, delay, |queue| queue.gathers());
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        queue.writer = WriterState::Busy;
        Work::Write(queue.swap())
    }

    /// Has the writer not gather any longer when it holds this position: somebody waits for it.
    pub(crate) fn hurry(&self, lsn: u64) {
        let mut queue = self.lock();
        queue.awaited_lsn = queue.awaited_lsn.max(lsn);
        if queue.writer == WriterState::Gathering && !queue.gathers() {
            queue.writer = WriterState::Busy;
            drop(queue);
            self.wake.notify_one();
        }
    }

    /// Takes back a written buffer to use its memory again.
    pub(crate) fn recycle(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        buffer.shrink_to(BUFFER_BYTES_KEPT);
        self.lock().spare = buffer;
    }

    /// Accepts nothing more; what is there is still written.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        if queue.state == State::Open {
            queue.state = State::Ending(AppendError::Closed);
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Accepts nothing more and drops what is there.
    pub(crate) fn abandon(&self, reason: AppendError) {
        let mut queue = self.lock();
        if !matches!(queue.state, State::Ended(_)) {
            queue.state = State::Ended(reason);
        }
        queue.whole_bytes = 0;
        queue.in_flight_bytes = 0;
        queue.buffer = Vec::new();
        queue.spare = Vec::new();
    }

    /// The last position given.
    pub(crate) fn appended_lsn(&self) -> u64 {
        self.lock().next_lsn - 1
    }

    /// What waits for the disk.
    pub(crate) fn backlog_bytes(&self) -> usize {
        self.lock().backlog_bytes()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A caller's `write` may panic under the lock; `whole_bytes` tells what of the buffer counts.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Queue ===

impl Queue {
    fn append(&mut self, lsn: u64, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        self.buffer.truncate(self.whole_bytes);
        if frame::append(&mut self.buffer, lsn, kind, write) {
            self.whole_bytes = self.buffer.len();
            self.last_lsn = lsn;
        } else {
            tracing::error!(lsn, kind, "a payload is beyond the limit: the journal is fenced");
            self.state = State::Ending(AppendError::Fenced);
        }
    }

    /// Whether the writer may wait for more frames.
    fn gathers(&self) -> bool {
        let is_awaited = self.awaited_lsn >= self.first_lsn;
        self.buffer.len() < COMMIT_BYTES && self.state == State::Open && !is_awaited
    }

    fn swap(&mut self) -> Batch {
        self.buffer.truncate(self.whole_bytes);
        let bytes = std::mem::replace(&mut self.buffer, std::mem::take(&mut self.spare));
        self.whole_bytes = 0;
        self.in_flight_bytes = bytes.len();
        let first_lsn = self.first_lsn;
        self.first_lsn = self.last_lsn + 1;
        Batch { bytes, first_lsn, last_lsn: self.last_lsn }
    }

    fn backlog_bytes(&self) -> usize {
        self.whole_bytes + self.in_flight_bytes
    }
}
