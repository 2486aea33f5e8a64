//! Tuples and their descriptors: `shim/tuples.c`.
//!
//! An index tuple is a pointer without a type. All majors have the functions, unless the
//! documentation names the first one.

use crate::{Datum, HeapTuple, HeapTupleHeader, Oid, Size, Snapshot, TransactionId, TupleDesc};
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C-unwind" {
    // access/htup_details.h
    /// `HeapTupleHeaderGetDatumLength` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetDatumLength")]
    pub fn pgbgw_heap_tuple_header_get_datum_length(tuple: HeapTupleHeader) -> u32;
    /// `HeapTupleHeaderSetDatumLength` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetDatumLength")]
    pub fn pgbgw_heap_tuple_header_set_datum_length(tuple: HeapTupleHeader, length: u32);
    /// `HeapTupleHeaderGetTypeId` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetTypeId")]
    pub fn pgbgw_heap_tuple_header_get_type_id(tuple: HeapTupleHeader) -> Oid;
    /// `HeapTupleHeaderSetTypeId` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetTypeId")]
    pub fn pgbgw_heap_tuple_header_set_type_id(tuple: HeapTupleHeader, type_: Oid);
    /// `HeapTupleHeaderGetTypMod` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetTypMod")]
    pub fn pgbgw_heap_tuple_header_get_typ_mod(tuple: HeapTupleHeader) -> i32;
    /// `HeapTupleHeaderSetTypMod` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetTypMod")]
    pub fn pgbgw_heap_tuple_header_set_typ_mod(tuple: HeapTupleHeader, typmod: i32);
    /// `HeapTupleHeaderGetNatts` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetNatts")]
    pub fn pgbgw_heap_tuple_header_get_natts(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderSetNatts` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetNatts")]
    pub fn pgbgw_heap_tuple_header_set_natts(tuple: HeapTupleHeader, count: c_int);
    /// `HeapTupleHeaderHasExternal` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderHasExternal")]
    pub fn pgbgw_heap_tuple_header_has_external(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderGetXmin` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetXmin")]
    pub fn pgbgw_heap_tuple_header_get_xmin(tuple: HeapTupleHeader) -> TransactionId;
    /// `HeapTupleHeaderGetRawXmin` (`access/htup_details.h`). Cannot raise. Since 9.4.
    #[doc(alias = "HeapTupleHeaderGetRawXmin")]
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_heap_tuple_header_get_raw_xmin(tuple: HeapTupleHeader) -> TransactionId;
    /// `HeapTupleHeaderSetXmin` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetXmin")]
    pub fn pgbgw_heap_tuple_header_set_xmin(tuple: HeapTupleHeader, xid: TransactionId);
    /// `HeapTupleHeaderGetRawXmax` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetRawXmax")]
    pub fn pgbgw_heap_tuple_header_get_raw_xmax(tuple: HeapTupleHeader) -> TransactionId;
    /// `HeapTupleHeaderGetUpdateXid` (`access/htup_details.h`). May raise, because it may read the
    /// members of a multixact.
    #[doc(alias = "HeapTupleHeaderGetUpdateXid")]
    pub fn pgbgw_heap_tuple_header_get_update_xid(tuple: HeapTupleHeader) -> TransactionId;
    /// `HeapTupleHeaderSetXmax` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetXmax")]
    pub fn pgbgw_heap_tuple_header_set_xmax(tuple: HeapTupleHeader, xid: TransactionId);
    /// `HeapTupleHeaderGetRawCommandId` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderGetRawCommandId")]
    pub fn pgbgw_heap_tuple_header_get_raw_command_id(tuple: HeapTupleHeader) -> u32;
    /// `HeapTupleHeaderSetCmin` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetCmin")]
    pub fn pgbgw_heap_tuple_header_set_cmin(tuple: HeapTupleHeader, id: u32);
    /// `HeapTupleHeaderSetCmax` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderSetCmax")]
    pub fn pgbgw_heap_tuple_header_set_cmax(tuple: HeapTupleHeader, id: u32, is_combo: c_int);
    /// `HeapTupleHeaderXminCommitted` (`access/htup_details.h`). Cannot raise. Since 9.4.
    #[doc(alias = "HeapTupleHeaderXminCommitted")]
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_heap_tuple_header_xmin_committed(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderXminInvalid` (`access/htup_details.h`). Cannot raise. Since 9.4.
    #[doc(alias = "HeapTupleHeaderXminInvalid")]
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_heap_tuple_header_xmin_invalid(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderXminFrozen` (`access/htup_details.h`). Cannot raise. Since 9.4.
    #[doc(alias = "HeapTupleHeaderXminFrozen")]
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_heap_tuple_header_xmin_frozen(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderIsHeapOnly` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderIsHeapOnly")]
    pub fn pgbgw_heap_tuple_header_is_heap_only(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderIsHotUpdated` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHeaderIsHotUpdated")]
    pub fn pgbgw_heap_tuple_header_is_hot_updated(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHeaderIndicatesMovedPartitions` (`access/htup_details.h`). Cannot raise. Since 11.
    #[doc(alias = "HeapTupleHeaderIndicatesMovedPartitions")]
    #[cfg(pg_since = "11")]
    pub fn pgbgw_heap_tuple_header_indicates_moved_partitions(tuple: HeapTupleHeader) -> c_int;
    /// `HeapTupleHasNulls` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHasNulls")]
    pub fn pgbgw_heap_tuple_has_nulls(tuple: HeapTuple) -> c_int;
    /// `HeapTupleHasVarWidth` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHasVarWidth")]
    pub fn pgbgw_heap_tuple_has_var_width(tuple: HeapTuple) -> c_int;
    /// `HeapTupleHasExternal` (`access/htup_details.h`). Cannot raise.
    #[doc(alias = "HeapTupleHasExternal")]
    pub fn pgbgw_heap_tuple_has_external(tuple: HeapTuple) -> c_int;
    /// `HeapTupleGetOid` (`access/htup_details.h`). Cannot raise. Before 12.
    #[doc(alias = "HeapTupleGetOid")]
    #[cfg(not(pg_since = "12"))]
    pub fn pgbgw_heap_tuple_get_oid(tuple: HeapTuple) -> Oid;
    /// `fastgetattr` (`access/htup_details.h`): a user's column, numbered from 1, that the tuple
    /// has. A tuple that is older than the column has fewer: see `HeapTupleHeaderGetNatts`, or use
    /// `heap_getattr`. Cannot raise.
    #[doc(alias = "fastgetattr")]
    pub fn pgbgw_fastgetattr(
        tuple: HeapTuple,
        number: c_int,
        descriptor: TupleDesc,
        is_null: *mut c_int,
    ) -> Datum;
    /// `BITMAPLEN` (`access/htup_details.h`): the bytes of a map of NULLs. Cannot raise.
    #[doc(alias = "BITMAPLEN")]
    pub fn pgbgw_bitmaplen(columns: c_int) -> c_int;

    // access/heapam.h (utils/tqual.h before 12)
    /// `HeapTupleSatisfiesVisibility` (`access/heapam.h`): the buffer is pinned, and locked for
    /// sharing at least. May raise.
    #[doc(alias = "HeapTupleSatisfiesVisibility")]
    pub fn pgbgw_heap_tuple_satisfies_visibility(
        tuple: HeapTuple,
        snapshot: Snapshot,
        buffer: c_int,
    ) -> c_int;

    // access/itup.h
    /// `IndexTupleSize` (`access/itup.h`). Cannot raise.
    #[doc(alias = "IndexTupleSize")]
    pub fn pgbgw_index_tuple_size(tuple: *mut c_void) -> Size;
    /// `IndexTupleHasNulls` (`access/itup.h`). Cannot raise.
    #[doc(alias = "IndexTupleHasNulls")]
    pub fn pgbgw_index_tuple_has_nulls(tuple: *mut c_void) -> c_int;
    /// `IndexTupleHasVarwidths` (`access/itup.h`). Cannot raise.
    #[doc(alias = "IndexTupleHasVarwidths")]
    pub fn pgbgw_index_tuple_has_varwidths(tuple: *mut c_void) -> c_int;
    /// `index_getattr` (`access/itup.h`): columns are numbered from 1. Cannot raise.
    #[doc(alias = "index_getattr")]
    pub fn pgbgw_index_getattr(
        tuple: *mut c_void,
        number: c_int,
        descriptor: TupleDesc,
        is_null: *mut c_int,
    ) -> Datum;

    // access/tupmacs.h
    /// `att_isnull` (`access/tupmacs.h`): columns are numbered from 0. Cannot raise.
    #[doc(alias = "att_isnull")]
    pub fn pgbgw_att_isnull(index: c_int, bits: *const c_void) -> c_int;
    /// `fetch_att` (`access/tupmacs.h`). May raise if the length is not one of a type.
    #[doc(alias = "fetch_att")]
    pub fn pgbgw_fetch_att(value: *const c_void, by_value: c_int, length: c_int) -> Datum;
    /// `store_att_byval` (`access/tupmacs.h`). May raise if the length is not one of a type.
    #[doc(alias = "store_att_byval")]
    pub fn pgbgw_store_att_byval(to: *mut c_void, value: Datum, length: c_int);
    /// `att_align_nominal` (`access/tupmacs.h`): the alignment is `typalign`. Cannot raise.
    #[doc(alias = "att_align_nominal")]
    pub fn pgbgw_att_align_nominal(offset: Size, alignment: c_char) -> Size;
    /// `att_addlength_datum` (`access/tupmacs.h`). Cannot raise.
    #[doc(alias = "att_addlength_datum")]
    pub fn pgbgw_att_addlength_datum(offset: Size, length: c_int, value: Datum) -> Size;

    // access/tupdesc.h
    /// `natts` (`access/tupdesc.h`): the number of columns. Cannot raise.
    #[doc(alias = "natts")]
    pub fn pgbgw_tuple_desc_natts(descriptor: TupleDesc) -> c_int;
    /// `CreateTemplateTupleDesc` (`access/tupdesc.h`): without OIDs before 12. May raise.
    #[doc(alias = "CreateTemplateTupleDesc")]
    pub fn pgbgw_create_template_tuple_desc(columns: c_int) -> TupleDesc;
    /// `TupleDescFinalize` (`access/tupdesc.h`): call it when all columns are initialized. Does
    /// nothing before 19. Cannot raise.
    #[doc(alias = "TupleDescFinalize")]
    pub fn pgbgw_tuple_desc_finalize(descriptor: TupleDesc);
    /// `TupleDescCompactAttr` (`access/tupdesc.h`): a `CompactAttribute`; columns are numbered from
    /// 0. Cannot raise. Since 18.
    #[doc(alias = "TupleDescCompactAttr")]
    #[cfg(pg_since = "18")]
    pub fn pgbgw_tuple_desc_compact_attr(descriptor: TupleDesc, index: c_int) -> *mut c_void;
    /// `attlen` (`access/tupdesc.h`): `attlen` of a column, from the compact attribute since 18.
    /// Columns are numbered from 0. Cannot raise.
    #[doc(alias = "attlen")]
    pub fn pgbgw_tuple_desc_att_len(descriptor: TupleDesc, index: c_int) -> c_int;
    /// `attbyval` (`access/tupdesc.h`): like [`pgbgw_tuple_desc_att_len`]. Cannot raise.
    #[doc(alias = "attbyval")]
    pub fn pgbgw_tuple_desc_att_by_val(descriptor: TupleDesc, index: c_int) -> c_int;
    /// `attisdropped` (`access/tupdesc.h`): like [`pgbgw_tuple_desc_att_len`]. Cannot raise.
    #[doc(alias = "attisdropped")]
    pub fn pgbgw_tuple_desc_att_is_dropped(descriptor: TupleDesc, index: c_int) -> c_int;
    /// `PinTupleDesc` (`access/tupdesc.h`). May raise.
    #[doc(alias = "PinTupleDesc")]
    pub fn pgbgw_pin_tuple_desc(descriptor: TupleDesc);
    /// `ReleaseTupleDesc` (`access/tupdesc.h`). May raise.
    #[doc(alias = "ReleaseTupleDesc")]
    pub fn pgbgw_release_tuple_desc(descriptor: TupleDesc);
}
