//! What the gate lets through, and that what it lets through is offered.

use std::fs;
use std::path::Path;

use plugins::{Compiler, Config, Host, Stats};
use rules::cel::tree::Expr;

use super::world::{cart_rescue, holds, schema, source};

fn host(folder: &Path) -> Host {
    let config = Config {
        cache_dir: Some(folder.to_owned()),
        mac_key: [3; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 1,
    };
    Host::new(config).expect("a host")
}

#[test]
fn rules_are_compiled_once_for_all_starts_and_only_our_own_artefact_is_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules: Vec<Expr> = (0..20).map(cart_rescue).collect();
    let program = rules::cel::compile(&schema(), &rules).expect("small enough");
    let load = || -> Stats {
        let host = host(folder.path());
        let set = host.load_rules(&program).expect("allowed");
        assert_eq!(set.digest(), program.digest());
        assert!(holds(&mut set.open(source()), 7));
        host.stats()
    };
    let counts = |stats: Stats| (stats.compiled, stats.cached, stats.artefacts_refused);
    assert_eq!(counts(load()), (1, 0, 0));
    assert_eq!(counts(load()), (0, 1, 0));
    let file = fs::read_dir(folder.path()).expect("readable").next().expect("a file");
    let file = file.expect("readable").path();
    let mut damaged = fs::read(&file).expect("readable");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(&file, damaged).expect("writable");
    assert_eq!(counts(load()), (1, 0, 1));
}

#[test]
fn the_same_rules_give_the_same_module_and_another_constant_another() {
    let digest = |minor: i64| {
        let program = rules::cel::compile(&schema(), &[cart_rescue(minor)]);
        *program.expect("small enough").digest()
    };
    assert_eq!(digest(2_000), digest(2_000));
    assert_ne!(digest(2_000), digest(2_001));
}

#[test]
fn a_module_of_rules_is_no_plugin() {
    let program = rules::cel::compile(&schema(), &[cart_rescue(1)]).expect("small enough");
    let folder = tempfile::tempdir().expect("a folder");
    let refused = host(folder.path()).load(program.wasm()).expect_err("no plugin");
    assert_eq!(refused.name(), "unknown-import");
}
