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
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_headers(HEADERS_MAX)
            .max_buf_size(CONNECTION_BUFFER_BYTES_MAX)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| {
                    let service = Arc::clone(&service);
                    async move { Ok::<_, Infallible>(answer(&service, request).await) }
                }),
            );
        let connection = graceful.watch(connection);
        // The task ends with its connection, which the drain below waits for.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "connection ended early");
            }
            drop((open, permit));
        });
    }
    drop(listener);
    tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_ok()
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
