//! What shows hold back of budgets, and redeemed tokens, as they lie on disk.

use bincode::{BorrowDecode, Encode};
use model::{Charge, Currency, Money, OfferKey, Redemption, Timestamp};

use super::{campaign_key, variant_key};

#[derive(Encode, BorrowDecode)]
pub(super) struct StoredCharge<'a> {
    campaign: &'a str,
    discount: Option<StoredMoney<'a>>,
    confirm_until_ms: i64,
}

/// The body of `KIND_REDEEMED`.
#[derive(Encode, BorrowDecode)]
pub(super) struct StoredRedeemed<'a> {
    /// Big endian.
    token: [u8; 16],
    campaign: &'a str,
    variant: &'a str,
    offer: &'a str,
    order_id: Option<&'a str>,
    at_ms: i64,
}

#[derive(Encode, BorrowDecode)]
struct StoredMoney<'a> {
    minor: i64,
    currency: &'a str,
}

// === impl StoredCharge ===

impl<'a> From<&'a Charge> for StoredCharge<'a> {
    fn from(charge: &'a Charge) -> Self {
        let Charge { campaign, discount, confirm_until } = charge;
        let stored = |Money { minor, currency }: &'a Money| StoredMoney {
            minor: *minor,
            currency: currency.code(),
        };
        Self {
            campaign: campaign.as_str(),
            discount: discount.as_ref().map(stored),
            confirm_until_ms: confirm_until.ms(),
        }
    }
}

impl StoredCharge<'_> {
    pub(super) fn into_model(self) -> Result<Charge, String> {
        let money = |StoredMoney { minor, currency }| match Currency::parse(currency) {
            Ok(currency) => Ok(Money::from_minor(minor, currency)),
            Err(error) => Err(error.to_string()),
        };
        Ok(Charge {
            campaign: campaign_key(self.campaign)?,
            discount: self.discount.map(money).transpose()?,
            confirm_until: Timestamp::from_ms(self.confirm_until_ms),
        })
    }
}

// === impl StoredRedeemed ===

impl<'a> From<&'a Redemption> for StoredRedeemed<'a> {
    fn from(redemption: &'a Redemption) -> Self {
        let Redemption { token, campaign, variant, offer, order_id, at } = redemption;
        Self {
            token: token.to_be_bytes(),
            campaign: campaign.as_str(),
            variant: variant.as_str(),
            offer: offer.as_str(),
            order_id: order_id.as_deref(),
            at_ms: at.ms(),
        }
    }
}

impl StoredRedeemed<'_> {
    pub(super) fn into_model(self) -> Result<Redemption, String> {
        Ok(Redemption {
            token: u128::from_be_bytes(self.token),
            campaign: campaign_key(self.campaign)?,
            variant: variant_key(self.variant)?,
            offer: OfferKey::parse(self.offer).map_err(|error| error.to_string())?,
            order_id: self.order_id.map(Into::into),
            at: Timestamp::from_ms(self.at_ms),
        })
    }
}
