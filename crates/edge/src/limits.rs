//! The bounds of the data plane, and what happens when one is reached.

use std::time::Duration;

/// Connections served at once; further ones wait in the kernel's accept queue.
pub(crate) const CONNECTIONS_MAX: usize = 16_384;

/// A connection whose request head has not arrived after this long is closed. It also bounds how long
/// a connection may stay idle between requests, and is longer than load balancers usually keep one, so
/// that none of them sends a request on a connection that is just being closed.
pub(crate) const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// A request whose body has not arrived after this long is answered 408.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of request head and unread body buffered for a connection; a longer head is answered 431.
pub(crate) const CONNECTION_BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Headers of a request; more are answered 431.
pub(crate) const HEADERS_MAX: usize = 64;

/// Bytes of a body that is too long which are read and thrown away so that its sender hears why; on one
/// that is longer still the connection is closed.
pub(crate) const BODY_DISCARDED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A longer decide body is answered 413.
pub(crate) const DECIDE_BODY_BYTES_MAX: usize = 32 * 1024;

/// What a page has for longer is counted as shown once more, and for no longer does any token of a show hold. An answer
/// may be kept for a day and still stand for the show that was recorded with it; a customer's limits go on counting.
pub(crate) const ON_PAGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A decision before which others about the same customer are recorded so often is not recorded any more, and shows no
/// more than what needs no record. A limit for one customer is reached before that, unless a page view has many of them.
pub(crate) const OVERTAKEN_MAX: usize = 32;

/// Further tags of an `If-None-Match` are passed over: a page has one answer, and a client keeps few.
pub(crate) const ENTITY_TAGS_MAX: usize = 8;

/// A longer ingest body is answered 400, as the Segment specification has it. Clients count 500 KB
/// before their own envelope, so a little more is let through.
pub(crate) const INGEST_BODY_BYTES_MAX: usize = 512 * 1024;

/// A longer redeem body is answered 413.
pub(crate) const REDEEM_BODY_BYTES_MAX: usize = 4 * 1024;

/// A longer text is no token; the longest that is made is far shorter.
pub(crate) const TOKEN_BYTES_MAX: usize = 1_024;

/// A larger record of budgets stops the start as damaged.
pub(crate) const BUDGETS_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Campaigns whose budgets are told as metrics; of more, the first by name are.
pub(crate) const BUDGET_SERIES_MAX: usize = 1_000;

/// Events of a batch recorded before other requests of the same worker get their turn.
pub(crate) const EVENTS_PER_TURN: usize = 64;

/// How long a drain waits for requests in flight before it closes their connections.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long `GET /v1/totals` waits for the live figures to reach what was recorded before it; after
/// that it answers with what there is.
pub(crate) const TOTALS_WAIT: Duration = Duration::from_secs(5);

/// Whole seconds told to a client in `Retry-After` when the journal is behind.
pub(crate) const RETRY_AFTER_S: u32 = 1;

/// How often the hot map is brought back within its byte budget; checkpoints may be asked for more
/// often than that.
pub(crate) const EVICT_INTERVAL: Duration = Duration::from_millis(500);

/// How often the key file is looked at, so that a revoked key stops working within this time.
pub(crate) const KEYS_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A larger file of variables for an expression is refused.
pub(crate) const VARIABLES_BYTES_MAX: u64 = 1024 * 1024;

/// A longer id of a unit to assign ends the command, which tells where it stands.
pub(crate) const UNIT_BYTES_MAX: usize = 4_096;

/// Sandboxes of a command that runs rules, which asks one after the other.
pub(crate) const COMMAND_SANDBOXES_MAX: u32 = 4;

/// Customers whom a preview names, of those that a campaign is for; it counts them all.
pub(crate) const PREVIEW_SAMPLE_MAX: usize = 10;

/// How often a copy of the profiles is made anew when it was torn; then the command tells why.
pub(crate) const SNAPSHOT_TRIES_MAX: u32 = 5;

/// Bytes of hot profiles of a private copy; beyond it they go to the copy on disk.
pub(crate) const SNAPSHOT_HOT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A larger configuration file is refused.
pub(crate) const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// Campaign files of one tenant; a plan of more is refused.
pub(crate) const CAMPAIGNS_MAX: usize = 2_000;

/// Plugins that the campaigns of one tenant name; a plan of more is refused.
pub(crate) const PLUGIN_FILES_MAX: usize = CAMPAIGNS_MAX;

/// A plan with a longer campaign file or plugin is refused; the bounds of `rules` and of the plugin gate are
/// lower.
pub(crate) const RULE_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Files of a bundle, golden cases among them; one of more is refused unread.
pub(crate) const PLAN_FILES_MAX: usize = 2 * CAMPAIGNS_MAX + PLUGIN_FILES_MAX + 3;

/// All files of a plan together; a larger one is refused.
pub(crate) const PLAN_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Once a plan has so many mistakes, its other files are not read until these are mended.
pub(crate) const PLAN_COMPLAINTS_MAX: usize = 1_000;

/// Versions of each tenant's plan that are kept to fall back to; of more, the oldest are deleted.
pub(crate) const PLAN_VERSIONS_KEPT_MAX: usize = 16;

/// A larger record of plan versions stops the start.
pub(crate) const PLAN_VERSIONS_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Of so many page views of a tenant one is kept for trying new plans on.
pub(crate) const CANARY_CASE_EVERY: u64 = 64;

/// Page views of each tenant that are kept for trying new plans on; a further one takes the place of the
/// oldest. Each may hold on to a profile, beyond the memory for hot ones.
pub(crate) const CANARY_CASES_MAX: usize = 32;

/// A plan is refused when a campaign's rule fails in more than one of so many cases that it is tried on.
pub(crate) const CANARY_FAULTS_ONE_IN: u64 = 20;

/// How often a rule that runs out of time is asked about one case; the last time counts.
pub(crate) const CANARY_TRIES_MAX: u32 = 3;

/// Trying a plan ends after this long with what is known by then.
pub(crate) const CANARY_TIME_MAX: Duration = Duration::from_secs(5);

/// How often folders of campaigns are looked at. A change is in force after two looks and the time that
/// compiling it takes.
pub(crate) const PLANS_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How often the looks between two tries of a folder that cannot be dealt with double; from then on it is
/// tried about once a minute.
pub(crate) const RETRY_DOUBLINGS_MAX: u32 = 6;

/// Tenants of one installation; more stop the start.
pub(crate) const TENANTS_MAX: usize = 1_000;

/// Origins that a tenant may list for browsers; more stop the start.
pub(crate) const ORIGINS_MAX: usize = 100;

/// Sandboxes alive at once, one for each plugin call in flight and one for the rules in CEL of each page
/// view; a further one is a fault.
pub(crate) const SANDBOXES_MAX: u32 = 256;

const _: () = assert!(BODY_TIMEOUT.as_secs() < DRAIN_TIMEOUT.as_secs());
const _: () = assert!(DECIDE_BODY_BYTES_MAX < INGEST_BODY_BYTES_MAX);
// What is on a page is not forgotten for another campaign.
const _: () = assert!(ON_PAGE_MAX.as_secs() <= decision::limits::MET_OF_LATE.as_secs());
// All tokens of a show are void before it is forgotten that one was redeemed, also when the clock was set back by as long.
const _: () =
    assert!(2 * ON_PAGE_MAX.as_secs() <= profiles::limits::REDEEMED_HOURS.unsigned_abs() * 3_600);
const _: () = assert!(rules::limits::TOKEN_VALID_MAX.as_secs() <= ON_PAGE_MAX.as_secs());
const _: () = assert!(CAMPAIGNS_MAX <= decision::limits::CAMPAIGNS_MAX);
const _: () = assert!(INGEST_BODY_BYTES_MAX < BODY_DISCARDED_BYTES_MAX);
