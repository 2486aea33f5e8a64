//! Macros and inline functions of the server as C functions: the equivalents of
//! [`inline`](crate::inline), and those that only a C compiler can expand. The first line of each
//! function's documentation is its C name. The comment above a group names its headers.
//!
//! Call these functions on the server's main thread only. Pointers must meet the requirements of
//! the C name.

#[cfg(not(pg_since = "12"))]
use crate::HeapScanDesc as TableScanDesc;
#[cfg(pg_since = "12")]
use crate::TableScanDesc;
#[cfg(pg_since = "9.5")]
use crate::pg_atomic_uint32;
#[cfg(pg_since = "9.4")]
use crate::shm_toc_estimator;
use crate::{
    Datum, Form_pg_attribute, HeapTuple, List, MemoryContext, Oid, Relation, Size, TimestampTz,
    TransactionId, TupleDesc, dlist_head, dlist_node, instr_time,
};
use core::ffi::{c_char, c_int, c_void};

mod calls;
mod nodes;
mod pages;
mod slots;
mod tuples;
mod walkers;
mod words;

pub use calls::*;
pub use nodes::*;
pub use pages::*;
pub use slots::*;
pub use tuples::*;
pub use walkers::*;
pub use words::*;

unsafe extern "C-unwind" {
    // postgres.h
    /// `BoolGetDatum`. Cannot raise.
    pub fn pgbgw_bool_get_datum(value: c_int) -> Datum;
    /// `DatumGetBool`. Cannot raise.
    pub fn pgbgw_datum_get_bool(datum: Datum) -> c_int;
    /// `Int16GetDatum`. Cannot raise.
    pub fn pgbgw_int16_get_datum(value: i16) -> Datum;
    /// `DatumGetInt16`. Cannot raise.
    pub fn pgbgw_datum_get_int16(datum: Datum) -> i16;
    /// `Int32GetDatum`. Cannot raise.
    pub fn pgbgw_int32_get_datum(value: i32) -> Datum;
    /// `DatumGetInt32`. Cannot raise.
    pub fn pgbgw_datum_get_int32(datum: Datum) -> i32;
    /// `UInt32GetDatum`. Cannot raise.
    pub fn pgbgw_uint32_get_datum(value: u32) -> Datum;
    /// `DatumGetUInt32`. Cannot raise.
    pub fn pgbgw_datum_get_uint32(datum: Datum) -> u32;
    /// `ObjectIdGetDatum`. Cannot raise.
    pub fn pgbgw_object_id_get_datum(value: Oid) -> Datum;
    /// `DatumGetObjectId`. Cannot raise.
    pub fn pgbgw_datum_get_object_id(datum: Datum) -> Oid;
    /// `PointerGetDatum`. Cannot raise.
    pub fn pgbgw_pointer_get_datum(value: *const c_void) -> Datum;
    /// `DatumGetPointer`. Cannot raise.
    pub fn pgbgw_datum_get_pointer(datum: Datum) -> *mut c_void;
    /// `CStringGetDatum`. Cannot raise.
    pub fn pgbgw_cstring_get_datum(value: *const c_char) -> Datum;
    /// `DatumGetCString`. Cannot raise.
    pub fn pgbgw_datum_get_cstring(datum: Datum) -> *mut c_char;
    /// `TimestampTzGetDatum`. May raise where 8-byte values are passed by reference.
    pub fn pgbgw_timestamptz_get_datum(value: TimestampTz) -> Datum;
    /// `DatumGetTimestampTz`. Cannot raise.
    pub fn pgbgw_datum_get_timestamptz(datum: Datum) -> TimestampTz;

    // varatt.h (since 16; postgres.h before), fmgr.h, utils/builtins.h
    /// `VARSIZE`. Cannot raise.
    pub fn pgbgw_varsize(varlena: *const c_void) -> Size;
    /// `VARSIZE_ANY`. Cannot raise.
    pub fn pgbgw_varsize_any(varlena: *const c_void) -> Size;
    /// `VARATT_IS_EXTERNAL`. Cannot raise.
    pub fn pgbgw_varatt_is_external(varlena: *const c_void) -> c_int;
    /// `VARATT_IS_COMPRESSED`. Cannot raise.
    pub fn pgbgw_varatt_is_compressed(varlena: *const c_void) -> c_int;
    /// `CStringGetTextDatum`. May raise.
    pub fn pgbgw_cstring_get_text_datum(text: *const c_char) -> Datum;
    /// `TextDatumGetCString`. May raise.
    pub fn pgbgw_text_datum_get_cstring(datum: Datum) -> *mut c_char;
    /// `DatumGetTextPP`. May raise.
    pub fn pgbgw_datum_get_text_pp(datum: Datum) -> *mut c_void;
    /// `DatumGetTextPCopy`. May raise.
    pub fn pgbgw_datum_get_text_p_copy(datum: Datum) -> *mut c_void;

    // utils/memutils.h, c.h
    /// `AllocSetContextCreate`. May raise. Since 11, the server keeps the pointer to the name
    /// instead of a copy.
    pub fn pgbgw_alloc_set_context_create(
        parent: MemoryContext,
        name: *const c_char,
        least: Size,
        initial: Size,
        most: Size,
    ) -> MemoryContext;

    // utils/memutils.h, c.h
    /// `MAXALIGN`. Cannot raise.
    pub fn pgbgw_maxalign(length: Size) -> Size;

    // access/transam.h
    /// `TransactionIdIsNormal`. Cannot raise.
    pub fn pgbgw_transaction_id_is_normal(id: TransactionId) -> c_int;
    /// `TransactionIdPrecedes`. Cannot raise.
    pub fn pgbgw_transaction_id_precedes(a: TransactionId, b: TransactionId) -> c_int;
    /// `TransactionIdFollowsOrEquals`. Cannot raise.
    pub fn pgbgw_transaction_id_follows_or_equals(a: TransactionId, b: TransactionId) -> c_int;

    // access/htup_details.h, access/tupdesc.h, utils/rel.h, access/tableam.h
    /// `GETSTRUCT`. Cannot raise.
    pub fn pgbgw_getstruct(tuple: HeapTuple) -> *mut c_void;
    /// `HeapTupleGetDatum`. May raise.
    pub fn pgbgw_heap_tuple_get_datum(tuple: HeapTuple) -> Datum;
    /// `heap_getattr`: columns are numbered from 1. May raise.
    pub fn pgbgw_heap_getattr(
        tuple: HeapTuple,
        number: c_int,
        descriptor: TupleDesc,
        is_null: *mut c_int,
    ) -> Datum;
    /// `TupleDescAttr`: columns are numbered from 0. Before 10, the array is read directly. Cannot
    /// raise.
    pub fn pgbgw_tuple_desc_attr(descriptor: TupleDesc, index: c_int) -> Form_pg_attribute;
    /// `RelationGetDescr`. Cannot raise.
    pub fn pgbgw_relation_get_descr(relation: Relation) -> TupleDesc;
    /// `RelationGetRelid`. Cannot raise.
    pub fn pgbgw_relation_get_relid(relation: Relation) -> Oid;
    /// `table_endscan`. May raise. Before 12, calls `heap_endscan`.
    pub fn pgbgw_table_endscan(scan: TableScanDesc);

    // nodes/pg_list.h, nodes/nodes.h, lib/ilist.h
    /// `list_length`. Cannot raise.
    pub fn pgbgw_list_length(list: *const List) -> c_int;
    /// `list_nth`. Cannot raise.
    pub fn pgbgw_list_nth(list: *const List, index: c_int) -> *mut c_void;
    /// `list_make1`. May raise.
    pub fn pgbgw_list_make1(first: *mut c_void) -> *mut List;
    /// `IsA`. The values of tags differ between majors, so take them from the headers.
    pub fn pgbgw_is_a(node: *const c_void, tag: c_int) -> c_int;
    /// `dlist_init`. Cannot raise.
    pub fn pgbgw_dlist_init(head: *mut dlist_head);
    /// `dlist_is_empty`. Cannot raise.
    pub fn pgbgw_dlist_is_empty(head: *mut dlist_head) -> c_int;
    /// `dlist_push_tail`. Cannot raise.
    pub fn pgbgw_dlist_push_tail(head: *mut dlist_head, node: *mut dlist_node);
    /// `dlist_delete`. Cannot raise.
    pub fn pgbgw_dlist_delete(node: *mut dlist_node);

    // storage/spin.h, port/atomics.h, storage/shm_toc.h, storage/lwlock.h
    /// `SpinLockInit`. Cannot raise.
    pub fn pgbgw_spin_lock_init(lock: *mut c_void);
    /// `SpinLockAcquire`. A lock that is not released leads to a PANIC. Make no server calls while
    /// holding it.
    pub fn pgbgw_spin_lock_acquire(lock: *mut c_void);
    /// `SpinLockRelease`. Cannot raise.
    pub fn pgbgw_spin_lock_release(lock: *mut c_void);
    /// `sizeof(slock_t)`. Cannot raise.
    pub fn pgbgw_spin_lock_size() -> Size;
    /// `pg_memory_barrier`. Cannot raise.
    pub fn pgbgw_memory_barrier();
    /// `pg_read_barrier`. Cannot raise.
    pub fn pgbgw_read_barrier();
    /// `pg_write_barrier`. Cannot raise.
    pub fn pgbgw_write_barrier();
    /// `pg_atomic_init_u32`. Cannot raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_atomic_init_u32(atomic: *mut pg_atomic_uint32, value: u32);
    /// `pg_atomic_read_u32`. Cannot raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_atomic_read_u32(atomic: *mut pg_atomic_uint32) -> u32;
    /// `pg_atomic_write_u32`. Cannot raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_atomic_write_u32(atomic: *mut pg_atomic_uint32, value: u32);
    /// `pg_atomic_fetch_add_u32`. Cannot raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_atomic_fetch_add_u32(atomic: *mut pg_atomic_uint32, add: i32) -> u32;
    /// `shm_toc_initialize_estimator`. Cannot raise.
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_shm_toc_initialize_estimator(estimator: *mut shm_toc_estimator);
    /// `shm_toc_estimate_chunk`. Cannot raise.
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_shm_toc_estimate_chunk(estimator: *mut shm_toc_estimator, size: Size);
    /// `shm_toc_estimate_keys`. Cannot raise.
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_shm_toc_estimate_keys(estimator: *mut shm_toc_estimator, count: Size);
    /// `AddinShmemInitLock`. Since 9.4.
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_addin_shmem_init_lock() -> *mut c_void;

    /// Creates a tranche of LWLocks with this (static) name: `LWLockNewTrancheId`, and before 19
    /// also `LWLockRegisterTranche`. May raise.
    #[cfg(pg_since = "9.6")]
    pub fn pgbgw_lwlock_new_tranche(name: *const c_char) -> c_int;
    /// `shm_mq_send`. Returns a `shm_mq_result`. `force_flush` is ignored before 15. May raise.
    #[cfg(pg_since = "9.4")]
    pub fn pgbgw_shm_mq_send(
        queue: *mut crate::shm_mq_handle,
        length: Size,
        data: *const c_void,
        no_wait: c_int,
        force_flush: c_int,
    ) -> c_int;
    /// `dsa_create`. May raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_dsa_create(tranche: c_int) -> *mut crate::dsa_area;
    /// `dsa_allocate`. May raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_dsa_allocate(area: *mut crate::dsa_area, size: Size) -> crate::dsa_pointer;

    // fmgr.h
    /// `PG_GETARG_DATUM`: arguments are numbered from 0. Cannot raise.
    pub fn pgbgw_getarg_datum(fcinfo: crate::FunctionCallInfo, index: c_int) -> Datum;
    /// `PG_ARGISNULL`. Cannot raise.
    pub fn pgbgw_argisnull(fcinfo: crate::FunctionCallInfo, index: c_int) -> c_int;
    /// `PG_NARGS`. Cannot raise.
    pub fn pgbgw_nargs(fcinfo: crate::FunctionCallInfo) -> c_int;
    /// Sets `isnull`, as `PG_RETURN_NULL` does. Cannot raise.
    pub fn pgbgw_set_isnull(fcinfo: crate::FunctionCallInfo, is_null: c_int);

    // miscadmin.h, storage/pmsignal.h
    /// `HOLD_INTERRUPTS`. Cannot raise.
    pub fn pgbgw_hold_interrupts();
    /// `RESUME_INTERRUPTS`. Cannot raise.
    pub fn pgbgw_resume_interrupts();
    /// `START_CRIT_SECTION`. Cannot raise.
    pub fn pgbgw_start_crit_section();
    /// `END_CRIT_SECTION`. Cannot raise.
    pub fn pgbgw_end_crit_section();
    /// `PostmasterIsAlive`. Cannot raise.
    pub fn pgbgw_postmaster_is_alive() -> c_int;

    // utils/timestamp.h, portability/instr_time.h
    /// `TimestampTzPlusMilliseconds`. Cannot raise.
    pub fn pgbgw_timestamptz_plus_milliseconds(time: TimestampTz, ms: i64) -> TimestampTz;
    /// `INSTR_TIME_SET_CURRENT`. Initialize the target with zeroes.
    pub fn pgbgw_instr_time_set_current(time: *mut instr_time);
    /// `INSTR_TIME_SUBTRACT`. Cannot raise.
    pub fn pgbgw_instr_time_subtract(time: *mut instr_time, less: *const instr_time);
    /// `INSTR_TIME_GET_DOUBLE`. Cannot raise.
    pub fn pgbgw_instr_time_get_double(time: *const instr_time) -> f64;

    // utils/ps_status.h, utils/wait_event.h (pgstat.h before 14), utils/guc.h
    /// `set_ps_display`. Cannot raise.
    pub fn pgbgw_set_ps_display(activity: *const c_char);
    /// `pgstat_report_wait_start`. Does nothing before 10. Cannot raise.
    pub fn pgbgw_wait_start(wait_event_info: u32);
    /// `pgstat_report_wait_end`. Does nothing before 9.6. Cannot raise.
    pub fn pgbgw_wait_end();

    // utils/guc.h
    /// `GUC_check_errmsg`. In check hooks only. May raise.
    pub fn pgbgw_guc_check_errmsg(message: *const c_char);
    /// `GUC_check_errhint`. In check hooks only. May raise.
    pub fn pgbgw_guc_check_errhint(hint: *const c_char);
    /// `GUC_check_errdetail`. In check hooks only. May raise.
    pub fn pgbgw_guc_check_errdetail(detail: *const c_char);
}
