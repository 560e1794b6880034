//! Where an offer leads.
//!
//! The link becomes an `href` in the shop's page, so what could run a script or leave the shop unseen is
//! refused: any scheme but https, `//host`, and characters that browsers drop or turn into slashes.

use crate::limits::LINK_BYTES_MAX;
use crate::report::{Report, quoted};
use crate::section::Section;

use super::offers::LINK;

/// What a link looks like.
pub(super) const LOOKS: &str = "^(/|/[^/\\\\\\s][^\\\\\\s]*|\
    https://[^/?#:.@\\\\\\s-][^/?#@\\\\\\s]*([/?#][^\\\\\\s]*)?)$";

/// Reads `link`.
pub(super) fn read(report: &mut Report, offer: &Section) -> Option<Box<str>> {
    let text = offer.text(report, LINK)?;
    let link = *text.get_ref();
    let mistake = mistake(link);
    if let Some(mistake) = mistake {
        let help =
            "write a path of the shop, such as \"/cart\", or a URL that begins with https://";
        report.error(text.span(), format!("the link {} {mistake}", quoted(link)), help);
    }
    mistake.is_none().then(|| link.into())
}

/// What is wrong with a link, if anything.
fn mistake(link: &str) -> Option<&'static str> {
    if link.len() > LINK_BYTES_MAX {
        return Some("is too long");
    }
    // Browsers remove tabs and line ends before they look for a scheme, and read `\` as `/`.
    if link.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\') {
        return Some("has a space, a control character or a backslash");
    }
    if link.starts_with("//") {
        return Some("leads to another host without saying https");
    }
    if link.starts_with('/') {
        return None;
    }
    let Some(rest) = link.strip_prefix("https://") else {
        return Some("is neither a path nor an https URL");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    if host.is_empty() || host.starts_with([':', '.', '-']) {
        return Some("has no host");
    }
    // `https://shop.example@other.example/` leads to other.example.
    host.contains('@').then_some("has a user name before its host")
}
