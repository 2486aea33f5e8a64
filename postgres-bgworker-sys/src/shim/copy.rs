//! COPY from and to memory: `shim/copy.c`.

use crate::{Datum, Oid, Size};
use core::ffi::{c_char, c_int, c_void};

/// Whether [`pgbgw_copy_in`] works: whether `BeginCopyFrom` takes a callback.
pub const COPIES_FROM_MEMORY: bool = cfg!(pg_since = "10");
/// Whether the server asks for binary data in blocks. Before 14, it asks for each number.
pub const READS_BINARY_BLOCKS: bool = cfg!(pg_since = "14");
/// Whether [`pgbgw_copy_out`] works: whether a library can receive messages to a client.
pub const COPIES_TO_MEMORY: bool = cfg!(pg_since = "9.5");

/// The source of a [`pgbgw_copy_in`], called with its argument, an address, and the least and the
/// greatest number of bytes to write there. Returns the number of bytes, which is below the least
/// one only at the end of the data. A negative number ends the COPY with an error. It must not
/// raise, and must not unwind.
pub type CopySource = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, c_int, c_int) -> c_int;

/// The sink of a [`pgbgw_copy_out`], called with its argument, and the address and length of data.
/// Any result but 0 ends the COPY with an error. It must not raise, and must not unwind.
pub type CopySink = unsafe extern "C-unwind" fn(*mut c_void, *const c_char, Size) -> c_int;

unsafe extern "C-unwind" {
    /// Runs a `COPY … FROM STDIN` that takes its data from the source, in a transaction, with the
    /// checks of privileges that the statement makes. Returns the number of rows. May raise; always
    /// raises if [`COPIES_FROM_MEMORY`] is false.
    ///
    /// # Safety
    /// As for [`pgbgw_try`](super::pgbgw_try). The frames between this call and the source are the
    /// server's, and may be jumped over after the source has returned.
    pub fn pgbgw_copy_in(
        statement: *const c_char,
        source: CopySource,
        argument: *mut c_void,
    ) -> u64;

    /// Runs `COPY (query) TO STDOUT rest`, and passes the data to the sink, one row at a time, in a
    /// transaction. Returns the number of rows. Messages that the statement would send to a client
    /// are dropped. May raise; always raises if [`COPIES_TO_MEMORY`] is false.
    ///
    /// # Safety
    /// As for [`pgbgw_copy_in`].
    pub fn pgbgw_copy_out(
        query: *const c_char,
        rest: *const c_char,
        sink: CopySink,
        argument: *mut c_void,
    ) -> u64;

    /// Writes the base types of the columns that a `COPY … FROM STDIN` fills into `types`, which
    /// has room for this number of them. The type is 0 if it has no binary format. Returns the
    /// number of columns, or 0 if the binary format cannot be used. Locks the table. May raise.
    pub fn pgbgw_copy_types(statement: *const c_char, types: *mut Oid, room: c_int) -> c_int;

    /// Returns the send function of a type. Like [`pgbgw_output_function`]. May raise.
    pub fn pgbgw_send_function(type_: Oid) -> *mut c_void;

    /// Calls a send function. Returns a palloc'd `bytea`. May raise.
    pub fn pgbgw_send(function: *mut c_void, value: Datum) -> *mut c_void;

    /// Returns the output function of a type, which lives as long as the running
    /// [`pgbgw_copy_in`]. Call it in its source. May raise.
    pub fn pgbgw_output_function(type_: Oid) -> *mut c_void;

    /// Calls an output function with settings under which every value can be read back exactly.
    /// Returns a palloc'd text. May raise.
    pub fn pgbgw_exact_output(function: *mut c_void, value: Datum) -> *mut c_char;

    /// Returns the name of a table, which is parsed like `regclass` input, with each part quoted
    /// where necessary. The result is palloc'd. May raise.
    pub fn pgbgw_quote_table(name: *const c_char) -> *mut c_char;

    /// `GetDatabaseEncodingName`. Cannot raise.
    pub fn pgbgw_database_encoding() -> *const c_char;
}
