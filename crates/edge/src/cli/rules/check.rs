//! `vitrine rules check`: tells all mistakes of campaigns, as a compiler does.
//!
//! What a server would refuse is refused here: rules are compiled to the module that they would be in
//! force as, and plugins are loaded.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use model::Currency;
use plugins::Host;

use super::super::say;
use super::campaigns::{Campaigns, to_json};
use super::{cases, complain, host, verdict};
use crate::plans::Complaint;

/// What `vitrine rules check` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of tenants, or campaigns in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The tenant's currency
    #[arg(long, value_name = "CODE", default_value = "EUR", value_parser = Currency::parse)]
    currency: Currency,
    /// Print the mistakes as JSON for programs
    #[arg(long)]
    json: bool,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Sum {
    campaigns: usize,
    cases: usize,
    complaints: Vec<Complaint>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let host = host()?;
    let mut sum = Sum::default();
    for path in &args.paths {
        sum.add(path, args.currency, &host)?;
    }
    let is_well = sum.complaints.is_empty();
    if args.json {
        let complaints: Vec<_> = sum.complaints.iter().map(to_json).collect();
        say(&format!("{}\n", serde_json::Value::from(complaints)))?;
    } else if is_well {
        say(&format!("no mistakes in {}\n", sum.looked_at()))?;
    } else {
        let told: String = sum.complaints.iter().map(|it| format!("{it}\n\n")).collect();
        complain(&format!("{told}{}\n", counted(sum.complaints.len(), "mistake")))?;
    }
    Ok(verdict(is_well))
}

// === impl Sum ===

impl Sum {
    fn add(&mut self, path: &Path, currency: Currency, host: &Host) -> anyhow::Result<()> {
        let campaigns = match Campaigns::read(path, currency)? {
            Ok(campaigns) => campaigns,
            Err(complaints) => {
                self.complaints.extend(complaints);
                return Ok(());
            }
        };
        self.campaigns += campaigns.all().len();
        if let Err(complaints) = campaigns.build(host) {
            self.complaints.extend(complaints);
        }
        for (path, _) in campaigns.all() {
            match cases::beside(&path, campaigns.vocabulary())? {
                Ok(cases) => self.cases += cases.len(),
                Err(complaints) => self.complaints.extend(complaints),
            }
        }
        Ok(())
    }

    fn looked_at(&self) -> String {
        let campaigns = counted(self.campaigns, "campaign");
        match self.cases {
            0 => campaigns,
            cases => format!("{campaigns} with {}", counted(cases, "case")),
        }
    }
}

/// A number of things, in words.
pub(super) fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
