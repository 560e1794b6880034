//! What the hot map holds of one id, and how many bytes that takes.
//!
//! The estimate counts what the allocator hands out: every block rounded up to 16 bytes, with 8 of its
//! own, the `Arc`'s two counters, and the slot in the map with the room that the map keeps spare. The
//! names of tenants, campaigns and variants are shared with the plan and counted as pointers.
//!
//! To weigh a profile is to visit all that it owns, so an update does so only when the profile's
//! [`Shape`] has changed. One text in the place of another is weighed by the next checkpoint: until
//! then the estimate may be off by what the caps allow one profile.

use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{CustomerId, Money, Profile, TraitValue};

/// One id's place in the hot map.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) content: Content,
    pub(super) state: State,
    pub(super) chance: Chance,
    /// The estimate of [`Slot::weigh`].
    pub(super) bytes: u32,
}

/// What is known of an id.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A customer.
    Profile(Arc<Profile>),
    /// An id that was merged into another, smaller one.
    Moved(CustomerId),
}

/// How the slot stands to its row on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The row is the same.
    Clean,
    /// The slot is newer. Its id is in the dirty set.
    Dirty,
    /// A checkpoint is writing the row as it was.
    Writing,
}

/// How many entries a profile's collections hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    sizes: [usize; 9],
    in_tallies: usize,
}

/// Whether a slot was used since the clock's hand passed, and so has a second chance.
#[derive(Debug)]
pub(super) struct Chance(AtomicBool);

/// Key, slot, and what a table at seven eighths, doubled when full, keeps spare on average; and the
/// id's place in the clock's ring.
const MAP_BYTES: usize =
    (size_of::<CustomerId>() + size_of::<Slot>() + 1) * 3 / 2 + size_of::<CustomerId>();

// === impl Slot ===

impl Slot {
    /// A slot that a checkpoint has still to write.
    pub(super) fn dirty(content: Content) -> Self {
        Self::new(content, State::Dirty)
    }

    /// A slot as it was read from disk.
    pub(super) fn clean(content: Content) -> Self {
        Self::new(content, State::Clean)
    }

    fn new(content: Content, state: State) -> Self {
        let mut slot = Self { content, state, chance: Chance(AtomicBool::new(true)), bytes: 0 };
        slot.weigh();
        slot
    }

    /// Estimates the bytes anew.
    pub(super) fn weigh(&mut self) {
        let content = match &self.content {
            Content::Profile(profile) => profile_bytes(profile),
            Content::Moved(_) => 0,
        };
        self.bytes = u32::try_from(MAP_BYTES + content).unwrap_or(u32::MAX);
    }
}

// === impl State ===

impl State {
    /// Says that the slot is about to change; whether its id must be put into the dirty set.
    pub(super) fn soil(&mut self) -> bool {
        std::mem::replace(self, Self::Dirty) != Self::Dirty
    }
}

// === impl Chance ===

impl Chance {
    /// Gives a second chance.
    pub(super) fn give(&self) {
        // A cache line that others read is written only when that makes a difference.
        if !self.0.load(Ordering::Relaxed) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Takes the second chance; whether there was one.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

// === impl Content ===

impl Content {
    /// The id that this one was merged into.
    pub(super) fn moved_to(&self) -> Option<CustomerId> {
        match self {
            Self::Profile(_) => None,
            Self::Moved(to) => Some(*to),
        }
    }
}

// === impl Shape ===

impl Shape {
    /// Looks at the profile itself and its tallies, which every fold touches, and at nothing else.
    pub(super) fn of(profile: &Profile) -> Self {
        let tallies = profile.tallies.iter();
        Self {
            sizes: [
                profile.aliases.len(),
                profile.traits.len(),
                profile.consent.len(),
                profile.cart.lines.len(),
                profile.orders.len(),
                profile.outcomes.len(),
                profile.recent.len(),
                profile.enrolments.len(),
                profile.tallies.len(),
            ],
            in_tallies: tallies.map(|tally| tally.revenue.len() + tally.campaigns.len()).sum(),
        }
    }
}

/// The memory of a profile and all that it owns.
pub(super) fn profile_bytes(profile: &Profile) -> usize {
    let aliases = profile.aliases.iter().map(|seen| block(seen.alias.name.len()));
    let traits = profile.traits.iter().map(|known| {
        let text = if let TraitValue::Text(text) = &known.value { text.len() } else { 0 };
        block(known.name.len()) + block(text)
    });
    let consent = profile.consent.iter().map(|choice| block(choice.category.len()));
    let lines = profile.cart.lines.iter().map(|line| block(line.product.len()));
    let orders = profile.orders.iter().map(|order| {
        let products = order.placed.as_ref().map(|placed| entries(&placed.products));
        entries(&order.refunds) + products.unwrap_or(0)
    });
    let enrolments = profile.enrolments.iter();
    let enrolments = enrolments.map(|known| block(known.revenue_before.len() * size_of::<Money>()));
    let tallies = profile.tallies.iter().map(|tally| {
        let of_campaigns = tally.campaigns.iter().map(|counted| entries(&counted.revenue));
        entries(&tally.revenue) + entries(&tally.campaigns) + of_campaigns.sum::<usize>()
    });
    block(size_of::<Profile>() + 2 * size_of::<usize>())
        + entries(&profile.aliases)
        + entries(&profile.traits)
        + entries(&profile.consent)
        + entries(&profile.cart.lines)
        + entries(&profile.orders)
        + entries(&profile.outcomes)
        + entries(&profile.recent)
        + entries(&profile.enrolments)
        + entries(&profile.tallies)
        + aliases
            .chain(traits)
            .chain(consent)
            .chain(lines)
            .chain(orders)
            .chain(enrolments)
            .chain(tallies)
            .sum::<usize>()
}

fn entries<T>(entries: &[T]) -> usize {
    block(size_of_val(entries))
}

/// What the allocator takes for some bytes.
fn block(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16) }
}
