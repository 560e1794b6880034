//! Compiled plugins are kept, and only our own are used.

use std::fs;
use std::path::{Path, PathBuf};

use plugins::{Compiler, Config, Host, Stats};
use tempfile::TempDir;

use super::world::{CART_RESCUE, World};

fn host(folder: &Path, key: u8) -> Host {
    let config = Config {
        cache_dir: Some(folder.to_owned()),
        mac_key: [key; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 2,
    };
    Host::new(config).expect("a host")
}

/// Loads the demonstration's plugin with a new host, calls it, and gives the host's counts.
fn load(folder: &Path, key: u8) -> Stats {
    let host = host(folder, key);
    let plugin = host.load(CART_RESCUE).expect("allowed");
    let world = World::new();
    assert_eq!(world.call(&plugin).outcome.map(|found| found.is_some()), Ok(true));
    host.stats()
}

fn counts(stats: Stats) -> (u64, u64, u64) {
    (stats.compiled, stats.cached, stats.artefacts_refused)
}

fn filled() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(counts(load(folder.path(), 1)), (1, 0, 0));
    let mut files = fs::read_dir(folder.path()).expect("readable");
    let file = files.next().expect("a file").expect("readable").path();
    assert!(files.next().is_none());
    (folder, file)
}

#[test]
fn a_plugin_is_compiled_once_for_all_starts() {
    let (folder, _) = filled();
    assert_eq!(counts(load(folder.path(), 1)), (0, 1, 0));
}

#[test]
fn a_damaged_artefact_is_not_used_but_made_anew() {
    let (folder, file) = filled();
    let whole = fs::read(&file).expect("readable");
    for place in [0, 8, 20, 40, 41, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&file, &damaged).expect("writable");
        assert_eq!(counts(load(folder.path(), 1)), (1, 0, 1), "byte {place}");
        assert_eq!(fs::read(&file).expect("readable").len(), whole.len(), "and kept again");
    }
    fs::write(&file, &whole[..whole.len() / 2]).expect("writable");
    assert_eq!(counts(load(folder.path(), 1)), (1, 0, 1), "cut");
    fs::write(&file, b"").expect("writable");
    assert_eq!(counts(load(folder.path(), 1)), (1, 0, 1), "empty");
}

#[test]
fn an_artefact_of_another_installation_is_not_used() {
    let (folder, _) = filled();
    assert_eq!(counts(load(folder.path(), 2)), (1, 0, 1));
}

#[test]
fn an_artefact_of_another_module_is_not_used() {
    let (folder, file) = filled();
    let other = tempfile::tempdir().expect("a folder");
    let foreign = host(other.path(), 1);
    foreign.load(super::world::module("", "(i32.const 0)").as_bytes()).expect("allowed");
    let made = fs::read_dir(other.path()).expect("readable").next().expect("a file");
    fs::copy(made.expect("readable").path(), file).expect("writable");
    assert_eq!(counts(load(folder.path(), 1)), (1, 0, 1));
}

#[test]
fn a_cache_that_cannot_be_used_does_not_keep_a_plugin_from_working() {
    let (folder, file) = filled();
    fs::remove_file(&file).expect("removable");
    fs::create_dir(&file).expect("writable");
    assert_eq!(counts(load(folder.path(), 1)), (1, 0, 0));
}
