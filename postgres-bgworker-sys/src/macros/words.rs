//! More datums and varlenas: `shim/words.c`. The functions of the common types are in
//! [`macros`](crate::macros) and [`shim`](crate::shim).
//!
//! All majors have the functions.

use crate::{Datum, Size, TransactionId};
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C-unwind" {
    // postgres.h
    /// `CharGetDatum` (`postgres.h`). Cannot raise.
    #[doc(alias = "CharGetDatum")]
    pub fn pgbgw_char_get_datum(value: c_char) -> Datum;
    /// `DatumGetChar` (`postgres.h`). Cannot raise.
    #[doc(alias = "DatumGetChar")]
    pub fn pgbgw_datum_get_char(datum: Datum) -> c_char;
    /// `UInt8GetDatum` (`postgres.h`). Cannot raise.
    #[doc(alias = "UInt8GetDatum")]
    pub fn pgbgw_uint8_get_datum(value: u8) -> Datum;
    /// `DatumGetUInt8` (`postgres.h`). Cannot raise.
    #[doc(alias = "DatumGetUInt8")]
    pub fn pgbgw_datum_get_uint8(datum: Datum) -> u8;
    /// `UInt16GetDatum` (`postgres.h`). Cannot raise.
    #[doc(alias = "UInt16GetDatum")]
    pub fn pgbgw_uint16_get_datum(value: u16) -> Datum;
    /// `DatumGetUInt16` (`postgres.h`). Cannot raise.
    #[doc(alias = "DatumGetUInt16")]
    pub fn pgbgw_datum_get_uint16(datum: Datum) -> u16;
    /// `TransactionIdGetDatum` (`postgres.h`). Cannot raise.
    #[doc(alias = "TransactionIdGetDatum")]
    pub fn pgbgw_transaction_id_get_datum(value: TransactionId) -> Datum;
    /// `DatumGetTransactionId` (`postgres.h`). Cannot raise.
    #[doc(alias = "DatumGetTransactionId")]
    pub fn pgbgw_datum_get_transaction_id(datum: Datum) -> TransactionId;
    /// `CommandIdGetDatum` (`postgres.h`). Cannot raise.
    #[doc(alias = "CommandIdGetDatum")]
    pub fn pgbgw_command_id_get_datum(value: u32) -> Datum;
    /// `DatumGetCommandId` (`postgres.h`). Cannot raise.
    #[doc(alias = "DatumGetCommandId")]
    pub fn pgbgw_datum_get_command_id(datum: Datum) -> u32;
    /// `DatumGetUInt64` (`postgres.h`). Cannot raise.
    #[doc(alias = "DatumGetUInt64")]
    pub fn pgbgw_datum_get_uint64(datum: Datum) -> u64;
    /// `UInt64GetDatum` (`postgres.h`). May raise where 8-byte values are passed by reference.
    #[doc(alias = "UInt64GetDatum")]
    pub fn pgbgw_uint64_get_datum(value: u64) -> Datum;

    // varatt.h (since 16; postgres.h before)
    /// `VARATT_IS_SHORT` (`varatt.h` since 16, `postgres.h` before): the header is one byte, and
    /// the value may be stored out of line. Cannot raise.
    #[doc(alias = "VARATT_IS_SHORT")]
    #[doc(alias = "VARATT_IS_1B")]
    pub fn pgbgw_varatt_is_short(varlena: *const c_void) -> c_int;
    /// `VARATT_IS_4B_U` (`varatt.h` since 16, `postgres.h` before). Cannot raise.
    #[doc(alias = "VARATT_IS_4B_U")]
    pub fn pgbgw_varatt_is_4b_u(varlena: *const c_void) -> c_int;
    /// `VARATT_IS_EXTENDED` (`varatt.h` since 16, `postgres.h` before): the value is short,
    /// compressed, or stored out of line. Cannot raise.
    #[doc(alias = "VARATT_IS_EXTENDED")]
    pub fn pgbgw_varatt_is_extended(varlena: *const c_void) -> c_int;
    /// `VARATT_IS_EXTERNAL_ONDISK` (`varatt.h` since 16, `postgres.h` before): the value is in a
    /// TOAST table. Cannot raise.
    #[doc(alias = "VARATT_IS_EXTERNAL_ONDISK")]
    pub fn pgbgw_varatt_is_external_ondisk(varlena: *const c_void) -> c_int;
    /// `VARATT_IS_EXTERNAL_INDIRECT` (`varatt.h` since 16, `postgres.h` before): before 9.4, it is
    /// always 0. Cannot raise.
    #[doc(alias = "VARATT_IS_EXTERNAL_INDIRECT")]
    pub fn pgbgw_varatt_is_external_indirect(varlena: *const c_void) -> c_int;
    /// `VARSIZE_SHORT` (`varatt.h` since 16, `postgres.h` before). Cannot raise.
    #[doc(alias = "VARSIZE_SHORT")]
    #[doc(alias = "VARSIZE_1B")]
    pub fn pgbgw_varsize_short(varlena: *const c_void) -> Size;
    /// `VARSIZE_EXTERNAL` (`varatt.h` since 16, `postgres.h` before). Cannot raise.
    #[doc(alias = "VARSIZE_EXTERNAL")]
    pub fn pgbgw_varsize_external(varlena: *const c_void) -> Size;
    /// `VARDATA` (`varatt.h` since 16, `postgres.h` before): of a value with a four-byte header.
    /// Cannot raise.
    #[doc(alias = "VARDATA")]
    pub fn pgbgw_vardata(varlena: *mut c_void) -> *mut c_void;
    /// `SET_VARSIZE_SHORT` (`varatt.h` since 16, `postgres.h` before): the total size is at most
    /// 127. Cannot raise.
    #[doc(alias = "SET_VARSIZE_SHORT")]
    pub fn pgbgw_set_varsize_short(varlena: *mut c_void, total: Size);
}
