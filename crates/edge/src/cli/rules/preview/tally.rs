//! What a campaign would do to every customer, counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::{Campaign, CustomerId, Fault, Judgement, VariantKey};
use serde_json::json;

use crate::limits::PREVIEW_SAMPLE_MAX;

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) looked_at: u64,
    /// By the place of the variant within the campaign.
    arms: Vec<Arm>,
    pub(super) at_limit: u64,
    pub(super) elsewhere: u64,
    /// By the kind of fault, with what the first one said.
    faults: BTreeMap<&'static str, (u64, Box<str>)>,
    /// The first of those who match, in the order of their ids.
    sample: Vec<(CustomerId, VariantKey)>,
}

/// One variant's customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Arm {
    customers: u64,
    /// Of them, those who were assigned to it at an earlier exposure.
    kept: u64,
}

// === impl Tally ===

impl Tally {
    /// Notes what became of a customer; whether the campaign is for this one.
    pub(super) fn note(
        &mut self,
        campaign: &Campaign,
        customer: CustomerId,
        judgement: &Judgement,
        faults: &[Fault],
    ) -> bool {
        self.looked_at += 1;
        for fault in faults {
            let (count, _) =
                self.faults.entry(fault.kind.as_str()).or_insert_with(|| (0, fault.detail.clone()));
            *count += 1;
        }
        let (Judgement::Shown(reason) | Judgement::Withheld(reason)) = judgement else {
            return false;
        };
        self.arms.resize(campaign.experiment.variants.len(), Arm::default());
        let mut variants = campaign.experiment.variants.iter();
        if let Some(place) = variants.position(|variant| variant.key == reason.variant) {
            self.arms[place].customers += 1;
            self.arms[place].kept += u64::from(reason.kept);
        }
        if self.sample.len() < PREVIEW_SAMPLE_MAX {
            self.sample.push((customer, reason.variant.clone()));
        }
        true
    }

    /// How many the campaign is for.
    pub(super) fn matching(&self) -> u64 {
        self.arms.iter().map(|arm| arm.customers).sum()
    }

    /// A table for people.
    pub(super) fn to_table(&self, campaign: &Campaign) -> String {
        let matching = self.matching();
        let mut rows = vec![("looked at".to_owned(), self.looked_at, String::new())];
        let of_all = share(matching, self.looked_at);
        rows.push(("the campaign is for".to_owned(), matching, of_all));
        for (variant, arm) in self.by_variant(campaign) {
            let control = campaign.experiment.variants.get(campaign.experiment.control);
            let role = if control.is_some_and(|it| it.key == *variant) { ", control" } else { "" };
            let kept = if arm.kept == 0 {
                String::new()
            } else {
                format!(", {} of them from earlier on", arm.kept)
            };
            let note = format!("{}{role}{kept}", share(arm.customers, matching));
            rows.push((format!("  {variant}"), arm.customers, note));
        }
        if self.at_limit > 0 {
            let note = "shown as often as limits.per_customer allows".to_owned();
            rows.push(("  not now".to_owned(), self.at_limit, note));
        }
        if self.elsewhere > 0 {
            let note = "in another part of its layer".to_owned();
            rows.push(("  elsewhere".to_owned(), self.elsewhere, note));
        }
        for (kind, (count, detail)) in &self.faults {
            rows.push((format!("no answer, {kind}"), *count, detail.to_string()));
        }
        let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
        let mut table = String::from("customers\n");
        for (name, count, note) in rows {
            let line = format!("  {name:<width$}  {count:>12}  {note}");
            writeln!(table, "{}", line.trim_end()).expect("a String takes everything");
        }
        if !self.sample.is_empty() {
            table.push_str("\nsome of them\n");
            for (customer, variant) in &self.sample {
                writeln!(table, "  {customer}  {variant}").expect("a String takes everything");
            }
        }
        table
    }

    /// The same for programs.
    pub(super) fn to_json(&self, campaign: &Campaign) -> serde_json::Value {
        let arm = |(key, arm): (&VariantKey, Arm)| {
            let counts = json!({"customers": arm.customers, "kept": arm.kept});
            (key.as_str().to_owned(), counts)
        };
        let arms: serde_json::Map<_, _> = self.by_variant(campaign).map(arm).collect();
        let fault = |(kind, (count, detail)): (&&str, &(u64, Box<str>))| json!({"kind": kind, "customers": count, "detail": detail});
        let sample = self.sample.iter().map(|(customer, variant)| {
            json!({"customer": customer.to_string(), "variant": variant.as_str()})
        });
        json!({
            "campaign": campaign.key.as_str(),
            "looked_at": self.looked_at,
            "matching": self.matching(),
            "arms": arms,
            "at_limit": self.at_limit,
            "elsewhere_in_layer": self.elsewhere,
            "faults": self.faults.iter().map(fault).collect::<Vec<_>>(),
            "sample": sample.collect::<Vec<_>>(),
        })
    }

    fn by_variant<'c>(
        &self,
        campaign: &'c Campaign,
    ) -> impl Iterator<Item = (&'c VariantKey, Arm)> {
        let variants = campaign.experiment.variants.iter().enumerate();
        variants.map(|(place, variant)| {
            (&variant.key, self.arms.get(place).copied().unwrap_or_default())
        })
    }
}

/// A part of a whole in percent, with one decimal; empty when there is no whole.
fn share(part: u64, whole: u64) -> String {
    match (u128::from(part) * 1_000 + u128::from(whole) / 2).checked_div(u128::from(whole)) {
        Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
