//! What Vitrine is compared with: hyper, set up as Vitrine's data plane sets it up, reading the whole
//! request and answering the same bytes to each.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server that knows one answer.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
}

// === impl Bare ===

impl Bare {
    /// Listens on a free port and answers `body` to everything.
    pub(crate) async fn start(body: Bytes) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Without it the comparison would measure Nagle's algorithm.
                let _ = stream.set_nodelay(true);
                let body = body.clone();
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(Duration::from_secs(30))
                    .serve_connection(
                        TokioIo::new(stream),
                        service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                            let body = body.clone();
                            async move {
                                let read = Limited::new(request.into_body(), 32 * 1024);
                                // A broken body shows as a missing answer, which the client counts.
                                let _ = read.collect().await;
                                let mut response = Response::new(Full::new(body));
                                let headers = response.headers_mut();
                                let json = HeaderValue::from_static("application/json");
                                headers.insert(CONTENT_TYPE, json);
                                let no_store = HeaderValue::from_static("no-store");
                                headers.insert(CACHE_CONTROL, no_store);
                                Ok::<_, Infallible>(response)
                            }
                        }),
                    );
                tokio::spawn(connection);
            }
        });
        Ok(Self { address, accepting })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
