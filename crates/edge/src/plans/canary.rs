//! Trying a plan before it decides for anybody.
//!
//! Every campaign is asked about two customers who do not exist (a visitor of whom nothing is known; a
//! customer with orders and a cart) and about the page views of late that concern it ([`Cases`](super::cases)).
//! Each is asked alone, so that none is hidden behind another that takes its place on the page, and out of
//! schedule and layer and without limits and budgets, since what is tried is its rule. Nothing is recorded: budgets
//! are a ledger that is thrown away.
//!
//! A plan is refused when the rule of any campaign ends in a fault of its own in more than one of
//! [`CANARY_FAULTS_ONE_IN`] cases. That a rule has no value for a customer, CEL's error, is told and refuses
//! nothing: an attribute that few customers have is no defect. A rule that runs out of time is asked again,
//! for the machine may be busy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use decision::{Ledger, Plan, Question, Visit, decide};
use model::{
    Action, Alias, Campaign, CampaignKey, Currency, CustomerId, Event, Fault, FaultKind, Identity,
    Judgement, Limits, Money, Order, PagePattern, PageView, Product, Profile, Schedule, TenantKey,
    Timestamp, TraitValue, View,
};

use super::build::Built;
use super::cases::Case;
use super::complaint::Complaint;
use crate::clock::Clock;
use crate::limits::{CANARY_FAULTS_ONE_IN, CANARY_TIME_MAX, CANARY_TRIES_MAX};

/// What came of trying a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Page views of late that it was tried on.
    pub recorded: usize,
    /// Customers who do not exist that it was tried on.
    pub synthetic: usize,
    /// How often a rule was asked, over all campaigns.
    pub asked: u64,
    /// Whether the time was over before everything was asked.
    pub cut_short: bool,
    /// The campaigns whose rules did not always answer.
    pub faulty: Vec<Faulty>,
}

/// A campaign whose rule did not always answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faulty {
    /// The campaign.
    pub campaign: CampaignKey,
    /// Its file.
    pub file: Box<str>,
    /// How often it was asked.
    pub asked: u64,
    /// How often it did not answer, by what went wrong, with the words of the first time.
    pub faults: BTreeMap<FaultKind, (u64, Box<str>)>,
}

/// What a plan is tried on.
pub(crate) struct Trial<'a> {
    /// Whose plan it is.
    pub(crate) tenant: &'a TenantKey,
    /// The currency of the customers who do not exist.
    pub(crate) currency: Currency,
    /// Page views of late.
    pub(crate) recorded: &'a [Arc<Case>],
}

// === impl Trial ===

impl Trial<'_> {
    /// Tries a plan.
    ///
    /// # Errors
    /// When the plan cannot be made.
    pub(crate) fn run(&self, built: &Built, clock: Clock) -> Result<Outcome, Complaint> {
        let begun = clock.instant();
        let customers = customers(self.tenant, self.currency, clock.now());
        let mut outcome = Outcome {
            recorded: self.recorded.len(),
            synthetic: customers.len(),
            ..Outcome::default()
        };
        for place in 0..built.campaigns().len() {
            if begun.elapsed() > CANARY_TIME_MAX {
                outcome.cut_short = true;
                break;
            }
            let plan = built.alone(place, self.tenant, |campaign| {
                campaign.schedule = Schedule::default();
                campaign.limits = Limits::default();
                campaign.experiment.layer = None;
            })?;
            let campaign = &built.campaigns()[place].campaign;
            let view = Arc::new(view_of(campaign));
            let invented = customers.iter().map(|customer| Case {
                profile: Arc::clone(customer),
                view: Arc::clone(&view),
                now: customer.last_seen,
            });
            let recorded = self.recorded.iter().map(|case| Case::clone(case));
            let mut faulty = Faulty {
                campaign: campaign.key.clone(),
                file: built.file_of(&campaign.key).into(),
                asked: 0,
                faults: BTreeMap::new(),
            };
            for case in invented.chain(recorded) {
                if begun.elapsed() > CANARY_TIME_MAX {
                    outcome.cut_short = true;
                    break;
                }
                faulty.ask(&plan, &case);
            }
            outcome.asked += faulty.asked;
            if !faulty.faults.is_empty() {
                outcome.faulty.push(faulty);
            }
        }
        Ok(outcome)
    }
}

// === impl Outcome ===

impl Outcome {
    /// Why the plan must not come into force; empty when it may.
    pub(crate) fn complaints(&self) -> Vec<Complaint> {
        self.faulty.iter().filter_map(Faulty::complaint).collect()
    }
}

// === impl Faulty ===

impl Faulty {
    /// Asks the rule about one case.
    fn ask(&mut self, plan: &Plan, case: &Case) {
        let mut answer = judge(plan, case);
        for _ in 1..CANARY_TRIES_MAX {
            if !matches!(&answer, Answer::Fault(fault) if fault.kind == FaultKind::Timeout) {
                break;
            }
            answer = judge(plan, case);
        }
        if let Answer::Fault(Fault { kind, detail, .. }) = answer {
            self.faults.entry(kind).or_insert((0, detail)).0 += 1;
        } else if matches!(answer, Answer::NotAsked) {
            return;
        }
        self.asked += 1;
    }

    /// Why the campaign must not come into force, if it must not.
    fn complaint(&self) -> Option<Complaint> {
        let own = self.faults.iter().filter(|(kind, _)| is_the_rules(**kind));
        let count: u64 = own.clone().map(|(_, (count, _))| count).sum();
        // That a breaker opened says nothing of what went wrong before.
        let is_cause = |kind: FaultKind| kind != FaultKind::BreakerOpen;
        let (kind, (_, detail)) =
            own.max_by_key(|(kind, (count, _))| (is_cause(**kind), *count))?;
        if count.saturating_mul(CANARY_FAULTS_ONE_IN) <= self.asked {
            return None;
        }
        let Self { campaign, file, asked, .. } = self;
        let kind = kind.as_str();
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        let message = format!(
            "tried on {asked} page views, the rule of campaign {campaign} failed on {count} ({kind}{detail})"
        );
        Some(Complaint::file(file, &message, "mend the rule; nothing of this plan is in force"))
    }
}

enum Answer {
    NotAsked,
    Given,
    Fault(Fault),
}

/// Decides on one case by a plan of one campaign.
fn judge(plan: &Plan, case: &Case) -> Answer {
    let Case { profile, view, now } = case;
    let ledger = Ledger::new(Duration::ZERO);
    let mut claims = ledger.claims(Visit::First, *now);
    let mut decision = decide(plan, &mut claims, Question::new(profile, view, *now).explained());
    match decision.explanations.pop().map(|it| it.judgement) {
        None | Some(Judgement::OtherPage | Judgement::OtherPlacement) => Answer::NotAsked,
        Some(Judgement::Faulty(_)) => decision.faults.pop().map_or(Answer::NotAsked, Answer::Fault),
        Some(_) => Answer::Given,
    }
}

/// Whether it is the rule that is to blame.
const fn is_the_rules(kind: FaultKind) -> bool {
    use FaultKind::{
        BadAbi, BadOffer, BadUtf8, BreakerOpen, HostCalls, LogOutput, OutOfFuel, OutOfMemory,
        StackOverflow, Timeout, Trap,
    };
    match kind {
        Trap | StackOverflow | OutOfFuel | Timeout | OutOfMemory | HostCalls | LogOutput
        | BadAbi | BadUtf8 | BadOffer | BreakerOpen => true,
        FaultKind::DeadlineExceeded | FaultKind::NoSandbox | FaultKind::RuleError => false,
    }
}

/// A page that concerns a campaign.
fn view_of(campaign: &Campaign) -> View {
    let path: Box<str> = match campaign.pages.first() {
        None => "/".into(),
        Some(PagePattern::Exact(path) | PagePattern::Prefix(path)) => path.clone(),
    };
    View {
        url: format!("https://shop.example{path}").into(),
        path,
        locale: "en".into(),
        device: "desktop".into(),
        ..View::default()
    }
}

/// A visitor of whom nothing is known, and a customer of whom much is.
fn customers(tenant: &TenantKey, currency: Currency, now: Timestamp) -> [Arc<Profile>; 2] {
    const HOUR: Duration = Duration::from_secs(3_600);
    let id = |name| CustomerId::of(tenant, &Alias::anonymous(name));
    let visitor = Profile::new(tenant.clone(), id("canary-visitor"), now);
    let product = |id: &str, minor| Product {
        id: id.into(),
        price: Some(Money::from_minor(minor, currency)),
        quantity: 1,
    };
    let order = Order {
        id: "canary-order".into(),
        revenue: Some(Money::from_minor(12_000, currency)),
        discount_minor: 0,
        coupon: None,
        products: [product("canary-1", 12_000)].into(),
    };
    let traits = [("email".into(), TraitValue::Text("canary@shop.example".into()))];
    let history = [
        (40 * 24, "page", Action::Viewed(PageView { path: "/".into() })),
        (40 * 24, "Identify", Action::Identified(traits.into())),
        (40 * 24, "Order Completed", Action::OrderCompleted(order)),
        (2, "Product Viewed", Action::ProductViewed(product("canary-2", 4_990))),
        (1, "Product Added", Action::ProductAdded(product("canary-2", 4_990))),
        (0, "page", Action::Viewed(PageView { path: "/cart".into() })),
    ];
    let mut customer =
        Profile::new(tenant.clone(), id("canary-customer"), now.minus(41 * 24 * HOUR));
    for (hours_ago, name, action) in history {
        let at = now.minus(hours_ago * HOUR);
        let who = Identity::new(Some("canary-customer"), None).expect("a name");
        profiles::fold(
            &mut customer,
            &Event {
                message_id: name.into(),
                at,
                received_at: at,
                who,
                consent: [].into(),
                action,
                name: name.into(),
                properties: "".into(),
                measures: Box::default(),
            },
        );
    }
    [Arc::new(visitor), Arc::new(customer)]
}

#[cfg(test)]
mod tests;
