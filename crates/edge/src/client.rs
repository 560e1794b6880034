//! An HTTP/1.1 client for the program's own calls to a server: `report`, `replay` and the visitors of
//! the demonstration.
//!
//! A [`Client`] keeps one connection and has one request on it at a time, so calls reach the server in
//! the order in which they are made. What can be waited out is waited out here, a bounded number of
//! times: a kept connection that the server has closed meanwhile is opened again, and 429 and 503 are
//! tried again after the time that the server asks for. Any other status is the caller's business.
//!
//! A request on a kept connection that breaks is sent a second time, since the server may have closed
//! it just before. If it had in fact arrived, the server has it twice: who must not be counted twice
//! sends a `messageId`.
//!
//! It refuses `https`: the server speaks no TLS, and neither does this program.

mod address;
mod error;
mod limits;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use address::Address;
pub(crate) use error::ClientError;
use limits::{
    ANSWER_BYTES_MAX, ANSWER_TIMEOUT, CONNECT_TIMEOUT, HEAD_BYTES_MAX, PAUSE_DEFAULT, PAUSE_MAX,
    TRIES_MAX,
};

/// A caller of one server with one key.
pub(crate) struct Client {
    address: Address,
    host: HeaderValue,
    authorization: HeaderValue,
    kept: Option<Connection>,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Bytes,
}

/// An open connection. The task that moves its bytes ends with it.
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

/// An answer, and how long to wait before asking again if the server wants that.
struct Reply {
    answer: Answer,
    pause: Option<Duration>,
}

// === impl Client ===

impl Client {
    /// A client of the server at `url`, such as `http://127.0.0.1:8080`. The connection is opened by the
    /// first request.
    ///
    /// # Errors
    /// When `url` is no such URL, or the key has characters that no key has.
    pub(crate) fn connect(url: &str, key: &str) -> Result<Self, ClientError> {
        let address = Address::parse(url)?;
        let host = HeaderValue::from_str(address.authority()).map_err(|_| ClientError::Key)?;
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ClientError::Key)?;
        authorization.set_sensitive(true);
        Ok(Self { address, host, authorization, kept: None })
    }

    /// Posts JSON.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, ClientError> {
        self.call(Method::POST, path, body.into()).await
    }

    /// Gets a path.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, ClientError> {
        self.call(Method::GET, path, Bytes::new()).await
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let request = self.request(method, path, body)?;
        let mut tries_left = TRIES_MAX;
        loop {
            let reply = self.send(request.clone()).await?;
            tries_left -= 1;
            match reply.pause {
                Some(pause) if tries_left > 0 => tokio::time::sleep(pause).await,
                _ => return Ok(reply.answer),
            }
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, ClientError> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|_| ClientError::Path { path: path.to_owned() })
    }

    /// Sends on the kept connection, or on a new one when there is none or it has been closed.
    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Reply, ClientError> {
        if let Some(kept) = self.kept.take() {
            match self.exchange(kept, request.clone()).await {
                Err(ClientError::Broken { .. }) => {}
                done => return done,
            }
        }
        let fresh = self.open().await?;
        self.exchange(fresh, request).await
    }

    /// Sends a request and reads the answer to its end. Only then is the connection kept.
    async fn exchange(
        &mut self,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Reply, ClientError> {
        let conversation = async {
            let broken = |source| ClientError::Broken { server: self.server(), source };
            connection.sender.ready().await.map_err(broken)?;
            let response = connection.sender.send_request(request).await.map_err(broken)?;
            self.read(response).await
        };
        let reply = timeout(ANSWER_TIMEOUT, conversation)
            .await
            .map_err(|_| ClientError::NoAnswer { server: self.server() })??;
        self.kept = Some(connection);
        Ok(reply)
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Reply, ClientError> {
        let status = response.status();
        let pause = pause_of(status, response.headers().get(RETRY_AFTER));
        let collected = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        match collected {
            Ok(body) => {
                let answer = Answer { status: status.as_u16(), body: body.to_bytes() };
                Ok(Reply { answer, pause })
            }
            Err(error) if error.is::<LengthLimitError>() => {
                Err(ClientError::AnswerTooLong { server: self.server() })
            }
            Err(source) => Err(ClientError::Cut { server: self.server(), source }),
        }
    }

    async fn open(&self) -> Result<Connection, ClientError> {
        let unreachable = |source| ClientError::Unreachable { server: self.server(), source };
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(self.address.host_and_port()))
            .await
            .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
            .map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|source| ClientError::Broken { server: self.server(), source })?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(error = %error, "connection to the server ended early");
            }
        });
        Ok(Connection { sender, _driver: tasks })
    }

    fn server(&self) -> Box<str> {
        self.address.authority().into()
    }
}

/// How long the server wants a caller to stay away; `None` when it does not. A time that cannot be
/// told counts as [`PAUSE_DEFAULT`], and a long one as [`PAUSE_MAX`].
fn pause_of(status: StatusCode, retry_after: Option<&HeaderValue>) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Some(seconds.map_or(PAUSE_DEFAULT, Duration::from_secs).min(PAUSE_MAX))
}

#[cfg(test)]
mod tests;
