//! Memory that the postmaster maps while it preloads the library, and that its children share, and
//! texts in it. It outlives a crash of the server, which the server's own shared memory does not.

use std::ptr;

/// A type whose values are in memory that several processes share.
///
/// # Safety
/// All zeros is a value, and the memory is changed only through the atomics in it. There is no
/// destructor.
pub(crate) unsafe trait Mapped: Sync + 'static {}

/// Maps zeroed memory for a value, which is never unmapped. Returns the error of the system if
/// there is no memory.
pub(crate) fn map<T: Mapped>() -> std::io::Result<&'static T> {
    // SAFETY: cannot raise: libc maps new memory. It is zeroed, which `Mapped` promises to be a
    // value, and aligned to a page.
    unsafe {
        let place = libc::mmap(
            ptr::null_mut(),
            size_of::<T>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANON,
            -1,
            0,
        );
        if place == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        Ok(&*place.cast())
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
