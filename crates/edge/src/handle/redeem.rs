//! `POST /v1/redeem`: the shop's server honours an offer, once.
//!
//! The token says everything; what has to be known beside it is only whether it was redeemed before. That
//! is what the deduplication window remembers, for as long as any token holds, so redeeming is admitted
//! like an event: of two calls at once one is first, and both are answered only when that one is durable.

use std::fmt;

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use model::{Redemption, TenantKey, Timestamp};
use serde::Serialize;

use super::caller::Credentials;
use super::{Answer, body, json};
use crate::decide::Taken;
use crate::keys::Kind;
use crate::limits::REDEEM_BODY_BYTES_MAX;
use crate::problem::Problem;
use crate::record::Redeemed;
use crate::segment::json::{Spelling, read_object, string, string_or_number};
use crate::segment::limits::ORDER_ID_BYTES_MAX;
use crate::segment::{WireError, utf8};
use crate::service::Service;
use crate::token::Token;

/// What a shop is told of a token that it may honour.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Honoured<'a> {
    campaign: &'a str,
    variant: &'a str,
    offer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<Taken<'a>>,
    customer_id: String,
    issued_at: String,
    expires_at: String,
    redeemed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a str>,
}

/// Redeems a token and answers when that is durable.
pub(super) async fn redeem(
    service: &Service,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let credentials = Credentials::of(request.headers());
    let bytes = body::read(request, REDEEM_BODY_BYTES_MAX)
        .await
        .map_err(|error| body::of_json(error, REDEEM_BODY_BYTES_MAX))?;
    let (caller, _) = credentials.authenticate(service, None)?;
    if caller.kind() != Kind::Secret {
        return Err(Problem::wrong_kind_of_key("secret"));
    }
    let (token, order_id) = read(&bytes)?;
    let token = Token::open(&token, &service.token_seal).map_err(|_| Problem::invalid_token())?;
    let tenant: &TenantKey = caller.tenant();
    if token.tenant != *tenant {
        return Err(Problem::invalid_token());
    }
    let redemption = Redemption {
        token: token.id,
        campaign: token.campaign.clone(),
        variant: token.variant.clone(),
        offer: token.offer.clone(),
        order_id,
        at: now,
    };
    let order_id = redemption.order_id.clone();
    let recorded = tokio::task::block_in_place(|| {
        service.recorder.redemption(tenant, token.customer, redemption, token.expires_at)
    })?;
    match recorded {
        Redeemed::Now { lsn } => {
            service.journal.durable(lsn).await?;
            Ok(honoured(&token, order_id.as_deref(), now))
        }
        Redeemed::Before { lsn, hour } => {
            // Told only when it cannot turn out otherwise.
            service.journal.durable(lsn).await?;
            Err(Problem::already_redeemed(hour))
        }
        Redeemed::Expired => Err(Problem::token_expired(token.expires_at)),
    }
}

fn honoured(token: &Token, order_id: Option<&str>, now: Timestamp) -> Answer {
    let text = |it: &dyn fmt::Display| it.to_string();
    let honoured = Honoured {
        campaign: token.campaign.as_str(),
        variant: token.variant.as_str(),
        offer: token.offer.as_str(),
        discount: token.discount.as_ref().map(Taken),
        customer_id: text(&token.customer),
        issued_at: text(&token.issued_at),
        expires_at: text(&token.expires_at),
        redeemed_at: text(&now),
        order_id,
    };
    json(StatusCode::OK, serde_json::to_vec(&honoured).expect("text and numbers are JSON"))
}

/// The token and the order's name, which is spelled `order_id` as in events, or `orderId`.
fn read(body: &[u8]) -> Result<(String, Option<Box<str>>), WireError> {
    let [token, order_id] = read_object(utf8(body)?, &["token", "orderid"], Spelling::Loose)
        .map_err(|error| WireError::of_json(&error))?;
    let wrong = |field, problem| WireError::InvalidField { field, problem };
    let token = token.and_then(string).ok_or(wrong("token", "must be the token's text"))?;
    let order_id = match order_id {
        None => None,
        Some(value) => {
            let text = string_or_number(value).filter(|text| text.len() <= ORDER_ID_BYTES_MAX);
            Some(text.ok_or(wrong("order_id", "must be a text of at most 256 bytes"))?.into())
        }
    };
    Ok((token.into_owned(), order_id))
}

const _: () = assert!(ORDER_ID_BYTES_MAX == 256, "the text above says so");
