//! Budgets: how much of a campaign may still be shown.
//!
//! A campaign may have a budget of shows, of discount, or of both. A show is reserved at the moment of the
//! decision, confirmed when the page tells that the customer saw it, and released when that does not
//! happen in time:
//!
//! ```text
//!              decide                        Promotion Viewed or Clicked
//!   (room) --------------> reserved --------------------------------------> confirmed
//!      ^                      |                                                 ^
//!      +----------------------+ released after a time without confirmation     |
//!                                 |                                             |
//!                                 +---- seen after all, at most an hour late ---+
//! ```
//!
//! **What holds.** A show is reserved only while `confirmed + reserved + show <= budget`, under the
//! campaign's own lock, so however many page views come at once, no more is ever reserved than there is
//! room for. Confirming moves a show from one side of the sum to the other. The one way past the budget
//! is a customer who sees an offer after its show was released and the room given to somebody else. That
//! show did happen, so it is counted, and what lies beyond the budget is told as overrun ([`Standing`]).
//! Only what was reserved can be confirmed: events that a page makes up spend nothing.
//!
//! **How it survives.** The journal is the truth. An exposure carries what it reserved
//! ([`model::Charge`]), and confirmations are events. A reservation, its record and its place in the order
//! of records are made in one step under the campaign's lock, so each campaign knows the last record that
//! it has applied ([`Image::applied_lsn`]), and replaying applies each record once, however snapshot and
//! journal overlap. What a crash takes from the journal, being not yet durable, it takes from the ledger.
//!
//! **Locks.** A campaign's lock is taken after the customer's and before the journal's; of several
//! campaigns in the order of their names. The ledger knows no clock: whoever calls tells the time, which
//! is the server's own and not that of a client.
//!
//! Read on in `book`, the arithmetic of one campaign, and `holds`, what is reserved.

mod book;
mod holds;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use model::{Action, CampaignKey, Charge, CustomerId, Event, Limits, Money, TenantKey, Timestamp};

use crate::limits::{ACCOUNTS_MAX, CONFIRM_WITHIN_MAX};
use book::Book;
pub use book::{Confirmed, Image, Standing, Used};
pub use holds::Hold;

/// The budgets of all campaigns of all tenants, by name: they go on when a plan is replaced.
#[derive(Debug)]
pub struct Ledger {
    tenants: RwLock<HashMap<TenantKey, HashMap<CampaignKey, Arc<Account>>>>,
    confirm_within: Duration,
}

/// How a page view may use budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// It is new and recorded: its shows are reserved.
    First,
    /// It came before. What it showed or withheld then it does again, and nothing else is asked, recorded or reserved.
    Again,
    /// It cannot be recorded. What has a budget is not shown, for nobody would know of it.
    Unrecorded,
    /// It only looks, and is not to be recorded. What has room is shown, nothing is reserved, and no fault of a rule counts
    /// for stopping it.
    Preview,
}

/// What one decision has reserved. Dropped, it gives everything back; [`Self::keep`] keeps it.
#[derive(Debug)]
pub struct Claims<'l> {
    ledger: &'l Ledger,
    visit: Visit,
    /// The campaigns of which the page has the customer's arm already.
    on_page: Vec<CampaignKey>,
    now: Timestamp,
    taken: Vec<Taken>,
}

/// That a page has told of an offer of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    campaign: CampaignKey,
    /// When the server learned of it.
    at: Timestamp,
    sign: Sign,
}

/// How a page tells that an offer was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// `Promotion Viewed`: that is what it says, early or late.
    Viewed,
    /// `Promotion Clicked`: it confirms what is reserved, for a page that tells of clicks alone. What was
    /// released is left to a view, for a click usually follows one.
    Clicked,
}

/// One campaign's book, and the lock around it.
#[derive(Debug, Default)]
struct Account(Mutex<Book>);

#[derive(Debug)]
struct Taken {
    account: Arc<Account>,
    charge: Charge,
}

// === impl Ledger ===

impl Ledger {
    /// An empty ledger that releases a show `confirm_within` after its decision, or after the longest
    /// time that is allowed.
    pub fn new(confirm_within: Duration) -> Self {
        let confirm_within = confirm_within.min(CONFIRM_WITHIN_MAX);
        Self { tenants: RwLock::default(), confirm_within }
    }

    /// Nothing reserved yet, for the decision of one page view at `now`, the time of the server.
    pub fn claims(&self, visit: Visit, now: Timestamp) -> Claims<'_> {
        Claims { ledger: self, visit, on_page: Vec::new(), now, taken: Vec::new() }
    }

    /// Journals an event by `append`, which gives its position, and confirms the customer's oldest show
    /// of the campaign. The customer is locked.
    pub fn confirm(
        &self,
        tenant: &TenantKey,
        customer: CustomerId,
        confirmation: &Confirmation,
        append: impl FnOnce() -> u64,
    ) -> u64 {
        let Some(account) = self.find(tenant, &confirmation.campaign) else { return append() };
        let mut book = account.lock();
        let lsn = append();
        book.confirm(lsn, customer, confirmation.at, confirmation.sign);
        lsn
    }

    /// Has a customer who was merged away leave everything to the one who stays. To be called before
    /// the merge is journalled, with both customers locked; doing it again does nothing.
    pub fn merge(&self, tenant: &TenantKey, stays: CustomerId, absorbed: CustomerId) {
        for (_, account) in self.accounts(tenant) {
            account.lock().merge(stays, absorbed);
        }
    }

    /// Reserves again what a journalled exposure reserved.
    pub fn replay_exposed(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        charges: &[Charge],
    ) {
        for charge in charges {
            // A start with more campaigns than it may have had before forgets the rest.
            let Some(account) = self.find_or_open(tenant, &charge.campaign) else { continue };
            account.lock().replay_reserved(lsn, Hold::new(customer, charge));
        }
    }

    /// Confirms again what a journalled event confirmed.
    pub fn replay_confirmed(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        confirmation: &Confirmation,
    ) {
        let Some(account) = self.find(tenant, &confirmation.campaign) else { return };
        account.lock().replay_confirmed(lsn, customer, confirmation.at, confirmation.sign);
    }

    /// How much of a campaign's budget is used at `now`.
    pub fn standing(
        &self,
        tenant: &TenantKey,
        campaign: &CampaignKey,
        limits: &Limits,
        now: Timestamp,
    ) -> Standing {
        match self.find(tenant, campaign) {
            Some(account) => {
                let mut book = account.lock();
                book.settle(now);
                book.standing(limits)
            }
            None => Standing::default(),
        }
    }

    /// Every campaign's book as of the last record that it has applied, in no order. Each is whole in
    /// itself; what is reserved and not yet journalled is not in it.
    pub fn images(&self) -> Vec<Image> {
        let tenants: Vec<TenantKey> = read(&self.tenants).keys().cloned().collect();
        let mut images = Vec::new();
        for tenant in tenants {
            for (campaign, account) in self.accounts(&tenant) {
                images.push(account.lock().image(tenant.clone(), campaign));
            }
        }
        images
    }

    /// Takes a campaign's book from a snapshot, before anything else is done with the campaign.
    pub fn restore(&self, image: Image) {
        if let Some(account) = self.find_or_open(&image.tenant, &image.campaign) {
            *account.lock() = Book::of(image);
        }
    }

    fn find(&self, tenant: &TenantKey, campaign: &CampaignKey) -> Option<Arc<Account>> {
        read(&self.tenants).get(tenant)?.get(campaign).cloned()
    }

    /// The account of a campaign, opened if need be; `None` when the tenant has too many.
    fn find_or_open(&self, tenant: &TenantKey, campaign: &CampaignKey) -> Option<Arc<Account>> {
        if let Some(account) = self.find(tenant, campaign) {
            return Some(account);
        }
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        let accounts = tenants.entry(tenant.clone()).or_default();
        if accounts.len() >= ACCOUNTS_MAX && !accounts.contains_key(campaign) {
            return None;
        }
        Some(Arc::clone(accounts.entry(campaign.clone()).or_default()))
    }

    fn accounts(&self, tenant: &TenantKey) -> Vec<(CampaignKey, Arc<Account>)> {
        let tenants = read(&self.tenants);
        let accounts = tenants.get(tenant).into_iter().flatten();
        accounts.map(|(campaign, account)| (campaign.clone(), Arc::clone(account))).collect()
    }
}

// === impl Claims ===

impl Claims<'_> {
    /// Lets a page that asks again keep what it has of these campaigns, to which an exposure was recorded then.
    #[must_use]
    pub fn beside(mut self, on_page: Vec<CampaignKey>) -> Self {
        self.on_page = on_page;
        self
    }

    /// How the page view comes to one campaign: what is on the page is there again, and all that is not is as new as
    /// the page view. `None` when the page view is not to come to it at all.
    pub fn visit(&self, campaign: &CampaignKey) -> Option<Visit> {
        match (self.visit, self.on_page.contains(campaign)) {
            (Visit::First, true) => Some(Visit::Again),
            (Visit::Again, false) => None,
            (visit, _) => Some(visit),
        }
    }

    /// Whether it only looks.
    pub(crate) fn is_preview(&self) -> bool {
        self.visit == Visit::Preview
    }

    /// Whether a budget has room for one more show of this discount. Asked for every arm alike.
    pub(crate) fn have_room(
        &self,
        tenant: &TenantKey,
        campaign: &CampaignKey,
        limits: &Limits,
        discount: Option<Money>,
    ) -> bool {
        match self.visit(campaign) {
            // There was, when the show was reserved or withheld.
            Some(Visit::Again) => return true,
            Some(Visit::Unrecorded) | None => return false,
            Some(Visit::First | Visit::Preview) => {}
        }
        let Some(account) = self.ledger.find(tenant, campaign) else {
            return Book::default().has_room(limits, discount);
        };
        let mut book = account.lock();
        book.settle(self.now);
        book.has_room(limits, discount)
    }

    /// Reserves one show, if it is new; `false` when there is no more room.
    pub(crate) fn take(
        &mut self,
        tenant: &TenantKey,
        campaign: &CampaignKey,
        limits: &Limits,
        discount: Option<Money>,
    ) -> bool {
        if self.visit(campaign) != Some(Visit::First) {
            return self.have_room(tenant, campaign, limits, discount);
        }
        let Some(account) = self.ledger.find_or_open(tenant, campaign) else { return false };
        let mut book = account.lock();
        book.settle(self.now);
        if !book.has_room(limits, discount) {
            return false;
        }
        book.reserve(discount);
        drop(book);
        let charge = Charge {
            campaign: campaign.clone(),
            discount,
            confirm_until: self.now.plus(self.ledger.confirm_within),
        };
        self.taken.push(Taken { account, charge });
        true
    }

    /// Gives back at once what was reserved for other campaigns than this one, which are not shown.
    pub fn release_others(&mut self, campaign: &CampaignKey) {
        self.taken.retain(|taken| {
            let stays = taken.charge.campaign == *campaign;
            if !stays {
                taken.give_back();
            }
            stays
        });
    }

    /// Journals a decision by `append`, which is given what was reserved and gives the position of the
    /// record, and keeps it reserved for the customer, who is locked.
    pub fn keep(mut self, customer: CustomerId, append: impl FnOnce(Vec<Charge>) -> u64) -> u64 {
        self.taken.sort_by(|a, b| a.charge.campaign.cmp(&b.charge.campaign));
        let charges = self.taken.iter().map(|taken| taken.charge.clone()).collect();
        let mut books: Vec<_> =
            self.taken.iter().map(|taken| (taken.account.lock(), &taken.charge)).collect();
        let lsn = append(charges);
        for (book, charge) in &mut books {
            book.hold(lsn, Hold::new(customer, charge));
        }
        drop(books);
        // Nothing is left for the drop to give back.
        self.taken.clear();
        lsn
    }
}

impl Drop for Claims<'_> {
    fn drop(&mut self) {
        self.taken.iter().for_each(Taken::give_back);
    }
}

// === impl Taken ===

impl Taken {
    fn give_back(&self) {
        self.account.lock().give_back(self.charge.discount);
    }
}

// === impl Confirmation ===

impl Confirmation {
    /// What an event confirms, if anything.
    pub fn of(event: &Event) -> Option<Self> {
        let (promotion, sign) = match &event.action {
            Action::PromotionViewed(Some(promotion)) => (promotion, Sign::Viewed),
            Action::PromotionClicked(Some(promotion)) => (promotion, Sign::Clicked),
            _ => return None,
        };
        Some(Self { campaign: promotion.campaign.clone(), at: event.received_at, sign })
    }
}

// === impl Account ===

impl Account {
    /// A panic of whoever held it leaves the book whole: each change of it is a few additions.
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
