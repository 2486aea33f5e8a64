/*
 * Calls of functions, from both sides, and sets. By header.
 */
#include "shim.h"
#include "access.h"

#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "utils/tuplestore.h"


/* fmgr.h */
Oid pgbgw_get_collation(FunctionCallInfo fcinfo) { return PG_GET_COLLATION(); }
Size
pgbgw_size_for_function_call_info(int arguments)
{
#if PG_VERSION_NUM >= 120000
	return SizeForFunctionCallInfo(arguments);
#else
	(void) arguments;
	return sizeof(FunctionCallInfoData);
#endif
}
void pgbgw_init_function_call_info_data(FunctionCallInfo fcinfo, FmgrInfo *info, int arguments, Oid collation, void *context, void *result) { InitFunctionCallInfoData(*fcinfo, info, arguments, collation, context, result); }
void
pgbgw_set_argument(FunctionCallInfo fcinfo, int index, Datum value, int is_null)
{
#if PG_VERSION_NUM >= 120000
	fcinfo->args[index].value = value;
	fcinfo->args[index].isnull = is_null != 0;
#else
	fcinfo->arg[index] = value;
	fcinfo->argnull[index] = is_null != 0;
#endif
}
Datum pgbgw_function_call_invoke(FunctionCallInfo fcinfo) { return FunctionCallInvoke(fcinfo); }
int pgbgw_called_as_trigger(FunctionCallInfo fcinfo) { return (CALLED_AS_TRIGGER(fcinfo)) ? 1 : 0; }
int pgbgw_called_as_event_trigger(FunctionCallInfo fcinfo) { return (CALLED_AS_EVENT_TRIGGER(fcinfo)) ? 1 : 0; }

/* funcapi.h */
int pgbgw_srf_is_firstcall(FunctionCallInfo fcinfo) { return (SRF_IS_FIRSTCALL()) ? 1 : 0; }
void *pgbgw_srf_firstcall_init(FunctionCallInfo fcinfo) { return (void *) SRF_FIRSTCALL_INIT(); }
void *pgbgw_srf_percall_setup(FunctionCallInfo fcinfo) { return (void *) SRF_PERCALL_SETUP(); }
void
pgbgw_srf_return_next(FunctionCallInfo fcinfo, void *context)
{
	((FuncCallContext *) context)->call_cntr++;
	((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprMultipleResult;
}
void
pgbgw_srf_return_done(FunctionCallInfo fcinfo, void *context)
{
	end_MultiFuncCall(fcinfo, (FuncCallContext *) context);
	((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprEndResult;
	fcinfo->isnull = true;
}
uint64 pgbgw_srf_call_counter(const void *context) { return ((const FuncCallContext *) context)->call_cntr; }
MemoryContext pgbgw_srf_memory(const void *context) { return ((const FuncCallContext *) context)->multi_call_memory_ctx; }
void *pgbgw_srf_user_context(const void *context) { return ((const FuncCallContext *) context)->user_fctx; }
void pgbgw_srf_set_user_context(void *context, void *user) { ((FuncCallContext *) context)->user_fctx = user; }
void *
pgbgw_init_materialized_srf(FunctionCallInfo fcinfo, uint32 flags)
{
	ReturnSetInfo *const info = (ReturnSetInfo *) fcinfo->resultinfo;
#if PG_VERSION_NUM >= 160000
	InitMaterializedSRF(fcinfo, flags);
	return info->setResult;
#elif PG_VERSION_NUM >= 150000
	/* The name that all minor releases of 15 have. */
	SetSingleFuncCall(fcinfo, flags);
	return info->setResult;
#else
	MemoryContext before;
	TupleDesc	columns;
	if (info == NULL || !IsA(info, ReturnSetInfo))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("set-valued function called in context that cannot accept a set")));
	if (!(info->allowedModes & SFRM_Materialize) || ((flags & 1) && info->expectedDesc == NULL))
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("materialize mode required, but it is not allowed in this context")));
	before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	if (flags & 1)
		columns = CreateTupleDescCopy(info->expectedDesc);
	else if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (flags & 2)
		BlessTupleDesc(columns);
	info->returnMode = SFRM_Materialize;
	info->setResult = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	info->setDesc = columns;
	MemoryContextSwitchTo(before);
	return info->setResult;
#endif
}
TupleDesc pgbgw_srf_descriptor(FunctionCallInfo fcinfo) { return ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc; }
