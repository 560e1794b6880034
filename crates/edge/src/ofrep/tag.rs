//! The `ETag` of all flags: it tells whether an answer is new, and what a page has that asks again.
//!
//! ```text
//! W/"83be5c1f0e6d4a7295d0c4b1a8f36e27.5f2a91c0.0b7de344"
//!    digest of what the answer means  |        one mark for each campaign that has an arm in it
//! ```
//!
//! A page that polls keeps what it has. So a campaign that it shows already, or withholds, is decided on as for a page
//! view that is repeated: it is not recorded or reserved once more, and not taken away by a limit that it has filled
//! itself; all that is new is recorded as ever. Which campaigns these are must be known even when the answer has
//! changed otherwise, because another one came or a token was renewed, and after a restart. The caller keeps it, in the
//! tag.
//!
//! What a caller claims is believed only of campaigns in which the customer is enrolled, and to which an exposure was
//! recorded at most [`ON_PAGE_MAX`] ago. By a made-up tag one can see an offer again that one has been given, as by sending a
//! page view twice; nobody comes into an experiment by it. A page that stays open for longer is counted once more.
//!
//! The tag is weak, because equal answers may differ in what does not matter.

use decision::Arm;
use hyper::HeaderMap;
use hyper::header::{HeaderValue, IF_NONE_MATCH};
use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{Campaign, CampaignKey, Profile, Timestamp, VariantKey};
use sha2::{Digest, Sha256};

use crate::limits::ON_PAGE_MAX;

/// An entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    digest: u128,
    marks: Vec<Mark>,
}

/// A campaign and an arm of it, in short. It is looked for among those in which one customer is, so few bits
/// are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark(u32);

// === impl Tag ===

impl Tag {
    /// The tag of an answer, by what it means and the campaigns that have an arm in it. Marks are for no more than a
    /// profile remembers exposures to.
    pub(super) fn new<'a>(
        meaning: &[u8],
        arms: impl Iterator<Item = (&'a CampaignKey, &'a VariantKey)>,
    ) -> Self {
        let digest = u128::from_be_bytes(first_bytes(&Sha256::digest(meaning)));
        let marks = arms.map(|(campaign, variant)| Mark::of(campaign, variant));
        Self { digest, marks: marks.take(PROFILE_CAMPAIGNS_MAX).collect() }
    }

    /// The tags that a caller's `If-None-Match` lists, as far as they are ours.
    pub(crate) fn listed(headers: &HeaderMap) -> Vec<Self> {
        let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
        lists.flat_map(|list| list.split(',')).filter_map(|tag| Self::parse(tag.trim())).collect()
    }

    /// Reads a tag, which is the same weak or strong: the weak comparison of RFC 9110 is meant.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("W/").unwrap_or(text);
        let mut parts = text.strip_prefix('"')?.strip_suffix('"')?.split('.');
        let digest = u128::from_str_radix(parts.next()?, 16).ok()?;
        let marks = parts.map(|mark| u32::from_str_radix(mark, 16).map(Mark));
        let marks: Vec<Mark> = marks.collect::<Result<_, _>>().ok()?;
        (marks.len() <= PROFILE_CAMPAIGNS_MAX).then_some(Self { digest, marks })
    }

    /// The tag as a header's value.
    pub(crate) fn to_header(&self) -> HeaderValue {
        let marks: String = self.marks.iter().map(|Mark(mark)| format!(".{mark:08x}")).collect();
        let text = format!("W/\"{:032x}{marks}\"", self.digest);
        HeaderValue::from_str(&text).expect("a tag is of letters, digits, dots and quotes")
    }

    /// What a page with this tag has, of the arms of these campaigns and as far as the customer was exposed to them.
    pub(crate) fn on_page(
        &self,
        campaigns: &[&Campaign],
        profile: &Profile,
        now: Timestamp,
    ) -> Vec<Arm> {
        let since = now.minus(ON_PAGE_MAX);
        let enrolled = campaigns.iter().filter(|it| profile.enrolment(&it.key).is_some());
        let exposed = enrolled.filter(|it| profile.exposures_since(&it.key, since) > 0);
        exposed.filter_map(|campaign| self.arm(campaign)).collect()
    }

    /// The arm of a campaign for which there is a mark.
    fn arm(&self, campaign: &Campaign) -> Option<Arm> {
        let mut variants = campaign.experiment.variants.iter().map(|variant| &variant.key);
        let marked = variants.find(|key| self.marks.contains(&Mark::of(&campaign.key, key)))?;
        Some(Arm { campaign: campaign.key.clone(), variant: marked.clone() })
    }
}

// === impl Mark ===

impl Mark {
    fn of(campaign: &CampaignKey, variant: &VariantKey) -> Self {
        let mut digest = Sha256::new();
        digest.update(campaign.as_str());
        // No key has it, so it parts them.
        digest.update("/");
        digest.update(variant.as_str());
        Self(u32::from_be_bytes(first_bytes(&digest.finalize())))
    }
}

fn first_bytes<const N: usize>(digest: &[u8]) -> [u8; N] {
    let first = digest.first_chunk().expect("a digest is longer than what is taken of it");
    *first
}
