//! A request's body, bounded in bytes and time.

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Request;
use hyper::body::{Body as _, Incoming};

use crate::limits::{BODY_TIMEOUT, DECIDE_BODY_BYTES_MAX, INGEST_BODY_BYTES_MAX};
use crate::problem::Problem;
use crate::segment::WireError;

/// Why there is no body to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than allowed.
    TooLong,
    /// It did not arrive in time.
    TooSlow,
    /// The connection broke, or the encoding of its chunks is wrong.
    Broken,
}

/// The whole body, if it is at most `bytes_max` long.
pub(super) async fn read(request: Request<Incoming>, bytes_max: usize) -> Result<Bytes, BodyError> {
    let body = request.into_body();
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |bytes| bytes > bytes_max) {
        return Err(BodyError::TooLong);
    }
    let collect = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(BODY_TIMEOUT, collect).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLong),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// What a client of the Segment API is told: 400 where others say 413, since it drops both, and only
/// 400 is in its specification.
pub(super) fn of_ingest(error: BodyError) -> Problem {
    match error {
        BodyError::TooLong => {
            Problem::from(WireError::BodyTooLarge { bytes_max: INGEST_BODY_BYTES_MAX })
        }
        BodyError::TooSlow => Problem::body_timeout(),
        BodyError::Broken => Problem::body_broken(),
    }
}

/// What a caller of `POST /v1/decide` is told.
pub(super) fn of_decide(error: BodyError) -> Problem {
    match error {
        BodyError::TooLong => Problem::body_too_large(DECIDE_BODY_BYTES_MAX),
        BodyError::TooSlow => Problem::body_timeout(),
        BodyError::Broken => Problem::body_broken(),
    }
}
