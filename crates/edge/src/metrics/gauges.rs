//! What the journal and the profiles know of themselves, read when metrics are scraped.

use std::sync::Arc;

use journal::Journal;
use profiles::Store;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, Opts, Registry};

/// A collector that asks the journal and the profiles.
pub(crate) struct Gauges {
    journal: Arc<Journal>,
    store: Arc<Store>,
    gauges: Vec<(IntGauge, Source)>,
}

/// Where a gauge's value comes from.
type Source = fn(&journal::Stats, &profiles::Stats) -> u64;

const SOURCES: [(&str, &str, Source); 9] = [
    ("vitrine_journal_appended_lsn", "Records appended.", |journal, _| journal.appended_lsn),
    ("vitrine_journal_durable_lsn", "Records safe on disk.", |journal, _| journal.durable_lsn),
    ("vitrine_journal_backlog_bytes", "Bytes waiting for the disk.", |journal, _| {
        wide(journal.backlog_bytes)
    }),
    ("vitrine_journal_segments", "Segments on disk.", |journal, _| wide(journal.segments)),
    ("vitrine_journal_commits", "Group commits since the start.", |journal, _| journal.commits),
    ("vitrine_journal_fenced", "1 when the journal takes no more records.", |journal, _| {
        u64::from(journal.fenced)
    }),
    ("vitrine_profiles_hot", "Profiles in memory.", |_, profiles| wide(profiles.hot)),
    ("vitrine_profiles_hot_bytes", "Estimated bytes of profiles in memory.", |_, profiles| {
        wide(profiles.hot_bytes)
    }),
    ("vitrine_profiles_dirty", "Profiles not yet in the checkpoint.", |_, profiles| {
        wide(profiles.dirty)
    }),
];

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

// === impl Gauges ===

impl Gauges {
    /// Registers the gauges.
    pub(crate) fn register(registry: &Registry, journal: Arc<Journal>, store: Arc<Store>) {
        let gauge =
            |name, help| IntGauge::with_opts(Opts::new(name, help)).expect("the name is valid");
        let gauges =
            SOURCES.iter().map(|(name, help, source)| (gauge(*name, *help), *source)).collect();
        let collector = Self { journal, store, gauges };
        registry.register(Box::new(collector)).expect("each name is registered once");
    }
}

impl Collector for Gauges {
    fn desc(&self) -> Vec<&Desc> {
        self.gauges.iter().flat_map(|(gauge, _)| gauge.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let (journal, profiles) = (self.journal.stats(), self.store.stats());
        let read = |(gauge, source): &(IntGauge, Source)| {
            gauge.set(i64::try_from(source(&journal, &profiles)).unwrap_or(i64::MAX));
            gauge.collect()
        };
        self.gauges.iter().flat_map(read).collect()
    }
}
