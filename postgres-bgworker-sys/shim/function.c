/*
 * Functions that SQL calls: how the catalog declares them, and values in the memory of the caller. C, because the layout of a call and
 * of the catalogs changed.
 */
#include "shim.h"
#include "inline.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#if PG_VERSION_NUM >= 100000
#include "utils/regproc.h"
#endif
#include "utils/syscache.h"
#include "utils/tuplestore.h"

static pgbgw_declared *
look_up(FmgrInfo *info)
{
	pgbgw_declared *declared;
	HeapTuple	tuple;
	Form_pg_proc row;
	Oid		   *types;
	bool		by_value;

	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(info->fn_oid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", info->fn_oid);
	row = (Form_pg_proc) GETSTRUCT(tuple);
	declared = MemoryContextAllocZero(info->fn_mcxt, sizeof(pgbgw_declared) + row->pronargs * sizeof(Oid));
	types = (Oid *) (declared + 1);
	memcpy(types, row->proargtypes.values, row->pronargs * sizeof(Oid));
	declared->types = types;
	declared->count = row->pronargs;
	declared->result = row->prorettype;
	declared->is_set = row->proretset;
	declared->is_strict = row->proisstrict;
	declared->read_only = row->provolatile != PROVOLATILE_VOLATILE;
	ReleaseSysCache(tuple);
	get_typlenbyval(declared->result, &declared->length, &by_value);
	declared->by_value = by_value;
	return declared;
}

/* What a call needs, if an earlier call has looked up the declaration. Cannot raise. */
void
pgbgw_begin_call(FunctionCallInfo fcinfo, pgbgw_call *call)
{
	FmgrInfo   *const info = fcinfo->flinfo;

	call->memory = CurrentMemoryContext;
	call->declared = info ? info->fn_extra : NULL;
	call->outer_nesting = nesting;
	nesting = call->declared && call->declared->read_only ? PGBGW_NESTED_READ_ONLY : PGBGW_NESTED;
}

/* The first call looks the declaration up. It is kept as long as the server keeps the state of the call. */
pgbgw_declared *
pgbgw_declared_as(FunctionCallInfo fcinfo)
{
	FmgrInfo   *const info = fcinfo->flinfo;

	if (info == NULL || !OidIsValid(info->fn_oid))
		return NULL;
	if (info->fn_extra == NULL)
		info->fn_extra = look_up(info);
	if (((pgbgw_declared *) info->fn_extra)->read_only)
		nesting = PGBGW_NESTED_READ_ONLY;
	return info->fn_extra;
}

/* For messages, in memory of the current context. */
char *
pgbgw_function_signature(Oid function)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s returns %s%s", format_procedure(function), get_func_retset(function) ? "setof " : "",
					 format_type_be(get_func_rettype(function)));
	return text.data;
}

/* A copy of a value that is passed by reference. */
Datum
pgbgw_copy_value(MemoryContext memory, Datum value, int length)
{
	const MemoryContext before = MemoryContextSwitchTo(memory);

	value = datumCopy(value, false, length);
	MemoryContextSwitchTo(before);
	return value;
}

/* For a set of a type that is not composite, "scalar" is that type. Returns whether the caller accepts the rows. */
int
pgbgw_result_begin(FunctionCallInfo fcinfo, int is_set, Oid scalar, MemoryContext memory, pgbgw_result_rows *rows)
{
	ReturnSetInfo *const info = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext before;

	memset(rows, 0, sizeof(*rows));
	rows->memory = memory;
	if (is_set)
	{
		if (info == NULL || !IsA(info, ReturnSetInfo) || !(info->allowedModes & SFRM_Materialize))
			return 0;
		rows->memory = info->econtext->ecxt_per_query_memory;
	}
	before = MemoryContextSwitchTo(rows->memory);
	if (OidIsValid(scalar))
	{
#if PG_VERSION_NUM >= 120000
		rows->descriptor = CreateTemplateTupleDesc(1);
#else
		rows->descriptor = CreateTemplateTupleDesc(1, false);
#endif
		TupleDescInitEntry(rows->descriptor, 1, "result", scalar, -1, 0);
#if PG_VERSION_NUM >= 190000
		TupleDescFinalize(rows->descriptor);
#endif
	}
	else
	{
		TupleDesc	descriptor;

		if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		{
			MemoryContextSwitchTo(before);
			return 0;
		}
		rows->descriptor = is_set ? CreateTupleDescCopy(descriptor) : BlessTupleDesc(descriptor);
	}
	if (is_set)
	{
		rows->store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
		info->returnMode = SFRM_Materialize;
		info->setResult = rows->store;
		info->setDesc = rows->descriptor;
	}
	MemoryContextSwitchTo(before);
	return 1;
}

static bool *
null_flags(const pgbgw_result_rows *rows, const char *nulls, bool *flags)
{
	int			i;

	for (i = 0; i < rows->descriptor->natts; i++)
		flags[i] = nulls[i] == 'n';
	return flags;
}

void
pgbgw_result_put(pgbgw_result_rows *rows, Datum *values, const char *nulls)
{
	bool		flags[MaxTupleAttributeNumber];

	CHECK_FOR_INTERRUPTS();
	tuplestore_putvalues(rows->store, rows->descriptor, values, null_flags(rows, nulls, flags));
}

Datum
pgbgw_result_row(const pgbgw_result_rows *rows, MemoryContext memory, Datum *values, const char *nulls)
{
	bool		flags[MaxTupleAttributeNumber];
	const MemoryContext before = MemoryContextSwitchTo(memory);
	const Datum result = HeapTupleGetDatum(heap_form_tuple(rows->descriptor, values, null_flags(rows, nulls, flags)));

	MemoryContextSwitchTo(before);
	return result;
}
