//! What says whether a customer is eligible, and asking it.
//!
//! A rule is a plugin, called in a sandbox of its own, or one of the plan's rules in CEL, which are one
//! module: the first that is asked on a page view makes its sandbox, and those after it use the same.
//! Whoever decides sees no difference. A rule in CEL is a condition, so it has nothing to suggest; where
//! it has no value for a customer, that is a fault of its campaign, and nobody is eligible by mistake.
//!
//! Not here: how either is run and bounded (`plugins`), and what comes of the answer (`decide`).

use std::fmt;
use std::sync::Arc;

use model::{CampaignKey, FaultKind};
use plugins::{Getters, GuestFault, Input, Plugin, RuleSet, Session, Shop, Suggestion};

use crate::seed::seed;

/// What says whether a customer is eligible for a campaign.
#[derive(Clone, Debug)]
pub enum Rule {
    /// A plugin.
    Plugin(Plugin),
    /// A rule in CEL, by its place in the plan's [`Compiled::set`].
    Compiled(usize),
}

/// The rules in CEL of a plan.
#[derive(Clone)]
pub struct Compiled {
    /// The rules, compiled to one module.
    pub set: RuleSet,
    /// Where the values come from, by the schema that the rules were compiled with.
    pub getters: Arc<Getters>,
}

/// Asks the rules of one plan on one page view.
pub(crate) struct Asker<'p> {
    compiled: Option<&'p Compiled>,
    input: Input,
    /// Whether no customer is there, so that no fault of a rule stops it for those who are.
    is_looking: bool,
    /// Where the rules in CEL run, from the first that is asked on.
    session: Option<Session>,
}

// === impl Rule ===

impl Rule {
    /// SHA-256 of the module that has the rule; `None` when it is none of `compiled`.
    pub(crate) fn digest(&self, compiled: Option<&Compiled>) -> Option<[u8; 32]> {
        match self {
            Self::Plugin(plugin) => Some(*plugin.digest()),
            Self::Compiled(place) => {
                compiled.filter(|it| *place < it.set.len()).map(|it| *it.set.digest())
            }
        }
    }
}

// === impl Compiled ===

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").field("set", &self.set).finish_non_exhaustive()
    }
}

// === impl Asker ===

impl<'p> Asker<'p> {
    /// Somebody who asks, and has asked nothing yet. The seed of `input` does not matter.
    pub(crate) fn new(compiled: Option<&'p Compiled>, input: Input) -> Self {
        Self { compiled, input, is_looking: false, session: None }
    }

    /// The same for somebody who only looks.
    pub(crate) fn looking(self) -> Self {
        Self { is_looking: true, ..self }
    }

    /// What the rule of a campaign has to suggest for the customer; `None` when it does not want the
    /// customer.
    ///
    /// # Errors
    /// When the rule could not be run to its end, or has no value for the customer.
    pub(crate) fn ask(
        &mut self,
        campaign: &CampaignKey,
        rule: &Rule,
    ) -> Result<Option<Suggestion>, GuestFault> {
        match rule {
            Rule::Plugin(plugin) => {
                self.input.seed = seed(self.input.profile.id, campaign, self.input.now);
                let call = if self.is_looking { Plugin::look } else { Plugin::call };
                call(plugin, &self.input).outcome
            }
            Rule::Compiled(place) => match self.session().holds(*place)? {
                Ok(holds) => Ok(holds.then(Suggestion::default)),
                Err(error) => {
                    let detail = error.detail.into();
                    Err(GuestFault { kind: FaultKind::RuleError, detail })
                }
            },
        }
    }

    fn session(&mut self) -> &mut Session {
        self.session.get_or_insert_with(|| {
            let Compiled { set, getters } =
                self.compiled.expect("a plan without rules in CEL has no campaign with one");
            let Input { profile, view, now, .. } = self.input.clone();
            let shop = Shop { getters: Arc::clone(getters), profile, view, now };
            let session = set.open(Arc::new(shop));
            if self.is_looking { session.looking() } else { session }
        })
    }
}
