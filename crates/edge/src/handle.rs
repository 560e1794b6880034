//! From a request to an answer.
//!
//! [`answer`] is the only place where a request's time is taken, its route found, a problem turned into
//! an HTTP answer and the whole counted. The handlers below it return what to say or a [`Problem`]; flags,
//! whose protocol has a form of its own for what went wrong, say that in it.

mod body;
mod caller;
mod cors;
mod decide;
mod demo;
mod ingest;
mod ofrep;
mod redeem;
mod totals;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Request, Response, StatusCode};
use model::Timestamp;

use crate::problem::{self, Problem};
use crate::route::Route;
use crate::service::Service;

/// Every answer's body is whole before it is sent.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Answers one request. Whatever goes wrong, there is an answer.
pub(crate) async fn answer(service: &Service, request: Request<Incoming>) -> Answer {
    let begun = service.clock.instant();
    let now = service.clock.now();
    let route = Route::of(request.method(), request.uri().path());
    let origin = request.headers().get(ORIGIN).cloned();
    let handled = handle(service, route, request, now).await;
    let mut answer = handled.unwrap_or_else(|problem| of_problem(&problem));
    if let Some(origin) = origin {
        cors::allow(service, &origin, &mut answer);
    }
    service.metrics.answered(route, answer.status(), begun.elapsed());
    answer
}

async fn handle(
    service: &Service,
    route: Route,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Problem> {
    match route {
        Route::Decide => decide::decide(service, request, now).await,
        Route::Flag => ofrep::flag(service, request, now).await,
        Route::Flags => ofrep::flags(service, request, now).await,
        Route::Ingest(endpoint) => ingest::ingest(service, endpoint, request, now).await,
        Route::Redeem => redeem::redeem(service, request, now).await,
        Route::Totals => totals::totals(service, &request).await,
        Route::Live => Ok(text(StatusCode::OK, "alive\n")),
        Route::Ready if service.readiness.is_ready() => Ok(text(StatusCode::OK, "ready\n")),
        Route::Ready => {
            let reasons = Bytes::from(service.readiness.reasons().join("\n"));
            Ok(with_type(StatusCode::SERVICE_UNAVAILABLE, reasons, "text/plain; charset=utf-8"))
        }
        Route::Demo => demo::page(service),
        Route::DemoReport => demo::report(service),
        Route::Preflight => Ok(cors::preflight()),
        Route::WrongMethod(allowed) => Err(Problem::method_not_allowed(allowed)),
        Route::Unknown => Err(Problem::not_found()),
    }
}

/// The answer that tells a problem.
fn of_problem(problem: &Problem) -> Answer {
    with_problem(problem, problem.body(), problem::CONTENT_TYPE)
}

/// The answer that tells a problem in the words of some protocol.
fn with_problem(problem: &Problem, body: Vec<u8>, content_type: &'static str) -> Answer {
    let mut answer = with_type(problem.status, body.into(), content_type);
    let headers = answer.headers_mut();
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(allow) = problem.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// An answer of JSON that no cache may keep.
fn json(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    with_type(status, body.into(), "application/json")
}

fn text(status: StatusCode, body: &'static str) -> Answer {
    with_type(status, Bytes::from_static(body.as_bytes()), "text/plain; charset=utf-8")
}

fn with_type(status: StatusCode, body: Bytes, content_type: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
