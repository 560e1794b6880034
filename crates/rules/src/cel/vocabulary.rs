//! What the rules of a tenant can use: names with types, and segments.
//!
//! A vocabulary is made once for a folder of campaigns ([`crate::vocabulary()`] reads it from the files)
//! and every rule of the folder is checked against it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Schema;
use super::tree::Segment;

/// What rules can use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    /// Names with their types.
    pub schema: Schema,
    /// Segments by name, each checked.
    pub segments: BTreeMap<Box<str>, Arc<Segment>>,
}

/// A trait that a tenant declares, so that rules can rely on its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredTrait {
    /// Its name, as in `customer.traits.vip`.
    pub name: Box<str>,
    /// What the shop tells under it.
    pub ty: TraitType,
}

/// The type of a trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraitType {
    /// `string`.
    Text,
    /// `double`.
    Number,
    /// `bool`.
    Flag,
}
