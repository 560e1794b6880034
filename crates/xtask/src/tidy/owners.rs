//! A heavy dependency has one owner.
//!
//! Whoever wants to exchange wasmtime, redb or axum reads one crate. And whoever reads `decision` knows,
//! without looking, that no request, file or Parquet schema can be in it.

use super::finding::Finding;
use super::source::{spells, tokens};
use crate::repository::Repository;

/// Crates that may depend on a library, for running as well as in tests, and why nobody else.
struct Owned {
    libraries: &'static [&'static str],
    by: &'static [&'static str],
    reason: &'static str,
}

/// Crates that must never depend on a library.
struct Kept {
    crates: &'static [&'static str],
    from: &'static [&'static str],
    reason: &'static str,
}

const OWNED: [Owned; 10] = [
    Owned {
        libraries: &["hyper", "hyper-util", "http", "http-body-util", "reqwest"],
        by: &["edge", "console", "e2e", "load-tests"],
        reason: "only `edge` and `console` know HTTP",
    },
    Owned {
        libraries: &["axum"],
        by: &["console"],
        reason: "the data plane is built on hyper directly",
    },
    Owned {
        libraries: &["wasmtime"],
        by: &["plugins"],
        reason: "one crate decides what the sandbox allows",
    },
    Owned {
        libraries: &["wasm-encoder"],
        by: &["rules"],
        reason: "one crate knows how a rule becomes a module",
    },
    Owned {
        libraries: &["cel"],
        by: &["rules", "plugins"],
        reason: "one crate knows how a rule is parsed; the other only measures its interpreter beside \
                 the sandbox",
    },
    Owned {
        libraries: &["redb", "dashmap", "ahash"],
        by: &["profiles"],
        reason: "one crate knows how profiles are held in memory and on disk",
    },
    Owned {
        libraries: &["bincode"],
        by: &["journal", "profiles"],
        reason: "its bytes may only lie in our own checked frames, behind a versioned codec, so that it \
                 can be exchanged",
    },
    Owned {
        libraries: &["parquet", "arrow", "arrow-array", "arrow-schema", "arrow-select"],
        by: &["analytics"],
        reason: "one crate knows the tables that analysts read",
    },
    Owned {
        libraries: &["rustix", "libc", "nix"],
        by: &["journal", "plugins", "e2e"],
        reason: "the system is asked directly only for fsync, for the limits of the compiler's process and \
                 to stop a server in a test",
    },
    Owned {
        libraries: &["anyhow"],
        by: &["edge", "e2e", "load-tests", "xtask"],
        reason: "a library's error is an enum that the caller can match",
    },
];

const KEPT: [Kept; 2] = [
    Kept {
        crates: &["model", "rules", "experiments", "decision"],
        from: &["tokio", "async-trait", "futures"],
        reason: "what is decided is a plain function of its arguments: no runtime, no waiting",
    },
    Kept {
        crates: &["model", "rules", "experiments", "decision"],
        from: &["rand", "getrandom", "fastrand", "uuid", "chrono", "tempfile"],
        reason: "time and chance are arguments, so that every decision can be replayed",
    },
];

/// Where `anyhow` may stand in the source: where an error is only ever read by a person.
const ANYHOW_IN: [&str; 5] = [
    "crates/edge/src/main.rs",
    "crates/edge/src/cli",
    "crates/e2e/",
    "crates/xtask/",
    "load-tests/",
];

/// Reports dependencies in crates that neither own nor may have them.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &repository.crates {
        let name = member.name.as_str();
        for dependency in &member.dependencies {
            let library = dependency.name.as_str();
            let foreign = OWNED
                .iter()
                .filter(|rule| rule.libraries.contains(&library) && !rule.by.contains(&name))
                .map(|rule| (rule.reason, format!("it belongs to {}", rule.by.join(", "))));
            // What only tests use, such as a temporary folder, cannot make the crate itself impure.
            let ships = dependency.kind.as_deref() != Some("dev");
            let kept = KEPT
                .iter()
                .filter(|rule| ships && rule.from.contains(&library) && rule.crates.contains(&name))
                .map(|rule| (rule.reason, "it is kept from it".to_owned()));
            let finding = |(reason, whose)| {
                let path = manifest_of(name);
                Finding::on(&path, format!("`{name}` depends on `{library}`, {whose}: {reason}"))
            };
            findings.extend(foreign.chain(kept).map(finding));
        }
    }
    findings.extend(anyhow_in_libraries(repository));
    findings
}

fn anyhow_in_libraries(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let elsewhere = |path: &str| !ANYHOW_IN.iter().any(|allowed| path.starts_with(allowed));
    for file in repository.rust().filter(|file| elsewhere(&file.path)) {
        let tokens = tokens(file);
        let used = (0..tokens.len()).find(|place| spells(&tokens[*place..], &["anyhow", ":", ":"]));
        if let Some(place) = used {
            let message = "`anyhow` only in `main.rs`, its subcommands and the tools: elsewhere an error \
                           is an enum that the caller can match";
            findings.push(Finding::at(&file.path, tokens[place].line, message));
        }
    }
    findings
}

fn manifest_of(name: &str) -> String {
    match name {
        "load-tests" => "load-tests/Cargo.toml".to_owned(),
        _ => format!("crates/{name}/Cargo.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, OWNED, check};
    use crate::repository::planted::{self, member};
    use crate::repository::{Crate, Repository};

    fn found(crates: Vec<Crate>) -> usize {
        check(&Repository { crates, ..Repository::default() }).len()
    }

    #[test]
    fn every_owned_library_is_found_in_a_crate_that_does_not_own_it() {
        for rule in &OWNED {
            for library in rule.libraries {
                assert_eq!(found(vec![member("model", &[library])]), 1, "{library}");
                assert_eq!(found(vec![member(rule.by[0], &[library])]), 0, "{library}");
            }
        }
    }

    #[test]
    fn time_chance_and_waiting_are_found_in_what_must_be_a_function() {
        for rule in &KEPT {
            for (name, library) in rule.crates.iter().zip(rule.from) {
                assert_eq!(found(vec![member(name, &[library])]), 1, "{name} {library}");
            }
        }
        let mut tested = member("model", &["tempfile"]);
        tested.dependencies[0].kind = Some("dev".to_owned());
        assert_eq!(found(vec![tested]), 0);
    }

    #[test]
    fn anyhow_in_a_library_is_found() {
        let text = "//! A.\nfn a() -> anyhow::Result<()> { Ok(()) }";
        assert_eq!(check(&planted::files(&[("crates/edge/src/server.rs", text)])).len(), 1);
        assert!(check(&planted::files(&[("crates/edge/src/main.rs", text)])).is_empty());
    }
}
