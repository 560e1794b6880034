use std::sync::Arc;

use super::Reader;
use crate::disk::{Disk, simulated};
use crate::frame;
use crate::journal::{Counters, Shared};
use crate::pending::Pending;
use crate::progress::Progress;
use crate::segment::{Catalogue, Entry, HEADER_BYTES, SegmentId};

const SEGMENT: SegmentId = SegmentId { base_lsn: 1, attempt: 0 };

fn batch(lsn: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert!(frame::append(&mut bytes, lsn, 1, |buffer| buffer.extend_from_slice(b"payload")));
    frame::seal(&mut bytes);
    bytes
}

/// A journal whose writer is the test.
fn shared(file: &[u8]) -> Arc<Shared> {
    let files = [(SEGMENT.name(), file.to_vec())];
    Arc::new(Shared {
        disk: Disk::Simulated(simulated::Disk::holding(files.into())),
        catalogue: Catalogue::new(vec![Entry { id: SEGMENT, good: true }]),
        pending: Pending::new(2, 0),
        progress: Progress::new(1),
        counters: Counters::default(),
    })
}

#[test]
fn what_was_read_ahead_of_the_durable_position_is_read_again() {
    let (first, second) = (batch(1), batch(2));
    // The file has grown, but the bytes have not arrived when the reader looks.
    let shared = shared(&[&SEGMENT.header()[..], &first, &vec![0; second.len()]].concat());
    let mut reader = Reader::new(Arc::clone(&shared), 1);
    assert_eq!(reader.next().unwrap().map(|frame| frame.lsn), Some(1));
    assert_eq!(reader.next().unwrap(), None, "the second is not durable yet");
    let file = shared.disk.open_writable(&SEGMENT.name()).unwrap();
    file.write_at(&second, (HEADER_BYTES + first.len()) as u64).unwrap();
    shared.progress.advance(2);
    assert_eq!(reader.next().unwrap().map(|frame| frame.lsn), Some(2));
}

#[test]
fn a_reader_stops_at_damage_and_names_the_place() {
    let mut damaged = batch(2);
    damaged[20] ^= 1;
    let shared = shared(&[&SEGMENT.header()[..], &batch(1), &damaged, &batch(3)].concat());
    shared.progress.advance(3);
    let mut reader = Reader::new(shared, 1);
    assert_eq!(reader.next().unwrap().map(|frame| frame.lsn), Some(1));
    for _ in 0..2 {
        let error = reader.next().unwrap_err().to_string();
        assert!(error.contains("offset 52, record 2: the frame's checksum is wrong"), "{error}");
        assert_eq!(reader.next_lsn(), 2, "it never reads past damage");
    }
}
