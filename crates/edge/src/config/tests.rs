use std::path::Path;

use super::{Config, ConfigError};

fn load(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vitrine.toml");
    std::fs::write(&path, text).expect("writable");
    Config::load(&path)
}

/// The place and message of the error, without the folder.
fn refusal(text: &str) -> String {
    match load(text) {
        Ok(_) => "accepted".to_owned(),
        Err(ConfigError::Invalid { line, column, message, help, .. }) => {
            format!("{line}:{column}: {message} | {help}")
        }
        Err(error) => error.to_string(),
    }
}

const GOOD: &str = r#"
data = "data"
rules = "rules"
[[tenant]]
key = "demo"
currency = "USD"
origins = ["https://shop.example"]
"#;

#[test]
fn a_small_file_is_enough_and_folders_are_relative_to_it() {
    let config = load(GOOD).expect("valid");
    assert!(config.data.ends_with("data") && config.data.is_absolute());
    assert_eq!(config.listen.public.port(), 8080);
    let tenant = config.tenants.values().next().expect("one tenant");
    assert_eq!(tenant.currency.code(), "USD");
    assert!(tenant.allows("https://shop.example"));
    assert!(!tenant.allows("https://evil.example"));
}

#[test]
fn every_mistake_names_its_line_and_what_to_write() {
    assert!(refusal(&GOOD.replace("data =", "dta =")).starts_with("2:1: unknown field `dta`"));
    let bad_currency = refusal(&GOOD.replace("USD", "DOLLAR"));
    assert!(bad_currency.starts_with("6:12: unknown currency"), "{bad_currency}");
    let bad_origin = refusal(&GOOD.replace("https://shop.example", "shop.example/"));
    assert!(bad_origin.starts_with("7:12: \"shop.example/\" is no origin"), "{bad_origin}");
    let twice = refusal(&format!("{GOOD}[[tenant]]\nkey = \"demo\"\n"));
    assert!(twice.starts_with("9:7: a second tenant"), "{twice}");
    let zero = refusal(&format!("{GOOD}[journal]\nbacklog_mib = 0\n"));
    assert!(zero.starts_with("9:1: backlog_mib is 0"), "{zero}");
    let none = refusal("data = \"d\"\nrules = \"r\"\n");
    assert!(none.contains("[[tenant]]"), "{none}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("nowhere/vitrine.toml")).expect_err("absent");
    assert!(error.to_string().contains("nowhere/vitrine.toml"));
}
