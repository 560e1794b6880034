//! The bounds of a plan and of a decision, and what happens when one is reached.

/// A plan of more campaigns is refused; the one before it goes on.
pub const CAMPAIGNS_MAX: usize = 2_000;

/// Epochs of the plugin host, of a millisecond each, that all plugins of one decision may take
/// together. Campaigns whose turn comes later fault with `deadline-exceeded` and offer nothing. A call
/// that is under way is ended by its own deadline, so a decision takes at most the sum of both.
pub const DEADLINE_TICKS: u64 = 10;

// One plugin that hangs must leave time for the others.
const _: () = assert!(plugins::limits::DEADLINE_TICKS < DEADLINE_TICKS);
// What a campaign file may say, the assignment must be able to do.
const _: () = assert!(rules::limits::VARIANTS_MAX <= experiments::limits::VARIANTS_MAX);
const _: () = assert!(rules::limits::WEIGHTS_TOTAL_MAX <= experiments::limits::WEIGHTS_TOTAL_MAX);
