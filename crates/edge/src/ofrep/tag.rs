//! The `ETag` of all flags: it tells whether an answer is new, and what a page has that asks again.
//!
//! ```text
//! W/"83be5c1f0e6d4a7295d0c4b1a8f36e27.0193...c2e45f2a91c0.0193...c2e40b7de344.5d41402abc4b2a76b9719d911017c592"
//!    digest of what the answer means  one mark for each campaign that has an arm   short MAC of all before it
//!                                     in it: 32 digits of the decision that
//!                                     exposed the customer, 8 of the campaign
//! ```
//!
//! A page that polls keeps what it has. So a campaign that it shows already, or withholds, is decided on as for a page
//! view that is repeated: it is not recorded or reserved once more, and not taken away by a limit or a budget that is
//! used up by now; all that is new is recorded as ever. Which campaigns these are must be known even when the answer has
//! changed otherwise, because another one came or a token was renewed, and after a restart. The caller keeps it, in the
//! tag.
//!
//! A tag that this installation did not seal says nothing, and what one says is believed only as far as the customer's
//! profile remembers that exposure, of a day ago at most. So by another's tag nobody sees anything or comes into an
//! experiment, and a show has one number for its tokens, whatever else happens to its page and its customer. A page that
//! stays open for longer is counted once more.
//!
//! What the profile remembers is to which arm it was, and what the campaign offered: when that changes, the page has
//! something new in every arm. A campaign whose rule could not answer keeps its mark, for it was not the page that lost it.
//!
//! The tag is weak, because equal answers may differ in what does not matter.

use std::fmt::Write;

use hyper::HeaderMap;
use hyper::header::{HeaderValue, IF_NONE_MATCH};
use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{CampaignKey, short_fingerprint};
use uuid::Uuid;

use crate::digest::digest;
use crate::limits::ENTITY_TAGS_MAX;
use crate::seal::Seal;

/// What the key is derived for.
pub(crate) const PURPOSE: &[u8] = b"entity tags";

/// What is fingerprinted for marks, told from what else is.
const LABEL: u64 = 0x666c_6167;

/// An entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    digest: u128,
    marks: Vec<Mark>,
}

/// A campaign, in short, for it is looked for among those in which one customer is, and the decision by which the page
/// has an arm of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    decision: Uuid,
    campaign: u32,
}

// === impl Tag ===

impl Tag {
    /// The tag of an answer, by what it means and the campaigns that have an arm in it. Marks are for no more than a
    /// profile remembers exposures to.
    pub(super) fn new(meaning: &[u8], marks: impl Iterator<Item = Mark>) -> Self {
        let digest = u128::from_be_bytes(digest(&[meaning]));
        Self { digest, marks: marks.take(PROFILE_CAMPAIGNS_MAX).collect() }
    }

    /// Those of ours among the first tags that a caller's `If-None-Match` lists.
    pub(crate) fn listed(headers: &HeaderMap, seal: &Seal) -> Vec<Self> {
        let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
        let tags = lists.flat_map(|list| list.split(',')).take(ENTITY_TAGS_MAX);
        tags.filter_map(|tag| Self::parse(tag.trim(), seal)).collect()
    }

    /// Reads a tag, which is the same weak or strong: the weak comparison of RFC 9110 is meant. `None` when it does
    /// not have this seal.
    pub(super) fn parse(text: &str, seal: &Seal) -> Option<Self> {
        let text = text.strip_prefix("W/").unwrap_or(text);
        let text = text.strip_prefix('"')?.strip_suffix('"')?;
        let (said, mac) = text.rsplit_once('.')?;
        let mac = u128::from_str_radix(mac, 16).ok().filter(|_| !mac.starts_with('+'))?;
        if !seal.is_on(said.as_bytes(), &mac.to_be_bytes()) {
            return None;
        }
        let mut parts = said.split('.');
        let digest = u128::from_str_radix(parts.next()?, 16).ok()?;
        let marks = parts.map(Mark::parse).collect::<Option<Vec<_>>>()?;
        Some(Self { digest, marks })
    }

    /// The tag as a header's value.
    pub(crate) fn to_header(&self, seal: &Seal) -> HeaderValue {
        let mut said = format!("{:032x}", self.digest);
        for Mark { decision, campaign } in &self.marks {
            write!(said, ".{:032x}{campaign:08x}", decision.as_u128()).expect("a string takes all");
        }
        let text = format!("W/\"{said}.{:032x}\"", seal.short_mac(said.as_bytes()));
        HeaderValue::from_str(&text).expect("a tag is of letters, digits, dots and quotes")
    }

    /// Whether both are of answers that mean the same, whichever decisions they are by.
    pub(crate) const fn means_the_same_as(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// The decision by which a page with this tag has an arm of a campaign.
    pub(crate) fn decision_on(&self, campaign: &CampaignKey) -> Option<Uuid> {
        let campaign = in_short(campaign);
        self.marks.iter().find(|mark| mark.campaign == campaign).map(|mark| mark.decision)
    }
}

// === impl Mark ===

impl Mark {
    /// The mark of a campaign of which the page has an arm by this decision.
    pub(super) fn new(campaign: &CampaignKey, decision: Uuid) -> Self {
        Self { decision, campaign: in_short(campaign) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (decision, campaign) = text.split_at_checked(32)?;
        let decision = Uuid::from_u128(u128::from_str_radix(decision, 16).ok()?);
        Some(Self { decision, campaign: u32::from_str_radix(campaign, 16).ok()? })
    }
}

fn in_short(campaign: &CampaignKey) -> u32 {
    short_fingerprint(LABEL, campaign.as_str().as_bytes())
}
