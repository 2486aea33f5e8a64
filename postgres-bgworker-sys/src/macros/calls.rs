//! Calls of functions, from both sides, and sets: `shim/calls.c`.
//!
//! All majors have the functions.

use crate::{Datum, FmgrInfo, FunctionCallInfo, MemoryContext, Oid, Size, TupleDesc};
use core::ffi::{c_int, c_void};

/// Flag of [`pgbgw_init_materialized_srf`]: the columns are those that the caller expects
/// (`MAT_SRF_USE_EXPECTED_DESC`).
pub const MAT_SRF_USE_EXPECTED_DESC: u32 = 1;
/// Flag of [`pgbgw_init_materialized_srf`]: the columns are blessed, for composite values
/// (`MAT_SRF_BLESS`).
pub const MAT_SRF_BLESS: u32 = 2;

unsafe extern "C-unwind" {
    // fmgr.h
    /// `PG_GET_COLLATION` (`fmgr.h`). Cannot raise.
    #[doc(alias = "PG_GET_COLLATION")]
    pub fn pgbgw_get_collation(fcinfo: FunctionCallInfo) -> Oid;
    /// `SizeForFunctionCallInfo` (`fmgr.h`): the size of a call, for memory of one's own. Before
    /// 12, it is always the same. Cannot raise.
    #[doc(alias = "SizeForFunctionCallInfo")]
    pub fn pgbgw_size_for_function_call_info(arguments: c_int) -> Size;
    /// `InitFunctionCallInfoData` (`fmgr.h`): sets no arguments. Cannot raise.
    #[doc(alias = "InitFunctionCallInfoData")]
    pub fn pgbgw_init_function_call_info_data(
        fcinfo: FunctionCallInfo,
        info: *mut FmgrInfo,
        arguments: c_int,
        collation: Oid,
        context: *mut c_void,
        result: *mut c_void,
    );
    /// `args` (`fmgr.h`): sets an argument, numbered from 0, of a call that was
    /// initialized. Cannot raise.
    #[doc(alias = "args")]
    pub fn pgbgw_set_argument(fcinfo: FunctionCallInfo, index: c_int, value: Datum, is_null: c_int);
    /// `FunctionCallInvoke` (`fmgr.h`): `isnull` says whether the result is NULL. May raise.
    #[doc(alias = "FunctionCallInvoke")]
    pub fn pgbgw_function_call_invoke(fcinfo: FunctionCallInfo) -> Datum;
    /// `CALLED_AS_TRIGGER` (`fmgr.h`). Cannot raise.
    #[doc(alias = "CALLED_AS_TRIGGER")]
    pub fn pgbgw_called_as_trigger(fcinfo: FunctionCallInfo) -> c_int;
    /// `CALLED_AS_EVENT_TRIGGER` (`fmgr.h`). Cannot raise.
    #[doc(alias = "CALLED_AS_EVENT_TRIGGER")]
    pub fn pgbgw_called_as_event_trigger(fcinfo: FunctionCallInfo) -> c_int;

    // funcapi.h
    /// `SRF_IS_FIRSTCALL` (`funcapi.h`). Cannot raise.
    #[doc(alias = "SRF_IS_FIRSTCALL")]
    pub fn pgbgw_srf_is_firstcall(fcinfo: FunctionCallInfo) -> c_int;
    /// `SRF_FIRSTCALL_INIT` (`funcapi.h`): a `FuncCallContext`. May raise.
    #[doc(alias = "SRF_FIRSTCALL_INIT")]
    pub fn pgbgw_srf_firstcall_init(fcinfo: FunctionCallInfo) -> *mut c_void;
    /// `SRF_PERCALL_SETUP` (`funcapi.h`): the `FuncCallContext`. Cannot raise.
    #[doc(alias = "SRF_PERCALL_SETUP")]
    pub fn pgbgw_srf_percall_setup(fcinfo: FunctionCallInfo) -> *mut c_void;
    /// `SRF_RETURN_NEXT` (`funcapi.h`): what the macro does before it returns a value. Cannot
    /// raise.
    #[doc(alias = "SRF_RETURN_NEXT")]
    pub fn pgbgw_srf_return_next(fcinfo: FunctionCallInfo, context: *mut c_void);
    /// `SRF_RETURN_DONE` (`funcapi.h`): what the macro does before it returns NULL. May raise.
    #[doc(alias = "SRF_RETURN_DONE")]
    pub fn pgbgw_srf_return_done(fcinfo: FunctionCallInfo, context: *mut c_void);
    /// `call_cntr` (`funcapi.h`): the number of values that were returned. Cannot raise.
    #[doc(alias = "call_cntr")]
    pub fn pgbgw_srf_call_counter(context: *const c_void) -> u64;
    /// `multi_call_memory_ctx` (`funcapi.h`): lives as long as the set. Cannot raise.
    #[doc(alias = "multi_call_memory_ctx")]
    pub fn pgbgw_srf_memory(context: *const c_void) -> MemoryContext;
    /// `user_fctx` (`funcapi.h`): what [`pgbgw_srf_set_user_context`] has set. Cannot raise.
    #[doc(alias = "user_fctx")]
    pub fn pgbgw_srf_user_context(context: *const c_void) -> *mut c_void;
    /// `user_fctx` (`funcapi.h`): sets the function's own pointer. Cannot raise.
    #[doc(alias = "user_fctx")]
    pub fn pgbgw_srf_set_user_context(context: *mut c_void, user: *mut c_void);
    /// `InitMaterializedSRF` (`funcapi.h`): begins a set, and returns its `Tuplestorestate`. The
    /// flags are `MAT_SRF_…`. Before 15, does what the function does. May raise.
    #[doc(alias = "InitMaterializedSRF")]
    pub fn pgbgw_init_materialized_srf(fcinfo: FunctionCallInfo, flags: u32) -> *mut c_void;
    /// `setDesc` (`funcapi.h`): the columns of the set that [`pgbgw_init_materialized_srf`] has
    /// begun. Cannot raise.
    #[doc(alias = "setDesc")]
    pub fn pgbgw_srf_descriptor(fcinfo: FunctionCallInfo) -> TupleDesc;
}
