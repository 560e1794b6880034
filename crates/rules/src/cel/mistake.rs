//! A mistake in the text of a rule, before it is known in which file the text is.

use std::ops::Range;

/// A mistake in the text of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is, in bytes of the rule's text.
    pub span: Range<usize>,
    /// What is wrong, without a full stop.
    pub message: Box<str>,
    /// What to write instead.
    pub help: Box<str>,
}

// === impl Mistake ===

impl Mistake {
    /// A mistake.
    pub(super) fn new(
        span: Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) -> Self {
        Self { span, message: message.into(), help: help.into() }
    }
}
