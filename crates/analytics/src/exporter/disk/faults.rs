//! A disk on which the process dies at a given call.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};

/// Which call fails, and what has been called.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    fail_at: Option<(usize, Moment)>,
    calls: RefCell<Vec<(&'static str, PathBuf)>>,
    failed: Cell<bool>,
}

/// Whether the call that fails has done its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

// === impl Faults ===

impl Faults {
    /// The process dies at the call of this number, from 0 on.
    pub(crate) fn at(call: usize, moment: Moment) -> Self {
        Self { fail_at: Some((call, moment)), ..Self::default() }
    }

    /// What has been called.
    pub(crate) fn calls(&self) -> Vec<(&'static str, PathBuf)> {
        self.calls.borrow().clone()
    }

    pub(super) fn step<T>(
        &self,
        action: &'static str,
        path: &Path,
        call: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        assert!(!self.failed.get(), "{action} {} after the process died", path.display());
        let number = self.calls.borrow().len();
        self.calls.borrow_mut().push((action, path.to_owned()));
        let dies = |moment| self.fail_at == Some((number, moment));
        if dies(Moment::Before) {
            self.failed.set(true);
            return Err(io::Error::other("died before"));
        }
        let done = call();
        if dies(Moment::After) {
            self.failed.set(true);
            return Err(io::Error::other("died after"));
        }
        done
    }
}
