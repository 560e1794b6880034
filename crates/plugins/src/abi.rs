//! The Canonical ABI's memory, with every address taken for hostile.
//!
//! All numbers are little-endian. A value lies at a multiple of its alignment, and an option is a
//! byte that is 0 or 1, then the payload at the next multiple of the payload's alignment
//! (<https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>,
//! "Loading", "Storing"). Nothing here allocates; nothing here panics, whatever the guest says.

use std::ops::Range;

use model::FaultKind;

use crate::halt::Halt;

/// Gives the bytes at an address.
pub(crate) fn bytes(memory: &[u8], at: u32, length: u32) -> Result<&[u8], Halt> {
    memory.get(range(at, length)?).ok_or_else(|| out_of_bounds(at, length))
}

/// Gives the text at an address.
pub(crate) fn text(memory: &[u8], at: u32, length: u32) -> Result<&str, Halt> {
    std::str::from_utf8(bytes(memory, at, length)?)
        .map_err(|_| Halt::new(FaultKind::BadUtf8, format!("the text at {at} is not UTF-8")))
}

/// Gives the byte at an address.
pub(crate) fn byte(memory: &[u8], at: u32) -> Result<u8, Halt> {
    bytes(memory, at, 1)?.first().copied().ok_or_else(|| out_of_bounds(at, 1))
}

/// Gives the 32 bits at an address.
pub(crate) fn word(memory: &[u8], at: u32) -> Result<u32, Halt> {
    let four = bytes(memory, at, 4)?;
    four.try_into().map(u32::from_le_bytes).map_err(|_| out_of_bounds(at, 4))
}

/// Whether the option at an address is there.
pub(crate) fn is_some(memory: &[u8], at: u32) -> Result<bool, Halt> {
    match byte(memory, at)? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Halt::abi(format!("the option at {at} has the discriminant {other}"))),
    }
}

/// Checks that an address is a multiple of an alignment.
pub(crate) fn aligned(at: u32, alignment: u32) -> Result<(), Halt> {
    if at.is_multiple_of(alignment) {
        return Ok(());
    }
    Err(Halt::abi(format!("the address {at} is not a multiple of {alignment}")))
}

/// Adds to an address.
pub(crate) fn offset(at: u32, by: u32) -> Result<u32, Halt> {
    at.checked_add(by).ok_or_else(|| out_of_bounds(at, by))
}

/// Writes bytes to an address.
pub(crate) fn put(memory: &mut [u8], at: u32, bytes: &[u8]) -> Result<(), Halt> {
    let length = u32::try_from(bytes.len()).map_err(|_| out_of_bounds(at, u32::MAX))?;
    let place = memory.get_mut(range(at, length)?).ok_or_else(|| out_of_bounds(at, length))?;
    place.copy_from_slice(bytes);
    Ok(())
}

/// Writes an option of a scalar, whose size is its alignment, to an address.
pub(crate) fn put_option<const BYTES: usize>(
    memory: &mut [u8],
    at: u32,
    value: Option<[u8; BYTES]>,
) -> Result<(), Halt> {
    let size = u32::try_from(BYTES).map_err(|_| out_of_bounds(at, u32::MAX))?;
    aligned(at, size)?;
    // The whole option has to lie in memory, also when only its first byte is written.
    bytes(memory, at, size.saturating_mul(2))?;
    put(memory, at, &[u8::from(value.is_some())])?;
    match value {
        Some(payload) => put(memory, offset(at, size)?, &payload),
        None => Ok(()),
    }
}

/// Writes a text's address and length to an address.
pub(crate) fn put_text(
    memory: &mut [u8],
    at: u32,
    (start, length): (u32, u32),
) -> Result<(), Halt> {
    aligned(at, 4)?;
    put(memory, at, &start.to_le_bytes())?;
    put(memory, offset(at, 4)?, &length.to_le_bytes())
}

/// Writes an option of a text to an address.
pub(crate) fn put_option_text(
    memory: &mut [u8],
    at: u32,
    text: Option<(u32, u32)>,
) -> Result<(), Halt> {
    aligned(at, 4)?;
    bytes(memory, at, 12)?;
    put(memory, at, &[u8::from(text.is_some())])?;
    match text {
        Some(text) => put_text(memory, offset(at, 4)?, text),
        None => Ok(()),
    }
}

fn range(at: u32, length: u32) -> Result<Range<usize>, Halt> {
    let end = at.checked_add(length).ok_or_else(|| out_of_bounds(at, length))?;
    let index = |address: u32| usize::try_from(address).map_err(|_| out_of_bounds(at, length));
    Ok(index(at)?..index(end)?)
}

fn out_of_bounds(at: u32, length: u32) -> Halt {
    Halt::abi(format!("{length} bytes at {at} lie outside of memory"))
}

#[cfg(test)]
mod tests;
