//! Slots of the executor: `shim/slots.c`.
//!
//! The layout of a slot is not bound, because it changed in 12. All majors have the functions,
//! unless the documentation names the first one.

use crate::{Datum, HeapTuple, TupleDesc, TupleTableSlot};
#[cfg(pg_since = "12")]
use crate::{ItemPointerData, Oid};
use core::ffi::{c_int, c_void};

/// A slot for values without a tuple (`TTSOpsVirtual`).
pub const SLOT_VIRTUAL: c_int = 0;
/// A slot for a tuple in memory (`TTSOpsHeapTuple`).
pub const SLOT_HEAP: c_int = 1;
/// A slot for a minimal tuple (`TTSOpsMinimalTuple`).
pub const SLOT_MINIMAL: c_int = 2;
/// A slot for a tuple in a buffer (`TTSOpsBufferHeapTuple`).
pub const SLOT_BUFFER: c_int = 3;

unsafe extern "C-unwind" {
    // executor/tuptable.h
    /// `TTS_EMPTY` (`executor/tuptable.h`). Cannot raise.
    #[doc(alias = "TTS_EMPTY")]
    pub fn pgbgw_tts_empty(slot: *mut TupleTableSlot) -> c_int;
    /// `TupIsNull` (`executor/tuptable.h`): the slot is null, or empty. Cannot raise.
    #[doc(alias = "TupIsNull")]
    pub fn pgbgw_tup_is_null(slot: *mut TupleTableSlot) -> c_int;
    /// `tts_values` (`executor/tuptable.h`): one for each column. Cannot raise.
    #[doc(alias = "tts_values")]
    pub fn pgbgw_slot_values(slot: *mut TupleTableSlot) -> *mut Datum;
    /// `tts_isnull` (`executor/tuptable.h`): one for each column. Cannot raise.
    #[doc(alias = "tts_isnull")]
    pub fn pgbgw_slot_nulls(slot: *mut TupleTableSlot) -> *mut bool;
    /// `tts_nvalid` (`executor/tuptable.h`): the number of columns that have been read from the
    /// tuple. Cannot raise.
    #[doc(alias = "tts_nvalid")]
    pub fn pgbgw_slot_nvalid(slot: *mut TupleTableSlot) -> c_int;
    /// `tts_tupleDescriptor` (`executor/tuptable.h`). Cannot raise.
    #[doc(alias = "tts_tupleDescriptor")]
    pub fn pgbgw_slot_descriptor(slot: *mut TupleTableSlot) -> TupleDesc;
    /// `tts_tid` (`executor/tuptable.h`): where the tuple is. Cannot raise. Since 12.
    #[doc(alias = "tts_tid")]
    #[cfg(pg_since = "12")]
    pub fn pgbgw_slot_tid(slot: *mut TupleTableSlot) -> *mut ItemPointerData;
    /// `tts_tableOid` (`executor/tuptable.h`). Cannot raise. Since 12.
    #[doc(alias = "tts_tableOid")]
    #[cfg(pg_since = "12")]
    pub fn pgbgw_slot_set_table_oid(slot: *mut TupleTableSlot, table: Oid);
    /// `slot_getattr` (`executor/tuptable.h`): columns are numbered from 1. May raise.
    #[doc(alias = "slot_getattr")]
    pub fn pgbgw_slot_getattr(
        slot: *mut TupleTableSlot,
        number: c_int,
        is_null: *mut c_int,
    ) -> Datum;
    /// `slot_attisnull` (`executor/tuptable.h`). May raise.
    #[doc(alias = "slot_attisnull")]
    pub fn pgbgw_slot_attisnull(slot: *mut TupleTableSlot, number: c_int) -> c_int;
    /// `slot_getallattrs` (`executor/tuptable.h`): reads all columns from the tuple. May raise.
    #[doc(alias = "slot_getallattrs")]
    pub fn pgbgw_slot_getallattrs(slot: *mut TupleTableSlot);
    /// `slot_getsomeattrs` (`executor/tuptable.h`): reads the columns up to this one. May raise.
    #[doc(alias = "slot_getsomeattrs")]
    pub fn pgbgw_slot_getsomeattrs(slot: *mut TupleTableSlot, number: c_int);
    /// `ExecClearTuple` (`executor/tuptable.h`). May raise.
    #[doc(alias = "ExecClearTuple")]
    pub fn pgbgw_exec_clear_tuple(slot: *mut TupleTableSlot);
    /// `ExecStoreVirtualTuple` (`executor/tuptable.h`): the values are set, and the slot is empty.
    /// May raise.
    #[doc(alias = "ExecStoreVirtualTuple")]
    pub fn pgbgw_exec_store_virtual_tuple(slot: *mut TupleTableSlot);
    /// `ExecStoreHeapTuple` (`executor/tuptable.h`): the slot is of [`SLOT_HEAP`]. `ExecStoreTuple`
    /// before 12. May raise.
    #[doc(alias = "ExecStoreHeapTuple")]
    #[doc(alias = "ExecStoreTuple")]
    pub fn pgbgw_exec_store_heap_tuple(tuple: HeapTuple, slot: *mut TupleTableSlot, frees: c_int);
    /// `ExecMaterializeSlot` (`executor/tuptable.h`): the slot depends on no other memory
    /// afterwards. May raise.
    #[doc(alias = "ExecMaterializeSlot")]
    pub fn pgbgw_exec_materialize_slot(slot: *mut TupleTableSlot);
    /// `ExecCopySlotHeapTuple` (`executor/tuptable.h`): a tuple in the current memory context.
    /// `ExecCopySlotTuple` before 12. May raise.
    #[doc(alias = "ExecCopySlotHeapTuple")]
    #[doc(alias = "ExecCopySlotTuple")]
    pub fn pgbgw_exec_copy_slot_heap_tuple(slot: *mut TupleTableSlot) -> HeapTuple;
    /// `ExecCopySlotMinimalTuple` (`executor/tuptable.h`): a `MinimalTuple` in the current memory
    /// context. May raise.
    #[doc(alias = "ExecCopySlotMinimalTuple")]
    pub fn pgbgw_exec_copy_slot_minimal_tuple(slot: *mut TupleTableSlot) -> *mut c_void;
    /// `ExecCopySlot` (`executor/tuptable.h`). May raise.
    #[doc(alias = "ExecCopySlot")]
    pub fn pgbgw_exec_copy_slot(to: *mut TupleTableSlot, from: *mut TupleTableSlot);
    /// `MakeSingleTupleTableSlot` (`executor/tuptable.h`): the kind is `SLOT_…`, which is ignored
    /// before 12. May raise.
    #[doc(alias = "MakeSingleTupleTableSlot")]
    pub fn pgbgw_make_single_tuple_table_slot(
        descriptor: TupleDesc,
        kind: c_int,
    ) -> *mut TupleTableSlot;
    /// `ExecDropSingleTupleTableSlot` (`executor/tuptable.h`). May raise.
    #[doc(alias = "ExecDropSingleTupleTableSlot")]
    pub fn pgbgw_exec_drop_single_tuple_table_slot(slot: *mut TupleTableSlot);
}
