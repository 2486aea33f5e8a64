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

static bool
has_output_arguments(HeapTuple tuple)
{
	bool		is_null;

	SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proallargtypes, &is_null);
	return !is_null;
}

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
	declared->nesting = row->provolatile == PROVOLATILE_VOLATILE ? PGBGW_NESTED : PGBGW_NESTED_READ_ONLY;
	declared->has_columns = row->prorettype == RECORDOID && has_output_arguments(tuple);
	ReleaseSysCache(tuple);
	get_typlenbyval(declared->result, &declared->length, &by_value);
	declared->by_value = by_value;
	return declared;
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

/*
 * Memory, or NULL if there is none or if allocating could raise an error. Cannot raise: the caller has checked the size, and without
 * MCXT_ALLOC_NO_OOM and in contexts of other kinds, nothing is allocated.
 */
void *
pgbgw_alloc(MemoryContext memory, Size size)
{
#if PG_VERSION_NUM >= 90500
	if (IsA(memory, AllocSetContext))
		return MemoryContextAllocExtended(memory, size, MCXT_ALLOC_NO_OOM);
#endif
	return NULL;
}

/*
 * The columns of a result that is one row, or NULL if the caller does not accept one. Output arguments do not change while the state of
 * the call lives, so their columns are kept in it.
 */
TupleDesc
pgbgw_row_columns(FunctionCallInfo fcinfo, MemoryContext memory)
{
	FmgrInfo   *const info = fcinfo->flinfo;
	pgbgw_declared *const declared = info->fn_extra;
	MemoryContext before;
	TupleDesc	columns;

	if (declared->columns)
		return declared->columns;
	before = MemoryContextSwitchTo(declared->has_columns ? info->fn_mcxt : memory);
	if (get_call_result_type(fcinfo, NULL, &columns) == TYPEFUNC_COMPOSITE)
	{
		columns = BlessTupleDesc(columns);
		if (declared->has_columns)
			declared->columns = columns;
	}
	else
		columns = NULL;
	MemoryContextSwitchTo(before);
	return columns;
}

Datum
pgbgw_row(TupleDesc columns, MemoryContext memory, pgbgw_result_row *row)
{
	const MemoryContext before = MemoryContextSwitchTo(memory);
	const Datum result = HeapTupleGetDatum(heap_form_tuple(columns, row->values, (bool *) row->nulls));

	MemoryContextSwitchTo(before);
	return result;
}

/* For a set of a type that is not composite, "scalar" is that type. Returns whether the caller accepts a set. */
int
pgbgw_set_begin(FunctionCallInfo fcinfo, Oid scalar, pgbgw_result_set *set)
{
	ReturnSetInfo *const info = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext before;

	if (info == NULL || !IsA(info, ReturnSetInfo) || !(info->allowedModes & SFRM_Materialize))
		return 0;
	before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	if (OidIsValid(scalar))
	{
#if PG_VERSION_NUM >= 120000
		set->columns = CreateTemplateTupleDesc(1);
#else
		set->columns = CreateTemplateTupleDesc(1, false);
#endif
		TupleDescInitEntry(set->columns, 1, "result", scalar, -1, 0);
#if PG_VERSION_NUM >= 190000
		TupleDescFinalize(set->columns);
#endif
	}
	else
	{
		TupleDesc	columns;

		if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		{
			MemoryContextSwitchTo(before);
			return 0;
		}
		set->columns = CreateTupleDescCopy(columns);
	}
	set->store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	info->returnMode = SFRM_Materialize;
	info->setResult = set->store;
	info->setDesc = set->columns;
	MemoryContextSwitchTo(before);
	return 1;
}

/*
 * Adds rows as long as "next", which is Rust, makes one. When this function calls the server, no frame of Rust is above it, so an error
 * skips none.
 */
void
pgbgw_set_fill(const pgbgw_result_set *set, pgbgw_result_row *(*next) (void *), void *rows)
{
	pgbgw_result_row *row;

	while ((row = next(rows)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(set->store, set->columns, row->values, (bool *) row->nulls);
	}
}
