//! Who is in which variant, as `vitrine experiment assign` prints it, against a recomputation by others.

#[path = "inference/oracle.rs"]
mod oracle;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use fastrand::Rng;
use serde_json::{Value, json};

const SEED: u64 = 0x5eed_0005;

/// Runs the command with so many bytes of standard input.
fn assign(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vitrine-under-test"))
        .args(["experiment", "assign"])
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut pipe = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // At once with reading: neither side holds all of it.
    let writer = std::thread::spawn(move || {
        // A program that refuses its input closes it early, which is no failure of the test.
        let _ = pipe.write_all(&input);
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the input was written");
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[track_caller]
fn printed(output: &Output) -> &str {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn each_unit_has_its_variant_on_a_line_of_its_own() {
    // The salt and unit of a published vector: murmur3("!Ce") is 0x7e4a8634, bucket 49 of 100.
    let weights = ["--salt", "!", "--weights"];
    let by = |split: &'static str, rest: &[&'static str]| {
        assign(&[&weights, &[split][..], rest].concat(), b"Ce\r\nCe")
    };
    assert_eq!(printed(&by("a=49,b=51", &["--unit", "Ce"])), "Ce\tb\n");
    assert_eq!(
        printed(&by("a=50,b=50", &["--unit", "Ce", "Ce", "--unit", "Ce"])),
        "Ce\ta\n".repeat(3)
    );
    assert_eq!(printed(&by("a=49,b=51", &["--unit", "-"])), "Ce\tb\nCe\tb\n");
}

#[test]
fn the_draw_of_a_holdout_is_recomputed_under_its_salt() {
    let salt = experiments::tenant_holdout_salt("holdout", "2026-q4");
    assert_eq!(
        salt, "tenant-holdout\u{1f}holdout\u{1f}2026-q4",
        "as the reference of campaigns has it"
    );
    let units: Vec<String> = (0..500).map(|number| format!("c-{number}")).collect();
    let arguments = ["--salt", &salt, "--weights", "held-out=5,open=95", "--unit", "-"];
    let output = assign(&arguments, units.join("\n").as_bytes());
    let arm = |unit: &String| {
        if experiments::bucket(&salt, unit, 100) < 5 { "held-out" } else { "open" }
    };
    let expected: String = units.iter().map(|unit| format!("{unit}\t{}\n", arm(unit))).collect();
    assert_eq!(printed(&output), expected);
}

#[test]
fn what_divides_nobody_and_what_is_no_unit_is_refused_in_words() {
    let told = |split: &str, input: &[u8]| {
        let output = assign(&["--salt", "s", "--weights", split, "--unit", "-"], input);
        assert!(!output.status.success(), "{}", text(&output.stdout));
        text(&output.stderr).to_owned()
    };
    let complaint = told("a=1000000,b=1", b"x\n");
    let too_much = "the weights add up to 1000001, more than 1000000";
    assert!(complaint.contains(too_much), "{complaint}");
    assert_eq!(
        printed(&assign(&["--salt", "s", "--weights", "a=1000000", "--unit", "x"], b"")),
        "x\ta\n"
    );
    let complaint = told("a=0.5,b=1", b"x\n");
    assert!(complaint.contains("the weight \"0.5\" is no whole number above 0"), "{complaint}");
    let complaint = told("a=1,b=1", b"x\n\ny\n");
    assert!(complaint.contains("line 2 of standard input is empty"), "{complaint}");
}

#[test]
fn an_id_is_held_to_one_rule_wherever_it_is_written() {
    let told = |unit: &str, input: &str| {
        let output = assign(&["--salt", "s", "--weights", "a=1", "--unit", unit], input.as_bytes());
        assert!(!output.status.success(), "{unit:?} {input:?}: {}", text(&output.stdout));
        text(&output.stderr).lines().next().expect("a line").to_owned()
    };
    let long = "x".repeat(4_097);
    for (unit, wrong) in [
        ("", "is empty"),
        ("a\tb", r#"has a tab or line break in it: "a\tb""#),
        ("a\rb", r#"has a tab or line break in it: "a\rb""#),
        (&long, "is longer than 4096 bytes"),
    ] {
        assert_eq!(told(unit, ""), format!("Error: an id of --unit {wrong}"));
        assert_eq!(
            told("-", &format!("{unit}\nb")),
            format!("Error: line 1 of standard input {wrong}")
        );
    }
    assert!(told("a\nb", "").contains("has a tab or line break in it"));
}

#[test]
fn a_reader_who_has_seen_enough_ends_the_command_without_a_word() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vitrine-under-test"))
        .args(["experiment", "assign", "--salt", "s", "--weights", "a=1", "--unit", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take().expect("it is piped"));
    let mut pipe = child.stdin.take().expect("it is piped");
    // More than any buffer between holds, so that the program meets the closed pipe before its input ends.
    let written = pipe.write_all("x\n".repeat(1 << 20).as_bytes());
    assert!(written.is_err(), "it read on for nobody");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(128 + 13), ""));
}

#[test]
#[ignore = "needs the environment of crates/e2e/clients/statistics; `cargo xtask test` makes it"]
fn anybody_who_has_the_hash_assigns_as_the_program_does() {
    let mut chance = Rng::with_seed(SEED);
    let letters = ['a', 'Z', '7', '-', ' ', 'ß', '漢', '🛒'];
    let mut word = |most: usize| -> String {
        let length = chance.usize(1..=most);
        (0..length).map(|_| letters[chance.usize(..letters.len())]).collect()
    };
    let units: Vec<String> = (0..20_000).map(|place| format!("{place}{}", word(40))).collect();
    let splits: Vec<(String, Vec<(String, u32)>)> = [1_u32, 50, 7, 32_000]
        .into_iter()
        .enumerate()
        .map(|(place, scale)| {
            let arms = 1 + 5 * u32::try_from(place).expect("few");
            let weight = |arm: u32| (format!("arm {arm}"), scale * (1 + arm % 3));
            (word(20), (0..arms).map(weight).collect())
        })
        .collect();
    let holdouts = [0, 1, 10, 50];
    let questions: Vec<Value> = splits
        .iter()
        .zip(holdouts)
        .map(|((salt, weights), holdout)| {
            json!({"salt": salt, "weights": weights, "holdout": holdout, "units": units})
        })
        .collect();
    let answers = oracle::ask(&json!({"assignments": questions}));
    for (place, (salt, weights)) in splits.iter().enumerate() {
        let written: Vec<String> =
            weights.iter().map(|(arm, weight)| format!("{arm}={weight}")).collect();
        let weights = format!("--weights={}", written.join(","));
        let salt = format!("--salt={salt}");
        let holdout = format!("--holdout={}", holdouts[place]);
        let mut arguments = vec![&*salt, &weights, "--unit", "-"];
        arguments.extend((holdouts[place] > 0).then_some(&*holdout));
        let output = assign(&arguments, units.join("\n").as_bytes());
        let lines: Vec<&str> = printed(&output).lines().collect();
        assert_eq!(lines.len(), units.len());
        for (at, (line, unit)) in lines.iter().zip(&units).enumerate() {
            let variant = answers["assignments"][place][at].as_str().expect("a variant");
            assert_eq!(*line, format!("{unit}\t{variant}"), "{salt} {weights}");
        }
    }
}
