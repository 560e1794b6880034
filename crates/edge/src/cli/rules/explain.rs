//! `vitrine rules explain`: what each part of a rule gave for one customer, and what comes of it.
//!
//! The customer is one of a server's, as of now or of another time, or one of the golden cases beside the
//! campaign. The page view that is asked about is none of the customer's past.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use decision::{Ledger, Visit, decide};
use model::{Alias, Campaign, Currency, CustomerId, Judgement, Profile, TenantKey, Timestamp};
use plugins::Shop;
use rules::Written;
use rules::cel::evaluate::trace;
use rules::cel::tree::Expr;
use rules::cel::{Source, Value};

use super::super::say;
use super::campaigns::{Campaigns, rule_of};
use super::question::{Question, tenant_of};
use super::{cases, complain_of, host, verdict};
use crate::plans::Built;
use crate::snapshot::Snapshot;

mod tree;

pub(super) use tree::tree;

/// What `vitrine rules explain` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The campaign
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    who: Who,
    /// The data folder of the server, which may be running
    #[arg(long, value_name = "DIR", required_unless_present = "case")]
    data: Option<PathBuf>,
    /// The customer's tenant; by default the one that has keys, or whose folder the file is in
    #[arg(long, value_name = "KEY", value_parser = TenantKey::parse)]
    tenant: Option<TenantKey>,
    /// The tenant's currency
    #[arg(long, value_name = "CODE", default_value = "EUR", value_parser = Currency::parse)]
    currency: Currency,
    #[command(flatten)]
    question: Question,
}

/// Who is asked about.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// A customer, by the id that decisions tell
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// A customer, by the shop's own `userId`
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// A customer, by the browser's `anonymousId`
    #[arg(long, value_name = "ID")]
    anonymous_id: Option<String>,
    /// One of the golden cases beside the campaign, by its name
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let campaigns = match Campaigns::read(&args.file, args.currency)? {
        Ok(campaigns) => campaigns,
        Err(complaints) => return complain_of(&complaints),
    };
    let (Some((path, written)), 1) = (campaigns.all().next(), campaigns.all().len()) else {
        bail!("{} is no campaign: name one file", args.file.display());
    };
    let text = match &args.who.case {
        Some(name) => explain_case(&campaigns, &path, written, name)?,
        None => match campaigns.build(&host()?) {
            Ok(built) => explain_customer(args, written, &built)?,
            Err(complaints) => return complain_of(&complaints),
        },
    };
    say(&text)?;
    Ok(verdict(true))
}

fn explain_case(
    campaigns: &Campaigns,
    path: &Path,
    written: &Written,
    name: &str,
) -> anyhow::Result<String> {
    let cases = match cases::beside(path, campaigns.vocabulary())? {
        Ok(cases) => cases,
        Err(complaints) => {
            let told: Vec<String> = complaints.iter().map(ToString::to_string).collect();
            bail!("{}", told.join("\n"));
        }
    };
    let Some(case) = cases.iter().find(|case| *case.name == *name) else {
        let known: Vec<String> = cases.iter().map(|case| format!("{:?}", case.name)).collect();
        let file = cases::file_of(path);
        bail!("{} has no case {name:?}, but {}", file.display(), known.join(", "));
    };
    let Some(rule) = rule_of(written) else { bail!("the campaign's rule is a plugin") };
    let currency = campaigns.vocabulary().schema.currency;
    Ok(explained(&written.campaign, rule, case, currency, &format!("the case {name:?}")))
}

fn explain_customer(args: &Args, written: &Written, built: &Built) -> anyhow::Result<String> {
    let data = args.data.as_ref().context("name the server's data folder with --data")?;
    let campaign = &written.campaign;
    let customer = args.customer(data)?;
    let snapshot = Snapshot::take(data)?;
    let profile = snapshot.store().read(customer)?;
    let Some(profile) = profile.filter(|it| args.tenant.as_ref().is_none_or(|t| it.tenant == *t))
    else {
        bail!("{} knows no customer {customer}", data.display());
    };
    let (view, now) = (args.question.view(campaign), args.question.now());
    let mut text = String::new();
    if let (Some(rule), Some(compiled)) = (rule_of(written), built.compiled()) {
        let getters = Arc::clone(&compiled.getters);
        let (profile, view) = (Arc::clone(&profile), Arc::clone(&view));
        let asked = Shop { getters, profile, view, now };
        let who = format!("{} at {now}", asked.profile.id);
        text = explained(campaign, rule, &asked, Some(args.currency), &who);
        text.push('\n');
    }
    let plan = built.alone_with_holdout(0, &profile.tenant, |campaign| {
        // What is left of it is known to the server alone.
        (campaign.limits.shows, campaign.limits.discount) = (None, None);
    });
    let plan = plan.map_err(|complaint| anyhow!("{complaint}"))?;
    let ledger = Ledger::new(std::time::Duration::ZERO);
    let mut claims = ledger.claims(Visit::First, now);
    let decision =
        decide(&plan, &mut claims, decision::Question::new(&profile, &view, now).explained());
    let judgement = decision.explanations.first().map(|it| &it.judgement);
    let outcome = judgement.map_or_else(String::new, |it| outcome(it, campaign, &profile, now));
    text.push_str(&format!("on a view of {}: {outcome}\n", view.path));
    for fault in &decision.faults {
        text.push_str(&format!("{}: {}\n", fault.kind.as_str(), fault.detail));
    }
    if campaign.limits.has_budget() {
        text.push_str("its budget was not looked at\n");
    }
    if campaign.experiment.layer.is_some() {
        text.push_str("the other campaigns of its layer were not looked at\n");
    }
    Ok(text)
}

/// What a rule gives, and what its parts gave.
fn explained(
    campaign: &Campaign,
    (rule, text): (&Expr, &str),
    source: &dyn Source,
    currency: Option<Currency>,
    who: &str,
) -> String {
    let traced = trace(rule, source);
    let said = match traced.first().map(|whole| &whole.value) {
        Some(Ok(Value::Bool(true))) => "is true",
        Some(Ok(Value::Bool(false))) => "is false",
        Some(_) => "has no value",
        None => "is the same for everybody",
    };
    let parts = tree(text, &traced, currency);
    format!("{}: the rule {said} for {who}\n\n{parts}", campaign.key)
}

/// What becomes of a campaign on a page view that it has for itself.
fn outcome(
    judgement: &Judgement,
    campaign: &Campaign,
    profile: &Profile,
    now: Timestamp,
) -> String {
    match judgement {
        Judgement::Shown(reason) | Judgement::Withheld(reason) => {
            let kept = if reason.kept { ", kept from earlier on" } else { "" };
            let variant = &reason.variant;
            match judgement {
                Judgement::Shown(_) => format!("its offer is shown, variant {variant}{kept}"),
                _ => format!("nothing is shown, variant {variant}{kept}"),
            }
        }
        Judgement::HeldOut => "nothing, the customer is held out of all campaigns".to_owned(),
        Judgement::Forced { variant, .. } => format!("its variant {variant} is forced"),
        Judgement::ElsewhereInLayer { by: Some(by) } => {
            format!("nothing, the customer is in the campaign {by} of the same layer")
        }
        Judgement::ElsewhereInLayer { by: None } => {
            "nothing, the customer is in another part of the layer".to_owned()
        }
        Judgement::NotEligible => "nothing, the campaign is not for this customer".to_owned(),
        Judgement::OtherPage => "nothing, it is none of the campaign's `pages`".to_owned(),
        Judgement::OutsideSchedule => {
            format!("nothing, {now} is outside of the campaign's schedule")
        }
        Judgement::CustomerLimit => {
            let limit = campaign.limits.per_customer;
            let shows = limit
                .map_or(0, |limit| profile.exposures_since(&campaign.key, now.minus(limit.within)));
            format!("nothing, the customer met it {shows} times, which is its limit")
        }
        Judgement::Faulty(kind) => format!("nothing, it could not answer: {}", kind.as_str()),
        Judgement::BudgetSpent => "nothing, its budget is spent".to_owned(),
        Judgement::NotRepeated => "nothing, the page view was sent before".to_owned(),
        Judgement::CustomerFull => "nothing, the customer met too many others of late".to_owned(),
        Judgement::PageFull => "nothing, too many campaigns are on the page".to_owned(),
        Judgement::OtherPlacement
        | Judgement::Outranked { .. }
        | Judgement::GroupTaken { .. }
        | Judgement::NotStacked { .. } => "nothing, another campaign is there".to_owned(),
    }
}

// === impl Args ===

impl Args {
    /// The id of the customer who is asked about, before any merge.
    fn customer(&self, data: &Path) -> anyhow::Result<CustomerId> {
        let alias = match (&self.who.customer, &self.who.user_id, &self.who.anonymous_id) {
            (Some(id), ..) => {
                return CustomerId::parse(id).with_context(|| {
                    format!(
                        "{id:?} is no customer id, c- and 26 letters; for the shop's own names \
                             there are --user-id and --anonymous-id"
                    )
                });
            }
            (_, Some(name), _) => Alias::user(name),
            (_, _, Some(name)) => Alias::anonymous(name),
            (None, None, None) => bail!("name a customer"),
        };
        let tenant = tenant_of(self.tenant.as_ref(), data, &self.file)?;
        Ok(CustomerId::of(&tenant, &alias))
    }
}
