use model::FaultKind;
use proptest::prelude::*;

use super::{aligned, bytes, is_some, put, put_option, put_option_text, put_text, text, word};
use crate::halt::Halt;

fn kind<T: std::fmt::Debug>(result: Result<T, Halt>) -> FaultKind {
    let error = wasmtime::Error::new(result.expect_err("a fault"));
    crate::halt::fault(&error, false).kind
}

#[test]
fn the_last_byte_of_memory_can_be_read_and_the_one_behind_cannot() {
    let memory = [7_u8; 8];
    assert_eq!(word(&memory, 4).ok(), Some(0x0707_0707));
    assert_eq!(kind(word(&memory, 5)), FaultKind::BadAbi);
    assert_eq!(bytes(&memory, 8, 0).ok(), Some(&[][..]), "nothing at the end is nothing");
    assert_eq!(kind(bytes(&memory, 9, 0)), FaultKind::BadAbi);
}

#[test]
fn an_address_and_length_that_overflow_are_refused() {
    assert_eq!(kind(bytes(&[0; 8], u32::MAX, 2)), FaultKind::BadAbi);
    assert_eq!(kind(text(&[0; 8], 4, u32::MAX)), FaultKind::BadAbi);
    assert_eq!(kind(put(&mut [0; 8], u32::MAX, b"ab")), FaultKind::BadAbi);
}

#[test]
fn a_misaligned_address_is_refused() {
    assert!(aligned(16, 8).is_ok());
    assert_eq!(kind(aligned(12, 8)), FaultKind::BadAbi);
    assert_eq!(kind(put_option(&mut [0; 32], 4, Some([0_u8; 8]))), FaultKind::BadAbi);
    assert_eq!(kind(put_text(&mut [0; 32], 2, (0, 0))), FaultKind::BadAbi);
}

#[test]
fn text_has_to_be_utf8() {
    assert_eq!(text("für".as_bytes(), 0, 4).ok(), Some("für"));
    assert_eq!(kind(text("für".as_bytes(), 0, 2)), FaultKind::BadUtf8);
}

#[test]
fn an_option_is_laid_out_as_the_canonical_abi_says() {
    let mut memory = [0xee_u8; 16];
    put_option(&mut memory, 0, Some(0x0102_0304_i64.to_le_bytes())).expect("fits");
    assert_eq!(memory, [1, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 4, 3, 2, 1, 0, 0, 0, 0]);
    put_option(&mut memory, 0, None::<[u8; 8]>).expect("fits");
    assert_eq!(is_some(&memory, 0).ok(), Some(false));
    put_option(&mut memory, 3, Some([1_u8])).expect("fits");
    assert_eq!(memory[3..5], [1, 1]);
    put_option_text(&mut memory, 4, Some((5, 6))).expect("fits");
    assert_eq!(memory[8..], [5, 0, 0, 0, 6, 0, 0, 0]);
    assert_eq!(kind(put_option_text(&mut memory, 8, None)), FaultKind::BadAbi);
}

#[test]
fn a_discriminant_other_than_0_and_1_is_refused() {
    assert_eq!(is_some(&[1], 0).ok(), Some(true));
    assert_eq!(kind(is_some(&[2], 0)), FaultKind::BadAbi);
}

proptest! {
    #[test]
    fn no_address_makes_the_host_panic(
        mut memory in proptest::collection::vec(any::<u8>(), 0..64),
        at in any::<u32>(),
        near in 0_u32..80,
        length in any::<u32>(),
    ) {
        for at in [at, near] {
            let _ = text(&memory, at, length);
            let _ = word(&memory, at);
            let _ = is_some(&memory, at);
            let _ = put_option(&mut memory, at, Some([1_u8; 8]));
            let _ = put_option_text(&mut memory, at, Some((at, length)));
            let _ = crate::offer::lift(&memory, at);
        }
    }
}
