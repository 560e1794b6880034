//! What the parts of the service know of themselves, read when metrics are scraped.

use std::sync::Arc;

use analytics::{Exporter, Follower};
use journal::Journal;
use profiles::Store;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntCounter, IntGauge, Registry};

/// The parts that are asked.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) journal: Arc<Journal>,
    pub(crate) store: Arc<Store>,
    pub(crate) follower: Arc<Follower>,
    /// `None` when no tables are written; its metrics are 0 then.
    pub(crate) exporter: Option<Arc<Exporter>>,
    pub(crate) host: plugins::Host,
}

/// A collector that asks them.
pub(crate) struct ReadOnScrape {
    parts: Parts,
    metrics: Vec<(Metric, Source)>,
}

enum Metric {
    Gauge(IntGauge),
    Counter(IntCounter),
}

/// Where a metric's value comes from.
type Source = fn(&Snapshot) -> u64;

/// All parts' own figures at one time.
struct Snapshot {
    journal: journal::Stats,
    profiles: profiles::Stats,
    figures: analytics::Stats,
    tables: analytics::ExporterStats,
    plugins: plugins::Stats,
}

const GAUGES: [(&str, &str, Source); 15] = [
    ("vitrine_journal_appended_lsn", "Last record appended.", |all| all.journal.appended_lsn),
    ("vitrine_journal_durable_lsn", "Last record safe on disk.", |all| all.journal.durable_lsn),
    ("vitrine_journal_backlog_bytes", "Bytes waiting for the disk.", |all| {
        wide(all.journal.backlog_bytes)
    }),
    ("vitrine_journal_segments", "Segments on disk.", |all| wide(all.journal.segments)),
    ("vitrine_journal_fenced", "1 when the journal takes no more records.", |all| {
        u64::from(all.journal.fenced)
    }),
    ("vitrine_profiles_hot", "Profiles in memory.", |all| wide(all.profiles.hot)),
    ("vitrine_profiles_hot_bytes", "Estimated bytes of profiles in memory.", |all| {
        wide(all.profiles.hot_bytes)
    }),
    ("vitrine_profiles_dirty", "Profiles not yet in the checkpoint.", |all| {
        wide(all.profiles.dirty)
    }),
    ("vitrine_deduplication_keys", "Events remembered against repetition.", |all| {
        wide(all.profiles.window_keys)
    }),
    ("vitrine_figures_applied_lsn", "Last record in the live figures.", |all| {
        all.figures.applied_lsn
    }),
    ("vitrine_figures_stopped", "1 when the live figures cannot follow the journal.", |all| {
        u64::from(all.figures.fault.is_some())
    }),
    ("vitrine_tables_written_lsn", "Last record in the tables.", |all| all.tables.written_lsn),
    ("vitrine_tables_lag_records", "Durable records not yet in the tables.", |all| {
        all.tables.lag_records
    }),
    ("vitrine_tables_stopped", "1 when the tables cannot be written.", |all| {
        u64::from(all.tables.fault.is_some())
    }),
    ("vitrine_plugin_sandboxes", "Plugin calls in flight.", |all| all.plugins.sandboxes),
];

const COUNTERS: [(&str, &str, Source); 11] = [
    ("vitrine_journal_commits_total", "Group commits.", |all| all.journal.commits),
    ("vitrine_journal_committed_bytes_total", "Bytes made durable.", |all| {
        all.journal.committed_bytes
    }),
    ("vitrine_journal_fenced_segments_total", "Segments given up after disk errors.", |all| {
        all.journal.fenced_segments
    }),
    (
        "vitrine_deduplication_keys_forgotten_early_total",
        "Forgotten before 24 h were over.",
        |all| all.profiles.window_forgotten_early,
    ),
    (
        "vitrine_figures_missed_total",
        "Records that the live figures could not read any more.",
        |all| all.figures.missed,
    ),
    ("vitrine_tables_files_total", "Files of tables written.", |all| all.tables.files),
    ("vitrine_tables_failures_total", "Times that the tables could not be written.", |all| {
        all.tables.failures
    }),
    ("vitrine_tables_missed_total", "Records that the tables could not read any more.", |all| {
        all.tables.missed
    }),
    ("vitrine_plugins_compiled_total", "Plugins compiled.", |all| all.plugins.compiled),
    ("vitrine_plugins_cached_total", "Compiled plugins found in the cache.", |all| {
        all.plugins.cached
    }),
    ("vitrine_plugin_artefacts_refused_total", "Cached plugins that were not ours.", |all| {
        all.plugins.artefacts_refused
    }),
];

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

// === impl ReadOnScrape ===

impl ReadOnScrape {
    /// Registers the metrics of all parts.
    pub(crate) fn register(registry: &Registry, parts: Parts) {
        let gauges = GAUGES.iter().map(|(name, help, source)| {
            (Metric::Gauge(IntGauge::new(*name, *help).expect("a valid name")), *source)
        });
        let counters = COUNTERS.iter().map(|(name, help, source)| {
            (Metric::Counter(IntCounter::new(*name, *help).expect("a valid name")), *source)
        });
        let metrics = gauges.chain(counters).collect();
        let collector = Self { parts, metrics };
        registry.register(Box::new(collector)).expect("each name is registered once");
    }
}

impl Collector for ReadOnScrape {
    fn desc(&self) -> Vec<&Desc> {
        self.metrics.iter().flat_map(|(metric, _)| metric.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let snapshot = self.parts.snapshot();
        let read = |(metric, source): &(Metric, Source)| metric.with_value(source(&snapshot));
        self.metrics.iter().flat_map(read).collect()
    }
}

// === impl Parts ===

impl Parts {
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            journal: self.journal.stats(),
            profiles: self.store.stats(),
            figures: self.follower.stats(),
            tables: self.exporter.as_ref().map(|it| it.stats()).unwrap_or_default(),
            plugins: self.host.stats(),
        }
    }
}

// === impl Metric ===

impl Metric {
    fn desc(&self) -> Vec<&Desc> {
        match self {
            Self::Gauge(gauge) => gauge.desc(),
            Self::Counter(counter) => counter.desc(),
        }
    }

    /// The metric as it is told when its value is this.
    fn with_value(&self, value: u64) -> Vec<MetricFamily> {
        match self {
            Self::Gauge(gauge) => {
                gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
                gauge.collect()
            }
            Self::Counter(counter) => {
                counter.reset();
                counter.inc_by(value);
                counter.collect()
            }
        }
    }
}
