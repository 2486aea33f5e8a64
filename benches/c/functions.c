/* Functions that SQL calls. */
#include "common.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/tuplestore.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

PG_FUNCTION_INFO_V1(bench_add);
PG_FUNCTION_INFO_V1(bench_echo);
PG_FUNCTION_INFO_V1(bench_pair);
PG_FUNCTION_INFO_V1(bench_numbers);

Datum
bench_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) ((uint32) PG_GETARG_INT32(0) + (uint32) PG_GETARG_INT32(1)));
}

Datum
bench_echo(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}

Datum
bench_pair(PG_FUNCTION_ARGS)
{
	const int32 a = PG_GETARG_INT32(0);
	const int32 b = PG_GETARG_INT32(1);
	TupleDesc	columns;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the caller does not accept a record");
	columns = BlessTupleDesc(columns);
	values[0] = Int32GetDatum((int32) ((uint32) a + (uint32) b));
	values[1] = Int64GetDatum((int64) a * b);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)));
}

Datum
bench_numbers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *const info = (ReturnSetInfo *) fcinfo->resultinfo;
	const int32 last = PG_GETARG_INT32(0);
	MemoryContext before;
	TupleDesc	columns;
	Tuplestorestate *store;

	if (info == NULL || !IsA(info, ReturnSetInfo) || !(info->allowedModes & SFRM_Materialize))
		elog(ERROR, "the caller does not accept a set");
	before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	columns = CreateTupleDescCopy(info->expectedDesc);
	store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	info->returnMode = SFRM_Materialize;
	info->setResult = store;
	info->setDesc = columns;
	MemoryContextSwitchTo(before);
	for (int32 number = 1; number <= last; number++)
	{
		Datum		value = Int32GetDatum(number);
		bool		null = false;

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(store, columns, &value, &null);
	}
	return (Datum) 0;
}

/* Calls in the worker, for counting instructions. The times of these rows are those of a session. */
static int64
call(const char *sql, int64 n)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum((int32) n)};
	int64		start = now_ns();
	bool		null;

	begin();
	debug_query_string = sql;
	pgstat_report_activity(STATE_RUNNING, sql);
	if (SPI_execute_with_args(sql, 1, types, values, NULL, false, 0) < 0)
		elog(ERROR, "cannot run %s", sql);
	debug_query_string = NULL;
	sink += DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
	commit();
	return now_ns() - start;
}

static int64
row_function_int(int64 n)
{
	return call("select count(bench_c.bench_add(i, 1)) from generate_series(1, $1) i", n);
}

static int64
row_function_text(int64 n)
{
	return call("select count(bench_c.bench_echo(value)) from bench.text, generate_series(1, $1)", n);
}

const Row function_rows[] = {
	{"function_int", row_function_int},
	{"function_text", row_function_text},
	{NULL, NULL}
};
