//! MurmurHash3 in the variant x86-32 with seed 0.
//!
//! The hash is part of a public promise, since shops and analysts recompute assignments, so it must
//! never change: it is our own forty lines rather than a dependency that might. Source: Austin Appleby,
//! `MurmurHash3_x86_32` in <https://github.com/aappleby/smhasher>, public domain. It is no cryptographic
//! hash; who can choose an id freely can choose an arm.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// Hashes bytes by MurmurHash3 x86-32 with seed 0.
pub fn murmur3_32(bytes: &[u8]) -> u32 {
    let mut hash: u32 = 0;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for block in blocks {
        hash ^= scrambled(u32::from_le_bytes(*block));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let mut last = [0_u8; 4];
    last[..tail.len()].copy_from_slice(tail);
    // An empty tail is the word 0, which scrambles to 0 and changes nothing.
    hash ^= scrambled(u32::from_le_bytes(last));
    // The algorithm takes the length modulo 2^32.
    let length = u32::try_from(bytes.len() & 0xffff_ffff).expect("masked to 32 bits");
    finalised(hash ^ length)
}

fn scrambled(word: u32) -> u32 {
    word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

fn finalised(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::murmur3_32;

    /// With seed 0; the values that smhasher's reference code gives, as published in the test vectors
    /// of <https://stackoverflow.com/a/31929528> and of the Guava and Apache Commons test suites.
    #[test]
    fn the_hash_is_that_of_the_published_vectors() {
        let vectors: [(&[u8], u32); 12] = [
            (b"", 0),
            (b"\xff\xff\xff\xff", 0x7629_3b50),
            (b"!Ce\x87", 0xf55b_516b),
            (b"!Ce", 0x7e4a_8634),
            (b"!C", 0xa0f7_b07a),
            (b"!", 0x7266_1cf4),
            (b"\0\0\0\0", 0x2362_f9de),
            (b"\0\0\0", 0x85f0_b427),
            (b"\0\0", 0x30f4_c306),
            (b"\0", 0x514e_28b7),
            (b"test", 0xba6b_d213),
            (b"Hello, world!", 0xc036_3e43),
        ];
        for (bytes, expected) in vectors {
            assert_eq!(murmur3_32(bytes), expected, "{bytes:?}");
        }
        assert_eq!(murmur3_32(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
    }
}
