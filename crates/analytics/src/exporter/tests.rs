use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use journal::record::{Record, encode};
use journal::{Config, Journal};
use tempfile::TempDir;

use super::cuts::Cuts;
use super::disk::Disk;
use super::disk::faults::{Faults, Moment};
use super::{Exporter, Manifest};
use crate::error::AnalyticsError;
use crate::export::Export;
use crate::tables::Table;
use crate::tables::sample::{exposed, merged, order, time, view};

/// Files by their paths below the folder of the tables.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A journal and a folder for its tables.
struct Place {
    folder: TempDir,
    journal: Arc<Journal>,
}

// === impl Place ===

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config { segment_bytes_max: 4_096, ..Config::default() };
        let opened = Journal::open(&folder.path().join("journal"), config);
        Self { journal: Arc::new(opened.expect("opens").0), folder }
    }

    fn tables(&self) -> PathBuf {
        self.folder.path().join("parquet")
    }

    fn append(&self, records: &[Record]) {
        for record in records {
            let permit = self.journal.reserve().expect("room");
            permit.append(record.kind(), |buffer| encode(record, buffer));
        }
        let lsn = self.journal.appended_lsn();
        self.journal.wait_durable_blocking(lsn).expect("durable");
    }

    fn open(&self, faults: Faults) -> Result<Cuts, AnalyticsError> {
        Cuts::open(Arc::clone(&self.journal), Disk::failing(&self.tables(), faults))
    }

    /// Writes everything on a disk that does not fail.
    fn write_all(&self) {
        let mut cuts = self.open(Faults::default()).expect("opens");
        while cuts.write_next().expect("writes").is_some() {}
    }

    /// Every file of the tables with its bytes.
    fn files(&self) -> Files {
        let mut files = BTreeMap::new();
        collect(&self.tables(), &self.tables(), &mut files);
        files
    }

    /// The records in the files, and how often each is there.
    fn written(&self) -> BTreeMap<u64, u32> {
        let mut counts = BTreeMap::new();
        for table in [Table::Events, Table::Exposures] {
            let mut lines = Vec::new();
            let export = Export {
                folder: self.tables(),
                // Files alone.
                journal: self.folder.path().join("none"),
                table,
                tenant: None,
                from: None,
                until: None,
            };
            export.to_ndjson(&mut lines).expect("readable");
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let row: serde_json::Value = serde_json::from_slice(line).expect("JSON");
                *counts.entry(row["lsn"].as_u64().expect("a position")).or_default() += 1;
            }
        }
        counts
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below").to_owned();
            files.insert(name, fs::read(&path).expect("readable"));
        }
    }
}

/// Two shops over a turn of the hour: views, exposures, orders and a merge, which has no time of its own.
fn records() -> Vec<Record> {
    let (before, after) = (time("2026-01-31T18:59:59Z"), time("2026-01-31T19:00:01Z"));
    vec![
        merged("one", time("2026-01-30T00:00:00Z")),
        view("one", "m-1", before),
        exposed("one", time("2019-10-01T00:00:00Z")),
        view("two", "m-2", before),
        order("one", "o-1", after, 1_999),
        merged("two", before),
        exposed("two", after),
    ]
}

fn each_once(records: u64) -> BTreeMap<u64, u32> {
    (1..=records).map(|lsn| (lsn, 1)).collect()
}

#[test]
fn every_record_is_in_exactly_one_file_after_a_death_at_any_call() {
    for moment in [Moment::Before, Moment::After] {
        let place = Place::new();
        let late = time("2026-01-31T19:00:01Z");
        let [_, view, exposed, ..] = &records()[..] else { panic!("there are some") };
        place.append(&[view.clone(), exposed.clone(), order("one", "o-1", late, 1_999)]);
        let (mut durable, mut deaths) = (3, 0);
        loop {
            place.write_all();
            let whole = place.files();
            assert_eq!(place.written(), each_once(durable));
            fs::remove_dir_all(place.tables()).expect("removable");

            let died = place.open(Faults::at(deaths, moment)).and_then(|mut cuts| {
                while cuts.write_next()?.is_some() {}
                Ok(())
            });
            if died.is_ok() {
                break;
            }
            deaths += 1;
            // More has come until the next start: what was planned stays as it was planned.
            place.append(std::slice::from_ref(view));
            durable += 1;
            place.write_all();
            assert_eq!(place.written(), each_once(durable), "death {deaths} {moment:?}");
            assert_nothing_unfinished(&place);
            assert_same_if_planned(&place.files(), &whole);
            fs::remove_dir_all(place.tables()).expect("removable");
        }
        assert!(deaths > 50, "only {deaths} calls were made to fail");
    }
}

fn assert_nothing_unfinished(place: &Place) {
    let unfinished = place.tables().join("unfinished");
    assert_eq!(fs::read_dir(unfinished).expect("readable").count(), 0);
}

/// A death after the plan has written the same files as none; a death before has planned anew.
fn assert_same_if_planned(found: &Files, whole: &Files) {
    let parts = || whole.iter().filter(|(path, _)| !path.ends_with("manifest.json"));
    if parts().any(|(path, _)| found.contains_key(path)) {
        for (path, bytes) in parts() {
            assert_eq!(found.get(path), Some(bytes), "{}", path.display());
        }
    }
}

#[test]
fn a_file_is_on_disk_before_it_has_its_name_and_its_name_before_the_manifest_says_so() {
    let place = Place::new();
    place.append(&records());
    let mut cuts = place.open(Faults::default()).expect("opens");
    cuts.write_next().expect("writes").expect("something");
    let calls = cuts.disk_calls();
    let renames = calls.iter().enumerate().filter(|(_, (action, _))| *action == "rename");
    let renames: Vec<(usize, &PathBuf)> = renames.map(|(place, (_, path))| (place, path)).collect();
    for (place, path) in &renames {
        assert_eq!(calls[place - 1].0, "sync", "{}", path.display());
        let folder = path.parent().expect("a folder").to_owned();
        assert_eq!(calls[place + 1], ("sync", folder), "{}", path.display());
    }
    let is_manifest = |path: &Path| path.ends_with("manifest.json");
    let order: Vec<bool> = renames.iter().map(|(_, path)| is_manifest(path)).collect();
    assert_eq!(order.first(), Some(&true), "the range is told before its files");
    assert_eq!(order.last(), Some(&true), "and that they are there after them");
    assert_eq!(order.iter().filter(|manifest| **manifest).count(), 2);
    assert!(order.len() > 8, "{order:?}");
}

#[test]
fn records_without_a_time_of_recording_lie_with_those_before_them() {
    let place = Place::new();
    place.append(&records());
    place.write_all();
    let path = "tenant=one/table=exposures/date=2026-01-31/hour=18";
    assert!(place.tables().join(path).is_dir(), "an exposure as of 2019 was recorded today");
    let path = "tenant=two/table=events/date=2026-01-31/hour=19";
    assert!(place.tables().join(path).is_dir(), "a merge after the turn of the hour");
}

#[test]
fn what_comes_later_is_in_files_of_its_own() {
    let place = Place::new();
    place.append(&records());
    place.write_all();
    let first = place.files();
    place.append(&[exposed("one", time("2026-01-31T20:30:00Z"))]);
    place.write_all();
    let second = place.files();
    for (path, bytes) in first.iter().filter(|(path, _)| !path.ends_with("manifest.json")) {
        assert_eq!(second.get(path), Some(bytes), "{}", path.display());
    }
    assert_eq!(place.written(), each_once(8));
    // The clock of the last cut goes on: an exposure has none of its own.
    let later = "tenant=one/table=exposures/date=2026-01-31/hour=19/\
                 part-00000000000000000008-00000000000000000008.parquet";
    assert!(second.contains_key(Path::new(later)), "{:?}", second.keys());
}

#[test]
fn a_folder_that_is_not_the_journals_is_left_as_it_is() {
    let place = Place::new();
    place.append(&records());
    place.write_all();
    let manifest = place.tables().join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("readable");

    fs::write(&manifest, text.replace("\"written_lsn\":7", "\"written_lsn\":6")).expect("writable");
    let refused = place.open(Faults::default()).expect_err("damaged");
    assert!(matches!(refused, AnalyticsError::ManifestDamaged { .. }), "{refused}");

    fs::remove_file(&manifest).expect("removable");
    let refused = place.open(Faults::default()).expect_err("missing");
    assert!(matches!(refused, AnalyticsError::ManifestMissing { .. }), "{refused}");

    let ahead = Manifest { written_lsn: 8, ..Manifest::default() };
    ahead.write(&Disk::new(&place.tables())).expect("writable");
    let refused = place.open(Faults::default()).expect_err("ahead");
    assert!(matches!(refused, AnalyticsError::TablesAhead { tables_lsn: 8, .. }), "{refused}");
}

#[test]
fn tables_that_begin_late_begin_with_what_retention_has_left() {
    let place = Place::new();
    for _ in 0..40 {
        place.append(&records());
    }
    let deleted = place.journal.retain_from(200).expect("deleted");
    assert!(deleted > 0);
    let mut cuts = place.open(Faults::default()).expect("opens");
    let written = cuts.write_next().expect("writes").expect("something");
    assert_eq!(written.lsn, 280);
    assert!(written.missed > 0, "{written:?}");
    assert_eq!(place.written().len() as u64, 280 - written.missed);
}

#[test]
fn the_thread_writes_all_that_is_durable_when_it_is_closed_and_goes_on_after_a_restart() {
    let place = Place::new();
    let hour = Duration::from_secs(3_600);
    for round in 1..=2 {
        place.append(&records());
        let journal = Arc::clone(&place.journal);
        let exporter = Exporter::start(journal, &place.tables(), hour).expect("starts");
        exporter.close().expect("written");
        let stats = exporter.stats();
        assert_eq!((stats.written_lsn, stats.lag_records), (7 * round, 0));
        assert_eq!((stats.failures, stats.missed, &stats.fault), (0, 0, &None));
        assert!(stats.files > 0);
        assert_eq!(place.written(), each_once(7 * round));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_disturbs_nothing_else() {
    let place = Place::new();
    place.append(&records());
    fs::write(place.tables(), "a file where the folder should be").expect("writable");
    let hour = Duration::from_secs(3_600);
    let exporter = Exporter::start(Arc::clone(&place.journal), &place.tables(), hour);
    let exporter = exporter.expect("starts all the same");
    assert!(exporter.close().is_err());
    let stats = exporter.stats();
    assert_eq!((stats.written_lsn, stats.lag_records), (0, 7), "so the journal keeps all of them");
    assert!(stats.failures > 0);
    assert!(stats.fault.expect("told").contains("parquet"));
    place.append(&records());
}
