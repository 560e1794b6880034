//! Rules in CEL: the programs that `rules` compiles, run as untrusted code is run.
//!
//! A program is a module without memory or table, written by our own code generator from a text that a
//! marketer wrote. It is trusted no more than a plugin: it passes a gate, is compiled in the child
//! process, is sealed and cached, and runs with fuel, a deadline, and bounds on what it makes the host
//! do. What differs is the scale. All rules of a plan are one module and one page view is one
//! instance, so that what rules have in common is evaluated once:
//!
//! ```text
//!  Program -> gate -> cache? -> compile -> seal -> verify -> RuleSet     Host::load_rules, once a plan
//!
//!  RuleSet::open(source) -> Session                                      nothing, until a rule is asked
//!  Session::holds(rule)  -> breaker? -> instance, if there is none -> true, false, error or fault
//! ```
//!
//! An *error* is CEL's: the rule has no value for this customer. A *fault* is that the rule could not be
//! run to its end. It is that rule's alone: each has its own fuel, deadline, allowances and breaker, and
//! the next rule gets a new instance. The breaker is there because a rule that uses up its fuel on each
//! page view would take half a millisecond from it each time; errors do not open it.
//!
//! Read in this order: `session`, one page view; `workspace`, what the host holds meanwhile; `imports`,
//! what a module can ask for; `gate`; [`Shop`], where the values of a real decision come from.

mod gate;
mod imports;
mod session;
mod shop;
mod workspace;

use std::fmt;
use std::sync::Arc;

use rules::cel::{Program, Source};
use wasmtime::{InstancePre, ModuleExport};

use crate::breaker::Breaker;
use crate::epoch::Clock;

pub(crate) use gate::check;
pub(crate) use imports::define;
pub use session::Session;
pub use shop::{Getters, Shop, UnknownName};

pub(crate) use workspace::Workspace;

/// The rules of a plan, ready to be asked. Cheap to clone; immutable, but for the breakers.
#[derive(Clone)]
pub struct RuleSet {
    shared: Arc<Shared>,
}

struct Shared {
    program: Program,
    instance: InstancePre<Workspace>,
    rule: ModuleExport,
    breakers: Box<[Breaker]>,
    /// Without it a rule that never ends would never be ended.
    clock: Arc<Clock>,
}

// === impl RuleSet ===

impl RuleSet {
    /// The rules of a program whose module is compiled and linked.
    pub(crate) fn new(
        program: Program,
        instance: InstancePre<Workspace>,
        clock: Arc<Clock>,
    ) -> wasmtime::Result<Self> {
        let rule = instance.module().get_export_index(rules::cel::imports::RULE);
        let rule = rule.ok_or_else(|| wasmtime::Error::msg("the module exports no rules"))?;
        let breakers = (0..program.len()).map(|_| Breaker::new()).collect();
        Ok(Self { shared: Arc::new(Shared { program, instance, rule, breakers, clock }) })
    }

    /// SHA-256 of the module, which tells what every rule means.
    pub fn digest(&self) -> &[u8; 32] {
        self.shared.program.digest()
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.shared.program.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.shared.program.is_empty()
    }

    /// Whether a rule keeps faulting and is not run for the time being.
    pub fn is_stopped(&self, rule: usize) -> bool {
        self.shared.breakers.get(rule).is_some_and(Breaker::is_open)
    }

    /// Begins a page view. Costs next to nothing until a rule is asked.
    pub fn open(&self, source: Arc<dyn Source + Send + Sync>) -> Session {
        Session::new(Arc::clone(&self.shared), source)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet").field("program", &self.shared.program).finish_non_exhaustive()
    }
}
