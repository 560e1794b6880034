//! A request's body, bounded in bytes and time.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::header::EXPECT;

use crate::limits::{BODY_DISCARDED_BYTES_MAX, BODY_TIMEOUT, INGEST_BODY_BYTES_MAX};
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
///
/// The rest of a longer one is read and thrown away, up to a limit: a client that is answered while it
/// still sends sees a broken connection instead of the answer, and sends the same again. One that asks
/// first (`Expect: 100-continue`) is answered at once.
pub(super) async fn read(request: Request<Incoming>, bytes_max: usize) -> Result<Bytes, BodyError> {
    let asks_first = request.headers().contains_key(EXPECT);
    let body = request.into_body();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_DISCARDED_BYTES_MAX || (announced > bytes_max && asks_first) {
        return Err(BodyError::TooLong);
    }
    match tokio::time::timeout(BODY_TIMEOUT, collect(body, bytes_max)).await {
        Ok(collected) => collected,
        Err(_) => Err(BodyError::TooSlow),
    }
}

async fn collect(mut body: Incoming, bytes_max: usize) -> Result<Bytes, BodyError> {
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    let mut seen = first.len();
    if body.is_end_stream() && seen <= bytes_max {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    while let Some(part) = next(&mut body).await? {
        seen = seen.saturating_add(part.len());
        if seen > BODY_DISCARDED_BYTES_MAX {
            return Err(BodyError::TooLong);
        }
        if seen <= bytes_max {
            whole.extend_from_slice(&part);
        }
    }
    if seen > bytes_max { Err(BodyError::TooLong) } else { Ok(whole.freeze()) }
}

/// The next part of a body; `None` at its end. Trailers are passed over.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    while let Some(frame) = body.frame().await {
        if let Ok(part) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            return Ok(Some(part));
        }
    }
    Ok(None)
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

/// What a caller of our own paths is told whose body may have `bytes_max`.
pub(super) fn of_json(error: BodyError, bytes_max: usize) -> Problem {
    match error {
        BodyError::TooLong => Problem::body_too_large(bytes_max),
        BodyError::TooSlow => Problem::body_timeout(),
        BodyError::Broken => Problem::body_broken(),
    }
}
