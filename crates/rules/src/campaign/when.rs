//! Whom a campaign is for.

use model::When;
use toml::Spanned;

use super::WHEN;
use crate::cel::Vocabulary;
use crate::cel::tree::Expr;
use crate::condition::condition;
use crate::key::{Key, Shape, Table, key};
use crate::limits::{PATH_BYTES_MAX, RULE_TEXT_BYTES_MAX};
use crate::report::{Report, quoted};
use crate::section::Section;

const RULE: Key =
    key("rule", "rule = 'customer.orders >= 5'").shape(Shape::Text(RULE_TEXT_BYTES_MAX)).about(
        "The condition under which a customer is eligible, in CEL: see [LANGUAGE.md](LANGUAGE.md).",
    );
const PLUGIN: Key = key("plugin", "plugin = \"plugins/cart-rescue.wat\"")
    .shape(Shape::Pattern(PLUGIN_PATH, PATH_BYTES_MAX))
    .about(
        "The WebAssembly module that decides who is eligible, `.wasm` or `.wat`. Relative to the \
         campaign's file, and below its folder: `..` is refused.",
    );

pub(super) static TABLE: Table =
    Table { keys: &[RULE, PLUGIN], alternatives: &[&["rule"], &["plugin"]] };

/// Who is eligible, and the rule of it where it is one.
pub(super) struct Read {
    pub(super) when: When,
    pub(super) rule: Option<Expr>,
}

/// What the path of a plugin looks like: no part is empty, `.` or `..`.
const PLUGIN_PATH: &str =
    "^((\\.{0,2}[^./:\\\\][^/:\\\\]*|\\.{3,}[^/:\\\\]*)/)*[^/:\\\\]*\\.(wat|wasm)$";

/// Reads `[when]`.
pub(super) fn read(report: &mut Report, top: &Section, vocabulary: &Vocabulary) -> Option<Read> {
    let Some(value) = top.find(WHEN) else {
        let help = format!("add [when] with `{}` below it", RULE.example);
        report.error(0..0, "missing section [when]: whom is the campaign for?", help);
        return None;
    };
    let section = Section::new(report, "[when]", WHEN, value)?;
    let rule = section.text(report, RULE);
    let rule = rule.map(|text| (text.get_ref().to_owned(), condition(report, &text, vocabulary)));
    let path = section.text(report, PLUGIN).filter(|path| plugin_path(report, path));
    match (section.find(RULE), section.find(PLUGIN)) {
        (Some(_), None) => {
            let (text, rule) = rule?;
            Some(Read { when: When::Rule(text.into()), rule: Some(rule?) })
        }
        (None, Some(_)) => Some(Read { when: When::Plugin((*path?.get_ref()).into()), rule: None }),
        (Some(_), Some(plugin)) => {
            let message = "a campaign has a rule or a plugin, not both";
            report.error(plugin.span(), message, "remove one of the two");
            None
        }
        (None, None) => {
            if !section.is_mistyped(RULE) && !section.is_mistyped(PLUGIN) {
                let help = format!("add `{}`, or `{}`", RULE.example, PLUGIN.example);
                report.error(section.span.clone(), "[when] needs a rule or a plugin", help);
            }
            None
        }
    }
}

/// Whether a path stays within the folder of the campaign's file, on every operating system.
fn plugin_path(report: &mut Report, path: &Spanned<&str>) -> bool {
    let written = *path.get_ref();
    let has_name = written.ends_with(".wat") || written.ends_with(".wasm");
    let mistake = if written.starts_with('/') || written.contains(['\\', ':']) {
        Some("is not relative to the campaign's file")
    } else if written.split('/').any(|part| part == "..") {
        Some("leads out of the folder of the campaign's file")
    } else if written.split('/').any(|part| part.is_empty() || part == ".") {
        Some("has an empty part")
    } else if written.len() > PATH_BYTES_MAX || written.chars().any(char::is_control) {
        Some("is too long or has control characters")
    } else if !has_name {
        Some("is neither a .wasm nor a .wat file")
    } else {
        None
    };
    if let Some(mistake) = mistake {
        let message = format!("the plugin's path {} {mistake}", quoted(written));
        let help = "write a path below the campaign's folder, such as \"plugins/cart-rescue.wasm\"";
        report.error(path.span(), message, help);
    }
    mistake.is_none()
}
