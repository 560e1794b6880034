//! Reads the answer of `decide` out of the guest's memory.
//!
//! ```text
//! option<offer>, 24 bytes, aligned to 4            tuple<string, string>, 16 bytes, aligned to 4
//!   0  u8   1 when eligible                          0  u32  address of the name
//!   4  u32  address of the reason                    4  u32  length of the name
//!   8  u32  length of the reason                     8  u32  address of the text
//!  12  u8   1 when there is a discount              12  u32  length of the text
//!  13  u8   discount in percent
//!  16  u32  address of the values
//!  20  u32  number of values
//! ```

use model::FaultKind;

use crate::Suggestion;
use crate::abi::{aligned, byte, bytes, is_some, offset, text, word};
use crate::halt::Halt;
use crate::limits::{REASON_BYTES_MAX, VALUE_BYTES_MAX, VALUES_MAX};

/// Names and texts.
type Values = Vec<(Box<str>, Box<str>)>;

const OFFER_BYTES: u32 = 24;
const VALUE_BYTES: u32 = 16;

/// Reads an `option<offer>`. First it is checked that it lies in memory, then that it is allowed,
/// then the texts are read: none that is too long is ever looked at.
pub(crate) fn lift(memory: &[u8], at: u32) -> Result<Option<Suggestion>, Halt> {
    aligned(at, 4)?;
    bytes(memory, at, OFFER_BYTES)?;
    if !is_some(memory, at)? {
        return Ok(None);
    }
    let reason = lift_text(memory, offset(at, 4)?, "reason", REASON_BYTES_MAX)?;
    let discount_percent = lift_discount(memory, offset(at, 12)?)?;
    let values = lift_values(memory, offset(at, 16)?)?;
    Ok(Some(Suggestion { reason, discount_percent, values }))
}

fn lift_discount(memory: &[u8], at: u32) -> Result<Option<u8>, Halt> {
    if !is_some(memory, at)? {
        return Ok(None);
    }
    match byte(memory, offset(at, 1)?)? {
        percent @ 1..=100 => Ok(Some(percent)),
        percent => Err(bad(format!("a discount of {percent} percent; 1 to 100 are allowed"))),
    }
}

fn lift_values(memory: &[u8], at: u32) -> Result<Values, Halt> {
    let (start, count) = (word(memory, at)?, word(memory, offset(at, 4)?)?);
    aligned(start, 4)?;
    let length = count.checked_mul(VALUE_BYTES);
    let length = length.ok_or_else(|| Halt::abi(format!("{count} values are beyond memory")))?;
    bytes(memory, start, length)?;
    if count > VALUES_MAX {
        return Err(bad(format!("{count} values; at most {VALUES_MAX} are allowed")));
    }
    let one = |index: u32| {
        let at = offset(start, index.saturating_mul(VALUE_BYTES))?;
        let name = lift_text(memory, at, "name of a value", VALUE_BYTES_MAX)?;
        let value = lift_text(memory, offset(at, 8)?, "value", VALUE_BYTES_MAX)?;
        Ok((name, value))
    };
    (0..count).map(one).collect()
}

fn lift_text(memory: &[u8], at: u32, what: &str, bytes_max: u32) -> Result<Box<str>, Halt> {
    let (start, length) = (word(memory, at)?, word(memory, offset(at, 4)?)?);
    bytes(memory, start, length)?;
    if length > bytes_max {
        return Err(bad(format!("a {what} of {length} bytes; at most {bytes_max} are allowed")));
    }
    text(memory, start, length).map(Box::from)
}

fn bad(detail: String) -> Halt {
    Halt::new(FaultKind::BadOffer, detail)
}
