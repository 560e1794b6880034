//! `vitrine experiment assign`: prints each unit's arm, as the server assigns a customer who is new.
//!
//! It is pure: a server knows who was in which variant before, this does not.

use std::fmt::Display;
use std::io::{self, BufRead, Read as _, Write};

use anyhow::{Context as _, ensure};
use experiments::Assignment;
use model::HOLDOUT;
use rules::limits::{HOLDOUT_PERCENT_MAX, WEIGHTS_TOTAL_MAX};

use super::super::output::{CANNOT_WRITE, Output};
use super::super::weights::Weights;
use crate::limits::UNIT_BYTES_MAX;

/// What `vitrine experiment assign` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The experiment's salt; that of a campaign is its key unless it names another
    #[arg(long, value_name = "SALT")]
    salt: String,
    /// The variants in the order of the campaign, with their weights
    #[arg(long, value_name = "VARIANT=WEIGHT,...")]
    weights: Weights<u32>,
    /// How many per cent the campaign holds out; they are in the arm `holdout`
    #[arg(long, value_name = "PERCENT",
        value_parser = clap::value_parser!(u8).range(1..=i64::from(HOLDOUT_PERCENT_MAX)))]
    holdout: Option<u8>,
    /// Whom to assign: ids of customers such as c-6rwxpg9xrajssdw9xxjj7fav0m, or any other text; `-` reads
    /// them from standard input, one a line
    #[arg(long = "unit", value_name = "ID", required = true, num_args = 1..)]
    units: Vec<String>,
}

/// Who is in which arm.
struct Arms {
    assignment: Assignment,
    variants: Vec<String>,
}

const NOBODY: &str = "these weights divide nobody";

/// What some programs write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What the lines that are written are taken apart at.
const SEPARATORS: [char; 3] = ['\t', '\n', '\r'];

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let arms = Arms::new(&args.salt, args.weights, args.holdout)?;
    let mut out = Output::open();
    for unit in &args.units {
        match unit.as_str() {
            "-" => each_line(&mut io::stdin().lock(), |unit| arms.tell(&mut out, unit))?,
            unit => {
                check(unit, &"an id of --unit")?;
                arms.tell(&mut out, unit)?;
            }
        }
    }
    out.flush().context(CANNOT_WRITE)
}

/// Whether a text can be an id, and told on one line beside its arm; `place` says where it stands.
fn check(unit: &str, place: &dyn Display) -> anyhow::Result<()> {
    ensure!(!unit.is_empty(), "{place} is empty");
    ensure!(unit.len() <= UNIT_BYTES_MAX, "{place} is longer than {UNIT_BYTES_MAX} bytes");
    ensure!(!unit.contains(SEPARATORS), "{place} has a tab or line break in it: {unit:?}");
    Ok(())
}

/// Runs `f` for each line, whatever their number, with one of them in memory. A byte-order mark before the first
/// is none of it, as in tables.
fn each_line(
    source: &mut impl BufRead,
    mut f: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut line = Vec::new();
    let line_bytes_max =
        u64::try_from(BYTE_ORDER_MARK.len() + UNIT_BYTES_MAX + b"\r\n".len()).unwrap_or(u64::MAX);
    for number in 1_u64.. {
        line.clear();
        let read = source.by_ref().take(line_bytes_max).read_until(b'\n', &mut line);
        let place = format_args!("line {number} of standard input");
        if read.with_context(|| format!("cannot read {place}"))? == 0 {
            break;
        }
        let text = match number {
            1 => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line),
            _ => &line,
        };
        let unit = text.strip_suffix(b"\n").unwrap_or(text);
        let unit = unit.strip_suffix(b"\r").unwrap_or(unit);
        // Of a line that is too long only a part was read, which may end within a character.
        ensure!(unit.len() <= UNIT_BYTES_MAX, "{place} is longer than {UNIT_BYTES_MAX} bytes");
        let unit = str::from_utf8(unit).with_context(|| format!("{place} is not UTF-8"))?;
        check(unit, &place)?;
        f(unit)?;
    }
    Ok(())
}

// === impl Arms ===

impl Arms {
    fn new(
        salt: &str,
        Weights(weights): Weights<u32>,
        holdout: Option<u8>,
    ) -> anyhow::Result<Self> {
        let (variants, weights): (Vec<String>, Vec<u32>) = weights.into_iter().unzip();
        let tabbed = variants.iter().find(|variant| variant.contains(SEPARATORS));
        ensure!(tabbed.is_none(), "a variant's name has a tab or line break: {tabbed:?}");
        let reserved = holdout.is_some() && variants.iter().any(|variant| variant == HOLDOUT);
        ensure!(!reserved, "the name {HOLDOUT:?} is that of the arm of those who are held out");
        // The bound of a campaign's file, in its words: what is drawn here can be written there.
        let total: u64 = weights.iter().copied().map(u64::from).sum();
        ensure!(
            total <= u64::from(WEIGHTS_TOTAL_MAX),
            "the weights add up to {total}, more than {WEIGHTS_TOTAL_MAX}"
        );
        let mut assignment = Assignment::new(salt, &weights).context(NOBODY)?;
        if let Some(percent) = holdout.map(u32::from) {
            assignment = assignment.holding_out(percent, 100 - percent).context(NOBODY)?;
        }
        Ok(Self { assignment, variants })
    }

    /// Writes one line.
    fn tell(&self, out: &mut impl Write, unit: &str) -> anyhow::Result<()> {
        let variant = self.assignment.of(unit).map_or(HOLDOUT, |place| &self.variants[place]);
        writeln!(out, "{unit}\t{variant}").context(CANNOT_WRITE)
    }
}

#[cfg(test)]
mod tests {
    use super::each_line;
    use crate::limits::UNIT_BYTES_MAX;

    fn units(input: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
        let mut units = Vec::new();
        let read = each_line(&mut input.as_ref(), |unit| {
            units.push(unit.to_owned());
            Ok(())
        });
        read.map(|()| units).map_err(|error| error.to_string())
    }

    #[test]
    fn each_line_is_one_unit_however_it_ends() {
        assert_eq!(units(""), Ok(vec![]));
        assert_eq!(units("a\nb c\r\nd"), Ok(["a", "b c", "d"].map(str::to_owned).to_vec()));
        let longest = "ä".repeat(UNIT_BYTES_MAX / 2);
        for end in ["", "\n", "\r\n"] {
            assert_eq!(units(format!("{longest}{end}")), Ok(vec![longest.clone()]));
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_unit() {
        let longest = "x".repeat(UNIT_BYTES_MAX);
        assert_eq!(units(format!("\u{feff}{longest}\r\nb")), Ok(vec![longest, "b".to_owned()]));
        assert_eq!(units("a\n\u{feff}b"), Ok(vec!["a".to_owned(), "\u{feff}b".to_owned()]));
        let too_long = units(format!("\u{feff}{}", "x".repeat(UNIT_BYTES_MAX + 1)));
        let expected = "line 1 of standard input is longer than 4096 bytes".to_owned();
        assert_eq!(too_long, Err(expected));
    }

    #[test]
    fn a_line_that_is_no_unit_is_told_by_its_number() {
        let too_long = "x".repeat(UNIT_BYTES_MAX + 1);
        for input in [too_long.clone(), format!("{too_long}x\n"), "ä".repeat(1 << 20)] {
            let told = units(format!("a\n{input}")).expect_err("too long");
            assert_eq!(told, "line 2 of standard input is longer than 4096 bytes");
        }
        let told = units("a\nb\n\nc").expect_err("an empty line");
        assert_eq!(told, "line 3 of standard input is empty");
        let told = units("a\tb\n").expect_err("two columns");
        assert_eq!(told, r#"line 1 of standard input has a tab or line break in it: "a\tb""#);
        let told = units(b"\xff\n").expect_err("no text");
        assert_eq!(told, "line 1 of standard input is not UTF-8");
    }
}
