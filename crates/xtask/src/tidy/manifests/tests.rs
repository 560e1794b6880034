//! A member that goes its own way is found, and so is a version that moves by itself.

use super::check;
use crate::repository::planted;

const MEMBER: &str = "[package]\nname = \"journal\"\n\
    [lints]\nworkspace = true\n\
    [dependencies]\nmodel.workspace = true\ntokio = { workspace = true, features = [\"fs\"] }\n";
const ROOT: &str = "[workspace.dependencies]\nmodel = { path = \"crates/model\" }\n\
    bincode = { version = \"=2.0.1\" }\nwasmtime = \"=48.0.8\"\n";

fn found(path: &str, manifest: &str) -> Vec<String> {
    check(&planted::files(&[(path, manifest)])).iter().map(ToString::to_string).collect()
}

/// Changes one thing and expects one finding that speaks of it.
fn check_planted(path: &str, sound: &str, (from, to): (&str, &str), expected: &str) {
    assert_eq!(found(path, sound), [""; 0]);
    let planted = sound.replace(from, to);
    assert_ne!(planted, sound, "`{from}` is there to be replaced");
    let found = found(path, &planted);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(expected), "{found:?}");
}

#[test]
fn a_member_with_rules_of_its_own_is_found() {
    let path = "crates/journal/Cargo.toml";
    let edit = ("[lints]\nworkspace = true\n", "");
    check_planted(path, MEMBER, edit, "`[lints]`");
    let edit = ("[lints]\nworkspace = true\n", "[lints]\nworkspace = false\n");
    check_planted(path, MEMBER, edit, "`[lints]`");
}

#[test]
fn a_member_with_a_version_of_its_own_is_found() {
    let path = "crates/journal/Cargo.toml";
    check_planted(path, MEMBER, ("model.workspace = true", "model = \"1\""), "`model`");
    let edit =
        ("[dependencies]", "[target.'cfg(unix)'.dependencies]\nnix = \"0.30\"\n[dependencies]");
    check_planted(path, MEMBER, edit, "`nix`");
}

#[test]
fn a_crate_that_is_not_called_like_its_folder_is_found() {
    let edit = ("\"journal\"", "\"vitrine_log\"");
    check_planted("crates/journal/Cargo.toml", MEMBER, edit, "`vitrine_log` lies in `journal`");
}

#[test]
fn a_version_that_could_move_by_itself_is_found() {
    let path = "Cargo.toml";
    check_planted(path, ROOT, ("=2.0.1", "3"), "`bincode` is `3`");
    check_planted(path, ROOT, ("wasmtime = \"=48.0.8\"\n", ""), "`wasmtime` is `nothing`");
    let edit = ("model = { path = \"crates/model\" }", "model = { git = \"https://a.example/b\" }");
    check_planted(path, ROOT, edit, "`model` has no version");
    let edit = ("model = { path = \"crates/model\" }", "model = \"*\"");
    check_planted(path, ROOT, edit, "`model` has no version");
}
