//! Texts of Rust in the memory of the server.

use super::catch;
use crate::{Size, shim};
use core::ffi::{CStr, c_char};
use core::fmt::{self, Display, Write};
use core::ptr;

/// Returns memory, or null.
pub(super) fn alloc(size: Size) -> *mut u8 {
    // SAFETY: `Server` proves the thread; the closure owns nothing.
    let memory = unsafe { catch(|| crate::palloc(size)) };
    memory.map_or(ptr::null_mut(), |memory| memory.cast())
}

/// Returns both texts in the current memory context, or the first one if there is no memory.
///
/// # Safety
/// The texts end in NUL.
pub(super) unsafe fn lines(first: *const c_char, second: *const c_char) -> *const c_char {
    // SAFETY: the caller's promise. The memory has room for both texts, a line feed, and NUL.
    unsafe {
        let texts = [first, second].map(|text| CStr::from_ptr(text).to_bytes_with_nul());
        let memory = alloc(texts[0].len() + texts[1].len());
        if memory.is_null() {
            return first;
        }
        memory.copy_from_nonoverlapping(texts[0].as_ptr(), texts[0].len());
        let end = memory.add(texts[0].len());
        end.sub(1).write(b'\n');
        end.copy_from_nonoverlapping(texts[1].as_ptr(), texts[1].len());
        memory.cast()
    }
}

/// Returns the text in the encoding of the database, in the current memory context.
pub(super) fn copy(text: &dyn Display) -> Option<*const c_char> {
    let room = length(text) + 1;
    let memory = alloc(room);
    if memory.is_null() {
        return None;
    }
    // SAFETY: the memory has this size.
    unsafe { write_to(memory, room, text) };
    let utf8: *const c_char = memory.cast();
    // SAFETY: the closure owns nothing, and the text ends in NUL.
    let converted = unsafe { catch(|| shim::pgbgw_text_for_error(utf8).cast_const()) };
    match converted {
        Ok(text) if !text.is_null() => Some(text),
        _ => Some(utf8),
    }
}

/// Returns the number of bytes of a text, up to where its own `Display` fails.
pub(super) fn length(text: &dyn Display) -> usize {
    let mut length = Text {
        to: &mut [],
        length: 0,
    };
    let _ = write!(length, "{text}");
    length.length
}

/// Writes a text, and zeros after it.
///
/// # Safety
/// The memory has this size, which is not 0.
pub(super) unsafe fn write_to(memory: *mut u8, room: usize, text: &dyn Display) {
    // SAFETY: the caller's promise; zeros are bytes.
    let to = unsafe {
        memory.write_bytes(0, room);
        core::slice::from_raw_parts_mut(memory, room - 1)
    };
    let _ = write!(Text { to, length: 0 }, "{text}");
}

/// Counts bytes, and writes those for which there is room. A NUL is written as `\0`.
struct Text<'t> {
    to: &'t mut [u8],
    length: usize,
}

impl Text<'_> {
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(to) = self.to.get_mut(self.length) {
                *to = *byte;
            }
            self.length += 1;
        }
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut parts = text.as_bytes().split(|byte| *byte == 0);
        if let Some(first) = parts.next() {
            self.push(first);
        }
        for part in parts {
            self.push(b"\\0");
            self.push(part);
        }
        Ok(())
    }
}
