//! Cart rescue over a whole recorded day, as a plugin and as a rule in CEL: on every page view both
//! decide the same.
//!
//! Rows become calls as a replay makes them, and calls become events and questions as the server reads
//! them; what is left out is the network and the disk.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use decision::{Compiled, Ledger, Plan, Planned, Question, Rule, Visit, decide};
use indicatif::ProgressBar;
use model::{
    Alias, Currency, CustomerId, Decision, Event, FaultKind, Profile, TenantKey, Timestamp, View,
};
use plugins::{Compiler, Config, Getters, Host};
use profiles::{fold, fold_exposures};
use rules::cel::{Schema, Vocabulary, check_condition, compile};

use super::call::{Call, Endpoint};
use super::log::Lines;
use super::{Format, Reader};
use crate::decide::Request;
use crate::segment::{CallType, Endpoint as Ingest, Envelope, Reception};

const CAMPAIGN: &str = include_str!("../../../../rules/demo/cart-rescue.toml");
const PLUGIN: &str = include_str!("../../../../rules/demo/plugins/cart-rescue.wat");
const EXAMPLE: &str = include_str!("../../../../rules/examples/cart-rescue.toml");

/// 2026-01-31T18:30:00Z, when the log arrives; the customers live by its own times.
const RECEIVED_AT: Timestamp = Timestamp::from_ms(1_769_884_200_000);

/// The real log; `None`, and a loud word about it, where it is not on this machine.
fn real_log() -> Option<PathBuf> {
    let beside = || {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
        let repository = Path::new(&here).ancestors().nth(2)?;
        Some(repository.parent()?.join("shared").join("data"))
    };
    let folder = std::env::var_os("VITRINE_DATA").map(PathBuf::from).or_else(beside)?;
    let log = folder.join("rees46-2019-10-01.csv.gz");
    if log.is_file() {
        return Some(log);
    }
    // Past the test harness, which shows nothing of a test that passes.
    let word = format!(
        "\n*** NOT TESTED on real data: there is no {}.\n\
         *** Set VITRINE_DATA to the folder that has it.\n",
        log.display()
    );
    std::io::stderr().write_all(word.as_bytes()).expect("standard error is open");
    None
}

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn dollars() -> Currency {
    Currency::parse("USD").expect("known")
}

/// The demo's campaign with its plugin, and the same campaign with the rule of the example.
fn twins() -> [Plan; 2] {
    let config = Config {
        cache_dir: None,
        mac_key: [7; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 4,
    };
    let host = Host::new(config).expect("a host");
    let example: toml::Table = EXAMPLE.parse().expect("TOML");
    let text = example["when"]["rule"].as_str().expect("a rule");
    let vocabulary = Vocabulary { schema: Schema::shop(dollars(), &[]), ..Vocabulary::default() };
    let rule = check_condition(text, &vocabulary).expect("a rule without mistakes");
    let program = compile(&vocabulary.schema, &[rule]).expect("small enough");
    let set = host.load_rules(&program).expect("allowed");
    let getters = Arc::new(Getters::new(&vocabulary.schema).expect("a shop has all names"));
    let plugin = host.load(PLUGIN.as_bytes()).expect("allowed");
    let plan = |rule, compiled| {
        let written = rules::campaign("cart-rescue.toml", CAMPAIGN, &vocabulary).expect("valid");
        let planned = vec![Planned { campaign: written.campaign, rule }];
        Plan::new(1, tenant(), host.clone(), planned, compiled).expect("a plan")
    };
    [plan(Rule::Plugin(plugin), None), plan(Rule::Compiled(0), Some(Compiled { set, getters }))]
}

/// What a call brings: an event, and with a page view the question and its time.
fn read(call: &Call) -> (Event, Option<(View, Timestamp)>) {
    if call.endpoint == Endpoint::Decide {
        let request = Request::read(&call.body).expect("a question");
        let at = request.privileged.timestamp.expect("the log has times");
        return (request.event("", at, RECEIVED_AT), Some((request.view, at)));
    }
    let reception = Reception { received_at: RECEIVED_AT, currency: dollars() };
    let envelope = Envelope::read(Ingest::Call(CallType::Track), &call.body).expect("a call");
    let mut batch = envelope.into_batch(&reception).expect("an event");
    (batch.events.remove(0), None)
}

/// What must be equal: all but who decided and in which words. On a busy machine the processor may be
/// taken away for longer than a deadline; such a decision is made again.
fn decided(
    plan: &Plan,
    ledger: &Ledger,
    profile: &Arc<Profile>,
    view: &Arc<View>,
    at: Timestamp,
) -> Decision {
    const TRIES: usize = 50;
    let late = [FaultKind::DeadlineExceeded, FaultKind::Timeout];
    let once = |_| {
        let mut claims = ledger.claims(Visit::First, RECEIVED_AT);
        decide(plan, &mut claims, Question::new(profile, view, at))
    };
    let is_late = |it: &Decision| it.faults.iter().any(|fault| late.contains(&fault.kind));
    let in_time = (0..TRIES).map(once).find(|decision| !is_late(decision));
    let mut decision = in_time.expect("some time without interruption");
    for exposure in &mut decision.exposures {
        exposure.rule_digest = [0; 32];
    }
    decision
}

#[test]
fn cart_rescue_in_cel_decides_as_its_plugin_on_every_page_view_of_a_recorded_day() {
    let Some(log) = real_log() else { return };
    let mut lines = Lines::open(&log, &ProgressBar::hidden()).expect("readable");
    let reader = Reader::open(&log, Format::Rees46, &mut lines).expect("a header");
    let ([plugin, rule], ledger) = (twins(), Ledger::new(decision::limits::CONFIRM_WITHIN));
    let mut customers: HashMap<Box<str>, Profile> = HashMap::new();
    let (mut views, mut offers) = (0, 0);
    while let Some(line) = lines.next().expect("readable") {
        let call = reader.call(&line).expect("a row without flaws");
        let (event, question) = read(&call);
        let id = CustomerId::of(&tenant(), &Alias::user(&call.customer));
        let customer = customers.entry(call.customer.clone());
        let profile = customer.or_insert_with(|| Profile::new(tenant(), id, event.at));
        fold(profile, &event);
        let Some((view, at)) = question else { continue };
        views += 1;
        let (asked, view) = (Arc::new(profile.clone()), Arc::new(view));
        let [by_plugin, by_rule] =
            [&plugin, &rule].map(|plan| decided(plan, &ledger, &asked, &view, at));
        assert_eq!(by_plugin, by_rule, "in line {}", call.line);
        assert_eq!(by_plugin.faults, [], "in line {}", call.line);
        offers += by_plugin.offers.len();
        fold_exposures(profile, at, 1, &by_plugin.exposures);
    }
    let exposed_to = |variant: &str| {
        let enrolments = customers.values().flat_map(|profile| &profile.enrolments);
        enrolments.filter(|enrolment| enrolment.variant.as_str() == variant).count()
    };
    assert_eq!(views, 17_055);
    assert_eq!((exposed_to("control"), exposed_to("twenty-percent")), (26, 17));
    assert!(offers > 17, "{offers}");
}
