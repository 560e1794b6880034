//! Whether the campaigns of each layer have customers of their own.
//!
//! It concerns all campaigns of a plan, so no file alone can be right or wrong about it.

use std::collections::BTreeMap;

use model::{Campaign, LayerKey, LayerRange};

use crate::limits::LAYER_PLACES;

/// Two campaigns that have the same customers of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash<'a> {
    /// The layer.
    pub layer: &'a LayerKey,
    /// The campaign whose range begins first.
    pub first: &'a Campaign,
    /// The other.
    pub second: &'a Campaign,
    /// The places that both have: the first, and that behind the last.
    pub shared: (u8, u8),
    /// The ranges of the layer that no campaign has, in their order.
    pub free: Vec<(u8, u8)>,
}

/// The clashes among campaigns: each campaign with the one before it that reaches furthest, in the order of
/// layers and ranges. None means that no two campaigns of a layer have a customer in common.
pub fn clashes<'a>(campaigns: impl Iterator<Item = &'a Campaign>) -> Vec<Clash<'a>> {
    let mut layers: BTreeMap<&LayerKey, Vec<(&LayerRange, &Campaign)>> = BTreeMap::new();
    for campaign in campaigns {
        if let Some(range) = &campaign.experiment.layer {
            layers.entry(&range.layer).or_default().push((range, campaign));
        }
    }
    let mut clashes = Vec::new();
    for (layer, mut parts) in layers {
        parts.sort_by_key(|(range, campaign)| (range.from, range.to, &campaign.key));
        let free = free(parts.iter().map(|(range, _)| *range));
        let mut furthest: Option<(&LayerRange, &Campaign)> = None;
        for (range, campaign) in parts {
            if let Some((before, first)) = furthest.filter(|(before, _)| before.to > range.from) {
                let shared = (range.from, range.to.min(before.to));
                let free = free.clone();
                clashes.push(Clash { layer, first, second: campaign, shared, free });
            }
            if furthest.is_none_or(|(before, _)| before.to < range.to) {
                furthest = Some((range, campaign));
            }
        }
    }
    clashes
}

/// What ranges, in the order of their beginnings, leave of a layer.
fn free<'a>(ranges: impl Iterator<Item = &'a LayerRange>) -> Vec<(u8, u8)> {
    let mut free = Vec::new();
    let mut end = 0;
    for range in ranges {
        if end < range.from {
            free.push((end, range.from));
        }
        end = end.max(range.to);
    }
    if end < LAYER_PLACES {
        free.push((end, LAYER_PLACES));
    }
    free
}

// === impl Clash ===

impl Clash<'_> {
    /// What is wrong with the second campaign.
    pub fn message(&self) -> String {
        let Self { layer, first, second, shared: (from, to), .. } = self;
        format!(
            "the campaigns {} and {} both have the customers from {from} to {to} of the layer {:?}",
            first.key,
            second.key,
            layer.as_str()
        )
    }

    /// What to write instead.
    pub fn help(&self) -> String {
        let free = self.free.iter().map(|(from, to)| format!("from = {from}, to = {to}"));
        let free: Vec<String> = free.collect();
        match free.is_empty() {
            true => "nothing of the layer is free: make another range of it smaller".to_owned(),
            false => format!("free are {}", free.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Campaign, CampaignKey, LayerKey, LayerRange};
    use proptest::prelude::*;

    use super::clashes;
    use crate::cel::Vocabulary;

    fn campaign(key: &str, layer: &str, from: u8, to: u8) -> Campaign {
        let text = include_str!("../../../rules/demo/cart-rescue.toml");
        let written = crate::campaign("cart-rescue.toml", text, &Vocabulary::default());
        let mut campaign = written.expect("valid").campaign;
        campaign.key = CampaignKey::parse(key).expect("valid");
        let layer = LayerKey::parse(layer).expect("valid");
        campaign.experiment.layer = Some(LayerRange { layer, from, to });
        campaign
    }

    fn told(campaigns: &[Campaign]) -> Vec<(String, String)> {
        let found = clashes(campaigns.iter());
        found.iter().map(|clash| (clash.message(), clash.help())).collect()
    }

    #[test]
    fn campaigns_side_by_side_and_in_different_layers_do_not_clash() {
        let campaigns = [
            campaign("c", "checkout", 50, 100),
            campaign("a", "checkout", 0, 25),
            campaign("b", "checkout", 25, 50),
            campaign("d", "home", 0, 100),
        ];
        assert_eq!(told(&campaigns), []);
    }

    #[test]
    fn a_clash_names_both_campaigns_what_they_share_and_what_is_free() {
        let campaigns = [campaign("b", "checkout", 40, 60), campaign("a", "checkout", 10, 50)];
        let message =
            "the campaigns a and b both have the customers from 40 to 50 of the layer \"checkout\"";
        let help = "free are from = 0, to = 10; from = 60, to = 100";
        assert_eq!(told(&campaigns), [(message.to_owned(), help.to_owned())]);
        let campaigns = [campaign("a", "checkout", 0, 100), campaign("b", "checkout", 30, 31)];
        let help = "nothing of the layer is free: make another range of it smaller";
        assert_eq!(told(&campaigns)[0].1, help);
    }

    proptest! {
        #[test]
        fn there_is_a_clash_exactly_when_a_place_is_in_two_ranges(
            ranges in prop::collection::vec((0_u8..100, 1_u8..30), 0..8),
        ) {
            let campaigns: Vec<Campaign> = ranges
                .iter()
                .enumerate()
                .map(|(number, &(from, length))| {
                    campaign(&format!("c{number}"), "l", from, (from + length).min(100))
                })
                .collect();
            let owners = |place: u8| {
                let parts = campaigns.iter().filter_map(|it| it.experiment.layer.as_ref());
                parts.filter(|range| range.includes(place)).count()
            };
            let shared = (0..100).any(|place| owners(place) > 1);
            let found = clashes(campaigns.iter());
            prop_assert_eq!(!found.is_empty(), shared);
            for clash in found {
                for place in 0..100 {
                    let is_free = clash.free.iter().any(|&(from, to)| (from..to).contains(&place));
                    prop_assert_eq!(is_free, owners(place) == 0);
                    let (from, to) = clash.shared;
                    prop_assert!(!(from..to).contains(&place) || owners(place) > 1);
                }
            }
        }
    }
}
