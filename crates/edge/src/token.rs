//! Tokens: what a shop shows to have an offer honoured, once.
//!
//! A token says which offer was made to whom and until when it holds, under a MAC of this installation,
//! so nothing has to be looked up to believe it. It is an offer, not an identity: whoever has it may
//! redeem it, for whatever cart.
//!
//! ```text
//! token    base64url(payload) "." base64url(HMAC-SHA256 of the payload)     without padding
//!
//! payload  | version: u8 = 1 | id: 16 | customer: 16 | issued: i64 | expires: i64 | discount |
//!          | tenant | campaign | variant | offer |
//! discount | 0 |    or    | 1 | percent: u8 |    or    | 2 | minor: i64 | currency: 3 |
//! name     | length: u8 | bytes |
//! ```
//!
//! Numbers are big-endian, times are milliseconds since 1970. A later version keeps the first byte in its
//! place. The MAC is that of [`crate::seal`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{
    CampaignKey, Currency, CustomerId, Discount, Money, OfferKey, TenantKey, Timestamp, VariantKey,
};

use crate::limits::TOKEN_BYTES_MAX;
use crate::seal::Seal;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The number of the show that it is for, which is redeemed once.
    pub(crate) id: u128,
    /// Whose offer it is.
    pub(crate) tenant: TenantKey,
    /// The customer to whom the offer was made.
    pub(crate) customer: CustomerId,
    /// The campaign that made it.
    pub(crate) campaign: CampaignKey,
    /// The customer's variant.
    pub(crate) variant: VariantKey,
    /// The offer.
    pub(crate) offer: OfferKey,
    /// What it takes off, if anything.
    pub(crate) discount: Option<Discount>,
    /// When the token was made.
    pub(crate) issued_at: Timestamp,
    /// From when on it is void.
    pub(crate) expires_at: Timestamp,
}

/// The text is no token of this installation. Nothing more is told, so that nobody learns from it how to
/// make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotOurs;

/// A payload that is still to be read.
struct Payload<'a>(&'a [u8]);

/// What the key is derived for.
pub(crate) const PURPOSE: &[u8] = b"offer tokens";

const MAC_BYTES: usize = 32;
const VERSION: u8 = 1;
const NO_DISCOUNT: u8 = 0;
const PERCENT: u8 = 1;
const AMOUNT: u8 = 2;

// === impl Token ===

impl Token {
    /// Writes and seals it.
    pub(crate) fn sealed(&self, seal: &Seal) -> String {
        let payload = self.payload();
        let mut text = URL_SAFE_NO_PAD.encode(&payload);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(seal.mac(&payload), &mut text);
        text
    }

    /// Reads a token, if it has this seal.
    pub(crate) fn open(text: &str, seal: &Seal) -> Result<Self, NotOurs> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(NotOurs);
        }
        let (payload, mac) = text.split_once('.').ok_or(NotOurs)?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| NotOurs);
        let (payload, mac) = (decoded(payload)?, decoded(mac)?);
        if mac.len() != MAC_BYTES || !seal.is_on(&payload, &mac) {
            return Err(NotOurs);
        }
        Payload(&payload).token().ok_or(NotOurs)
    }

    fn payload(&self) -> Vec<u8> {
        let mut payload = vec![VERSION];
        payload.extend_from_slice(&self.id.to_be_bytes());
        payload.extend_from_slice(&self.customer.to_u128().to_be_bytes());
        payload.extend_from_slice(&self.issued_at.ms().to_be_bytes());
        payload.extend_from_slice(&self.expires_at.ms().to_be_bytes());
        match self.discount {
            None => payload.push(NO_DISCOUNT),
            Some(Discount::Percent(percent)) => payload.extend_from_slice(&[PERCENT, percent]),
            Some(Discount::Amount(Money { minor, currency })) => {
                payload.push(AMOUNT);
                payload.extend_from_slice(&minor.to_be_bytes());
                payload.extend_from_slice(currency.code().as_bytes());
            }
        }
        let names = [
            self.tenant.as_str(),
            self.campaign.as_str(),
            self.variant.as_str(),
            self.offer.as_str(),
        ];
        for name in names {
            payload.push(u8::try_from(name.len()).expect("a key has at most 64 bytes"));
            payload.extend_from_slice(name.as_bytes());
        }
        payload
    }
}

// === impl Payload ===

impl<'a> Payload<'a> {
    /// The token; `None` when the bytes are none of this version.
    fn token(mut self) -> Option<Token> {
        if self.byte()? != VERSION {
            return None;
        }
        let id = u128::from_be_bytes(self.take()?);
        let customer = CustomerId::from_u128(u128::from_be_bytes(self.take()?));
        let issued_at = Timestamp::from_ms(i64::from_be_bytes(self.take()?));
        let expires_at = Timestamp::from_ms(i64::from_be_bytes(self.take()?));
        let token = Token {
            id,
            customer,
            issued_at,
            expires_at,
            discount: self.discount()?,
            tenant: TenantKey::parse(self.name()?).ok()?,
            campaign: CampaignKey::parse(self.name()?).ok()?,
            variant: VariantKey::parse(self.name()?).ok()?,
            offer: OfferKey::parse(self.name()?).ok()?,
        };
        self.0.is_empty().then_some(token)
    }

    fn discount(&mut self) -> Option<Option<Discount>> {
        Some(match self.byte()? {
            NO_DISCOUNT => None,
            PERCENT => Some(Discount::Percent(self.byte()?)),
            AMOUNT => {
                let minor = i64::from_be_bytes(self.take()?);
                let code: [u8; 3] = self.take()?;
                let currency = Currency::parse(std::str::from_utf8(&code).ok()?).ok()?;
                Some(Discount::Amount(Money::from_minor(minor, currency)))
            }
            _ => return None,
        })
    }

    fn name(&mut self) -> Option<&'a str> {
        let length = usize::from(self.byte()?);
        let (name, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(name).ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests;
