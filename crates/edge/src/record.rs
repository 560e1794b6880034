//! Recording: the one way by which anything that happened gets into memory and onto disk.
//!
//! An event is admitted once, folded into its customer's profile and appended to the journal under the
//! locks of its deduplication keys and of its customer, in that order. So the journal has the events
//! of a customer in the order in which the profile saw them, and replaying it gives the same profile.
//!
//! ```text
//!   join profiles, if the event says so   a record of its own; doing it again does nothing
//!   reserve room in the journal          refuse here, before anything changed
//!     lock messageId and order_id        a duplicate is told only after the first is appended
//!       lock the customer
//!         lock the budgets concerned     a page confirms a show, or a decision keeps what it reserved
//!           settle, fold, append, note the lsn
//! ```
//!
//! Nothing here waits for the disk. Who must not answer before an event is durable waits for the
//! position that [`Recorded::lsn`] gives.

use std::sync::Arc;
use std::time::Duration;

use decision::{Claims, Confirmation, Ledger};
use journal::record::{Body, Record, Via, encode};
use journal::{AppendError, Journal, Permit};
use model::{
    Action, Alias, Change, CustomerId, Event, Exposure, Met, Profile, Redemption, TenantKey,
    Timestamp,
};
use profiles::limits::{REDEEMED_HOURS, WINDOW_HOURS};
use profiles::{Admission, EventKey, Known, Store, StoreError, UpdateError};
use uuid::Uuid;

use crate::segment::refunded_in;

/// Records events and exposures in the journal, in the profiles and in the budgets.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    journal: Arc<Journal>,
    store: Arc<Store>,
    ledger: Arc<Ledger>,
}

/// Who gave an event its `messageId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The client, who may send it again.
    ByClient,
    /// This server: it cannot come again, so it is not remembered.
    ByUs,
}

/// Whom a merge may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joins {
    /// Also two people, because the shop says so.
    Anybody,
    /// A browser with whoever signs in on it.
    BrowsersOnly,
}

/// The position by which the store is told to leave everything as it was.
const UNCHANGED: u64 = 0;

/// What became of an event.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// It was new.
    Now {
        /// Once the journal is durable up to here, so is the event.
        lsn: u64,
        /// The customer after it. A profile that somebody holds must be copied to change, so whoever
        /// does not need it lets it go.
        profile: Arc<Profile>,
    },
    /// It had been recorded before, and nothing was done.
    Before {
        /// Once the journal is durable up to here, so is the event.
        lsn: u64,
        /// Whose it is.
        customer: CustomerId,
    },
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposed {
    /// It is recorded.
    Now {
        /// The time as of which it is.
        at: Timestamp,
    },
    /// Another one was recorded since, and the customer has met a limited campaign once more. Nothing was done.
    Overtaken,
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redeemed {
    /// It was redeemed, once the journal is durable up to here.
    Now {
        /// The position of the record.
        lsn: u64,
    },
    /// It had been redeemed before, once the journal is durable up to here.
    Before {
        /// A position not before that of the record.
        lsn: u64,
        /// The beginning of the hour in which that was.
        hour: Timestamp,
    },
    /// Its time is over, and nothing was done.
    Expired,
}

/// Why an event could not be recorded. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// The journal takes no more at the moment, or at all.
    #[error("the journal does not take the record")]
    Journal(#[from] AppendError),
    /// The customer's profile cannot be loaded.
    #[error("the profile cannot be loaded")]
    Store(#[source] Box<StoreError>),
}

// === impl Recorded ===

impl Recorded {
    /// Once the journal is durable up to here, so is the event, whether it was new or not.
    pub(crate) const fn lsn(&self) -> u64 {
        match self {
            Self::Now { lsn, .. } | Self::Before { lsn, .. } => *lsn,
        }
    }
}

// === impl RecordError ===

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

// === impl Recorder ===

impl Recorder {
    pub(crate) fn new(journal: Arc<Journal>, store: Arc<Store>, ledger: Arc<Ledger>) -> Self {
        Self { journal, store, ledger }
    }

    /// Records an event of a tenant's customer, merging profiles where the event says that two names
    /// are one customer's.
    pub(crate) fn event(
        &self,
        tenant: &TenantKey,
        mut event: Event,
        via: Via,
        named: Named,
    ) -> Result<Recorded, RecordError> {
        let customer = self.customer(tenant, &event)?;
        let mut keys = [EventKey::message(tenant, &event.message_id); 2];
        let keys = match (&event.action, named) {
            (Action::OrderCompleted(order), _) => {
                keys[1] = EventKey::order(tenant, &order.id);
                &keys[..]
            }
            (_, Named::ByClient) => &keys[..1],
            (_, Named::ByUs) => &[],
        };
        let permit = self.journal.reserve()?;
        let (at, received_at) = (event.at, event.received_at);
        let admission = self.store.window().admit(keys, received_at, || {
            let update = self.store.update_and_read(tenant, customer, at, |profile, known| {
                settle(profile, &mut event);
                let mut change = profiles::fold(profile, &event);
                change.customers = i8::from(known == Known::New);
                let customer = profile.id;
                let confirmation = Confirmation::of(&event);
                let append =
                    || append(permit, tenant, customer, Body::Event { event, via }, change);
                let lsn = match confirmation {
                    Some(confirmation) => {
                        self.ledger.confirm(tenant, customer, &confirmation, append)
                    }
                    None => append(),
                };
                Ok::<_, RecordError>((lsn, lsn))
            });
            update.map_err(flat)
        });
        match admission? {
            Admission::New((lsn, profile)) => Ok(Recorded::Now { lsn, profile }),
            Admission::Duplicate => {
                Ok(Recorded::Before { lsn: self.journal.appended_lsn(), customer })
            }
        }
    }

    /// The beginning of the hour in which the event of a name was recorded, for one that is known to have been, at `now`.
    pub(crate) fn recorded_in_hour(
        &self,
        tenant: &TenantKey,
        message_id: &str,
        now: Timestamp,
    ) -> Timestamp {
        let hour = self.store.window().seen_in_hour(EventKey::message(tenant, message_id));
        // Forgotten in this instant, it was recorded a day ago.
        hour.unwrap_or_else(|| hours_before(now, WINDOW_HOURS))
    }

    /// Records what a decision showed or withheld, and keeps reserved what it has reserved. When that
    /// is not done, everything is given back.
    pub(crate) fn exposures(
        &self,
        tenant: &TenantKey,
        customer: CustomerId,
        shown: Shown,
        claims: Claims<'_>,
    ) -> Result<Exposed, RecordError> {
        let permit = self.journal.reserve()?;
        let Shown { decision, plan_version, at, exposures, met } = shown;
        let update = self.store.update(tenant, customer, at, |profile, known| {
            let is_so = |met: &Met| profile.exposures_since(&met.campaign, met.since) == met.times;
            if !met.iter().all(is_so) {
                return Ok((Exposed::Overtaken, UNCHANGED));
            }
            let at = profile.exposed_at(at);
            let decision = decision.as_u128();
            let mut change = profiles::fold_exposures(profile, at, decision, &exposures);
            change.customers = i8::from(known == Known::New);
            let lsn = claims.keep(profile.id, |charges| {
                let body = Body::Exposed { decision, plan_version, at, exposures, charges };
                append(permit, tenant, profile.id, body, change)
            });
            Ok::<_, RecordError>((Exposed::Now { at }, lsn))
        });
        update.map_err(flat)
    }

    /// Redeems a token that is valid before `expires_at`, once.
    pub(crate) fn redemption(
        &self,
        tenant: &TenantKey,
        customer: CustomerId,
        redemption: Redemption,
        expires_at: Timestamp,
    ) -> Result<Redeemed, RecordError> {
        let permit = self.journal.reserve()?;
        let key = EventKey::token(tenant, redemption.token);
        let at = redemption.at;
        let window = self.store.redemptions();
        let admission = window.admit(&[key], at, || {
            if expires_at <= at {
                return Err(None);
            }
            let update = self.store.update(tenant, customer, at, |profile, known| {
                let mut change = profiles::fold_redemption(profile, &redemption);
                change.customers = i8::from(known == Known::New);
                let body = Body::Redeemed(redemption);
                let lsn = append(permit, tenant, profile.id, body, change);
                Ok::<_, RecordError>((lsn, lsn))
            });
            update.map_err(|error| Some(flat(error)))
        });
        match admission {
            Ok(Admission::New(lsn)) => Ok(Redeemed::Now { lsn }),
            Ok(Admission::Duplicate) => Ok(Redeemed::Before {
                lsn: self.journal.appended_lsn(),
                // Forgotten in this instant, it was redeemed two days ago.
                hour: window.seen_in_hour(key).unwrap_or_else(|| hours_before(at, REDEEMED_HOURS)),
            }),
            Err(None) => Ok(Redeemed::Expired),
            Err(Some(error)) => Err(error),
        }
    }

    /// The profile as it is now.
    pub(crate) fn profile(&self, id: CustomerId) -> Result<Option<Arc<Profile>>, StoreError> {
        self.store.read(id)
    }

    /// Whether recording the event needs no disk read: every name that [`Self::customer`] looks at is
    /// in memory.
    pub(crate) fn is_hot(&self, tenant: &TenantKey, event: &Event) -> bool {
        let hot = |alias: &Alias| self.store.is_hot(CustomerId::of(tenant, alias));
        hot(event.who.primary())
            && match (&event.action, event.who.also_anonymous()) {
                (Action::Aliased(previous), _) => {
                    hot(previous) && hot(&Alias::user(&previous.name))
                }
                (Action::Identified(_), Some(browser)) => hot(browser),
                _ => true,
            }
    }

    /// Whether [`Self::profile`] needs no disk read.
    pub(crate) fn is_hot_profile(&self, id: CustomerId) -> bool {
        self.store.is_hot(id)
    }

    /// The position up to which all records made so far will be durable.
    pub(crate) fn appended_lsn(&self) -> u64 {
        self.journal.appended_lsn()
    }

    /// Whose event this is, after the merge that it may ask for. The id may have been merged away
    /// since; whoever locks the customer follows it.
    ///
    /// `alias` merges whatever it names. `identify` merges the browser into the person, but not one
    /// person into another: a browser that two people share stays with the first.
    fn customer(&self, tenant: &TenantKey, event: &Event) -> Result<CustomerId, RecordError> {
        let primary = event.who.primary();
        let (other, joins) = match (&event.action, event.who.also_anonymous()) {
            (Action::Aliased(previous), _) => (self.previous(tenant, previous)?, Joins::Anybody),
            (Action::Identified(_), Some(browser)) => {
                (self.resolve(tenant, browser)?, Joins::BrowsersOnly)
            }
            _ => return Ok(CustomerId::of(tenant, primary)),
        };
        let customer = self.resolve(tenant, primary)?;
        if other == customer || (joins == Joins::BrowsersOnly && other.is_user()) {
            return Ok(customer);
        }
        self.merge(tenant, customer, other, joins, event.at)
    }

    fn resolve(&self, tenant: &TenantKey, alias: &Alias) -> Result<CustomerId, StoreError> {
        self.store.resolve(CustomerId::of(tenant, alias))
    }

    /// Whom an `alias` call means by `previousId`: it does not say whether that is a browser or a
    /// person, so a person of this name goes before.
    fn previous(&self, tenant: &TenantKey, alias: &Alias) -> Result<CustomerId, StoreError> {
        let person = self.resolve(tenant, &Alias::user(&alias.name))?;
        match self.store.read(person)? {
            Some(_) => Ok(person),
            None => self.resolve(tenant, alias),
        }
    }

    fn merge(
        &self,
        tenant: &TenantKey,
        one: CustomerId,
        other: CustomerId,
        joins: Joins,
        at: Timestamp,
    ) -> Result<CustomerId, RecordError> {
        let permit = self.journal.reserve()?;
        let merged = self.store.merge(tenant, one, other, at, |profile, absorbed, change| {
            if joins == Joins::BrowsersOnly && absorbed.is_user() {
                // Somebody else has signed in on this browser since the caller looked.
                return Ok((one, UNCHANGED));
            }
            // Before the record, so that no snapshot can have the one without the other.
            self.ledger.merge(tenant, profile.id, absorbed);
            let body = Body::Merged { absorbed, at };
            let lsn = append(permit, tenant, profile.id, body, change.clone());
            Ok::<_, RecordError>((profile.id, lsn))
        });
        Ok(merged.map_err(flat)?.unwrap_or(one))
    }
}

/// Completes an event by what is known of its customer when it is recorded, so that the journal has it as it
/// counts: when it happened beside an exposure of that moment, and how much was paid back by a refund that names
/// no currency, which is that of its order.
fn settle(profile: &Profile, event: &mut Event) {
    event.at = profiles::happened_at(profile, event);
    let Action::OrderRefunded { order_id, amount: Some(amount) } = &event.action else { return };
    let of_order = profiles::currency_of_order(profile, order_id);
    let other = of_order.filter(|currency| *currency != amount.currency);
    // One that names its currency reads the same again.
    if let Some(refund) = other.and_then(|currency| refunded_in(event, currency)) {
        event.action = refund;
    }
}

fn hours_before(time: Timestamp, hours: i64) -> Timestamp {
    time.minus(Duration::from_secs(hours.unsigned_abs() * 3_600))
}

fn append(
    permit: Permit<'_>,
    tenant: &TenantKey,
    customer: CustomerId,
    body: Body,
    change: Change,
) -> u64 {
    let record = Record { tenant: tenant.clone(), customer, body, change };
    permit.append(record.kind(), |buffer| encode(&record, buffer))
}

fn flat(error: UpdateError<RecordError>) -> RecordError {
    match error {
        UpdateError::Caller(error) => error,
        UpdateError::Store(error) => error.into(),
    }
}

/// What a decision showed or withheld.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) decision: Uuid,
    pub(crate) plan_version: u64,
    pub(crate) at: Timestamp,
    pub(crate) exposures: Vec<Exposure>,
    /// How often the customer has met those of them before that have a limit.
    pub(crate) met: Vec<Met>,
}

#[cfg(test)]
mod tests;
