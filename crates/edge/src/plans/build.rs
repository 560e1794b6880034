//! From the source of a plan to what a plan is made of.
//!
//! ```text
//!  bundle -> Checked:  names and types, then every campaign; all mistakes at once      no host needed
//!         -> Built:    all rules in CEL as one module, and the plugins, loaded
//!         -> plan:     whole, of one version
//! ```
//!
//! Nothing here knows of a server or of what was in force before.

use std::collections::HashMap;
use std::sync::Arc;

use decision::{Compiled, Plan, Planned, Rule};
use model::{Campaign, CampaignKey, Currency, Holdout, TenantKey, When};
use plugins::{Getters, Host};
use rules::Written;
use rules::cel::{self, Vocabulary};

use super::bundle::{Bundle, HOLDOUT, SEGMENTS, TRAITS};
use super::complaint::Complaint;
use crate::limits::PLAN_COMPLAINTS_MAX;
use crate::upkeep::chain;

/// What a bundle says, checked.
pub(crate) struct Checked {
    /// What its rules can use.
    vocabulary: Vocabulary,
    /// Its campaigns, each with the name of its file as messages have it.
    campaigns: Vec<(Box<str>, Written)>,
    /// Who is held out of all of them.
    holdout: Option<Holdout>,
}

/// A plan but for its version.
pub(crate) struct Built {
    host: Host,
    planned: Vec<Planned>,
    compiled: Option<Compiled>,
    holdout: Option<Holdout>,
    files: HashMap<CampaignKey, Box<str>>,
}

// === impl Checked ===

impl Checked {
    /// Checks a bundle of a tenant with this currency.
    ///
    /// # Errors
    /// All that is wrong with it; never an empty list. What rules can use comes first: where that is
    /// wrong, no campaign is told that it uses what is not there.
    pub(crate) fn new(bundle: &Bundle, currency: Currency) -> Result<Self, Vec<Complaint>> {
        let vocabulary = vocabulary(bundle, currency)?;
        let mut complaints = Vec::new();
        let holdout = holdout(bundle).unwrap_or_else(|found| {
            complaints.extend(found);
            None
        });
        let mut campaigns = Vec::new();
        let mut texts = Vec::new();
        let mut files: HashMap<CampaignKey, Box<str>> = HashMap::new();
        for (name, bytes) in bundle.campaigns() {
            if complaints.len() >= PLAN_COMPLAINTS_MAX {
                break;
            }
            let file = bundle.shown(name).into_boxed_str();
            let read = text(&file, bytes).map_err(|complaint| vec![complaint]);
            let read = read.and_then(|text| {
                let written = rules::campaign(&file, text, &vocabulary).map_err(told)?;
                Ok((text, written))
            });
            match read {
                Err(found) => complaints.extend(found),
                Ok((text, written)) => {
                    let key = &written.campaign.key;
                    if let Some(before) = files.insert(key.clone(), file.clone()) {
                        let message = format!("{before} has a campaign named {key} too");
                        let help = "give each campaign its own `key`";
                        complaints.push(Complaint::file(&file, &message, help));
                    }
                    campaigns.push((file, written));
                    texts.push(text);
                }
            }
        }
        complaints.extend(clashes(&campaigns, &texts));
        match complaints.is_empty() {
            true => Ok(Self { vocabulary, campaigns, holdout }),
            false => Err(complaints),
        }
    }

    /// What the rules can use.
    pub(crate) const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The campaigns, each with the name of its file as messages have it.
    pub(crate) fn campaigns(&self) -> &[(Box<str>, Written)] {
        &self.campaigns
    }

    /// Who is held out of all of them.
    pub(crate) const fn holdout(&self) -> Option<&Holdout> {
        self.holdout.as_ref()
    }

    /// Compiles all rules in CEL to one module, in the order of the campaigns that have them; `None` when
    /// none has.
    ///
    /// # Errors
    /// The rules that compile to too much.
    pub(crate) fn compile(&self) -> Result<Option<cel::Program>, Vec<Complaint>> {
        let with_rule = self
            .campaigns
            .iter()
            .filter_map(|(file, written)| written.rule.as_ref().map(|rule| (file, rule.clone())));
        let (files, rules): (Vec<&Box<str>>, Vec<_>) = with_rule.unzip();
        if rules.is_empty() {
            return Ok(None);
        }
        let compiled = cel::compile(&self.vocabulary.schema, &rules);
        compiled.map(Some).map_err(|mistakes| {
            let told = mistakes.into_iter().map(|(place, too_large)| {
                let file = files.get(place).map_or("", |file| file);
                Complaint::file(file, "the rule compiles to too much", &too_large.to_string())
            });
            told.collect()
        })
    }
}

// === impl Built ===

impl Built {
    /// Checks a bundle, compiles what is in it and loads it into a host. Blocks for as long as the compiler
    /// takes.
    ///
    /// # Errors
    /// All that is wrong with it; never an empty list.
    pub(crate) fn new(
        bundle: &Bundle,
        currency: Currency,
        host: &Host,
    ) -> Result<Self, Vec<Complaint>> {
        let checked = Checked::new(bundle, currency)?;
        let compiled = match checked.compile()? {
            None => None,
            Some(program) => Some(load_rules(&program, &checked.vocabulary, bundle, host)?),
        };
        let mut complaints = Vec::new();
        let mut files = HashMap::new();
        let mut planned = Vec::with_capacity(checked.campaigns.len());
        let mut rules = 0..;
        for (file, Written { campaign, .. }) in checked.campaigns {
            let rule = match &campaign.when {
                When::Rule(_) => rules.next().map(Rule::Compiled).ok_or_else(Vec::new),
                When::Plugin(name) => load_plugin(bundle, name, &file, host).map(Rule::Plugin),
            };
            files.insert(campaign.key.clone(), file);
            match rule {
                Ok(rule) => planned.push(Planned { campaign, rule }),
                Err(found) => complaints.extend(found),
            }
        }
        if !complaints.is_empty() {
            return Err(complaints);
        }
        let holdout = checked.holdout;
        Ok(Self { host: host.clone(), planned, compiled, holdout, files })
    }

    /// The plan, of a version.
    ///
    /// # Errors
    /// When the campaigns do not go together.
    pub(crate) fn plan(&self, version: u64, tenant: &TenantKey) -> Result<Plan, Complaint> {
        self.plan_of(version, tenant, self.planned.clone(), self.holdout.as_ref())
    }

    /// A plan of one campaign alone, changed, to be tried on everybody.
    ///
    /// # Errors
    /// When the campaign is not whole in itself.
    pub(crate) fn alone(
        &self,
        place: usize,
        tenant: &TenantKey,
        change: impl FnOnce(&mut Campaign),
    ) -> Result<Plan, Complaint> {
        self.tried(place, tenant, None, change)
    }

    /// The same, but for those who are held out of all campaigns.
    ///
    /// # Errors
    /// When the campaign is not whole in itself.
    pub(crate) fn alone_with_holdout(
        &self,
        place: usize,
        tenant: &TenantKey,
        change: impl FnOnce(&mut Campaign),
    ) -> Result<Plan, Complaint> {
        self.tried(place, tenant, self.holdout.as_ref(), change)
    }

    fn tried(
        &self,
        place: usize,
        tenant: &TenantKey,
        holdout: Option<&Holdout>,
        change: impl FnOnce(&mut Campaign),
    ) -> Result<Plan, Complaint> {
        let mut planned = self.planned[place].clone();
        change(&mut planned.campaign);
        self.plan_of(0, tenant, vec![planned], holdout)
    }

    /// The rules in CEL, in the order of their campaigns.
    pub(crate) const fn compiled(&self) -> Option<&Compiled> {
        self.compiled.as_ref()
    }

    /// The file of a campaign, as messages have it.
    pub(crate) fn file_of(&self, campaign: &CampaignKey) -> &str {
        self.files.get(campaign).map_or("", |file| file)
    }

    /// The campaigns.
    pub(crate) fn campaigns(&self) -> &[Planned] {
        &self.planned
    }

    fn plan_of(
        &self,
        version: u64,
        tenant: &TenantKey,
        planned: Vec<Planned>,
        holdout: Option<&Holdout>,
    ) -> Result<Plan, Complaint> {
        let (host, compiled) = (self.host.clone(), self.compiled.clone());
        Plan::new(version, tenant.clone(), host, planned, compiled)
            .and_then(|plan| match holdout {
                Some(holdout) => plan.holding_out(holdout.clone()),
                None => Ok(plan),
            })
            .map_err(|error| Complaint::file("", &chain(&error), "mend the campaign that it names"))
    }
}

/// The campaigns, read from these texts, that have the same customers of a layer. Of two files of one campaign it is
/// told already that they are.
fn clashes(campaigns: &[(Box<str>, Written)], texts: &[&str]) -> Vec<Complaint> {
    let found = rules::clashes(campaigns.iter().map(|(_, written)| &written.campaign));
    let told = found.iter().filter(|clash| clash.first.key != clash.second.key).map(|clash| {
        let mut all = campaigns.iter().zip(texts);
        let second = all.find(|((_, written), _)| written.campaign.key == clash.second.key);
        let ((file, Written { layer_at, .. }), text) = second.expect("it is one of them");
        let span = layer_at.clone().expect("a campaign without a layer shares none");
        rules::Diagnostic::at(file, text, span, clash.message(), clash.help()).into()
    });
    told.collect()
}

/// What the rules of a bundle can use.
fn vocabulary(bundle: &Bundle, currency: Currency) -> Result<Vocabulary, Vec<Complaint>> {
    let names = [TRAITS, SEGMENTS].map(|name| (bundle.shown(name), bundle.file(name)));
    let mut texts = Vec::with_capacity(names.len());
    for (file, bytes) in &names {
        let text = bytes.map(|bytes| text(file, bytes)).transpose();
        texts.push(text.map_err(|complaint| vec![complaint])?.map(|text| (file.as_str(), text)));
    }
    rules::vocabulary(currency, texts[0], texts[1]).map_err(told)
}

/// Who is held out of all campaigns of a bundle.
fn holdout(bundle: &Bundle) -> Result<Option<Holdout>, Vec<Complaint>> {
    let Some(bytes) = bundle.file(HOLDOUT) else { return Ok(None) };
    let file = bundle.shown(HOLDOUT);
    let text = text(&file, bytes).map_err(|complaint| vec![complaint])?;
    rules::holdout(&file, text).map(Some).map_err(told)
}

fn text<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, Complaint> {
    std::str::from_utf8(bytes)
        .map_err(|_| Complaint::file(file, "not UTF-8", "save the file as UTF-8"))
}

fn told(found: Vec<rules::Diagnostic>) -> Vec<Complaint> {
    found.into_iter().map(Complaint::from).collect()
}

/// The rules of a program, ready to be asked.
fn load_rules(
    program: &cel::Program,
    vocabulary: &Vocabulary,
    bundle: &Bundle,
    host: &Host,
) -> Result<Compiled, Vec<Complaint>> {
    let set = host.load_rules(program).map_err(|rejection| {
        let message = format!("the rules cannot be compiled: {}", chain(&rejection));
        let help = "make the rules simpler, or try again when the machine is less busy";
        vec![Complaint::file(&bundle.shown(""), &message, help)]
    })?;
    let getters = Getters::new(&vocabulary.schema).expect("a shop has every name of its schema");
    Ok(Compiled { set, getters: Arc::new(getters) })
}

/// The plugin that a campaign names.
fn load_plugin(
    bundle: &Bundle,
    name: &str,
    file: &str,
    host: &Host,
) -> Result<plugins::Plugin, Vec<Complaint>> {
    let Some(source) = bundle.file(name) else {
        let message = format!("the plugin {name:?} is not there");
        let help = "put it below the folder of the campaign";
        return Err(vec![Complaint::file(file, &message, help)]);
    };
    host.load(source).map_err(|rejection| {
        let message = format!("plugin refused: {}", chain(&rejection));
        let help = "wasm-plugins/README.md tells the limits";
        vec![Complaint::file(&bundle.shown(name), &message, help)]
    })
}

#[cfg(test)]
mod tests;
