//! The keys of a file, as tables: what the reader looks up and what the JSON Schema is made of.
//!
//! A [`Key`] tells the name, an example of its line, what it means and what its value looks like. The
//! reader takes names and examples from it, and the JSON Schema all of it, so an editor
//! cannot offer what the reader refuses. A [`Shape`] is not a check: it says what a value looks like,
//! while the reader knows why a value is wrong and what to write instead.

use std::time::Duration;

use model::limits::KEY_BYTES_MAX;

/// A key that a section may have.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// A line that is right, such as `weight = 50`.
    pub(crate) example: &'static str,
    /// What it means, in the words of the reference.
    pub(crate) about: &'static str,
    /// What its value looks like.
    pub(crate) shape: Shape,
    /// Whether it must be there.
    pub(crate) is_required: bool,
    /// Another key without which it means nothing.
    pub(crate) needs: Option<Need>,
}

/// Where the key is that another one needs.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// In the same table.
    Beside(&'static str),
    /// In each of the tables below a key of the same table.
    InEach(&'static str, &'static str),
}

/// What a value looks like.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// `true` or `false`.
    Boolean,
    /// A whole number within a range, both ends included.
    Integer(i64, i64),
    /// Text that is not blank, of at most so many bytes.
    Text(usize),
    /// Text of a regular expression of JSON Schema, of at most so many bytes.
    Pattern(&'static str, usize),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A date and time, with or without an offset.
    Time,
    /// A whole number and a unit, within a range.
    Duration(Duration, Duration),
    /// From one to so many values of one shape, none twice.
    List(&'static Shape, usize),
    /// A table.
    Table(&'static Table),
    /// From so many to so many tables under double brackets.
    Tables(&'static Table, usize, usize),
    /// One to so many values of one shape, with names of a regular expression of JSON Schema.
    Named(&'static str, &'static Shape, usize),
}

/// The keys that a table may have.
pub(crate) struct Table {
    pub(crate) keys: &'static [Key],
    /// Sets of keys of which exactly one is there, whole; empty when there is no such choice.
    pub(crate) alternatives: &'static [&'static [&'static str]],
}

/// A name that people give to a thing, as [`model`] reads it.
pub(crate) const NAME: Shape = Shape::Pattern("^[a-z0-9][a-z0-9_-]*$", KEY_BYTES_MAX);

/// A key by its name and an example; the methods of [`Key`] say the rest.
pub(crate) const fn key(name: &'static str, example: &'static str) -> Key {
    Key { name, example, about: "", shape: Shape::Boolean, is_required: false, needs: None }
}

// === impl Key ===

impl Key {
    pub(crate) const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    pub(crate) const fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    pub(crate) const fn needs(self, need: Need) -> Self {
        Self { needs: Some(need), ..self }
    }

    /// The least and the greatest whole number that its value can be.
    pub(crate) const fn range(&self) -> (i64, i64) {
        match self.shape {
            Shape::Integer(least, most) => (least, most),
            _ => (i64::MIN, i64::MAX),
        }
    }

    /// The shortest and the longest time that its value can be.
    pub(crate) const fn spans(&self) -> (Duration, Duration) {
        match self.shape {
            Shape::Duration(least, most) => (least, most),
            _ => (Duration::ZERO, Duration::MAX),
        }
    }

    /// The keys of the table, or of each of the tables, that its value is.
    pub(crate) fn keys(&self) -> &'static [Key] {
        match self.shape {
            Shape::Table(table)
            | Shape::Tables(table, ..)
            | Shape::Named(_, &Shape::Table(table), _) => table.keys,
            _ => &[],
        }
    }
}

// === impl Table ===

impl Table {
    pub(crate) const fn of(keys: &'static [Key]) -> Self {
        Self { keys, alternatives: &[] }
    }
}
