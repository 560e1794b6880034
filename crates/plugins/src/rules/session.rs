//! The rules of one page view, asked one after the other.

use std::sync::Arc;

use model::FaultKind;
use rules::cel::{Answer, EvalError, EvalErrorKind, Source, Value};
use wasmtime::{Extern, PoolConcurrencyLimitError, Store, TypedFunc};

use super::{Shared, Workspace};
use crate::GuestFault;
use crate::artefact::hex;
use crate::breaker::{Pass, Purpose};
use crate::halt::fault;
use crate::limits::{RULE_DEADLINE_TICKS, RULE_FUEL_MAX};

/// One page view: what rules have in common is evaluated once in it.
///
/// It has its sandbox from the first question on, until it is dropped.
pub struct Session {
    rules: Arc<Shared>,
    source: Arc<dyn Source + Send + Sync>,
    purpose: Purpose,
    running: Option<Running>,
}

/// The sandbox.
struct Running {
    store: Store<Workspace>,
    rule: TypedFunc<u32, (u32, u32)>,
}

/// What a rule gave: its value as the module has it, or an error.
type Given = Result<u32, EvalError>;

// === impl Session ===

impl Session {
    pub(super) fn new(rules: Arc<Shared>, source: Arc<dyn Source + Send + Sync>) -> Self {
        Self { rules, source, purpose: Purpose::Serve, running: None }
    }

    /// The same for somebody who only looks: what comes of it does not count for stopping a rule. One that is stopped is
    /// not run.
    #[must_use]
    pub fn looking(self) -> Self {
        Self { purpose: Purpose::Look, ..self }
    }

    /// Whether a rule holds. A rule that is no condition has the error that its value is none.
    ///
    /// # Errors
    /// When the rule could not be run to its end; other rules can.
    pub fn holds(&mut self, rule: usize) -> Result<Result<bool, EvalError>, GuestFault> {
        if self.rules.program.answer(rule) == Some(Answer::Condition) {
            return Ok(self.ask(rule)?.map(|value| value != 0));
        }
        Ok(self.value(rule)?.and_then(|value| match value {
            Value::Bool(holds) => Ok(holds),
            _ => Err(EvalError::new(EvalErrorKind::NoOverload, "the rule is no condition")),
        }))
    }

    /// The value of a rule.
    ///
    /// # Errors
    /// When the rule could not be run to its end; other rules can.
    pub fn value(&mut self, rule: usize) -> Result<Result<Value, EvalError>, GuestFault> {
        let given = self.ask(rule)?;
        if self.rules.program.answer(rule) == Some(Answer::Condition) {
            return Ok(given.map(|value| Value::Bool(value != 0)));
        }
        let given = given.map(|handle| {
            let workspace = self.running.as_ref().map(|running| running.store.data());
            workspace.and_then(|workspace| workspace.value(handle).ok().cloned())
        });
        given.map(|value| value.ok_or_else(gone)).map_or_else(|error| Ok(Err(error)), |v| v.map(Ok))
    }

    /// Runs a rule, if its breaker lets it, and notes how it went.
    fn ask(&mut self, rule: usize) -> Result<Given, GuestFault> {
        let Some(breaker) = self.rules.breakers.get(rule) else { return Err(gone()) };
        let Some(pass) = breaker.admit(self.purpose, self.rules.clock.ticks()) else {
            let detail = "the rule failed too often in a row and was not run".into();
            return Err(GuestFault { kind: FaultKind::BreakerOpen, detail });
        };
        let given = self.run(rule);
        match &given {
            Ok(_) => self.rules.breakers[rule].answered(pass),
            // The host's own failure says nothing about the rule.
            Err(fault) if fault.kind == FaultKind::NoSandbox => self.running = None,
            Err(fault) => {
                // What was being evaluated is unfinished, and the next rule is to find nothing of it.
                self.running = None;
                self.note_fault(rule, pass, fault);
            }
        }
        given
    }

    fn note_fault(&self, rule: usize, pass: Pass, fault: &GuestFault) {
        let breaker = &self.rules.breakers[rule];
        if breaker.failed(pass, self.rules.clock.ticks()) {
            let digest = hex(self.rules.program.digest());
            tracing::warn!(digest, rule, fault = %fault.detail, "rule stopped for a while");
        }
    }

    fn run(&mut self, rule: usize) -> Result<Given, GuestFault> {
        if self.running.as_ref().is_some_and(|running| running.store.data().is_full()) {
            self.running = None;
        }
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::begin(&self.rules, &self.source)?),
        };
        let given = running.ask(u32::try_from(rule).unwrap_or(u32::MAX));
        let (value, error) = given.map_err(|error| fault(&error, false))?;
        match error {
            0 => Ok(Ok(value)),
            error => Ok(Err(running.store.data().error(error))),
        }
    }
}

// === impl Running ===

impl Running {
    /// Makes an instance.
    fn begin(rules: &Shared, source: &Arc<dyn Source + Send + Sync>) -> Result<Self, GuestFault> {
        let workspace = Workspace::new(rules.program.clone(), Arc::clone(source));
        let store = Store::new(rules.instance.module().engine(), workspace);
        Self::link(rules, store).map_err(|error| {
            if error.is::<PoolConcurrencyLimitError>() {
                let detail = "every sandbox is in use".into();
                return GuestFault { kind: FaultKind::NoSandbox, detail };
            }
            fault(&error, false)
        })
    }

    fn link(rules: &Shared, mut store: Store<Workspace>) -> wasmtime::Result<Self> {
        store.set_fuel(RULE_FUEL_MAX)?;
        store.set_epoch_deadline(RULE_DEADLINE_TICKS);
        let instance = rules.instance.instantiate(&mut store)?;
        let export = instance.get_module_export(&mut store, &rules.rule);
        let export = export.and_then(Extern::into_func);
        let rule = export.ok_or_else(|| wasmtime::Error::msg("the export `rule` is gone"))?;
        let rule = rule.typed(&store)?;
        Ok(Self { store, rule })
    }

    /// Asks a rule, with all allowances.
    fn ask(&mut self, rule: u32) -> wasmtime::Result<(u32, u32)> {
        self.store.set_fuel(RULE_FUEL_MAX)?;
        self.store.set_epoch_deadline(RULE_DEADLINE_TICKS);
        self.store.data_mut().begin_rule();
        self.rule.call(&mut self.store, rule)
    }
}

/// The caller, or the code generator, has named something that there is not.
fn gone() -> GuestFault {
    GuestFault { kind: FaultKind::Trap, detail: "there is no such rule or value".into() }
}
