//! A mistake in the text of a rule, before it is known in which file the text is.

use std::ops::Range;

use crate::limits::CEL_MISTAKES_MAX;

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

/// The mistakes found so far in one text.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Mistake>);

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

// === impl Mistakes ===

impl Mistakes {
    /// Notes a mistake, because of which there is nothing to go on with.
    pub(super) fn refuse<T>(
        &mut self,
        span: Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) -> Option<T> {
        self.0.push(Mistake::new(span, message, help));
        None
    }

    /// What was made of a text in which nothing was refused.
    ///
    /// # Errors
    /// With the first mistakes, in the order of the text, at most [`CEL_MISTAKES_MAX`].
    pub(super) fn or<T>(mut self, made: Option<T>) -> Result<T, Vec<Mistake>> {
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => {
                self.0.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
                self.0.truncate(CEL_MISTAKES_MAX);
                Err(self.0)
            }
        }
    }
}
