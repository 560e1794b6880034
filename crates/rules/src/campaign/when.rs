//! Whom a campaign is for.

use model::When;
use toml::Spanned;

use super::WHEN;
use crate::key::{Key, Shape, Table, key};
use crate::limits::PATH_BYTES_MAX;
use crate::report::{Report, quoted};
use crate::section::Section;

const PLUGIN: Key = key("plugin", "plugin = \"plugins/cart-rescue.wat\"")
    .required()
    .shape(Shape::Pattern(PLUGIN_PATH, PATH_BYTES_MAX))
    .about(
        "The WebAssembly module that decides who is eligible, `.wasm` or `.wat`. Relative to the \
         campaign's file, and below its folder: `..` is refused.",
    );

pub(super) static TABLE: Table = Table::of(&[PLUGIN]);

/// What the path of a plugin looks like: no part is empty, `.` or `..`.
const PLUGIN_PATH: &str =
    "^((\\.{0,2}[^./:\\\\][^/:\\\\]*|\\.{3,}[^/:\\\\]*)/)*[^/:\\\\]*\\.(wat|wasm)$";

/// Reads `[when]`.
pub(super) fn read(report: &mut Report, top: &Section) -> Option<When> {
    let Some(value) = top.find(WHEN) else {
        let help = format!("add [when] with `{}` below it", PLUGIN.example);
        report.error(0..0, "missing section [when]: whom is the campaign for?", help);
        return None;
    };
    let section = Section::new(report, "[when]", WHEN, value)?;
    let path = section.require_text(report, PLUGIN)?;
    plugin_path(report, &path).then(|| When::Plugin((*path.get_ref()).into()))
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
