//! The bounds of a campaign file, and what happens when one is reached.
//!
//! A campaign is read by people and held in memory by every node, so it stays small. Unless another
//! consequence is named, a file that goes beyond a bound is refused with a message that tells it.

use std::time::Duration;

/// A larger file is refused unread.
pub const FILE_BYTES_MAX: usize = 64 * 1024;

/// Further mistakes of the same file are not told until the first ones are mended.
pub const DIAGNOSTICS_MAX: usize = 100;

/// A source line is shown around the mistake, in this many characters.
pub const SHOWN_LINE_CHARS_MAX: usize = 120;

/// Written variants of an experiment, without those who are held out; the report compares each with the control.
pub const VARIANTS_MAX: usize = 16;

/// The sum of all weights: six digits divide customers finely enough.
pub const WEIGHTS_TOTAL_MAX: u32 = 1_000_000;

/// Offers of a campaign; each variant has at most one.
pub const OFFERS_MAX: usize = VARIANTS_MAX;

/// Languages of an offer.
pub const LOCALES_MAX: usize = 32;

/// A language tag, such as `de-AT`.
pub const LOCALE_BYTES_MAX: usize = 35;

/// The heading of an offer.
pub const TITLE_BYTES_MAX: usize = 200;

/// The text of an offer.
pub const BODY_BYTES_MAX: usize = 2_000;

/// What is written on the button.
pub const ACTION_BYTES_MAX: usize = 100;

/// The name of a value in a text, such as `{minutes}`.
pub const PLACEHOLDER_BYTES_MAX: usize = 64;

/// Pages of a campaign.
pub const PAGES_MAX: usize = 64;

/// A path in `pages`, and the path of a plugin.
pub const PATH_BYTES_MAX: usize = 1_024;

/// The link of an offer; a longer one is a mistake that is told.
pub const LINK_BYTES_MAX: usize = 2_048;

/// The name of a time zone; the longest there is has half as many letters.
pub const TIMEZONE_BYTES_MAX: usize = 64;

/// An amount of money, with its decimals; no 64-bit amount has more digits.
pub const AMOUNT_BYTES_MAX: usize = 20;

/// Places in a layer, of which a campaign has a range: its bounds are per cent of all customers. A layer has no
/// room for more campaigns than this.
pub const LAYER_PLACES: u8 = 100;

/// Per cent of the eligible customers whom a campaign can hold out: with more, most of what it does is nothing.
pub const HOLDOUT_PERCENT_MAX: u8 = 50;

/// The salt of an experiment.
pub const SALT_BYTES_MAX: usize = 64;

/// A longer name of a goal's event is a mistake; the data plane takes no event of a longer name.
pub const EVENT_BYTES_MAX: usize = 256;

/// A longer name of the property that a goal sums is a mistake.
pub const PROPERTY_BYTES_MAX: usize = 256;

/// The priority of a campaign, above and below 0.
pub const PRIORITY_MAX: i32 = 1_000_000;

/// The time within which an order counts as the campaign's; later ones say more about the shop.
pub const WINDOW_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The shows to one customer within a time; a profile remembers when the newest few were, not more.
pub const CUSTOMER_SHOWS_MAX: usize = model::limits::CAMPAIGN_EXPOSURES_MAX;

/// The time over which the shows to one customer are counted.
pub const WITHIN_MAX: Duration = WINDOW_MAX;

/// The budget of shows; more than any campaign needs, and far from where counting overflows.
pub const BUDGET_SHOWS_MAX: u64 = 1_000_000_000_000;

/// A token for redeeming is valid for at least this long; a shorter time could not be used.
pub const TOKEN_VALID_MIN: Duration = Duration::from_secs(60);

/// A token for redeeming is valid for at most this long, because redeemed tokens are remembered for
/// 24 hours: a token that lived longer could be redeemed again.
pub const TOKEN_VALID_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The text of a rule or segment.
pub const RULE_TEXT_BYTES_MAX: usize = 8_192;

/// Segments of a tenant.
pub const SEGMENTS_MAX: usize = 256;

/// Segments that use one another, in a chain; a longer one is refused, because nobody could tell any
/// more what it says.
pub const SEGMENT_CHAIN_MAX: usize = 8;

/// Cases of a campaign; they are read by people, too.
pub const CASES_MAX: usize = 256;

/// Traits that a tenant declares.
pub const TRAITS_MAX: usize = 256;

// --- Compiled rules. A rule that goes beyond a bound is refused with the plan that it is part of.

/// Rules of a plan; the campaigns of one tenant.
pub const RULES_MAX: usize = 4_096;

/// What a rule adds to the module in bytes, without what rules before it brought. The cart-rescue rule
/// has about 200.
pub const RULE_BYTES_MAX: usize = 32 << 10;

/// All rules of a plan together, in bytes of WebAssembly. A thousand of some size have 400 kB, which
/// take the compiler a second.
pub const PROGRAM_BYTES_MAX: usize = 1 << 20;

/// One function in bytes; register allocation takes more than linear time.
pub const FUNCTION_BYTES_MAX: usize = 16 << 10;

/// Once a function has as many bytes, further expressions become functions of their own.
pub const FUNCTION_BYTES_SPLIT: usize = 4 << 10;

/// Once as many blocks are open, further expressions become functions of their own.
pub const NESTING_SPLIT: u32 = 32;

/// Locals of one function.
pub const FUNCTION_LOCALS_MAX: usize = 500;

/// Globals for values that rules share, segments not counted. Each takes some 3 ns of every page view;
/// what does not fit is evaluated each time, beginning with what saves least.
pub const SHARED_GLOBALS_MAX: u32 = 1_024;

const _: () = assert!(FUNCTION_BYTES_SPLIT < FUNCTION_BYTES_MAX);
const _: () = assert!(FUNCTION_BYTES_MAX <= RULE_BYTES_MAX && RULE_BYTES_MAX <= PROGRAM_BYTES_MAX);
const _: () = assert!(TOKEN_VALID_MIN.as_secs() < TOKEN_VALID_MAX.as_secs());

/// Expressions within one another, in the text of a rule; a rule that nests deeper is refused. Whatever
/// walks a rule recurses as deep, and the parser about ten times as deep.
pub const CEL_DEPTH_MAX: usize = 96;

/// Mistakes of one rule that are told at once.
pub const CEL_MISTAKES_MAX: usize = 20;

/// A text or bytes that a rule makes; the expression has no value when it would be longer.
pub const CEL_TEXT_BYTES_MAX: usize = 64 * 1024;

/// Elements of a list that a rule makes; the expression has no value when there would be more.
pub const CEL_ELEMENTS_MAX: usize = 4_096;

/// Values that one `==`, `!=` or `in` looks at; beyond, the expression has no value.
pub const CEL_COMPARED_MAX: usize = 65_536;

/// Steps of evaluating a rule outside of its sandbox; beyond, the rule has no value.
pub const CEL_STEPS_MAX: u32 = 1_000_000;

/// Steps for evaluating one constant macro; a longer one stays as it is, to be evaluated when asked for.
pub const CEL_FOLD_STEPS_MAX: u32 = 10_000;

/// Steps that the compilation of a pattern counts for, so that patterns are bounded with all else.
pub const CEL_PATTERN_STEPS: u32 = 1_000;

/// A constant that folding makes; a larger one stays an expression, to be made when asked for.
pub const CEL_FOLDED_BYTES_MAX: usize = 64 * 1024;

/// Sub-expressions whose values are told of one evaluation; those that follow are left out.
pub const CEL_TRACED_MAX: usize = 1_000;

/// A pattern of `matches`; a longer one is no pattern.
pub const CEL_PATTERN_BYTES_MAX: usize = 1_024;

/// What a pattern may take once compiled, and again while it searches; beyond, it is no pattern.
pub const CEL_PATTERN_COMPILED_BYTES_MAX: usize = 512 * 1024;

/// Groups within groups of a pattern; a deeper one is no pattern.
pub const CEL_PATTERN_NESTING_MAX: u32 = 50;

/// Digits after the point in a clause such as `%.2f`; the expression has no value when there are more.
pub const CEL_PRECISION_MAX: usize = 100;

/// A value as JSON text; a longer one is not shown, and the expression that made it is to blame.
pub const CEL_JSON_BYTES_MAX: usize = 1024 * 1024;

const _: () = assert!(BODY_BYTES_MAX + TITLE_BYTES_MAX < FILE_BYTES_MAX);
const _: () = assert!(OFFERS_MAX <= VARIANTS_MAX);
// Shares beside those who are held out are weights times per cents.
const _: () = assert!(WEIGHTS_TOTAL_MAX <= u32::MAX / 100);
const _: () = assert!(HOLDOUT_PERCENT_MAX < 100);
