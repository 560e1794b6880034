//! What a rule can ask about the page view. Each method is one call to the host.

use alloc::string::String;

use crate::Timestamp;
use crate::host::view as host;

/// The page view that is being decided.
#[derive(Debug)]
pub struct View(());

// === impl View ===

impl View {
    pub(crate) const fn present() -> Self {
        Self(())
    }

    /// The time of the request: the only clock there is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(host::now())
    }

    /// The path, such as `/cart`.
    pub fn path(&self) -> String {
        host::path()
    }

    /// The whole address; may be empty.
    pub fn url(&self) -> String {
        host::url()
    }

    /// Where the visitor came from; may be empty.
    pub fn referrer(&self) -> String {
        host::referrer()
    }

    /// A language tag such as `de-DE`; may be empty.
    pub fn locale(&self) -> String {
        host::locale()
    }

    /// `mobile`, `tablet`, `desktop` or what the shop calls it; may be empty.
    pub fn device(&self) -> String {
        host::device()
    }

    /// 64 bits that are the same for the same customer, campaign and time.
    pub fn random(&self) -> u64 {
        host::random()
    }
}
