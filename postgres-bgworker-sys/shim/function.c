/*
 * Functions that SQL calls: how the catalog declares them, and values in the memory of the caller. C, because the layout of a call and
 * of the catalogs changed.
 */
#include "shim.h"
#include "inline.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#if PG_VERSION_NUM >= 100000
#include "utils/regproc.h"
#endif
#include "utils/syscache.h"

/* Looked up by the first call, and kept as long as the server keeps the state of the call. NULL: SQL does not call. */
const pgbgw_declared *
pgbgw_declared_as(FunctionCallInfo fcinfo)
{
	FmgrInfo   *const info = fcinfo->flinfo;
	pgbgw_declared *declared;
	HeapTuple	tuple;
	Form_pg_proc row;
	Oid		   *types;
	bool		by_value;

	if (info == NULL || !OidIsValid(info->fn_oid))
		return NULL;
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
