//! Looks at the tenants' folders now and then, on a thread of its own.
//!
//! ```text
//!            looks different                 looks the same again
//!  settled ------------------> unsettled -----------------------------> read -> offered -> settled
//!     ^                        |      ^                                  |
//!     |                        +------+ looks different                  +-> looks different: unsettled
//!     +-- nothing to do
//! ```
//!
//! Whoever copies files into a folder takes some time over it. What is there is read only once two looks
//! agree, and offered only if a third, after reading, agrees too. A copy that stalls for longer than the
//! time between two looks is offered as it is: it is refused if it is half of something, and replaced
//! when the rest arrives. To change a folder in one step, make a new one beside it and rename it, or
//! let the folder be a symbolic link and replace that.
//!
//! What could not be dealt with for a reason outside of its files, such as a disk that is full, is tried
//! again, each time after twice as many looks.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;

use model::TenantKey;

use super::error::PlansError;
use super::folder::{self, Glance};
use super::{Plans, Slot};
use crate::limits::{PLANS_POLL_INTERVAL, RETRY_DOUBLINGS_MAX};

/// The thread that looks.
pub(crate) struct Watch {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

/// What is known of one folder.
#[derive(Default)]
struct Seen {
    /// The plugins that were named when it was last read.
    plugins: Vec<Box<str>>,
    /// How it looked when it was last dealt with.
    settled: Option<Glance>,
    /// How it looked last, when that is not how it was dealt with.
    unsettled: Option<Glance>,
    /// How often in a row it could not be dealt with.
    failures: u32,
    /// Looks at it as it is until that is tried again.
    looks_until_retry: Option<u32>,
}

// === impl Watch ===

impl Watch {
    /// Begins to look.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(plans: Arc<Plans>) -> io::Result<Self> {
        let (stop, stopped) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("plans".to_owned())
            .spawn(move || plans.watch(&stopped))?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread, once it has finished what it is at; whether it was well to the end.
    pub(crate) fn finish(self) -> bool {
        // A full channel means that the thread has been told already, a closed one that it has ended.
        let _ = self.stop.try_send(());
        self.thread.join().is_ok()
    }
}

// === impl Seen ===

impl Seen {
    /// Whether it is time to deal again with what could not be dealt with; counts the look.
    fn retries_now(&mut self) -> bool {
        let Some(looks) = self.looks_until_retry.as_mut() else { return false };
        *looks = looks.saturating_sub(1);
        *looks == 0
    }
}

// === impl Plans ===

impl Plans {
    fn watch(&self, stopped: &Receiver<()>) {
        let mut seen: HashMap<&TenantKey, Seen> = HashMap::new();
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PLANS_POLL_INTERVAL) {
            for (tenant, slot) in &self.by_tenant {
                if !matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty)) {
                    return;
                }
                self.look(tenant, slot, seen.entry(tenant).or_default());
            }
        }
    }

    /// Looks at one folder, and offers what is in it if it has changed and is settled.
    fn look(&self, tenant: &TenantKey, slot: &Slot, seen: &mut Seen) {
        let folder = self.folder_of(tenant);
        let Ok(Some(glance)) = folder::glance(&folder, &seen.plugins) else {
            // A folder that is not there, or cannot be listed just now, says nothing.
            return;
        };
        let is_settled = seen.settled.as_ref() == Some(&glance);
        if is_settled && !seen.retries_now() {
            seen.unsettled = None;
            return;
        }
        if !is_settled && seen.unsettled.as_ref() != Some(&glance) {
            seen.unsettled = Some(glance);
            return;
        }
        let read = match folder::read(&folder) {
            Ok(None) => return,
            Ok(Some(bundle)) => {
                let plugins = bundle.plugins_named();
                if plugins != seen.plugins {
                    // The plugins have not been looked at yet.
                    *seen = Seen { plugins, failures: seen.failures, ..Seen::default() };
                    return;
                }
                Ok(bundle)
            }
            Err(error) => Err(error),
        };
        if !matches!(folder::glance(&folder, &seen.plugins), Ok(Some(now)) if now == glance) {
            return;
        }
        seen.unsettled = None;
        seen.settled = Some(glance);
        // A refusal is told where it happens. Anything else may go better another time.
        let offered = self.offer(tenant, slot, read);
        let is_settled = matches!(&offered, Ok(()) | Err(PlansError::Refused { .. }));
        seen.failures = if is_settled { 0 } else { seen.failures.saturating_add(1) };
        seen.looks_until_retry = match seen.failures {
            0 => None,
            failures => Some(1 << failures.min(RETRY_DOUBLINGS_MAX)),
        };
    }
}
