//! An error of the server, as a value.

use crate::shim::{self, ReportFields};
use crate::{ErrorData, inline};
use core::ffi::{CStr, c_char, c_int};
use core::fmt::{self, Write};
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

/// An error that the server has raised, with all its fields (`ErrorData`, `utils/elog.h`).
///
/// The value owns the server's copy of the error, which lives until the value is dropped, whatever
/// becomes of the memory contexts of the call. The type is neither `Send` nor `Sync`, because the
/// server's memory belongs to its main thread.
///
/// The texts are in the encoding of the database. `Display` shows the message.
#[doc(alias = "ErrorData")]
#[doc(alias = "CopyErrorData")]
pub struct ServerError(NonNull<ErrorData>);

impl ServerError {
    /// Takes ownership of an error.
    ///
    /// # Safety
    /// [`shim::pgbgw_catch`] has returned the pointer, which is not null, and no other code frees
    /// it.
    pub unsafe fn from_raw(error: *mut ErrorData) -> Self {
        // SAFETY: the caller's promise.
        ServerError(unsafe { NonNull::new_unchecked(error) })
    }

    /// Returns the error, which the caller then has to free or to raise again.
    pub fn into_raw(self) -> *mut ErrorData {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// Returns the server's struct. Its strings end in NUL or are null.
    pub fn data(&self) -> &ErrorData {
        // SAFETY: the copy belongs to this value.
        unsafe { self.0.as_ref() }
    }

    /// Returns the SQLSTATE, packed as by [`MAKE_SQLSTATE`](inline::MAKE_SQLSTATE).
    pub fn sqlstate(&self) -> c_int {
        self.data().sqlerrcode
    }

    /// Returns the five characters of the SQLSTATE.
    #[doc(alias = "unpack_sql_state")]
    pub fn code(&self) -> [u8; 5] {
        inline::unpack_sql_state(self.sqlstate())
    }

    /// Returns the primary message.
    pub fn message(&self) -> &CStr {
        self.text(shim::TEXT_MESSAGE).unwrap_or(c"")
    }

    /// Returns one of the texts, by its index: [`shim::TEXT_DETAIL`] and so on.
    pub fn text(&self, which: usize) -> Option<&CStr> {
        let text = *self.fields().texts.get(which)?;
        // SAFETY: the text is a part of the copy, which belongs to this value, and ends in NUL.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
    }

    /// Returns the fields as the arguments of `ereport`. The pointers are valid as long as the
    /// error.
    pub fn fields(&self) -> ReportFields {
        let mut fields = MaybeUninit::uninit();
        // SAFETY: the function reads the copy, which belongs to this value, and writes all fields.
        unsafe {
            shim::pgbgw_read_error(self.0.as_ptr(), fields.as_mut_ptr());
            fields.assume_init()
        }
    }

    /// Raises the error again, with all its fields.
    ///
    /// # Safety
    /// Call it on the server's main thread. No frame between this call and the next handler of the
    /// server may own a value with a destructor. [`pg_guard!`](crate::pg_guard) ensures that.
    #[doc(alias = "ReThrowError")]
    pub unsafe fn rethrow(self) -> ! {
        // SAFETY: the caller's promise.
        unsafe { shim::pgbgw_rethrow(self.into_raw()) }
    }
}

/// Returns the field of a text, by its index. Returns `None` for an error without a file, of which
/// one is a static value: memory has run out when it was caught.
///
/// # Safety
/// The error was caught, and no other code uses it for this long.
pub(super) unsafe fn text_of<'e>(
    error: *mut ErrorData,
    which: usize,
) -> Option<&'e mut *const c_char> {
    // SAFETY: the caller's promise.
    let error = unsafe { &mut *error };
    if error.filename.is_null() {
        return None;
    }
    let field = match which {
        shim::TEXT_MESSAGE => &raw mut error.message,
        shim::TEXT_DETAIL => &raw mut error.detail,
        shim::TEXT_DETAIL_LOG => &raw mut error.detail_log,
        shim::TEXT_HINT => &raw mut error.hint,
        shim::TEXT_INTERNAL_QUERY => &raw mut error.internalquery,
        shim::TEXT_CONTEXT => &raw mut error.context,
        shim::TEXT_SCHEMA_NAME => &raw mut error.schema_name,
        shim::TEXT_TABLE_NAME => &raw mut error.table_name,
        shim::TEXT_COLUMN_NAME => &raw mut error.column_name,
        shim::TEXT_DATATYPE_NAME => &raw mut error.datatype_name,
        shim::TEXT_CONSTRAINT_NAME => &raw mut error.constraint_name,
        _ => return None,
    };
    // SAFETY: a field of the error. The server only reads its texts.
    Some(unsafe { &mut *field.cast() })
}

impl Drop for ServerError {
    fn drop(&mut self) {
        // SAFETY: the copy belongs to this value, which is on the thread where it was made.
        unsafe { shim::pgbgw_drop_error(self.0.as_ptr()) }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.message().to_bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        let code = core::str::from_utf8(&code).unwrap_or_default();
        write!(f, "ServerError({code}: {self})")
    }
}

impl core::error::Error for ServerError {}
