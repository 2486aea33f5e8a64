//! Memory that the postmaster maps and its children inherit, and texts in it. It outlives a crash
//! restart of the server, which makes the server's own shared memory anew.

use std::ptr;

/// Maps zeroed memory for one value, which is never unmapped. Returns `None` if there is none.
///
/// # Safety
/// All zeros must be a valid value, and the value must consist of atomics.
pub(crate) unsafe fn map_shared<T>() -> Option<&'static T> {
    // SAFETY: cannot raise: libc maps new memory. The rest is the caller's promise.
    unsafe {
        let place = libc::mmap(
            ptr::null_mut(),
            size_of::<T>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANON,
            -1,
            0,
        );
        (place != libc::MAP_FAILED).then(|| &*place.cast())
    }
}

/// Cuts a text to this number of bytes, visibly.
pub(crate) fn cut(text: &str, most: usize) -> String {
    const MARK: &str = "…";
    let text = text.replace('\0', "\\0");
    if text.len() <= most {
        return text;
    }
    let mut end = most - MARK.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{MARK}", &text[..end])
}
