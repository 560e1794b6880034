//! The `ETag` of all flags: it tells whether an answer is new, and what a page has that asks again.
//!
//! ```text
//! W/"83be5c1f0e6d4a7295d0c4b1a8f36e27.5f2a91c0.0b7de344"
//!    digest of what the answer means  |        one mark for each campaign that has an arm in it
//! ```
//!
//! A page that polls keeps what it has. So a campaign that it shows already, or withholds, is decided on as for a page
//! view that is repeated: it is not recorded or reserved once more, and not taken away by a limit or a budget that is
//! used up by now; all that is new is recorded as ever. Which campaigns these are must be known even when the answer has
//! changed otherwise, because another one came or a token was renewed, and after a restart. The caller keeps it, in the
//! tag.
//!
//! What a caller claims is believed only of the arms that its customer has, where an exposure was recorded at most a day
//! ago. By a made-up tag one can see an offer again that one has been given, as by sending a page view twice; nobody comes
//! into an experiment by it, and its tokens are redeemed once. A page that stays open for longer is counted once more.
//!
//! The tag is weak, because equal answers may differ in what does not matter.

use hyper::HeaderMap;
use hyper::header::{HeaderValue, IF_NONE_MATCH};
use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{CampaignKey, VariantKey, fingerprint, short_fingerprint};

use crate::digest::digest;
use crate::limits::ENTITY_TAGS_MAX;

/// What is fingerprinted for marks, told from what else is.
const LABEL: u64 = 0x666c_6167;

/// An entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    digest: u128,
    marks: Vec<Mark>,
}

/// A campaign and an arm of it, in short. It is looked for among those in which one customer is, so half a
/// fingerprint is enough.
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
        let digest = u128::from_be_bytes(digest(&[meaning]));
        let marks = arms.map(|(campaign, variant)| Mark::of(campaign, variant));
        Self { digest, marks: marks.take(PROFILE_CAMPAIGNS_MAX).collect() }
    }

    /// The first tags that a caller's `If-None-Match` lists, as far as they are ours.
    pub(crate) fn listed(headers: &HeaderMap) -> Vec<Self> {
        let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
        let tags = lists.flat_map(|list| list.split(',')).take(ENTITY_TAGS_MAX);
        tags.filter_map(|tag| Self::parse(tag.trim())).collect()
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

    /// Whether a page with this tag has an arm of a campaign.
    pub(crate) fn has(&self, campaign: &CampaignKey, variant: &VariantKey) -> bool {
        self.marks.contains(&Mark::of(campaign, variant))
    }
}

// === impl Mark ===

impl Mark {
    fn of(campaign: &CampaignKey, variant: &VariantKey) -> Self {
        let campaign = fingerprint(LABEL, campaign.as_str().as_bytes());
        Self(short_fingerprint(campaign, variant.as_str().as_bytes()))
    }
}
