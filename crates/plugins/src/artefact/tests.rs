use std::fs;
use std::time::{Duration, SystemTime};

use super::{Cache, Seal, hex};
use crate::engine;
use crate::limits::CACHE_FILES_MAX;

const DIGEST: [u8; 32] = [1; 32];

fn seal(key: u8) -> Seal {
    Seal::new(&[key; 32], &engine::for_compiling().expect("an engine"))
}

#[test]
fn what_was_sealed_can_be_opened() {
    let sealed = seal(9).seal(&DIGEST, b"code");
    let opened = seal(9).open(&DIGEST, &sealed).expect("our own");
    assert_eq!(opened.0, b"code");
}

#[test]
fn a_change_of_any_byte_breaks_the_seal() {
    let sealed = seal(9).seal(&DIGEST, b"some machine code");
    for place in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[place] ^= 0x10;
        assert!(seal(9).open(&DIGEST, &flipped).is_err(), "byte {place}");
        assert!(seal(9).open(&DIGEST, &sealed[..place]).is_err(), "cut at {place}");
    }
}

#[test]
fn the_seal_of_another_key_or_module_is_not_ours() {
    let sealed = seal(9).seal(&DIGEST, b"code");
    assert!(seal(8).open(&DIGEST, &sealed).is_err());
    assert!(seal(9).open(&[2; 32], &sealed).is_err());
}

#[test]
fn the_engine_that_compiles_and_the_engine_that_runs_agree_on_settings() {
    let running = engine::for_running(1).expect("an engine");
    let compiling = engine::for_compiling().expect("an engine");
    let [one, other] = [running, compiling].map(|engine| Seal::new(&[0; 32], &engine).settings);
    assert_eq!(hex(&one), hex(&other));
}

#[test]
fn a_cached_artefact_is_read_back_and_leaves_no_other_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Cache::open(&folder.path().join("deep/er")).expect("a cache");
    let seal = seal(9);
    assert_eq!(cache.read(&seal, &DIGEST).expect("readable"), None);
    let sealed = seal.seal(&DIGEST, b"code");
    cache.write(&seal, &DIGEST, &sealed).expect("writable");
    assert_eq!(cache.read(&seal, &DIGEST).expect("readable"), Some(sealed));
    assert_eq!(fs::read_dir(&cache.folder).expect("readable").count(), 1);
}

#[test]
fn a_full_cache_forgets_what_was_written_longest_ago() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Cache::open(folder.path()).expect("a cache");
    let seal = seal(9);
    let old = SystemTime::UNIX_EPOCH;
    let file = |name: &str, age: u64| {
        let file = fs::File::create(folder.path().join(name)).expect("writable");
        file.set_modified(old + Duration::from_secs(age)).expect("settable");
    };
    file("somebody-elses", 0);
    for number in (0..).take(CACHE_FILES_MAX) {
        file(&format!("{number}.artefact"), number);
    }
    cache.write(&seal, &DIGEST, b"sealed").expect("writable");
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), CACHE_FILES_MAX + 1);
    assert!(!folder.path().join("0.artefact").exists());
    assert!(folder.path().join("1.artefact").exists());
    assert!(folder.path().join("somebody-elses").exists());
}
