//! Converting texts between UTF-8 and the encoding of the database: `shim/encoding.c`.

use core::ffi::{c_char, c_int};

unsafe extern "C-unwind" {
    /// Looks up the conversions between UTF-8 and the encoding of the database. Does nothing
    /// outside of a transaction, or if no conversion is needed. May raise.
    pub fn pgbgw_prepare_conversions();

    /// Returns this text as UTF-8, in the current memory context, in any state of a transaction.
    /// Bytes that cannot be converted are escaped, as `\xe9`. Returns null if no conversion is
    /// needed, [`pgbgw_prepare_conversions`] has not been called, or there is no memory. Cannot
    /// raise.
    pub fn pgbgw_text_to_utf8(text: *const c_char) -> *mut c_char;

    /// Returns this UTF-8 text in the encoding of the database, like [`pgbgw_text_to_utf8`].
    /// Characters that the encoding lacks become `?`; their number is stored in `replaced`, which
    /// may be null. Cannot raise.
    pub fn pgbgw_text_from_utf8(text: *const c_char, replaced: *mut c_int) -> *mut c_char;

    /// Returns whether texts need conversions that [`pgbgw_prepare_conversions`] can find now: the
    /// code runs in a transaction. Cannot raise.
    pub fn pgbgw_conversions_are_pending() -> c_int;

    /// Like [`pgbgw_text_from_utf8`]. If the conversions are not prepared, characters other than
    /// those of ASCII become `?`. Cannot raise.
    pub fn pgbgw_text_for_error(text: *const c_char) -> *mut c_char;

    /// Like [`pgbgw_text_for_error`], for an `ErrorContextCallback`, in which no error may be
    /// caught. Before 14, characters other than those of ASCII become `?`. Raises for lack of
    /// memory.
    pub fn pgbgw_text_for_context(text: *const c_char) -> *mut c_char;
}
