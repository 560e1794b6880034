//! Every file in `wasm-plugins/hostile` ends as its first line says, and harms nobody else.

use std::fs;
use std::path::{Path, PathBuf};

use model::FaultKind;
use plugins::Host;

use super::world::{CART_RESCUE, World};

/// What a file's first line promises.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Rejected(String),
    Faulty(String),
    Answered,
}

fn files() -> Vec<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    let folder = Path::new(&here).join("../../wasm-plugins/hostile");
    let entries = fs::read_dir(&folder).expect("the folder of hostile plugins");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ext| ext == "wat")).collect();
    files.sort();
    files
}

fn promised(source: &str) -> Option<Fate> {
    let line = source.lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [";;", "expect:", "reject", name] => Some(Fate::Rejected((*name).into())),
        [";;", "expect:", "fault", kind] => Some(Fate::Faulty((*kind).into())),
        _ => None,
    }
}

/// Loads and calls once, each time as a new plugin, so that no breaker is in the way.
fn once(world: &World, host: &Host, source: &str) -> Fate {
    match host.load(source.as_bytes()) {
        Err(rejection) => Fate::Rejected(rejection.name().into()),
        Ok(plugin) => match plugin.call(&world.input()).outcome {
            Err(fault) => {
                assert!(!fault.detail.is_empty(), "a fault says what happened");
                assert!(!fault.detail.contains("Zürich"), "and nothing of the customer");
                Fate::Faulty(fault.kind.as_str().into())
            }
            Ok(_) => Fate::Answered,
        },
    }
}

#[test]
fn every_hostile_plugin_is_contained() {
    let world = World::new();
    let good = world.load(CART_RESCUE);
    let answer = world.call(&good);
    assert!(answer.outcome.as_ref().is_ok_and(Option::is_some));
    let files = files();
    assert!(files.len() >= 20, "only {} files", files.len());
    for path in files {
        let source = fs::read_to_string(&path).expect("readable");
        let expected = promised(&source);
        let expected = expected.unwrap_or_else(|| panic!("{}: a first line", path.display()));
        let mut fate = once(&world, &world.host, &source);
        // On a busy machine the clock can be too early, for what fuel or a count is to end, and too
        // late, for what the clock is to end.
        let by_clock = Fate::Faulty(FaultKind::Timeout.as_str().into());
        for _ in 0..20 {
            if fate != expected && (fate == by_clock || expected == by_clock) {
                fate = once(&world, &world.host, &source);
            }
        }
        assert_eq!(fate, expected, "{}", path.display());
        assert_eq!(world.call(&good), answer, "after {}", path.display());
        assert_eq!(world.host.stats().sandboxes, 0, "after {}", path.display());
    }
}

#[test]
fn a_pool_of_one_sandbox_is_whole_again_after_every_hostile_plugin() {
    let world = World::with_sandboxes(1);
    let good = world.load(CART_RESCUE);
    let answer = world.call(&good);
    for path in files() {
        let source = fs::read_to_string(&path).expect("readable");
        for _ in 0..3 {
            once(&world, &world.host, &source);
        }
        assert_eq!(world.call(&good), answer, "after {}", path.display());
    }
}
