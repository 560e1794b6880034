//! Who calls: the key of a request, and what it may do.
//!
//! A key may stand in `Authorization` as a Bearer token or, as Segment's clients send it, as the user
//! of Basic authentication; in `X-API-Key`, as clients of flags send it; or in the body as `writeKey`. The
//! first of them that there is counts. A publishable key is no
//! secret, so a browser that sends one must come from an origin that the tenant lists.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, ORIGIN};

use crate::config;
use crate::keys::{Caller, Kind};
use crate::problem::Problem;
use crate::service::Service;

/// The header that holds nothing but a key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where a request says who sent it, apart from its body.
#[derive(Debug)]
pub(super) struct Credentials {
    authorization: Option<HeaderValue>,
    api_key: Option<HeaderValue>,
    origin: Option<HeaderValue>,
}

// === impl Credentials ===

impl Credentials {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let header = |name| headers.get(name).cloned();
        Self {
            authorization: header(AUTHORIZATION),
            api_key: header(API_KEY),
            origin: header(ORIGIN),
        }
    }

    /// The caller, proved by the key in the header or else by `in_body`, and the tenant's settings.
    pub(super) fn authenticate<'a>(
        &self,
        service: &'a Service,
        in_body: Option<&str>,
    ) -> Result<(Caller, &'a config::Tenant), Problem> {
        let in_header = self.authorization.as_ref().and_then(key_of);
        let by_itself = self.api_key.as_ref().and_then(|key| key.to_str().ok());
        let key = in_header.as_deref().or(by_itself).or(in_body).ok_or_else(Problem::no_key)?;
        let caller = service.keys.load().authenticate(key)?;
        // A key may outlive its tenant's section in the configuration.
        let settings = service.tenants.get(caller.tenant()).ok_or_else(Problem::no_tenant)?;
        match (caller.kind(), &self.origin) {
            (Kind::Admin, _) => Err(Problem::wrong_kind_of_key("publishable or secret")),
            (Kind::Publishable, Some(origin))
                if !origin.to_str().is_ok_and(|origin| settings.allows(origin)) =>
            {
                Err(Problem::origin_not_allowed())
            }
            (Kind::Publishable | Kind::Secret, _) => Ok((caller, settings)),
        }
    }
}

/// The key in an `Authorization` header; `None` when it holds none that can be read.
fn key_of(header: &HeaderValue) -> Option<Cow<'_, str>> {
    let (scheme, rest) = header.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Cow::Borrowed(rest)).filter(|key| !key.is_empty());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(rest).ok()?).ok()?;
    let key = decoded.split(':').next()?;
    (!key.is_empty()).then(|| Cow::Owned(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::key_of;

    fn key(header: &'static str) -> Option<String> {
        key_of(&HeaderValue::from_static(header)).map(std::borrow::Cow::into_owned)
    }

    #[test]
    fn a_key_is_found_in_either_scheme() {
        assert_eq!(key("Bearer vsk_1").as_deref(), Some("vsk_1"));
        assert_eq!(key("bearer  vsk_1").as_deref(), Some("vsk_1"));
        assert_eq!(key("Basic dnNrXzE6").as_deref(), Some("vsk_1"));
        assert_eq!(key("Basic dnNrXzE6cGFzc3dvcmQ").as_deref(), Some("vsk_1"));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for header in ["", "Bearer", "Bearer ", "Digest vsk_1", "Basic !!!", "Basic Og=="] {
            assert_eq!(key(header), None, "{header:?}");
        }
    }
}
