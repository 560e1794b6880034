//! The bounds of an experiment, and what happens when one is reached.

/// An experiment of more variants is refused; the report compares each with the control.
pub const VARIANTS_MAX: usize = 16;

/// An experiment whose weights add up to more is refused. The bound is flagd's (`math.MaxInt32`); with
/// a sum above 2^32 some variants could never be reached by a 32-bit hash.
pub const WEIGHTS_TOTAL_MAX: u32 = 2_147_483_647;
