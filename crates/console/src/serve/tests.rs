mod publishing;

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use analytics::{Design, Follower, Live, PlannedArm, Totals};
use journal::record::{self, Body, Record};
use journal::{Config, Journal};
use model::{CampaignKey, Change, CustomerId, Goal, SplitKey, TenantKey, Timestamp, VariantKey};
use prometheus::{IntCounter, Registry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::serve;
use crate::limits::{CHECKS_MAX, PLUGIN_BODY_BYTES_MAX};
use crate::readiness::Readiness;
use crate::state::{Authenticator, Catalogue, Plan, PluginGate, Refusal, State};

/// One admin of one tenant with one campaign.
struct Shop;

/// A gate whose checks last until they are let go.
struct SlowGate {
    begun: Sender<()>,
    go: Mutex<Receiver<()>>,
}

/// A control plane that listens.
struct Plane {
    address: SocketAddr,
    readiness: Readiness,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// An answer as it came over the wire.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

// === impl Shop ===

impl Authenticator for Shop {
    fn admin(&self, bearer: &str) -> Option<TenantKey> {
        (bearer == "right").then(|| TenantKey::parse("demo").expect("valid"))
    }
}

impl Catalogue for Shop {
    fn plan(&self, tenant: &TenantKey) -> Option<Plan> {
        let variant = |key| VariantKey::parse(key).expect("valid");
        let design = Design {
            campaign: CampaignKey::parse("cart-rescue").expect("valid"),
            control: variant("control"),
            arms: ["control", "twenty-percent"]
                .map(|key| PlannedArm { variant: variant(key), weight: 50 })
                .into(),
            goal: Goal::orders(Duration::ZERO),
            split: SplitKey::OTHER,
            last_version: None,
        };
        (tenant.as_str() == "demo").then(|| Plan { version: 12, campaigns: vec![design] })
    }

    fn former(&self, tenant: &TenantKey, campaign: &str) -> Option<Design> {
        let design = self.plan(tenant)?.campaigns.pop()?;
        let campaign = (campaign == "ended").then(|| CampaignKey::parse("ended"))?.expect("valid");
        Some(Design { campaign, last_version: Some(11), ..design })
    }
}

impl PluginGate for Shop {
    fn check(&self, source: &[u8]) -> Result<[u8; 32], Refusal> {
        if source.starts_with(b"\0asm") {
            return Ok([0xab; 32]);
        }
        Err(Refusal { name: "not-wasm".to_owned(), detail: "byte 0 is not \\0asm".to_owned() })
    }
}

// === impl SlowGate ===

impl PluginGate for SlowGate {
    fn check(&self, _: &[u8]) -> Result<[u8; 32], Refusal> {
        self.begun.send(()).expect("the test waits");
        self.go.lock().expect("unpoisoned").recv().expect("the test lets go");
        Ok([0; 32])
    }
}

// === impl Plane ===

impl Plane {
    async fn start() -> Self {
        Self::with_gate(Arc::new(Shop)).await
    }

    async fn with_gate(gate: Arc<dyn PluginGate>) -> Self {
        Self::with(gate, Arc::new(Live::default()), Arc::new(|| 0)).await
    }

    async fn with(
        gate: Arc<dyn PluginGate>,
        live: Arc<Live>,
        recorded_lsn: Arc<dyn Fn() -> u64 + Send + Sync>,
    ) -> Self {
        let registry = Registry::new();
        let decisions = IntCounter::new("vitrine_decisions_total", "Decisions.").expect("valid");
        registry.register(Box::new(decisions)).expect("new");
        let readiness = Readiness::default();
        let state = State {
            authenticator: Arc::new(Shop),
            catalogue: Arc::new(Shop),
            publisher: Arc::new(Shop),
            gate,
            live,
            recorded_lsn,
            registry,
            readiness: readiness.clone(),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, state, async {
            stopped.await.expect("the test says when");
        }));
        Self { address, readiness, stop, task }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "Authorization: Bearer right\r\n", b"").await
    }

    async fn check(&self, plugin: &[u8]) -> Answer {
        self.ask("POST", "/v1/plugins/check", "Authorization: Bearer right\r\n", plugin).await
    }

    async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        ask(self.address, method, path, headers, body).await
    }
}

async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("listening");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\
         {headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("head sent");
    // The server may answer and close before it has read a body that is too large.
    drop(stream.write_all(body).await);
    Answer::read(&mut stream).await
}

// === impl Answer ===

impl Answer {
    async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A reset after the answer still leaves the answer.
        drop(stream.read_to_end(&mut bytes).await);
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let head = head.to_ascii_lowercase();
        Self { status: status.expect("a status"), head, body: body.to_owned() }
    }

    fn problem(&self, status: u16, name: &str) -> serde_json::Value {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let value: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        assert_eq!(value["type"], format!("urn:vitrine:problem:{name}"));
        assert_eq!(value["status"], status);
        value
    }
}

#[tokio::test]
async fn readiness_tells_the_reasons_and_liveness_does_not_care() {
    let plane = Plane::start().await;
    assert_eq!(plane.get("/readyz").await.status, 200);
    plane.readiness.block("plans", "campaigns are being compiled");
    let answer = plane.get("/readyz").await;
    let problem = answer.problem(503, "not-ready");
    assert_eq!(problem["reasons"][0], "plans: campaigns are being compiled");
    assert!(answer.head.contains("retry-after: "));
    assert_eq!(plane.get("/livez").await.status, 200);
}

#[tokio::test]
async fn metrics_need_no_key_and_come_in_the_prometheus_format() {
    let plane = Plane::start().await;
    let answer = plane.ask("GET", "/metrics", "", b"").await;
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{answer:?}");
    assert!(answer.body.contains("\nvitrine_decisions_total 0\n"), "{answer:?}");
}

#[tokio::test]
async fn nothing_of_a_tenant_is_told_without_an_admin_key() {
    let plane = Plane::start().await;
    let wrong = ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic right\r\n"];
    for headers in wrong {
        for (method, path) in [
            ("GET", "/v1/campaigns"),
            ("GET", "/v1/campaigns/cart-rescue/report"),
            ("GET", "/v1/totals"),
            ("POST", "/v1/plugins/check"),
            ("GET", "/v1/plan"),
            ("POST", "/v1/plan"),
            ("GET", "/v1/plan/versions"),
            ("POST", "/v1/plan/rollback"),
        ] {
            let answer = plane.ask(method, path, headers, b"").await;
            answer.problem(401, "unauthorized");
            assert!(answer.head.contains("www-authenticate: bearer"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn the_plan_names_its_version_and_campaigns() {
    let answer = Plane::start().await.get("/v1/campaigns").await;
    let value: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    let expected = serde_json::json!({"plan_version": 12, "campaigns": [
        {"key": "cart-rescue", "control": "control", "variants": ["control", "twenty-percent"]},
    ]});
    assert_eq!(value, expected);
}

#[tokio::test]
async fn a_report_comes_as_json_or_as_a_table() {
    let plane = Plane::start().await;
    let json = plane.get("/v1/campaigns/cart-rescue/report").await;
    let value: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
    assert_eq!(value["control"], "control");
    let headers = "Authorization: Bearer right\r\nAccept: text/plain\r\n";
    let ended = plane.get("/v1/campaigns/ended/report").await;
    let value: serde_json::Value = serde_json::from_str(&ended.body).expect("JSON");
    assert_eq!(value["last_version"], 11, "a campaign of an earlier plan");
    let table = plane.ask("GET", "/v1/campaigns/cart-rescue/report", headers, b"").await;
    assert!(table.head.contains("content-type: text/plain; charset=utf-8"), "{table:?}");
    assert!(table.body.starts_with("Campaign cart-rescue, control arm control\n"), "{table:?}");
}

#[tokio::test]
async fn totals_hold_everything_that_was_recorded_before_the_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journal, _) =
        Journal::open(&folder.path().join("journal"), Config::default()).expect("open");
    let journal = Arc::new(journal);
    let follower = Follower::start(Arc::clone(&journal), &folder.path().join("figures.json"))
        .expect("started");
    let appended = Arc::clone(&journal);
    let recorded_lsn = Arc::new(move || appended.appended_lsn());
    let plane = Plane::with(Arc::new(Shop), Arc::clone(follower.live()), recorded_lsn).await;
    for customers in 1..=20 {
        let record = Record {
            tenant: TenantKey::parse("demo").expect("valid"),
            customer: CustomerId::from_u128(1),
            body: Body::Merged { absorbed: CustomerId::from_u128(2), at: Timestamp::from_ms(0) },
            change: Change { customers: 1, ..Change::default() },
        };
        let permit = journal.reserve().expect("room");
        permit.append(record.kind(), |buffer| record::encode(&record, buffer));
        let answer = plane.get("/v1/totals").await;
        let totals: Totals = serde_json::from_str(&answer.body).expect("totals");
        assert_eq!(totals.customers, customers);
    }
}

#[tokio::test(start_paused = true)]
async fn totals_that_are_behind_are_told_after_a_while_as_they_are() {
    let never = Arc::new(|| u64::MAX);
    let plane = Plane::with(Arc::new(Shop), Arc::new(Live::default()), never).await;
    let answer = plane.get("/v1/totals").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with(r#"{"events":{"view":0,"cart":0,"purchase":0},"customers":0"#));
}

#[tokio::test]
async fn an_unknown_campaign_is_refused_with_those_that_are_known() {
    let answer = Plane::start().await.get("/v1/campaigns/cart-resque/report").await;
    let problem = answer.problem(404, "unknown-campaign");
    assert_eq!(problem["known"], serde_json::json!(["cart-rescue"]));
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_as_well() {
    let plane = Plane::start().await;
    plane.get("/v2").await.problem(404, "not-found");
    plane.get("/v1/campaigns/%ff/report").await.problem(400, "bad-path");
    let answer = plane.ask("DELETE", "/v1/totals", "", b"").await;
    answer.problem(405, "method-not-allowed");
    assert!(answer.head.contains("allow: get"), "{answer:?}");
}

#[tokio::test]
async fn a_plugin_check_gives_the_digest_or_the_name_of_the_rejection() {
    let plane = Plane::start().await;
    let good = plane.check(b"\0asm and more").await;
    assert_eq!((good.status, good.body), (200, format!(r#"{{"digest":"{}"}}"#, "ab".repeat(32))));
    let problem = plane.check(b"MZ").await.problem(422, "plugin-refused");
    assert_eq!(problem["rejection"], "not-wasm");
    assert_eq!(problem["detail"], "byte 0 is not \\0asm");
}

#[tokio::test]
async fn a_plugin_that_is_too_large_is_refused_before_it_is_checked() {
    let large = vec![b'x'; PLUGIN_BODY_BYTES_MAX + 1];
    Plane::start().await.check(&large).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn only_so_many_plugins_are_checked_at_once_and_a_shutdown_lets_them_finish() {
    let (begun, begins) = channel();
    let (release, go) = channel();
    let plane = Plane::with_gate(Arc::new(SlowGate { begun, go: Mutex::new(go) })).await;
    let key = "Authorization: Bearer right\r\n";
    let check = ask(plane.address, "POST", "/v1/plugins/check", key, b"\0asm");
    let mut checks = Vec::new();
    for _ in 0..CHECKS_MAX {
        let address = plane.address;
        checks.push(tokio::spawn(async move {
            ask(address, "POST", "/v1/plugins/check", key, b"\0asm").await
        }));
    }
    let begins = tokio::task::spawn_blocking(move || {
        for _ in 0..CHECKS_MAX {
            begins.recv().expect("checks begin");
        }
        begins
    });
    let _begins = begins.await.expect("joined");
    let refused = check.await;
    refused.problem(503, "busy");
    assert!(refused.head.contains("retry-after: "));

    plane.stop.send(()).expect("serving");
    for _ in 0..CHECKS_MAX {
        release.send(()).expect("a check waits");
    }
    for check in checks {
        assert_eq!(check.await.expect("joined").status, 200);
    }
    plane.task.await.expect("the server ended");
    assert!(TcpStream::connect(plane.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_shutdown() {
    let plane = Plane::start().await;
    let mut idle = TcpStream::connect(plane.address).await.expect("listening");
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n").await.expect("sent");
    let mut bytes = vec![0; 512];
    let read = idle.read(&mut bytes).await.expect("answered");
    assert!(bytes[..read].starts_with(b"HTTP/1.1 200 OK"));
    plane.stop.send(()).expect("serving");
    plane.task.await.expect("the server ended");
    assert_eq!(idle.read(&mut bytes).await.expect("closed in order"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_head_that_never_ends_is_cut_off() {
    let plane = Plane::start().await;
    let mut slow = TcpStream::connect(plane.address).await.expect("listening");
    slow.write_all(b"GET /livez HTTP/1.1\r\nHost: te").await.expect("sent");
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.expect("closed");
    let text = String::from_utf8(rest).expect("text");
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_answered_408() {
    let plane = Plane::start().await;
    let mut slow = TcpStream::connect(plane.address).await.expect("listening");
    let head = b"POST /v1/plugins/check HTTP/1.1\r\nHost: test\r\nContent-Length: 99\r\n\
                 Authorization: Bearer right\r\nConnection: close\r\n\r\n\0asm";
    slow.write_all(head).await.expect("sent");
    Answer::read(&mut slow).await.problem(408, "body-timeout");
}
