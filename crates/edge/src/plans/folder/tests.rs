use std::fs;
use std::path::Path;

use super::{Glance, glance, read};

const CAMPAIGN: &str = "[when]\nplugin = \"plugins/x.wat\"";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("plugins")).expect("made");
    fs::write(folder.path().join("a.toml"), CAMPAIGN).expect("written");
    fs::write(folder.path().join("plugins/x.wat"), "(module)").expect("written");
    folder
}

fn look(folder: &Path) -> Glance {
    glance(folder, &["plugins/x.wat".into()]).expect("readable").expect("there")
}

#[test]
fn a_folder_is_its_campaigns_and_the_plugins_that_they_name() {
    let folder = folder();
    for more in ["a.cases.toml", ".a.toml", "a.toml~", "notes.md", "plugins/unused.wat"] {
        fs::write(folder.path().join(more), "").expect("written");
    }
    fs::write(folder.path().join("segments.toml"), "").expect("written");
    let bundle = read(folder.path()).expect("readable").expect("there");
    let names: Vec<&str> = bundle.campaigns().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.toml"]);
    assert_eq!(bundle.file("plugins/x.wat"), Some(&b"(module)"[..]));
    assert!(bundle.file("segments.toml").is_some());
    for left_out in ["a.cases.toml", "notes.md", "plugins/unused.wat"] {
        assert!(bundle.file(left_out).is_none(), "{left_out}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_none_and_an_empty_one_is_a_plan_without_campaigns() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(read(&folder.path().join("none")).expect("no error").is_none());
    assert!(glance(&folder.path().join("none"), &[]).expect("no error").is_none());
    let empty = read(folder.path()).expect("readable").expect("there");
    assert_eq!(empty.campaigns().count(), 0);
}

#[test]
fn any_change_to_a_file_of_the_plan_shows_at_a_glance_and_nothing_else_does() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let before = look(folder.path());
    fs::write(at("notes.md"), "").expect("written");
    fs::write(at("a.cases.toml"), "").expect("written");
    assert_eq!(look(folder.path()), before);

    fs::write(at("b.toml"), "").expect("written");
    let added = look(folder.path());
    assert_ne!(added, before);
    // Another file of the same length takes the place, as an editor does it.
    fs::write(at("beside"), CAMPAIGN.replace('x', "y")).expect("written");
    fs::rename(at("beside"), at("a.toml")).expect("renamed");
    let renamed = look(folder.path());
    assert_ne!(renamed, added);
    fs::remove_file(at("plugins/x.wat")).expect("removed");
    let removed = look(folder.path());
    assert_ne!(removed, renamed);
    fs::remove_file(at("b.toml")).expect("removed");
    assert_ne!(look(folder.path()), removed);
}

#[test]
fn what_is_no_regular_file_is_an_error_and_never_waited_for() {
    let folder = folder();
    fs::create_dir(folder.path().join("b.toml")).expect("made");
    let told = read(folder.path()).expect_err("no file").to_string();
    assert!(told.contains("b.toml"), "{told}");
}
