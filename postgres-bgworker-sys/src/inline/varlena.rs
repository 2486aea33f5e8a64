//! Values of variable length.

use crate::Size;
use core::ffi::c_void;

/// `VARHDRSZ` (`c.h`): the size of a four-byte header.
pub const VARHDRSZ: Size = 4;

/// `VARSIZE` (`varatt.h`, `postgres.h` before 16): the total size in bytes of a varlena with a
/// four-byte header.
///
/// # Safety
/// The pointer must point to such a varlena.
#[inline]
pub unsafe fn VARSIZE(varlena: *const c_void) -> Size {
    // SAFETY: the caller's promise.
    let word = unsafe { varlena.cast::<u32>().read_unaligned() };
    (if cfg!(target_endian = "big") {
        word & 0x3fff_ffff
    } else {
        (word >> 2) & 0x3fff_ffff
    }) as Size
}

/// `SET_VARSIZE` (`varatt.h`, `postgres.h` before 16): sets the total size in bytes, including the
/// header.
///
/// # Safety
/// The pointer must point to at least four bytes.
#[inline]
pub unsafe fn SET_VARSIZE(varlena: *mut c_void, size: Size) {
    let size = size as u32;
    let word = if cfg!(target_endian = "big") {
        size & 0x3fff_ffff
    } else {
        size << 2
    };
    // SAFETY: the caller's promise.
    unsafe { varlena.cast::<u32>().write_unaligned(word) }
}

/// Returns whether the header is one byte, which contains the size.
const fn is_short(first: u8) -> bool {
    if cfg!(target_endian = "big") {
        first & 0x80 != 0
    } else {
        first & 1 != 0
    }
}

/// `VARATT_IS_EXTERNAL` (`varatt.h`, `postgres.h` before 16): whether the value is stored out of
/// line.
///
/// # Safety
/// The pointer must point to a varlena.
#[inline]
pub unsafe fn VARATT_IS_EXTERNAL(varlena: *const c_void) -> bool {
    let external = if cfg!(target_endian = "big") {
        0x80
    } else {
        0x01
    };
    // SAFETY: the caller's promise.
    unsafe { varlena.cast::<u8>().read() == external }
}

/// `VARATT_IS_COMPRESSED` (`varatt.h`, `postgres.h` before 16): whether the value is stored inline
/// and compressed.
///
/// # Safety
/// The pointer must point to a varlena.
#[inline]
pub unsafe fn VARATT_IS_COMPRESSED(varlena: *const c_void) -> bool {
    // SAFETY: the caller's promise.
    let first = unsafe { varlena.cast::<u8>().read() };
    if cfg!(target_endian = "big") {
        first & 0xc0 == 0x40
    } else {
        first & 0x03 == 0x02
    }
}

/// `VARSIZE_ANY_EXHDR` (`varatt.h`, `postgres.h` before 16): the size in bytes of the data of a
/// varlena that is inline and not compressed.
///
/// # Safety
/// The pointer must point to such a varlena, for example one that `pg_detoast_datum_packed`
/// returned.
#[inline]
pub unsafe fn VARSIZE_ANY_EXHDR(varlena: *const c_void) -> Size {
    // SAFETY: the caller's promise.
    unsafe {
        let first = varlena.cast::<u8>().read();
        if is_short(first) {
            let size = if cfg!(target_endian = "big") {
                first & 0x7f
            } else {
                first >> 1
            };
            size as Size - 1
        } else {
            VARSIZE(varlena) - 4
        }
    }
}

/// `VARDATA_ANY` (`varatt.h`, `postgres.h` before 16): the start of the data of such a varlena.
///
/// # Safety
/// As for [`VARSIZE_ANY_EXHDR`].
#[inline]
pub unsafe fn VARDATA_ANY(varlena: *const c_void) -> *const c_void {
    // SAFETY: the caller's promise.
    unsafe {
        let first = varlena.cast::<u8>().read();
        varlena.byte_add(if is_short(first) { 1 } else { 4 })
    }
}

/// `VARATT_IS_SHORT`, `VARATT_IS_1B` (`varatt.h`, `postgres.h` before 16): whether the header is
/// one byte. The value may be stored out of line.
///
/// # Safety
/// The pointer must point to a varlena.
#[doc(alias = "VARATT_IS_1B")]
#[inline]
pub unsafe fn VARATT_IS_SHORT(varlena: *const c_void) -> bool {
    // SAFETY: the caller's promise.
    is_short(unsafe { varlena.cast::<u8>().read() })
}

/// `VARATT_IS_4B_U` (`varatt.h`, `postgres.h` before 16): whether the header is four bytes, and the
/// value is not compressed.
///
/// # Safety
/// The pointer must point to a varlena.
#[inline]
pub unsafe fn VARATT_IS_4B_U(varlena: *const c_void) -> bool {
    // SAFETY: the caller's promise.
    let first = unsafe { varlena.cast::<u8>().read() };
    if cfg!(target_endian = "big") {
        first & 0xc0 == 0x00
    } else {
        first & 0x03 == 0x00
    }
}

/// `VARATT_IS_EXTENDED` (`varatt.h`, `postgres.h` before 16): whether the value is short,
/// compressed, or stored out of line.
///
/// # Safety
/// The pointer must point to a varlena.
#[inline]
pub unsafe fn VARATT_IS_EXTENDED(varlena: *const c_void) -> bool {
    // SAFETY: the caller's promise.
    !unsafe { VARATT_IS_4B_U(varlena) }
}

/// `VARSIZE_SHORT` (`varatt.h`, `postgres.h` before 16): the total size in bytes of a varlena with
/// a one-byte header.
///
/// # Safety
/// The pointer must point to such a varlena, which is not stored out of line.
#[inline]
pub unsafe fn VARSIZE_SHORT(varlena: *const c_void) -> Size {
    // SAFETY: the caller's promise.
    let first = unsafe { varlena.cast::<u8>().read() };
    (if cfg!(target_endian = "big") {
        first & 0x7f
    } else {
        first >> 1
    }) as Size
}

/// `SET_VARSIZE_SHORT` (`varatt.h`, `postgres.h` before 16): sets the total size in bytes, at most
/// 127, including the one-byte header.
///
/// # Safety
/// The pointer must point to at least one byte.
#[inline]
pub unsafe fn SET_VARSIZE_SHORT(varlena: *mut c_void, size: Size) {
    let size = size as u8;
    let byte = if cfg!(target_endian = "big") {
        size | 0x80
    } else {
        (size << 1) | 0x01
    };
    // SAFETY: the caller's promise.
    unsafe { varlena.cast::<u8>().write(byte) }
}

/// `VARDATA` (`varatt.h`, `postgres.h` before 16): the data of a varlena with a four-byte header.
///
/// # Safety
/// The pointer must point to such a varlena.
#[inline]
pub unsafe fn VARDATA(varlena: *mut c_void) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { varlena.byte_add(VARHDRSZ) }
}
