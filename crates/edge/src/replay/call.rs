//! One row of a log as a call of the server's API.

use super::limits::LINE_BYTES_MAX;

/// A call to be made, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The line of the log, from 1.
    pub(super) line: u64,
    /// The customer, in the words of the log.
    pub(super) customer: Box<str>,
    /// Another name that this call says is the same customer's.
    pub(super) also: Option<Box<str>>,
    /// What is asked.
    pub(super) endpoint: Endpoint,
    /// The body, JSON.
    pub(super) body: Vec<u8>,
    /// Whether the log gives no time, so that the server's own counts.
    pub(super) undated: bool,
}

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A decision on a page view.
    Decide,
    /// To take the one event of the body.
    Track,
    /// To take the events of the body, here one, of any type.
    Batch,
}

/// Why a row of a log becomes no call. The text is what people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Skip {
    /// More bytes than allowed.
    #[error("the line is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// Not text.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Not the columns of the header.
    #[error("the row does not have as many values as the header has columns")]
    Columns,
    /// A time that cannot be read.
    #[error("event_time is no time such as 2019-10-01 00:00:00 UTC")]
    Time,
    /// An event that is not known.
    #[error("event_type is none of view, cart, remove_from_cart and purchase")]
    EventType,
    /// No product.
    #[error("product_id is empty")]
    NoProduct,
    /// No customer.
    #[error("user_id is empty")]
    NoCustomer,
    /// Not JSON.
    #[error("the line is not JSON")]
    NotJson,
    /// JSON, but not a call.
    #[error("the line is JSON, but not an object")]
    NotAnObject,
}

// === impl Endpoint ===

impl Endpoint {
    /// The path of the API.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Decide => "/v1/decide",
            Self::Track => "/v1/track",
            Self::Batch => "/v1/batch",
        }
    }
}
