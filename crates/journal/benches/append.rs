//! What it costs to append a record, and to have a batch of 100 made durable.
//!
//! The second depends on the disk: compare it only with a run on the same machine at the same time.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use journal::{Config, Journal};

const BATCH: u64 = 100;
const PAYLOAD: [u8; 300] = [7; 300];

fn append(journal: &Journal) -> u64 {
    let permit = journal.reserve().expect("the backlog has room");
    permit.append(1, |buffer| buffer.extend_from_slice(&PAYLOAD))
}

fn open(dir: &tempfile::TempDir, commit_delay: Duration) -> Journal {
    let config = Config { commit_delay, backlog_bytes_max: usize::MAX, ..Config::default() };
    Journal::open(dir.path(), config).expect("an empty folder").0
}

fn benches(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = open(&dir, Duration::ZERO);
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("append and make durable 100 records of 300 bytes", |bencher| {
        bencher.iter(|| {
            let last = (0..BATCH).fold(0, |_, _| append(&journal));
            journal.wait_durable_blocking(last).expect("the disk is well");
        });
    });
    group.finish();
    drop(journal);

    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(1));
    // Appending is so much faster than a disk that more would only fill it.
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    let journal = open(&dir, Duration::from_millis(1));
    group.bench_function("reserve and append one record of 300 bytes", |bencher| {
        // Each sample ends with the disk idle, so that the backlog stays small.
        bencher.iter_custom(|count| {
            #[expect(clippy::disallowed_methods, reason = "a measurement")]
            let start = std::time::Instant::now();
            let last = (0..count).fold(0, |_, _| append(&journal));
            let elapsed = start.elapsed();
            journal.wait_durable_blocking(last).expect("the disk is well");
            journal.retain_from(last).expect("the disk is well");
            elapsed
        });
    });
    group.finish();
}

criterion_group!(append_benches, benches);
criterion_main!(append_benches);
