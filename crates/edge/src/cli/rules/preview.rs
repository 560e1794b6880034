//! `vitrine rules preview`: whom a campaign is for right now, among all customers of a server.
//!
//! Each customer is decided on as on a page view that the campaign has for itself, with the assignment and
//! the enrolments of a real decision. The schedule, the budget and the tenant's holdout are left aside, and a customer who met the
//! campaign as often as it allows, or is in another part of its layer, is counted as well: the question is
//! whom the rule is for. Nothing is
//! written to the data folder, and a server may be running on it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{anyhow, bail};
use decision::{Ledger, Visit, decide};
use indicatif::{ProgressBar, ProgressStyle};
use model::{Campaign, Currency, Judgement, Limits, Schedule, TenantKey, Timestamp};
use rules::Written;

use super::super::say;
use super::campaigns::Campaigns;
use super::question::{Question, tenant_of};
use super::{complain_of, host, verdict};
use crate::plans::Built;
use crate::snapshot::Snapshot;

mod tally;

use tally::Tally;

/// What `vitrine rules preview` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The campaign
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The data folder of the server, which may be running
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The tenant whose customers are meant; by default the one that has keys, or whose folder the file
    /// is in
    #[arg(long, value_name = "KEY", value_parser = TenantKey::parse)]
    tenant: Option<TenantKey>,
    /// The tenant's currency
    #[arg(long, value_name = "CODE", default_value = "EUR", value_parser = Currency::parse)]
    currency: Currency,
    #[command(flatten)]
    question: Question,
    /// Print JSON for programs instead of a table for people
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let campaigns = match Campaigns::read(&args.file, args.currency)? {
        Ok(campaigns) => campaigns,
        Err(complaints) => return complain_of(&complaints),
    };
    let (Some((_, Written { campaign, .. })), 1) = (campaigns.all().next(), campaigns.all().len())
    else {
        bail!("{} is no campaign: name one file", args.file.display());
    };
    let built = match campaigns.build(&host()?) {
        Ok(built) => built,
        Err(complaints) => return complain_of(&complaints),
    };
    let tenant = tenant_of(args.tenant.as_ref(), &args.data, &args.file)?;
    let now = args.question.now();
    let snapshot = Snapshot::take(&args.data)?;
    let tally = count(args, campaign, &built, &tenant, now, &snapshot)?;
    if args.json {
        say(&format!("{}\n", tally.to_json(campaign)))?;
        return Ok(verdict(true));
    }
    let key = &campaign.key;
    let mut text = format!("{key} among the customers of {tenant} at {now}\n\n");
    text.push_str(&tally.to_table(campaign));
    if !campaign.schedule.includes(now) {
        text.push_str("\nnot shown to anybody at that time, which is outside of its schedule\n");
    }
    say(&text)?;
    Ok(verdict(true))
}

/// Asks about every customer of the tenant.
fn count(
    args: &Args,
    campaign: &Campaign,
    built: &Built,
    tenant: &TenantKey,
    now: Timestamp,
    snapshot: &Snapshot,
) -> anyhow::Result<Tally> {
    let plan = |per_customer, layer| {
        let plan = built.alone(0, tenant, |campaign| {
            campaign.schedule = Schedule::default();
            campaign.limits = Limits { per_customer, ..Limits::default() };
            campaign.experiment.layer = layer;
        });
        plan.map_err(|complaint| anyhow!("{complaint}"))
    };
    let (per_customer, layer) = (campaign.limits.per_customer, &campaign.experiment.layer);
    let (free, limited) = (plan(None, None)?, plan(per_customer, layer.clone())?);
    let view = args.question.view(campaign);
    let ledger = Ledger::new(Duration::ZERO);
    let mut tally = Tally::default();
    let progress = progress_bar(snapshot);
    snapshot.store().scan(|profile| {
        progress.inc(1);
        if profile.tenant != *tenant {
            return;
        }
        let ask = |plan| {
            // Every customer is asked, however many before had no answer.
            let mut claims = ledger.claims(Visit::Preview, now);
            decide(plan, &mut claims, decision::Question::new(profile, &view, now).explained())
        };
        let decision = ask(&free);
        let Some(explanation) = decision.explanations.first() else { return };
        let matches = tally.note(campaign, profile.id, &explanation.judgement, &decision.faults);
        if matches && (per_customer.is_some() || layer.is_some()) {
            match ask(&limited).explanations.first().map(|it| &it.judgement) {
                Some(Judgement::CustomerLimit) => tally.at_limit += 1,
                Some(Judgement::ElsewhereInLayer { .. }) => tally.elsewhere += 1,
                _ => {}
            }
        }
    })?;
    progress.finish_and_clear();
    Ok(tally)
}

/// A bar over the customers, on standard error; it hides itself where that is no terminal.
fn progress_bar(snapshot: &Snapshot) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} customers, {eta} left")
        .expect("a valid template");
    ProgressBar::new(snapshot.store().stats().profiles_on_disk).with_style(style)
}
