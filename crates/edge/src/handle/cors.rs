//! Which pages of other origins may call, and read the answer.
//!
//! The tenant's list is enforced where the key is known (`caller`). A preflight carries no key, so it
//! is answered for an origin that any tenant allows; it gives away nothing but that.

use hyper::StatusCode;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
};

use super::{Answer, text};
use crate::service::Service;

/// Lets a page of an allowed origin read the answer.
pub(super) fn allow(service: &Service, origin: &HeaderValue, answer: &mut Answer) {
    let headers = answer.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if origin.to_str().is_ok_and(|origin| service.tenants.any_allows(origin)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = HeaderValue::from_static("etag, retry-after");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// The answer to a preflight; [`allow`] adds the origin.
pub(super) fn preflight() -> Answer {
    let mut answer = text(StatusCode::NO_CONTENT, "");
    let headers = answer.headers_mut();
    let methods = HeaderValue::from_static("GET, POST, OPTIONS");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    let allowed = "authorization, content-type, x-retry-count, if-none-match, x-api-key";
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    answer
}
