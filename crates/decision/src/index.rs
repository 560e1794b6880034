//! Finds the campaigns that a page view can concern.
//!
//! A shop may have a thousand campaigns, of which a page concerns a few. For each placement there is a
//! map from exact paths and one from beginnings of paths; the beginnings are looked up by the few
//! lengths that occur, so the cost follows the number of different lengths and of campaigns found, not
//! the number of campaigns.

use std::collections::BTreeMap;

use model::{PagePattern, Placement, View};

/// A campaign's place in the order of the plan: 0 is asked first.
pub(crate) type Rank = usize;

/// The campaigns of a plan by placement and page.
#[derive(Debug, Default)]
pub(crate) struct Index {
    placements: BTreeMap<Placement, Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    /// Campaigns for every page.
    all: Vec<Rank>,
    exact: BTreeMap<Box<str>, Vec<Rank>>,
    prefixes: BTreeMap<Box<str>, Vec<Rank>>,
    /// The lengths in bytes that occur in `prefixes`, ascending.
    prefix_lengths: Vec<usize>,
}

// === impl Index ===

impl Index {
    /// Adds a campaign; an empty list of pages means all.
    pub(crate) fn insert(&mut self, rank: Rank, placement: &Placement, pages: &[PagePattern]) {
        let index = self.placements.entry(placement.clone()).or_default();
        if pages.is_empty() {
            index.all.push(rank);
        }
        for page in pages {
            match page {
                PagePattern::Exact(path) => index.exact.entry(path.clone()).or_default().push(rank),
                PagePattern::Prefix(prefix) => index.insert_prefix(rank, prefix),
            }
        }
    }

    /// The campaigns that a page view can concern, each once, in the order of the plan.
    pub(crate) fn candidates(&self, view: &View) -> Vec<Rank> {
        let mut found = Vec::new();
        if view.placements.is_empty() {
            self.placements.values().for_each(|pages| pages.find(&view.path, &mut found));
        }
        for placement in &view.placements {
            if let Some(pages) = self.placements.get(placement) {
                pages.find(&view.path, &mut found);
            }
        }
        found.sort_unstable();
        // A path may match several patterns of one campaign, and a page may name a placement twice.
        found.dedup();
        found
    }
}

// === impl Pages ===

impl Pages {
    fn insert_prefix(&mut self, rank: Rank, prefix: &str) {
        self.prefixes.entry(prefix.into()).or_default().push(rank);
        if let Err(place) = self.prefix_lengths.binary_search(&prefix.len()) {
            self.prefix_lengths.insert(place, prefix.len());
        }
    }

    fn find(&self, path: &str, found: &mut Vec<Rank>) {
        found.extend(&self.all);
        found.extend(self.exact.get(path).into_iter().flatten());
        // A length within a letter is the length of no beginning of this path.
        let beginnings = self
            .prefix_lengths
            .iter()
            .map_while(|&length| (length <= path.len()).then(|| path.get(..length)));
        for beginning in beginnings.flatten() {
            found.extend(self.prefixes.get(beginning).into_iter().flatten());
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{PagePattern, Placement, View};

    use super::Index;

    fn placement(name: &str) -> Placement {
        Placement::parse(name).expect("valid")
    }

    fn index(campaigns: &[(&str, &[&str])]) -> Index {
        let mut index = Index::default();
        for (rank, (place, pages)) in campaigns.iter().enumerate() {
            let pattern = |page: &&str| match page.strip_suffix('*') {
                Some(prefix) => PagePattern::Prefix(prefix.into()),
                None => PagePattern::Exact((*page).into()),
            };
            let pages: Vec<_> = pages.iter().map(pattern).collect();
            index.insert(rank, &placement(place), &pages);
        }
        index
    }

    fn found(index: &Index, path: &str, placements: &[&str]) -> Vec<usize> {
        let placements = placements.iter().map(|name| placement(name)).collect();
        index.candidates(&View { path: path.into(), placements, ..View::default() })
    }

    #[test]
    fn a_page_finds_its_campaigns_once_and_in_order() {
        let index = index(&[
            ("banner", &["/product/*", "/product/1", "/prod*"]),
            ("banner", &[]),
            ("banner", &["/cart"]),
            ("banner", &["/*"]),
            ("banner", &["/product/é*"]),
        ]);
        assert_eq!(found(&index, "/product/1", &["banner", "banner"]), [0, 1, 3]);
        assert_eq!(found(&index, "/cart", &["banner"]), [1, 2, 3]);
        assert_eq!(found(&index, "/prod", &["banner"]), [0, 1, 3]);
        assert_eq!(found(&index, "/pro", &["banner"]), [1, 3]);
        assert_eq!(found(&index, "", &["banner"]), [1]);
        assert_eq!(found(&index, "/product/éclair", &["banner"]), [0, 1, 3, 4]);
        assert_eq!(found(&index, "/product/ê", &["banner"]), [0, 1, 3], "shares a byte with é");
    }

    #[test]
    fn a_page_finds_only_campaigns_of_the_placements_that_it_can_fill() {
        let index = index(&[("banner", &[]), ("interstitial", &[]), ("footer", &["/cart"])]);
        assert_eq!(found(&index, "/cart", &["footer", "banner"]), [0, 2]);
        assert_eq!(found(&index, "/", &["footer"]), [0; 0]);
        assert_eq!(found(&index, "/", &["sidebar"]), [0; 0]);
        assert_eq!(found(&index, "/cart", &[]), [0, 1, 2], "a page that names none can fill any");
    }
}
