//! A shop to decide for: plugins in the text format, campaigns, customers, and decisions as text.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use decision::{
    Claims, Compiled, Explain, Forced, Ledger, Plan, PlanError, Planned, Question, Rule, Visit,
    decide,
};
use model::{
    Alias, Campaign, CampaignKey, Currency, CustomerId, Decision, Enrolment, FaultKind, GoalKey,
    Judgement, Placement, Profile, SplitKey, TenantKey, Timestamp, VariantKey, View,
};
use plugins::{Compiler, Config, Getters, Host, Plugin};
use rules::cel::{Schema, Vocabulary, check_condition};

/// One host for all tests: a pool of sandboxes reserves much address space.
static HOST: LazyLock<Host> = LazyLock::new(|| {
    let config = Config {
        cache_dir: None,
        mac_key: [7; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 16,
    };
    Host::new(config).expect("a host")
});

/// 2026-01-31T18:30:00Z, the time of all decisions here.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_769_884_200_000);

pub(crate) fn host() -> Host {
    HOST.clone()
}

pub(crate) fn load(source: &str) -> Plugin {
    HOST.load(source.as_bytes()).expect("the gate lets it through")
}

/// A plugin whose `decide` is `body`. At 64 lies an offer with the reason "because" and, when given, a
/// discount in percent and the value `minutes` = `30`.
pub(crate) fn plugin(body: &str, percent: Option<u8>) -> Plugin {
    let (has_percent, percent) = percent.map_or((0, 0), |percent| (1, percent));
    load(&format!(
        r#"(module
          (import "vitrine:rules/view@1.0.0" "random" (func $random (result i64)))
          (memory (export "memory") 1 1)
          (data (i32.const 64)
            "\01\00\00\00" "\60\00\00\00" "\07\00\00\00"
            "\{has_percent:02x}\{percent:02x}\00\00" "\70\00\00\00" "\01\00\00\00")
          (data (i32.const 96) "because")
          (data (i32.const 112) "\80\00\00\00" "\07\00\00\00" "\90\00\00\00" "\02\00\00\00")
          (data (i32.const 128) "minutes")
          (data (i32.const 144) "30")
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
          (func (export "decide") (result i32) (local $count i32)
            {body}))"#
    ))
}

/// A plugin that says yes to everybody.
pub(crate) fn yes() -> Plugin {
    plugin("(i32.const 64)", None)
}

/// A plugin that says no to everybody.
pub(crate) fn no() -> Plugin {
    plugin("(i32.const 0)", None)
}

/// A plugin that traps.
pub(crate) fn trap() -> Plugin {
    plugin("unreachable", None)
}

/// Rules in CEL, for a shop with prices in euros.
pub(crate) fn compiled(host: &Host, rules: &[&str]) -> Compiled {
    let schema = Schema::shop(Currency::parse("EUR").expect("known"), &[]);
    let vocabulary = Vocabulary { schema, ..Vocabulary::default() };
    let checked = rules.iter().map(|rule| check_condition(rule, &vocabulary).expect("a rule"));
    let checked: Vec<_> = checked.collect();
    let program = rules::cel::compile(&vocabulary.schema, &checked).expect("small enough");
    let set = host.load_rules(&program).expect("the gate lets it through");
    let getters = Getters::new(&vocabulary.schema).expect("a shop has all names");
    Compiled { set, getters: Arc::new(getters) }
}

/// The beginning of a campaign file; `top` are further keys at its top. Half of the customers are
/// offered 20 percent off, the control sees nothing.
pub(crate) fn campaign(key: &str, placement: &str, top: &str) -> Campaign {
    parsed(&format!(
        r#"
key = "{key}"
placement = "{placement}"
{top}
[when]
plugin = "p.wat"
[experiment]
control = "control"
[[experiment.variants]]
key = "control"
weight = 50
[[experiment.variants]]
key = "treated"
weight = 50
offer = "twenty"
[[offers]]
key = "twenty"
kind = "banner"
discount = {{ percent = 20 }}
[offers.text.en]
title = "20 % off for {{minutes}} minutes"
"#
    ))
}

pub(crate) fn parsed(text: &str) -> Campaign {
    let read = rules::campaign("campaign.toml", text, &rules::cel::Vocabulary::default());
    read.map(|written| written.campaign).unwrap_or_else(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        unreachable!("{}", told.join("\n\n"))
    })
}

pub(crate) fn plan(campaigns: Vec<(Campaign, Plugin)>) -> Result<Plan, PlanError> {
    let of_plugin = |(campaign, plugin)| (campaign, Rule::Plugin(plugin));
    plan_of(campaigns.into_iter().map(of_plugin).collect(), None)
}

pub(crate) fn plan_of(
    campaigns: Vec<(Campaign, Rule)>,
    compiled: Option<Compiled>,
) -> Result<Plan, PlanError> {
    let planned = campaigns.into_iter().map(|(campaign, rule)| Planned { campaign, rule });
    let tenant = TenantKey::parse("demo").expect("valid");
    Plan::new(3, tenant, host(), planned.collect(), compiled)
}

/// A customer of whom nothing is known.
pub(crate) fn customer(name: &str) -> Profile {
    let tenant = TenantKey::parse("demo").expect("valid");
    let id = CustomerId::of(&tenant, &Alias::anonymous(name));
    Profile::new(tenant, id, NOW)
}

/// A customer whom a campaign with the salt `salt` and two equal halves assigns to `place`.
pub(crate) fn customer_in(salt: &str, place: usize) -> Profile {
    let is_there = |profile: &Profile| {
        experiments::assign(salt, &profile.id.to_string(), &[50, 50]) == Ok(place)
    };
    let mut customers = (0..1_000).map(|number| customer(&format!("a-{number}")));
    customers.find(is_there).expect("one of a thousand is in each half")
}

/// A customer who has been in the variant of a campaign since an hour ago.
pub(crate) fn enrolled(mut profile: Profile, campaign: &str, variant: &str) -> Profile {
    let hour = std::time::Duration::from_secs(3_600);
    profile.enrolments.push(Enrolment {
        campaign: CampaignKey::parse(campaign).expect("valid"),
        variant: VariantKey::parse(variant).expect("valid"),
        since: NOW.minus(hour),
        last_at: NOW.minus(hour),
        goal: GoalKey::ORDERS,
        attribution_until: NOW.plus(hour),
        split: SplitKey::OTHER,
        revenue_before: Box::default(),
        cart_at: Timestamp::MAX,
        checkout_at: Timestamp::MAX,
    });
    profile
}

/// A view of a page that can fill the placements; none named means any.
pub(crate) fn view(path: &str, placements: &[&str]) -> View {
    let placement = |name: &&str| Placement::parse(name).expect("valid");
    View {
        path: path.into(),
        placements: placements.iter().map(placement).collect(),
        ..View::default()
    }
}

/// Decides with explanations, and checks that the decision is the same without.
///
/// On a busy machine the processor may be taken away for so long that a deadline is met. That is as it
/// should be, but not what is tested with this; such a decision is made again.
pub(crate) fn decision(plan: &Plan, profile: Profile, view: View) -> Decision {
    // Nothing is recorded, so every budget is whole.
    let ledger = Ledger::new(decision::limits::CONFIRM_WITHIN);
    decision_with(plan, &|| ledger.claims(Visit::First, NOW), profile, view)
}

/// The same with budgets as `claims` has them; what is reserved is given back.
pub(crate) fn decision_with<'l>(
    plan: &Plan,
    claims: &dyn Fn() -> Claims<'l>,
    profile: Profile,
    view: View,
) -> Decision {
    decision_forced(plan, claims, profile, view, &Forced::default())
}

/// The same with some arms forced.
pub(crate) fn decision_forced<'l>(
    plan: &Plan,
    claims: &dyn Fn() -> Claims<'l>,
    profile: Profile,
    view: View,
    forced: &Forced,
) -> Decision {
    const TRIES: usize = 50;
    let (profile, view) = (Arc::new(profile), Arc::new(view));
    let is_late = |fault: &model::Fault| {
        matches!(fault.kind, FaultKind::DeadlineExceeded | FaultKind::Timeout)
    };
    let question = Question::new(&profile, &view, NOW);
    let decided = |explain| {
        let mut tries = (0..TRIES)
            .map(|_| decide(plan, &mut claims(), Question { explain, forced, ..question }));
        tries.find(|it| !it.faults.iter().any(is_late)).expect("some time without interruption")
    };
    let (explained, plain) = (decided(Explain::Yes), decided(Explain::No));
    assert_eq!(plain.explanations, []);
    assert_eq!(Decision { explanations: Vec::new(), ..explained.clone() }, plain);
    explained
}

/// Decides once, whatever comes of it.
pub(crate) fn decide_once(plan: &Plan, profile: Profile, view: View) -> Decision {
    let ledger = Ledger::new(decision::limits::CONFIRM_WITHIN);
    let mut claims = ledger.claims(Visit::First, NOW);
    decide(plan, &mut claims, Question::new(&Arc::new(profile), &Arc::new(view), NOW).explained())
}

/// A decision as a table of lines, to compare with what is expected.
pub(crate) fn told(decision: &Decision) -> String {
    let mut lines = String::new();
    let mut line = |text: String| writeln!(lines, "{text}").expect("a string takes all");
    for made in &decision.offers {
        let percent = made.discount_percent.map_or(String::new(), |it| format!(" at {it} %"));
        let key = &made.offer.key;
        line(format!(
            "{}: {}/{} offers {key}{percent}",
            made.placement, made.campaign, made.variant
        ));
    }
    for it in &decision.exposures {
        let how = if it.shown { "shown" } else { "withheld" };
        line(format!("exposed to {}/{} {how}", it.campaign, it.variant));
    }
    for fault in &decision.faults {
        line(format!("fault {} {}", fault.campaign, fault.kind.as_str()));
    }
    for it in &decision.explanations {
        line(format!("{} {}", it.campaign, judged(&it.judgement)));
    }
    lines
}

fn judged(judgement: &Judgement) -> String {
    let reason = |reason: &model::Reason| {
        let kept = if reason.kept { "kept" } else { "assigned" };
        format!("{kept} {} {:?}", reason.variant, reason.text)
    };
    match judgement {
        Judgement::Shown(it) => format!("is shown, {}", reason(it)),
        Judgement::Withheld(it) => format!("is withheld, {}", reason(it)),
        Judgement::HeldOut => "holds the customer out with all others".into(),
        Judgement::ElsewhereInLayer { by: Some(by) } => format!("has lost its customer to {by}"),
        Judgement::ElsewhereInLayer { by: None } => "has another part of its layer".into(),
        Judgement::Forced { variant, fault: None } => format!("is forced to {variant}"),
        Judgement::Forced { variant, fault: Some(kind) } => {
            format!("is forced to {variant} though faulty: {}", kind.as_str())
        }
        Judgement::Outranked { by } => format!("is outranked by {by}"),
        Judgement::OtherPage => "is for another page".into(),
        Judgement::OtherPlacement => "is for another placement".into(),
        Judgement::OutsideSchedule => "does not run now".into(),
        Judgement::GroupTaken { by } => format!("loses its group to {by}"),
        Judgement::NotStacked { by } => format!("does not stack with {by}"),
        Judgement::NotRepeated => "was not on it before".into(),
        Judgement::CustomerFull => "finds the customer full".into(),
        Judgement::PageFull => "finds the page full".into(),
        Judgement::CustomerLimit => "was shown often enough".into(),
        Judgement::BudgetSpent => "has spent its budget".into(),
        Judgement::NotEligible => "is not for this customer".into(),
        Judgement::Faulty(kind) => format!("is faulty: {}", kind.as_str()),
    }
}

/// Compares a decision with a table, whose lines may be indented.
#[track_caller]
pub(crate) fn check(decision: &Decision, expected: &str) {
    let lines = expected.lines().map(str::trim).filter(|line| !line.is_empty());
    let expected: String = lines.map(|line| format!("{line}\n")).collect();
    let told = told(decision);
    assert!(told == expected, "expected\n{expected}\nbut it was\n{told}");
}
