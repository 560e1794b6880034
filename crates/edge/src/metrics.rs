//! What the service counts about itself, under Prometheus' conventional names and units.
//!
//! Counters and histograms are updated where things happen. What the parts of the service know of
//! themselves is read when somebody asks, by [`ReadOnScrape`].

use std::time::Duration;

use hyper::StatusCode;
use model::{Decision, TenantKey};
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use crate::record::Recorded;
use crate::route::Route;
use crate::segment::{Adjusted, SkipReason};

pub(crate) use budgets::BudgetsOnScrape;
pub(crate) use plans::PlanMetrics;
pub(crate) use read::{Parts, ReadOnScrape};

mod budgets;
mod plans;
mod read;

/// Bucket bounds of request and decision times, in seconds: finest around the targets of 200 us, 1 ms
/// and 3 ms.
const SECONDS: [f64; 16] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_2, 0.000_35, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01,
    0.025, 0.1, 0.5, 1.0, 5.0,
];

/// Every counter and histogram of the data plane.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// Where they are registered.
    pub(crate) registry: Registry,
    /// Answers, by route and status.
    requests: IntCounterVec,
    /// Seconds from a request's head to its answer, by route.
    request_seconds: HistogramVec,
    /// Connections open.
    connections: IntGauge,
    /// Seconds spent in `decision::decide`.
    decide_seconds: Histogram,
    /// Decisions, by whether an offer was in the answer.
    decisions: IntCounterVec,
    /// Plugin and rule faults, by tenant, campaign and kind.
    faults: IntCounterVec,
    /// Events, by what became of them: recorded, duplicate or skipped.
    events: IntCounterVec,
    /// Events skipped, by reason.
    events_skipped: IntCounterVec,
    /// Clocks of clients that were not believed, by what was wrong.
    adjusted: IntCounterVec,
    /// Page views and exposures that were not recorded because the journal was behind.
    shed: IntCounterVec,
    /// Which plans are in force.
    pub(crate) plans: PlanMetrics,
    /// Some of the above, found by their labels once instead of on each page view.
    usual: Usual,
}

/// What every page view and nearly every event counts.
#[derive(Clone, Debug)]
struct Usual {
    decide_ok: IntCounter,
    decide_seconds: Histogram,
    ingest_ok: IntCounter,
    ingest_seconds: Histogram,
    offer: IntCounter,
    nothing: IntCounter,
    recorded: IntCounter,
    duplicate: IntCounter,
}

// === impl Metrics ===

impl Metrics {
    /// Makes and registers every metric.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let requests = counters("vitrine_http_requests_total", "Answers.", &["route", "status"]);
        let request_seconds = HistogramVec::new(
            HistogramOpts::new(
                "vitrine_http_request_duration_seconds",
                "Time from a request's head to its answer.",
            )
            .buckets(SECONDS.to_vec()),
            &["route"],
        )
        .expect("the name and labels are valid");
        let decisions = counters("vitrine_decisions_total", "Decisions made.", &["result"]);
        let events = counters("vitrine_events_total", "Events received.", &["result"]);
        let usual = Usual::of(&requests, &request_seconds, &decisions, &events);
        let metrics = Self {
            requests,
            request_seconds,
            connections: IntGauge::new("vitrine_http_connections", "Connections open.")
                .expect("the name is valid"),
            decide_seconds: Histogram::with_opts(
                HistogramOpts::new("vitrine_decide_duration_seconds", "Time spent deciding.")
                    .buckets(SECONDS.to_vec()),
            )
            .expect("the name is valid"),
            decisions,
            faults: counters(
                "vitrine_rule_faults_total",
                "Plugins and rules that could not answer.",
                &["tenant", "campaign", "kind"],
            ),
            events,
            events_skipped: counters(
                "vitrine_events_skipped_total",
                "Events of a batch that were not valid.",
                &["reason"],
            ),
            adjusted: counters(
                "vitrine_client_clocks_adjusted_total",
                "Times of clients that could not be right and were replaced.",
                &["what"],
            ),
            shed: counters(
                "vitrine_shed_total",
                "Page views and exposures not recorded because the journal was behind.",
                &["what"],
            ),
            plans: PlanMetrics::new(&registry),
            registry,
            usual,
        };
        metrics.register();
        metrics
    }

    fn register(&self) {
        let collectors: [Box<dyn prometheus::core::Collector>; 10] = [
            Box::new(self.requests.clone()),
            Box::new(self.request_seconds.clone()),
            Box::new(self.connections.clone()),
            Box::new(self.decide_seconds.clone()),
            Box::new(self.decisions.clone()),
            Box::new(self.faults.clone()),
            Box::new(self.events.clone()),
            Box::new(self.events_skipped.clone()),
            Box::new(self.adjusted.clone()),
            Box::new(self.shed.clone()),
        ];
        for collector in collectors {
            self.registry.register(collector).expect("each name is registered once");
        }
    }

    /// Counts a connection for as long as what this gives is kept.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, route: Route, status: StatusCode, took: Duration) {
        let (count, seconds) = match (route, status) {
            (Route::Decide, StatusCode::OK) => (&self.usual.decide_ok, &self.usual.decide_seconds),
            (Route::Ingest(_), StatusCode::OK) => {
                (&self.usual.ingest_ok, &self.usual.ingest_seconds)
            }
            _ => (
                &self.requests.with_label_values(&[route.name(), status.as_str()]),
                &self.request_seconds.with_label_values(&[route.name()]),
            ),
        };
        count.inc();
        seconds.observe(took.as_secs_f64());
    }

    /// Counts a decision and its faults.
    pub(crate) fn decided(&self, tenant: &TenantKey, decision: &Decision, took: Duration) {
        let made_none = decision.offers.is_empty();
        if made_none {
            self.usual.nothing.inc()
        } else {
            self.usual.offer.inc()
        }
        self.decide_seconds.observe(took.as_secs_f64());
        for fault in &decision.faults {
            let labels = [tenant.as_str(), fault.campaign.as_str(), fault.kind.as_str()];
            self.faults.with_label_values(&labels).inc();
        }
    }

    /// Counts an event that was taken.
    pub(crate) fn recorded(&self, recorded: &Recorded) {
        match recorded {
            Recorded::Now { .. } => self.usual.recorded.inc(),
            Recorded::Before { .. } => self.usual.duplicate.inc(),
        }
    }

    /// Counts an event that was not valid.
    pub(crate) fn skipped(&self, reason: SkipReason) {
        self.events.with_label_values(&["skipped"]).inc();
        self.events_skipped.with_label_values(&[reason.as_str()]).inc();
    }

    /// Counts times of clients that were replaced.
    pub(crate) fn adjusted(&self, adjusted: &Adjusted) {
        let counts = [
            ("future_timestamp", adjusted.future_timestamps),
            ("unreadable_sent_at", adjusted.unreadable_sent_at),
        ];
        for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            self.adjusted.with_label_values(&[what]).inc_by(count.into());
        }
    }

    /// Counts a page view or exposure that was not recorded.
    pub(crate) fn shed(&self, what: &str) {
        self.shed.with_label_values(&[what]).inc();
    }
}

// === impl Usual ===

impl Usual {
    fn of(
        requests: &IntCounterVec,
        request_seconds: &HistogramVec,
        decisions: &IntCounterVec,
        events: &IntCounterVec,
    ) -> Self {
        Self {
            decide_ok: requests.with_label_values(&["decide", "200"]),
            decide_seconds: request_seconds.with_label_values(&["decide"]),
            ingest_ok: requests.with_label_values(&["ingest", "200"]),
            ingest_seconds: request_seconds.with_label_values(&["ingest"]),
            offer: decisions.with_label_values(&["offer"]),
            nothing: decisions.with_label_values(&["nothing"]),
            recorded: events.with_label_values(&["recorded"]),
            duplicate: events.with_label_values(&["duplicate"]),
        }
    }
}

/// A connection that is counted as open until this is dropped.
pub(crate) struct OpenConnection(IntGauge);

// === impl OpenConnection ===

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    IntCounterVec::new(Opts::new(name, help), labels).expect("the name and labels are valid")
}
