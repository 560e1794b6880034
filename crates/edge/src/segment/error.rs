//! What can be wrong with a body, and with one event in it.

use super::limits::{
    BATCH_EVENTS_MAX, EVENT_BYTES_MAX, EVENT_DEPTH_MAX, EVENT_NAME_BYTES_MAX, ORDER_ID_BYTES_MAX,
};

/// What is wrong with a body as a whole. The text is meant for the caller and repeats nothing of the
/// body but the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// More bytes than allowed.
    #[error("the body is larger than {bytes_max} bytes")]
    BodyTooLarge {
        /// How many are allowed.
        bytes_max: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the body is not UTF-8: byte {at} begins no character")]
    NotUtf8 {
        /// The first byte that is wrong, from 0.
        at: usize,
    },
    /// The text is not JSON.
    #[error("the body is not JSON: {problem}")]
    InvalidJson {
        /// What a JSON reader says, with line and column.
        problem: String,
    },
    /// The JSON is not an object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// A batch without the list of events.
    #[error("the body has no array `batch`")]
    MissingBatch,
    /// More events than allowed.
    #[error("the batch has {events} events; at most {BATCH_EVENTS_MAX} are allowed")]
    TooManyEvents {
        /// How many it has.
        events: usize,
    },
    /// A member that is not as it must be.
    #[error("`{field}` {problem}")]
    InvalidField {
        /// The member.
        field: &'static str,
        /// What it must be.
        problem: &'static str,
    },
    /// The one event of the body cannot be taken.
    #[error("{0}")]
    Event(SkipReason),
}

/// Why one event cannot be taken. The name is stable: it is the label of the metric and stands in
/// answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum SkipReason {
    /// An item of the batch is not a JSON object.
    #[error("the event is not a JSON object")]
    NotAnObject,
    /// More bytes than allowed.
    #[error("the event is larger than {EVENT_BYTES_MAX} bytes")]
    TooLarge,
    /// Deeper nesting than allowed.
    #[error("the event nests objects and arrays deeper than {EVENT_DEPTH_MAX}")]
    TooDeep,
    /// An item of the batch without `type`.
    #[error("`type` is missing: one of identify, track, page, screen, group and alias is needed")]
    MissingType,
    /// An item of the batch of a type that does not exist.
    #[error("`type` is none of identify, track, page, screen, group and alias")]
    UnknownType,
    /// `track` without a name.
    #[error("`event` is missing: a track call needs the name of what was done")]
    MissingEventName,
    /// A name that is too long.
    #[error("`event` is longer than {EVENT_NAME_BYTES_MAX} bytes")]
    EventNameTooLong,
    /// Neither id.
    #[error("one of `userId` and `anonymousId` is needed")]
    MissingId,
    /// An id that is neither text nor a number.
    #[error("`userId`, `anonymousId` and `previousId` must be text")]
    InvalidId,
    /// An id that is too long.
    #[error(
        "`userId`, `anonymousId` and `previousId` must be at most {max} bytes long",
        max = model::limits::ALIAS_BYTES_MAX
    )]
    IdTooLong,
    /// A `messageId` that is no text.
    #[error("`messageId` must be text")]
    InvalidMessageId,
    /// A `messageId` that is too long.
    #[error(
        "`messageId` must be at most {max} bytes long",
        max = model::limits::MESSAGE_ID_BYTES_MAX
    )]
    MessageIdTooLong,
    /// `alias` without the new name.
    #[error("`userId` is missing: an alias call needs the name that is to stay")]
    MissingUserId,
    /// `alias` without the old name.
    #[error("`previousId` is missing: an alias call needs the name that was used before")]
    MissingPreviousId,
    /// `group` without the group.
    #[error("`groupId` is missing: a group call needs the name of the group")]
    MissingGroupId,
    /// A time that cannot be read.
    #[error("`timestamp` and `originalTimestamp` must be RFC 3339, such as 2026-01-31T18:30:00Z")]
    InvalidTimestamp,
    /// A product event, or a line of a cart, without a product.
    #[error("`product_id` is missing, and so is `sku`")]
    MissingProduct,
    /// A quantity that cannot be.
    #[error("`quantity` must be a number and not negative")]
    InvalidQuantity,
    /// An amount of money that cannot be read.
    #[error("an amount of money must be a decimal number, such as 19.99")]
    InvalidAmount,
    /// A price below zero.
    #[error("a price must not be negative")]
    NegativePrice,
    /// A revenue, total, tax or shipping below zero.
    #[error("`revenue`, `total`, `tax` and `shipping` must not be negative")]
    NegativeAmount,
    /// A currency that does not exist.
    #[error("`currency` must be an ISO 4217 code such as EUR")]
    UnknownCurrency,
    /// An order event without the order.
    #[error("`order_id` is missing: without it an order that is sent again would count twice")]
    MissingOrderId,
    /// An order's name that is too long.
    #[error("`order_id` is longer than {ORDER_ID_BYTES_MAX} bytes")]
    OrderIdTooLong,
}

// === impl SkipReason ===

impl SkipReason {
    /// The stable name, in metrics and answers.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotAnObject => "not-an-object",
            Self::TooLarge => "event-too-large",
            Self::TooDeep => "event-too-deep",
            Self::MissingType => "missing-type",
            Self::UnknownType => "unknown-type",
            Self::MissingEventName => "missing-event-name",
            Self::EventNameTooLong => "event-name-too-long",
            Self::MissingId => "missing-id",
            Self::InvalidId => "invalid-id",
            Self::IdTooLong => "id-too-long",
            Self::InvalidMessageId => "invalid-message-id",
            Self::MessageIdTooLong => "message-id-too-long",
            Self::MissingUserId => "missing-user-id",
            Self::MissingPreviousId => "missing-previous-id",
            Self::MissingGroupId => "missing-group-id",
            Self::InvalidTimestamp => "invalid-timestamp",
            Self::MissingProduct => "missing-product",
            Self::InvalidQuantity => "invalid-quantity",
            Self::InvalidAmount => "invalid-amount",
            Self::NegativePrice => "negative-price",
            Self::NegativeAmount => "negative-amount",
            Self::UnknownCurrency => "unknown-currency",
            Self::MissingOrderId => "missing-order-id",
            Self::OrderIdTooLong => "order-id-too-long",
        }
    }
}

// === impl WireError ===

impl WireError {
    /// What a JSON reader's error means for the body as a whole.
    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        // Only a syntax error's text is passed on: a type error's text repeats the caller's data.
        if error.is_data() {
            return Self::NotAnObject;
        }
        Self::InvalidJson { problem: error.to_string() }
    }
}
