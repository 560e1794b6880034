//! The data plane's listener: accepts, bounds and drains connections.
//!
//! A connection is served by hyper with a limit on its head, its buffers and the time it may take to
//! send them. A drain stops accepting, tells the clients of kept connections to go, waits for requests
//! in flight, and closes what is left after a time.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::handle::answer;
use crate::limits::{
    CONNECTION_BUFFER_BYTES_MAX, CONNECTIONS_MAX, DRAIN_TIMEOUT, HEADER_TIMEOUT, HEADERS_MAX,
};
use crate::service::Service;

/// Serves until `shutdown` completes, then drains. Returns whether every request in flight was
/// answered in time.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    shutdown: impl Future<Output = ()>,
) -> bool {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, permit)) = accepted else { continue };
        let open = service.metrics.connection();
        let service = Arc::clone(&service);
        let connection = bounded_http().serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| {
                let service = Arc::clone(&service);
                async move { Ok::<_, Infallible>(answer(&service, request).await) }
            }),
        );
        let connection = graceful.watch(connection);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "connection ended early");
            }
            drop((open, permit));
        });
    }
    drop(listener);
    let in_time = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_ok();
    tasks.shutdown().await;
    in_time
}

/// HTTP/1.1 with a bound on everything that a client sends before its request is known. hyper applies
/// the timeout only because a timer is set.
fn bounded_http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(CONNECTION_BUFFER_BYTES_MAX);
    http
}

/// The next connection, with its place among [`CONNECTIONS_MAX`]. `None` after a passing failure, such
/// as a lack of file descriptors, once a moment has gone by for others to be freed.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = %error, "cannot set TCP_NODELAY");
            }
            Some((stream, permit))
        }
        Err(error) => {
            tracing::warn!(error = %error, "cannot accept a connection");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http_body_util::Full;
    use hyper::Response;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    use super::{HEADER_TIMEOUT, bounded_http};

    /// What a client that sends this and then nothing more gets, and after how long the server hangs up.
    async fn sends(head: &str) -> (String, std::time::Duration) {
        let (mut client, server) = tokio::io::duplex(1_024);
        let hello = service_fn(async |_| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello"))))
        });
        let connection = bounded_http().serve_connection(TokioIo::new(server), hello);
        let serving = tokio::spawn(connection);
        client.write_all(head.as_bytes()).await.expect("the server reads");
        let begun = Instant::now();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("text");
        // A head that is cut off is an error of the connection, which is what is tested.
        let _ = serving.await.expect("no panic");
        (answer, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_finish_its_head_is_hung_up_on() {
        let (answer, after) = sends("POST /v1/decide HTTP/1.1\r\nhost: a\r\n").await;
        assert!(!answer.contains("hello"), "{answer}");
        assert!(after >= HEADER_TIMEOUT && after < HEADER_TIMEOUT * 2, "after {after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_connection_that_stays_idle_is_hung_up_on_too() {
        let (answer, after) = sends("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(answer.ends_with("hello"), "{answer}");
        assert!(after >= HEADER_TIMEOUT && after < HEADER_TIMEOUT * 2, "after {after:?}");
    }
}
