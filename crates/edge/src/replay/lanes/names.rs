//! Which names of a log are one customer's.
//!
//! A forest: each name that was linked points to the name that stays, and the root of its tree names the
//! lane. Looking up halves the paths that it goes, so paths stay short.

use std::collections::HashMap;

use crate::replay::ReplayError;
use crate::replay::limits::LINKED_NAMES_MAX;

/// The names that point to another name.
#[derive(Debug, Default)]
pub(super) struct Names {
    places: HashMap<Box<str>, usize>,
    names: Vec<Box<str>>,
    points_to: Vec<usize>,
}

/// Two names whose customers have become one. They are equal where that was known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link<'a> {
    /// The name whose lane both use from now on.
    pub(super) stays: &'a str,
    /// The name whose lane the other has used so far.
    pub(super) joins: &'a str,
}

// === impl Names ===

impl Names {
    /// The name whose lane a name uses: itself, unless it was linked.
    pub(super) fn of<'a>(&'a self, name: &'a str) -> &'a str {
        match self.places.get(name) {
            Some(&place) => &self.names[self.root(place)],
            None => name,
        }
    }

    /// Notes that `name` and `also` are one customer's.
    pub(super) fn link(&mut self, name: &str, also: &str) -> Result<Link<'_>, ReplayError> {
        let (stays, joins) = (self.place(name)?, self.place(also)?);
        let (stays, joins) = (self.root_halving(stays), self.root_halving(joins));
        self.points_to[joins] = stays;
        Ok(Link { stays: &self.names[stays], joins: &self.names[joins] })
    }

    fn place(&mut self, name: &str) -> Result<usize, ReplayError> {
        if let Some(&place) = self.places.get(name) {
            return Ok(place);
        }
        let place = self.names.len();
        if place >= LINKED_NAMES_MAX {
            return Err(ReplayError::TooManyNames);
        }
        self.places.insert(name.into(), place);
        self.names.push(name.into());
        self.points_to.push(place);
        Ok(place)
    }

    fn root(&self, mut place: usize) -> usize {
        while self.points_to[place] != place {
            place = self.points_to[place];
        }
        place
    }

    fn root_halving(&mut self, mut place: usize) -> usize {
        while self.points_to[place] != place {
            self.points_to[place] = self.points_to[self.points_to[place]];
            place = self.points_to[place];
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::{Link, Names};

    #[test]
    fn a_name_that_was_never_linked_is_its_own() {
        assert_eq!(Names::default().of("a"), "a");
    }

    #[test]
    fn linked_names_use_one_lane_however_they_were_linked() {
        let mut names = Names::default();
        let link = names.link("u", "a").expect("room");
        assert_eq!(link, Link { stays: "u", joins: "a" });
        names.link("u", "b").expect("room");
        names.link("v", "c").expect("room");
        let link = names.link("v", "b").expect("room");
        assert_eq!(link, Link { stays: "v", joins: "u" });
        for name in ["u", "a", "b", "v", "c"] {
            assert_eq!(names.of(name), "v");
        }
    }

    #[test]
    fn linking_again_changes_nothing() {
        let mut names = Names::default();
        names.link("u", "a").expect("room");
        let again = names.link("a", "u").expect("room");
        assert_eq!(again, Link { stays: "u", joins: "u" });
        assert_eq!(names.of("u"), "u");
    }
}
