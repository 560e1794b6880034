//! Short names that people give to things: campaigns, variants, offers, placements.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::limits::KEY_BYTES_MAX;

/// A name that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a valid name: {text:?}; write 1 to {KEY_BYTES_MAX} of a-z, 0-9, - and _, \
     beginning with a letter or digit"
)]
pub struct KeyError {
    text: String,
}

/// Checks a name and takes it.
pub(crate) fn checked(text: &str) -> Result<Arc<str>, KeyError> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins_well && text.len() <= KEY_BYTES_MAX && text.bytes().all(allowed) {
        return Ok(Arc::from(text));
    }
    Err(KeyError { text: text.chars().take(KEY_BYTES_MAX).collect() })
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the name if it is allowed.
            ///
            /// # Errors
            /// When it is empty, too long or has other characters than `a-z`, `0-9`, `-` and `_`.
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                checked(text).map(Self)
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}
pub(crate) use key;

key! {
    /// The name of a campaign, unique within its tenant, such as `cart-rescue`.
    CampaignKey
}
key! {
    /// The name of a variant (arm) of an experiment, such as `control`.
    VariantKey
}
key! {
    /// The name of an offer within its campaign.
    OfferKey
}
key! {
    /// The name of a group of campaigns that exclude each other on a page.
    GroupKey
}
key! {
    /// The name of a layer, whose campaigns share customers out among one another.
    LayerKey
}
key! {
    /// The name of a segment, a condition that several rules use.
    SegmentKey
}
key! {
    /// A place on the page that shows at most one offer, such as `interstitial`.
    Placement
}

#[cfg(test)]
mod tests {
    use super::CampaignKey;

    #[test]
    fn only_short_plain_names_are_allowed() {
        assert!(CampaignKey::parse("cart-rescue_2").is_ok());
        for text in ["", "-a", "Cart", "a b", "ä", &"x".repeat(65)] {
            assert!(CampaignKey::parse(text).is_err(), "{text:?}");
        }
    }
}
