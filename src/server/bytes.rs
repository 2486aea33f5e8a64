//! Checks of long texts, with the widest vector instructions of the processor.

/// The bytes that one vectorized loop checks.
const BLOCK: usize = 1024;

/// Returns whether all bytes are ASCII.
#[inline]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    if bytes.len() < 64 {
        return bytes.is_ascii();
    }
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: cannot raise; the processor has these instructions.
        return unsafe { avx2::is_ascii(bytes) };
    }
    is_ascii_in_blocks(bytes)
}

/// Returns whether all bytes are ASCII, and none is NUL.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: cannot raise; the processor has these instructions.
        return unsafe { avx2::is_plain(bytes) };
    }
    is_plain_in_blocks(bytes)
}

/// Returns the position of the first NUL.
#[inline]
pub(crate) fn nul(bytes: &[u8]) -> Option<usize> {
    if !has_nul(bytes) {
        return None;
    }
    bytes.iter().position(|byte| *byte == 0)
}

#[inline]
fn has_nul(bytes: &[u8]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: cannot raise; the processor has these instructions.
        return unsafe { avx2::has_nul(bytes) };
    }
    has_nul_in_blocks(bytes)
}

/// Each block is one vectorized loop.
#[inline(always)]
fn is_ascii_in_blocks(bytes: &[u8]) -> bool {
    bytes
        .chunks(BLOCK)
        .all(|block| block.iter().fold(0, |all, byte| all | byte) < 0x80)
}

/// As a signed number, a byte that is ASCII and not NUL is positive.
#[inline(always)]
fn is_plain_in_blocks(bytes: &[u8]) -> bool {
    let least = |least: i8, byte: &u8| least.min(*byte as i8);
    bytes
        .chunks(BLOCK)
        .all(|block| block.iter().fold(i8::MAX, least) > 0)
}

/// The minimum of a block is one vectorized loop. A search that stops at the first NUL compares one
/// word at a time.
#[inline(always)]
fn has_nul_in_blocks(bytes: &[u8]) -> bool {
    bytes
        .chunks(BLOCK)
        .any(|block| block.iter().fold(u8::MAX, |least, byte| least.min(*byte)) == 0)
}

/// The same loops, compiled for processors with AVX2.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    /// # Safety
    /// The processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn is_ascii(bytes: &[u8]) -> bool {
        super::is_ascii_in_blocks(bytes)
    }

    /// # Safety
    /// The processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn is_plain(bytes: &[u8]) -> bool {
        super::is_plain_in_blocks(bytes)
    }

    /// # Safety
    /// The processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn has_nul(bytes: &[u8]) -> bool {
        super::has_nul_in_blocks(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_at_any_position() {
        for length in (0..300).chain([1023, 1024, 1025, 2100]) {
            let mut bytes = vec![b'x'; length];
            assert_eq!((nul(&bytes), has_nul_in_blocks(&bytes)), (None, false));
            for at in 0..length {
                bytes[at] = 0;
                assert_eq!((nul(&bytes), has_nul_in_blocks(&bytes)), (Some(at), true));
                bytes[at] = 0xff;
            }
        }
    }

    #[test]
    fn a_byte_that_is_not_ascii_is_found_at_any_position() {
        for length in (0..300).chain([1023, 1024, 1025, 2100]) {
            let mut bytes = vec![0x7f; length];
            assert!(is_ascii(&bytes) && is_ascii_in_blocks(&bytes));
            assert!(is_plain(&bytes) && is_plain_in_blocks(&bytes));
            for at in 0..length {
                for byte in [0x80, 0xff] {
                    bytes[at] = byte;
                    assert!(!is_ascii(&bytes) && !is_ascii_in_blocks(&bytes));
                    assert!(!is_plain(&bytes) && !is_plain_in_blocks(&bytes));
                }
                bytes[at] = 0;
                assert!(is_ascii(&bytes) && !is_plain(&bytes) && !is_plain_in_blocks(&bytes));
                bytes[at] = 1;
            }
        }
    }
}
