//! On which pages a campaign runs.

use model::PagePattern;
use toml::Spanned;

use super::PAGES;
use crate::key::Shape;
use crate::limits::{PAGES_MAX, PATH_BYTES_MAX};
use crate::report::{Report, quoted};
use crate::section::{Section, text};

/// What a page looks like.
pub(super) const PAGE: Shape = Shape::Pattern("^/[^*?#]*\\*?$", PATH_BYTES_MAX + 1);

/// Reads `pages`; none means all.
pub(super) fn read(report: &mut Report, top: &Section) -> Vec<PagePattern> {
    let Some(value) = top.find(PAGES) else { return Vec::new() };
    let mut pages = Vec::new();
    for value in Section::list(report, value, PAGES, PAGES_MAX) {
        let Some(written) = text(report, value, PAGES) else { continue };
        let Some(page) = pattern(report, &written) else { continue };
        if pages.contains(&page) {
            let message = format!("page {} is listed twice", quoted(written.get_ref()));
            report.error(written.span(), message, "remove one of the two");
            continue;
        }
        pages.push(page);
    }
    pages
}

fn pattern(report: &mut Report, written: &Spanned<&str>) -> Option<PagePattern> {
    let page = *written.get_ref();
    let shown = quoted(page);
    let (path, is_prefix) = match page.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (page, false),
    };
    let mistake = if !page.starts_with('/') {
        Some((
            format!("page {shown} does not begin with a slash"),
            "write the path only, such as \"/cart\", without the shop's host",
        ))
    } else if path.contains('*') {
        Some((
            format!("page {shown} has a `*` that is not at its end"),
            "write \"/product/*\" for every path that begins with /product/",
        ))
    } else if path.contains(['?', '#']) {
        Some((
            format!("page {shown} has more than a path"),
            "leave out what follows `?` or `#`; pages are compared by their path",
        ))
    } else if path.len() > PATH_BYTES_MAX || path.chars().any(char::is_control) {
        Some((
            format!("page {shown} is too long or has control characters"),
            "write a path of at most 1024 bytes on one line",
        ))
    } else {
        None
    };
    if let Some((message, help)) = mistake {
        report.error(written.span(), message, help);
        return None;
    }
    Some(if is_prefix { PagePattern::Prefix(path.into()) } else { PagePattern::Exact(path.into()) })
}
