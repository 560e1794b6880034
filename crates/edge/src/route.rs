//! Which handler a request is for: a closed list, decided once.

use hyper::Method;

use crate::segment::Endpoint;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `POST /v1/decide`.
    Decide,
    /// `POST /ofrep/v1/evaluate/flags/{key}`: one campaign as a flag.
    Flag,
    /// `POST /ofrep/v1/evaluate/flags`: all campaigns as flags.
    Flags,
    /// `POST /v1/redeem`: a token is redeemed.
    Redeem,
    /// The Segment tracking API.
    Ingest(Endpoint),
    /// `GET /v1/totals`: what the server has counted for a tenant.
    Totals,
    /// `GET /livez`.
    Live,
    /// `GET /readyz`.
    Ready,
    /// `GET /demo`, while demonstrating.
    Demo,
    /// `GET /demo/report`, likewise.
    DemoReport,
    /// A browser asks whether it may call.
    Preflight,
    /// A known path with another method; these are allowed.
    WrongMethod(&'static str),
    /// Nothing is here.
    Unknown,
}

/// What stands before the key of a flag.
pub(crate) const FLAG_PREFIX: &str = "/ofrep/v1/evaluate/flags/";

// === impl Route ===

impl Route {
    /// The route of a method and path.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let (route, allowed) = match path {
            "/v1/decide" => (Self::Decide, Method::POST),
            "/v1/redeem" => (Self::Redeem, Method::POST),
            "/ofrep/v1/evaluate/flags" => (Self::Flags, Method::POST),
            _ if path.starts_with(FLAG_PREFIX) => (Self::Flag, Method::POST),
            "/v1/totals" => (Self::Totals, Method::GET),
            "/livez" => (Self::Live, Method::GET),
            "/readyz" => (Self::Ready, Method::GET),
            "/demo" => (Self::Demo, Method::GET),
            "/demo/report" => (Self::DemoReport, Method::GET),
            _ => match Endpoint::of_path(path) {
                Some(endpoint) => (Self::Ingest(endpoint), Method::POST),
                None => return Self::Unknown,
            },
        };
        match *method {
            _ if *method == allowed => route,
            // hyper leaves the body out of the answer.
            Method::HEAD if allowed == Method::GET => route,
            Method::OPTIONS => Self::Preflight,
            _ if allowed == Method::POST => Self::WrongMethod("POST, OPTIONS"),
            _ => Self::WrongMethod("GET, OPTIONS"),
        }
    }

    /// The label of metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Flag | Self::Flags => "flags",
            Self::Redeem => "redeem",
            Self::Ingest(_) => "ingest",
            Self::Totals => "totals",
            Self::Live | Self::Ready => "health",
            Self::Demo | Self::DemoReport => "demo",
            Self::Preflight => "preflight",
            Self::WrongMethod(_) | Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::Route;

    #[test]
    fn a_known_path_with_another_method_tells_the_right_one() {
        assert_eq!(Route::of(&Method::POST, "/v1/decide"), Route::Decide);
        assert_eq!(Route::of(&Method::GET, "/v1/decide"), Route::WrongMethod("POST, OPTIONS"));
        assert_eq!(Route::of(&Method::OPTIONS, "/v1/batch"), Route::Preflight);
        assert_eq!(Route::of(&Method::GET, "/v1/decide/"), Route::Unknown);
        assert_eq!(Route::of(&Method::POST, "/v1/redeem"), Route::Redeem);
        assert_eq!(Route::of(&Method::POST, "/ofrep/v1/evaluate/flags"), Route::Flags);
        assert_eq!(Route::of(&Method::POST, "/ofrep/v1/evaluate/flags/a%2Fb"), Route::Flag);
        assert_eq!(Route::of(&Method::OPTIONS, "/ofrep/v1/evaluate/flags/a"), Route::Preflight);
        assert_eq!(Route::of(&Method::HEAD, "/readyz"), Route::Ready);
    }
}
