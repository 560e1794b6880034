//! Segments: conditions with a name, which may use one another.
//!
//! ```text
//!  texts -> check each, all names standing for some condition -> who uses whom -> order
//!                                                                                  |
//!                              check again, each with what it uses <---------------+
//! ```
//!
//! Checked twice, a segment is told its own mistakes whether or not those that it uses have some, and
//! nobody has to write them in the order of their use.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use model::SegmentKey;
use toml::Spanned;

use crate::Diagnostic;
use crate::cel::tree::{Expr, Kind, Segment};
use crate::cel::{Attribute, Schema, Type, Vocabulary};
use crate::condition::condition;
use crate::document::document;
use crate::key::{Key, NAME, Shape, Table, key};
use crate::limits::{RULE_TEXT_BYTES_MAX, SEGMENT_CHAIN_MAX, SEGMENTS_MAX};
use crate::report::Report;
use crate::schema::schema;
use crate::section::{Section, name, named, text_named};

const SEGMENTS: Key = key("segments", "[segments]")
    .required()
    .shape(Shape::Named(NAME_PATTERN, &Shape::Text(RULE_TEXT_BYTES_MAX), SEGMENTS_MAX))
    .about("Conditions in CEL by name: see [LANGUAGE.md](LANGUAGE.md).");

/// A condition, for messages about those that are none.
const EXAMPLE: &str = "'customer.orders >= 5'";

static TOP: Table = Table::of(&[SEGMENTS]);

/// What the name of a segment looks like.
const NAME_PATTERN: &str = match NAME {
    Shape::Pattern(pattern, _) => pattern,
    _ => "",
};

/// The segments of a file by name.
type Segments = BTreeMap<Box<str>, Arc<Segment>>;

/// A segment as it is written.
struct Written<'t> {
    name: Box<str>,
    text: Spanned<&'t str>,
    /// Which segments it uses, and where in its text.
    uses: Vec<(Box<str>, Range<usize>)>,
}

/// The order in which segments are made: each after those that it uses.
struct Order<'w, 't> {
    written: &'w BTreeMap<Box<str>, Written<'t>>,
    /// How long the longest chain is that begins with a segment; `None` of one that has a mistake, or uses
    /// one that has.
    chains: BTreeMap<&'w str, Option<usize>>,
    /// The segments that are being looked at, each used by the one before it.
    open: Vec<&'w str>,
    /// Those without mistakes, each after those that it uses.
    sorted: Vec<&'w Written<'t>>,
}

/// Reads `segments.toml`.
pub(super) fn read(
    file: &str,
    written: &str,
    schema: &Schema,
) -> Result<Segments, Vec<Diagnostic>> {
    let mut report = Report::new(file, written);
    let segments = document(&mut report, written).map(|document| {
        let top = Section::top(&mut report, document.get_ref(), &TOP);
        let texts = texts(&mut report, &top);
        checked(&mut report, texts, schema)
    });
    match segments {
        Some(segments) if report.is_empty() => Ok(segments),
        _ => Err(report.into_diagnostics()),
    }
}

/// The JSON Schema of `segments.toml`, draft 2020-12. It refuses nothing that [`super::vocabulary()`]
/// takes.
pub fn segments_schema() -> String {
    schema("Segments", "The segments of a shop: rules/README.md is the reference.", &TOP)
}

/// The names and texts of the file.
fn texts<'t>(report: &mut Report, top: &Section<'t>) -> Vec<(Box<str>, Spanned<&'t str>)> {
    let Some(value) = top.require(report, SEGMENTS) else { return Vec::new() };
    let example = format!("loyal = {EXAMPLE}");
    let entries = named(report, value, SEGMENTS, &example, SEGMENTS_MAX).into_iter();
    let texts = entries.filter_map(|(key, value)| {
        let example = format!("{} = {EXAMPLE}", key.get_ref());
        let text = text_named(report, key.get_ref(), value, &example);
        let key = name(report, &key, SegmentKey::parse);
        Some((key?.as_str().into(), text?))
    });
    texts.collect()
}

fn checked(
    report: &mut Report,
    texts: Vec<(Box<str>, Spanned<&str>)>,
    schema: &Schema,
) -> Segments {
    let names = texts.iter().map(|(name, _)| name.clone());
    let standing = names.map(|name| (name.clone(), Arc::new(standing_for(name)))).collect();
    let mut vocabulary = Vocabulary { schema: schema.clone(), segments: standing };
    let mut written = BTreeMap::new();
    for (name, text) in texts {
        let Some(expr) = condition(report, &text, &vocabulary) else { continue };
        let mut uses = Vec::new();
        find_uses(&expr, &mut uses);
        written.insert(name.clone(), Written { name, text, uses });
    }
    let mut order =
        Order { written: &written, chains: BTreeMap::new(), open: Vec::new(), sorted: Vec::new() };
    let mut in_order: Vec<&Written> = written.values().collect();
    in_order.sort_by_key(|segment| segment.text.span().start);
    for segment in in_order {
        order.visit(report, segment);
    }
    let mut segments = Segments::new();
    for segment in order.sorted {
        let Some(condition) = condition(report, &segment.text, &vocabulary) else { continue };
        let name = &segment.name;
        let made = Arc::new(Segment { name: name.clone(), condition });
        vocabulary.segments.insert(name.clone(), Arc::clone(&made));
        segments.insert(name.clone(), made);
    }
    segments
}

/// A segment of which nothing is known yet but its name.
fn standing_for(name: Box<str>) -> Segment {
    let kind = Kind::Attribute(Attribute(u16::MAX));
    Segment { name, condition: Expr { kind, ty: Type::Bool, span: 0..0 } }
}

fn find_uses(expr: &Expr, uses: &mut Vec<(Box<str>, Range<usize>)>) {
    if let Kind::Segment(segment) = &expr.kind {
        uses.push((segment.name.clone(), expr.span.clone()));
    }
    expr.each_part(&mut |part| find_uses(part, uses));
}

// === impl Order ===

impl<'w, 't> Order<'w, 't> {
    /// Sorts a segment in behind those that it uses, and gives the length of the longest chain that
    /// begins with it. Not called more deeply than there are segments.
    fn visit(&mut self, report: &mut Report, segment: &'w Written<'t>) -> Option<usize> {
        let name = &*segment.name;
        if let Some(known) = self.chains.get(name) {
            return *known;
        }
        self.open.push(name);
        let mut longest = Some(0);
        for (used, span) in &segment.uses {
            let chain = match self.open.iter().position(|open| **open == **used) {
                Some(begin) => {
                    self.tell_circle(report, &segment.text, span.clone(), begin);
                    None
                }
                None => self.written.get(used).and_then(|used| self.visit(report, used)),
            };
            if chain == Some(SEGMENT_CHAIN_MAX) {
                let message = format!("a chain of more than {SEGMENT_CHAIN_MAX} segments");
                let help = format!("say in {name:?} itself what {used:?} says");
                report.error_within(&segment.text, span.clone(), message, help);
            }
            let chain = chain.filter(|chain| *chain < SEGMENT_CHAIN_MAX);
            longest = longest.zip(chain).map(|(longest, chain)| longest.max(chain));
        }
        self.open.pop();
        let chain = longest.map(|longest| longest + 1);
        self.chains.insert(name, chain);
        if chain.is_some() {
            self.sorted.push(segment);
        }
        chain
    }

    /// Tells that the last open segment uses the one at `begin`.
    fn tell_circle(
        &self,
        report: &mut Report,
        text: &Spanned<&str>,
        span: Range<usize>,
        begin: usize,
    ) {
        let circle = &self.open[begin..];
        let message = match circle {
            [itself] => format!("the segment {itself:?} uses itself"),
            _ => {
                let names: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
                format!("segments use one another in a circle: {}", names.join(" -> "))
            }
        };
        report.error_within(text, span, message, "say here what is meant, without this segment");
    }
}
