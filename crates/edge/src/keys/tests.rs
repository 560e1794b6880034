use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use model::{TenantKey, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use super::text::{KeyText, Parts};
use super::{AuthError, KeyError, KeyId, KeyRing, Kind, create, derived_key, list, revoke};

const NOW: Timestamp = Timestamp::from_ms(1_795_328_065_768);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn demo() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn ring(dir: &Path) -> KeyRing {
    KeyRing::load(dir).expect("loaded")
}

/// The text with the character at one place replaced by another of the alphabet.
fn altered(text: &str, place: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
    String::from_utf8(bytes).expect("ASCII")
}

#[test]
fn a_key_gives_its_tenant_and_its_kind() {
    let dir = folder();
    for kind in Kind::ALL {
        let key = create(dir.path(), &demo(), kind, NOW).expect("made");
        assert!(key.text().starts_with(kind.prefix()));
        assert_eq!(key.text().len(), 54);
        let caller = ring(dir.path()).authenticate(key.text()).expect("good");
        assert_eq!((&**caller.tenant(), caller.kind()), (&demo(), kind));
        assert_eq!(caller.key(), key.record().id);
    }
    assert_eq!(ring(dir.path()).len(), 3);
}

#[test]
fn the_form_of_a_key_never_changes_between_versions() {
    let (id, text) = KeyText::new(Kind::Secret, &([7; 8], [9; 20]));
    assert_eq!(id.as_str(), "r70w3ge1r7");
    assert_eq!(text.reveal(), "vsk_r70w3ge1r7_144gj289144gj289144gj289144gj289110szap");
    let parts = Parts::of(text.reveal()).expect("well-formed");
    assert_eq!((parts.kind, parts.id), (Kind::Secret, id));
    assert_eq!(format!("{text:?}"), "vsk_r70w3ge1r7_...", "a log does not give the secret away");
}

#[test]
fn a_mistyped_key_is_found_without_asking_the_ring() {
    let dir = folder();
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let ring = ring(dir.path());
    for place in 0..key.text().len() {
        let typed = altered(key.text(), place);
        assert_eq!(ring.authenticate(&typed), Err(AuthError::Malformed), "{typed}");
    }
    for text in ["", "vsk_", &key.text()[1..], &key.text()[..53], &format!("{}0", key.text())] {
        assert_eq!(ring.authenticate(text), Err(AuthError::Malformed), "{text}");
    }
}

#[test]
fn a_well_formed_key_that_was_not_made_here_is_unknown() {
    let (dir, other) = (folder(), folder());
    create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let stranger = create(other.path(), &demo(), Kind::Secret, NOW).expect("made");
    assert_eq!(ring(dir.path()).authenticate(stranger.text()), Err(AuthError::Unknown));
    assert_eq!(ring(folder().path()).authenticate(stranger.text()), Err(AuthError::Unknown));
}

#[test]
fn knowing_an_id_is_not_enough() {
    let dir = folder();
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let ring = ring(dir.path());
    let mut id = [0; 8];
    let digits = b"0123456789abcdefghjkmnpqrstvwxyz";
    let number = key.record().id.as_str().bytes().fold(0_u64, |number, byte| {
        let digit = digits.iter().position(|&known| known == byte).expect("a digit");
        number << 5 | u64::try_from(digit).expect("small")
    });
    id.copy_from_slice(&number.to_le_bytes());
    let (forged_id, forged) = KeyText::new(Kind::Secret, &(id, [0; 20]));
    assert_eq!(forged_id, key.record().id);
    assert_eq!(ring.authenticate(forged.reveal()), Err(AuthError::Unknown));
}

#[test]
fn a_publishable_key_does_not_become_a_secret_one_by_editing_the_file() {
    let dir = folder();
    let key = create(dir.path(), &demo(), Kind::Publishable, NOW).expect("made");
    let path = dir.path().join("keys.toml");
    let text = fs::read_to_string(&path).expect("read");
    fs::write(&path, text.replace("publishable", "secret")).expect("written");
    assert_eq!(ring(dir.path()).authenticate(key.text()), Err(AuthError::Unknown));
}

#[test]
fn a_revoked_key_is_refused_and_keeps_its_first_time() {
    let dir = folder();
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let other = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let id = key.record().id;
    let revoked = revoke(dir.path(), id.as_str(), NOW).expect("revoked");
    assert_eq!(revoked.revoked_at, Some(NOW));
    let later = Timestamp::from_ms(NOW.ms() + 1);
    let again = revoke(dir.path(), &format!("vsk_{id}"), later).expect("revoked before");
    assert_eq!(again.revoked_at, Some(NOW));
    let ring = ring(dir.path());
    assert_eq!(ring.authenticate(key.text()), Err(AuthError::Revoked));
    assert!(ring.authenticate(other.text()).is_ok());
    assert_eq!(list(dir.path()).expect("listed").len(), 2);
}

#[test]
fn only_a_key_that_exists_can_be_revoked() {
    let dir = folder();
    let refused = revoke(dir.path(), "0123456789", NOW).expect_err("no keys at all");
    assert!(matches!(refused, KeyError::NoSuchKey(_)), "{refused}");
    assert!(!dir.path().join("keys.lock").exists(), "looking leaves no traces");
    create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let refused = revoke(dir.path(), "0123456789", NOW).expect_err("another key");
    assert!(matches!(refused, KeyError::NoSuchKey(_)), "{refused}");
    let refused = revoke(dir.path(), "vsk_0123", NOW).expect_err("no id");
    assert!(matches!(refused, KeyError::InvalidId(_)), "{refused}");
}

#[test]
fn a_ring_knows_when_the_file_is_another() {
    let dir = folder();
    let empty = ring(dir.path());
    assert!(!empty.is_stale(dir.path()));
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    assert!(empty.is_stale(dir.path()));
    let loaded = ring(dir.path());
    assert!(!loaded.is_stale(dir.path()));
    revoke(dir.path(), key.record().id.as_str(), NOW).expect("revoked");
    assert!(loaded.is_stale(dir.path()));
    assert!(loaded.authenticate(key.text()).is_ok(), "a loaded ring does not change");
}

#[test]
fn nothing_in_the_folder_is_a_key_and_nobody_else_may_read_it() {
    let dir = folder();
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let secret = &key.text()[15..47];
    let mut names = HashSet::new();
    for entry in fs::read_dir(dir.path()).expect("listed") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("read");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{path:?}");
        let mode = fs::metadata(&path).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path:?}");
        names.insert(path.file_name().expect("a name").to_owned());
    }
    assert_eq!(names, HashSet::from(["keys.toml", "pepper.key", "keys.lock"].map(Into::into)));
}

#[test]
fn the_pepper_is_made_once_and_gives_other_keys_for_other_purposes() {
    let dir = folder();
    let first = derived_key(dir.path(), b"plugin artefacts").expect("made");
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    assert_eq!(derived_key(dir.path(), b"plugin artefacts").expect("read"), first);
    assert_ne!(derived_key(dir.path(), b"tokens").expect("read"), first);
    assert!(ring(dir.path()).authenticate(key.text()).is_ok());
}

#[test]
fn keys_whose_pepper_is_lost_or_damaged_are_named_and_left_alone() {
    let dir = folder();
    create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let pepper = dir.path().join("pepper.key");
    fs::write(&pepper, [0; 31]).expect("written");
    let told = KeyRing::load(dir.path()).expect_err("damaged").to_string();
    assert!(told.contains("pepper.key is 31 bytes long instead of 32"), "{told}");
    fs::remove_file(&pepper).expect("removed");
    let told = KeyRing::load(dir.path()).expect_err("missing").to_string();
    assert!(told.contains("pepper.key is missing"), "{told}");
    create(dir.path(), &demo(), Kind::Secret, NOW).expect_err("no second pepper");
    assert!(!pepper.exists());
}

#[test]
fn a_corrupt_file_is_named_with_its_line_and_never_overwritten() {
    let dir = folder();
    create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    let path = dir.path().join("keys.toml");
    let good = fs::read_to_string(&path).expect("read");
    let entry = good.split_once("\n\n").expect("a header and an entry").1;
    for (bad, line, problem) in [
        (good.replace("secret", "root"), 5, "`kind` must be publishable, secret or admin"),
        (good.replace("\"demo\"", "\"De Mo\""), 7, "`tenant` must be"),
        (good.replace("id = \"", "id = \"!"), 6, "`id` must be"),
        (good.replace("created_at = \"2026", "created_at = \"26"), 8, "`created_at` must be"),
        (good.replace("hmac = \"", "hmac = \"0"), 9, "`hmac` must be 64"),
        (good.replace("tenant", "tennant"), 7, "unknown field"),
        (good.replace("kind =", "kind"), 5, ""),
        (format!("{good}\n{entry}"), 13, "is in the file twice"),
    ] {
        fs::write(&path, &bad).expect("written");
        let told = KeyRing::load(dir.path()).expect_err("corrupt").to_string();
        let place = format!("{}:{line}: ", path.display());
        assert!(told.starts_with(&place) && told.contains(problem), "{told}\n{bad}");
        assert!(told.contains("vitrine key create"), "a remedy: {told}");
        create(dir.path(), &demo(), Kind::Secret, NOW).expect_err("corrupt");
        revoke(dir.path(), "0123456789", NOW).expect_err("corrupt");
        list(dir.path()).expect_err("corrupt");
        assert_eq!(fs::read_to_string(&path).expect("read"), bad, "left as it is");
    }
    fs::write(&path, b"# caf\xe9\n").expect("written");
    let told = KeyRing::load(dir.path()).expect_err("not UTF-8").to_string();
    assert!(told.contains("keys.toml:1: not UTF-8"), "{told}");
}

#[test]
fn writers_at_the_same_time_lose_no_key() {
    let dir = folder();
    let made: Vec<_> = std::thread::scope(|scope| {
        let writer = || create(dir.path(), &demo(), Kind::Publishable, NOW).expect("made");
        let writers: Vec<_> = (0..8).map(|_| scope.spawn(writer)).collect();
        writers.into_iter().map(|writer| writer.join().expect("finished")).collect()
    });
    let ring = ring(dir.path());
    assert_eq!(ring.len(), 8);
    assert!(made.iter().all(|key| ring.authenticate(key.text()).is_ok()));
}

#[test]
fn an_interrupted_write_leaves_the_keys_as_they_were() {
    let dir = folder();
    let key = create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    fs::write(dir.path().join("keys.tmp"), "half a fi").expect("written");
    assert!(ring(dir.path()).authenticate(key.text()).is_ok());
    create(dir.path(), &demo(), Kind::Secret, NOW).expect("made");
    assert_eq!(ring(dir.path()).len(), 2);
}

#[test]
fn an_id_is_read_with_and_without_its_prefix() {
    let id = KeyId::parse("7h2k9m4qwe").expect("an id");
    assert_eq!(KeyId::parse("vsk_7h2k9m4qwe").expect("an id"), id);
    assert_eq!(format!("{id:<12}|"), "7h2k9m4qwe  |", "for a table");
    for text in ["", "7h2k9m4qw", "7h2k9m4qweu", "7H2K9M4QWE", "ilou000000", "7h2k9m4qw\u{e9}"] {
        assert!(KeyId::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_can_panic_the_reader(text in ".{0,60}", ascii in "v[psa]k_[0-9a-z_]{50}") {
        let ring = ring(Path::new("/nonexistent"));
        prop_assert_eq!(ring.authenticate(&text), Err(AuthError::Malformed));
        prop_assert!(ring.authenticate(&ascii).is_err());
    }

    #[test]
    fn every_key_that_can_be_made_can_be_read(id in any::<[u8; 8]>(), secret in any::<[u8; 20]>()) {
        let (id, text) = KeyText::new(Kind::Admin, &(id, secret));
        let parts = Parts::of(text.reveal());
        prop_assert_eq!(parts.map(|parts| parts.id), Some(id));
    }
}
