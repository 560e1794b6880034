use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use journal::record::{self, Body, Record, Via};
use journal::{Config, Journal};
use model::{Action, Change, CustomerId, Event, Identity, PageView, TenantKey, Timestamp};
use tempfile::TempDir;

use super::Follower;
use crate::counts::ActionKind;
use crate::error::AnalyticsError;
use crate::totals::Totals;

const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a journal and a snapshot.
struct Place {
    folder: TempDir,
}

/// A journal and its follower, open.
struct Running {
    journal: Arc<Journal>,
    follower: Follower,
}

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn view(customers: i8) -> Record {
    let at = Timestamp::from_ms(1_570_000_000_000);
    let event = Event {
        message_id: "m".into(),
        at,
        received_at: at,
        who: Identity::new(None, Some("a-1")).expect("a name"),
        consent: Box::default(),
        action: Action::Viewed(PageView { path: "/cart".into() }),
        name: "page".into(),
        properties: "".into(),
        measures: Box::default(),
    };
    let change = Change { customers, ..Change::default() };
    let body = Body::Event { event, via: Via::Decide };
    Record { tenant: tenant(), customer: CustomerId::from_u128(1), body, change }
}

// === impl Place ===

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn snapshot(&self) -> PathBuf {
        self.folder.path().join("figures.json")
    }

    fn journal(&self) -> Arc<Journal> {
        // Small segments, so that retention finds some to delete.
        let config = Config { segment_bytes_max: 4_096, ..Config::default() };
        let (journal, _) =
            Journal::open(&self.folder.path().join("journal"), config).expect("open");
        Arc::new(journal)
    }

    fn start(&self) -> Running {
        let journal = self.journal();
        let follower = start(&journal, &self.snapshot()).expect("started");
        Running { journal, follower }
    }
}

fn start(journal: &Arc<Journal>, path: &Path) -> Result<Follower, AnalyticsError> {
    Follower::start(Arc::clone(journal), path)
}

// === impl Running ===

impl Running {
    fn append(&self, record: &Record) -> u64 {
        let permit = self.journal.reserve().expect("room");
        permit.append(record.kind(), |buffer| record::encode(record, buffer))
    }

    fn append_views(&self, count: u64) -> u64 {
        (0..count).map(|_| self.append(&view(0))).max().unwrap_or(0)
    }

    /// Five hundred views in several commits, and so in several segments.
    async fn fill_segments(&self) {
        for _ in 0..10 {
            let lsn = self.append_views(50);
            self.journal.durable(lsn).await.expect("durable");
        }
    }

    async fn totals(&self) -> Totals {
        let lsn = self.journal.appended_lsn();
        assert!(self.follower.live().wait_applied(lsn, PATIENCE).await, "applied in time");
        self.follower.live().totals(&tenant())
    }

    fn close(self) {
        self.follower.close().expect("closed");
        self.journal.close().expect("closed");
    }

    /// The process dies: nothing is saved.
    fn crash(self) {
        drop(self.follower);
        self.journal.close().expect("closed");
    }
}

#[tokio::test]
async fn whoever_waits_for_a_record_reads_figures_that_hold_it() {
    let place = Place::new();
    let running = place.start();
    for expected in 1..=50 {
        running.append(&view(1));
        let totals = running.totals().await;
        assert_eq!(
            (totals.decisions, totals.customers),
            (expected, i64::try_from(expected).expect("small"))
        );
    }
    running.close();
}

#[tokio::test]
async fn every_record_counts_once_through_orderly_ends_and_crashes() {
    let place = Place::new();
    let mut expected = 0;
    for round in 0..8 {
        let running = place.start();
        assert_eq!(running.totals().await.decisions, expected, "round {round}");
        let lsn = running.append_views(300);
        expected += 300;
        running.journal.durable(lsn).await.expect("durable");
        if round % 3 == 0 { running.close() } else { running.crash() }
    }
    let running = place.start();
    assert_eq!(running.totals().await.events.of(ActionKind::View), expected);
    running.close();
}

#[tokio::test]
async fn closing_applies_and_saves_everything_that_is_durable() {
    let place = Place::new();
    let running = place.start();
    let lsn = running.append_views(5_000);
    running.journal.durable(lsn).await.expect("durable");
    running.close();
    let journal = place.journal();
    let follower = start(&journal, &place.snapshot()).expect("started");
    assert_eq!(follower.snapshot_lsn(), lsn);
    assert_eq!(follower.live().totals(&tenant()).decisions, 5_000, "without reading the journal");
}

#[tokio::test]
async fn waiting_for_a_record_that_never_comes_ends() {
    let place = Place::new();
    let running = place.start();
    let lsn = running.append_views(1);
    let live = running.follower.live();
    assert!(!live.wait_applied(lsn + 1, Duration::from_millis(50)).await);
    assert!(live.wait_applied(lsn, PATIENCE).await);
    running.close();
}

#[tokio::test]
async fn a_damaged_snapshot_stops_the_start_and_moved_away_everything_is_counted_anew() {
    let place = Place::new();
    let running = place.start();
    running.append_views(10);
    running.totals().await;
    running.close();
    let mut bytes = fs::read(place.snapshot()).expect("saved");
    bytes[20] ^= 1;
    fs::write(place.snapshot(), &bytes).expect("written");

    let journal = place.journal();
    let error = start(&journal, &place.snapshot()).expect_err("damaged");
    assert!(matches!(error, AnalyticsError::SnapshotDamaged { .. }), "{error}");
    assert_eq!(fs::read(place.snapshot()).expect("still there"), bytes);

    fs::rename(place.snapshot(), place.folder.path().join("aside")).expect("moved");
    let follower = start(&journal, &place.snapshot()).expect("started");
    let running = Running { journal, follower };
    assert_eq!(running.totals().await.decisions, 10);
    running.close();
}

#[tokio::test]
async fn a_snapshot_of_another_journal_stops_the_start() {
    let place = Place::new();
    let running = place.start();
    running.append_views(10);
    running.totals().await;
    running.close();
    fs::remove_dir_all(place.folder.path().join("journal")).expect("removed");
    let error = start(&place.journal(), &place.snapshot()).expect_err("ahead");
    assert!(
        matches!(error, AnalyticsError::SnapshotAhead { snapshot_lsn: 10, journal_lsn: 0, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_snapshot_covers_may_be_deleted_from_the_journal() {
    let place = Place::new();
    let running = place.start();
    running.fill_segments().await;
    running.totals().await;
    running.close();

    let journal = place.journal();
    let follower = start(&journal, &place.snapshot()).expect("started");
    let deleted = journal.retain_from(follower.snapshot_lsn() + 1).expect("deleted");
    assert!(deleted > 0, "the journal has several segments");
    let running = Running { journal, follower };
    running.append_views(1);
    assert_eq!(running.totals().await.decisions, 501);
    assert_eq!(running.follower.stats().missed, 0);
    running.close();
}

#[tokio::test]
async fn figures_without_snapshot_count_what_the_journal_has_left_and_tell_how_much_is_gone() {
    let place = Place::new();
    let running = place.start();
    running.fill_segments().await;
    running.totals().await;
    running.close();

    let journal = place.journal();
    journal.retain_from(500).expect("deleted");
    fs::remove_file(place.snapshot()).expect("removed");
    let follower = start(&journal, &place.snapshot()).expect("started");
    let running = Running { journal, follower };
    let counted = running.totals().await.decisions;
    let missed = running.follower.stats().missed;
    assert!(missed > 0 && counted > 0, "{missed} missed, {counted} counted");
    assert_eq!(missed + counted, 500);
    running.close();
}

#[tokio::test]
async fn figures_stand_still_at_a_record_that_cannot_be_read_and_say_so() {
    let place = Place::new();
    let running = place.start();
    running.append_views(3);
    let strange = running.journal.reserve().expect("room").append(99, |buffer| buffer.push(7));
    let last = running.append_views(1);
    running.journal.durable(last).await.expect("durable");
    let live = running.follower.live();
    assert!(live.wait_applied(strange - 1, PATIENCE).await);
    assert!(!live.wait_applied(strange, Duration::from_millis(100)).await);
    let fault = running.follower.stats().fault.expect("told");
    assert!(fault.contains(&format!("from record {strange}")), "{fault}");

    let error = running.follower.close().expect_err("told at the end as well");
    assert!(matches!(error, AnalyticsError::Journal { lsn, .. } if lsn == strange), "{error}");
    let follower = start(&running.journal, &place.snapshot()).expect("started");
    assert_eq!(follower.snapshot_lsn(), strange - 1, "what came before is saved");
}
