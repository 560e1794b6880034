//! A shop's server that calls Vitrine.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// A caller with a key and kept connections. Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    agent: Agent,
    server: SocketAddr,
    key: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub text: String,
    /// The value of `Retry-After`.
    pub retry_after: Option<String>,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The value of `Access-Control-Allow-Origin`.
    pub origin: Option<String>,
    /// The value of `ETag`.
    pub etag: Option<String>,
}

// === impl Shop ===

impl Shop {
    pub(crate) fn new(server: SocketAddr, key: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: config.into(), server, key: key.to_owned() }
    }

    /// Posts a JSON value.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        self.post_text(path, &body.to_string())
    }

    /// Posts a text as it is.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_text(&self, path: &str, body: &str) -> anyhow::Result<Reply> {
        let request = self
            .agent
            .post(format!("http://{}{path}", self.server))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        reply(request.send(body)?)
    }

    /// Posts a text as a page of `origin` would.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_from(&self, path: &str, origin: &str, body: &str) -> anyhow::Result<Reply> {
        let request = self
            .agent
            .post(format!("http://{}{path}", self.server))
            .header("authorization", format!("Bearer {}", self.key))
            .header("origin", origin);
        reply(request.send(body)?)
    }

    /// Posts a JSON value, unless the answer is still the one of this entity tag.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_if_changed(&self, path: &str, etag: &str, body: &Value) -> anyhow::Result<Reply> {
        let request = self
            .agent
            .post(format!("http://{}{path}", self.server))
            .header("authorization", format!("Bearer {}", self.key))
            .header("if-none-match", etag);
        reply(request.send(body.to_string())?)
    }

    /// Asks as a browser does before it lets a page of `origin` post.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn preflight(&self, path: &str, origin: &str) -> anyhow::Result<Reply> {
        let request = self
            .agent
            .options(format!("http://{}{path}", self.server))
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        reply(request.call()?)
    }

    /// Gets a path.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> anyhow::Result<Reply> {
        let request = self
            .agent
            .get(format!("http://{}{path}", self.server))
            .header("authorization", format!("Bearer {}", self.key));
        reply(request.call()?)
    }
}

fn reply(mut response: ureq::http::Response<ureq::Body>) -> anyhow::Result<Reply> {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Ok(Reply {
        status: response.status().as_u16(),
        retry_after: header("retry-after"),
        content_type: header("content-type"),
        origin: header("access-control-allow-origin"),
        etag: header("etag"),
        text: response.body_mut().read_to_string()?,
    })
}

/// What a call that must succeed was answered, as JSON. A test in which it does not ends here.
#[track_caller]
pub fn ok(reply: anyhow::Result<Reply>) -> Value {
    let reply = reply.expect("an answer");
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

// === impl Reply ===

impl Reply {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}
