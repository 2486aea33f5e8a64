/* Transactions and statements. */
#include "common.h"

static int64
row_xact_empty(int64 n)
{
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
	{
		SetCurrentStatementStartTimestamp();
		StartTransactionCommand();
		CommitTransactionCommand();
	}
	return now_ns() - start;
}

static int64
row_xact_select_1(int64 n)
{
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
	{
		begin();
		execute("select 1");
		sink += only_int();
		commit();
	}
	return now_ns() - start;
}

static int64
row_select_1(int64 n)
{
	int64		start;

	begin();
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		execute("select 1");
		sink += only_int();
		SPI_freetuptable(SPI_tuptable);
	}
	start = now_ns() - start;
	commit();
	return start;
}

/* Saves the plan beyond the transaction. */
static SPIPlanPtr
prepare(const char *sql, int count, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(sql, count, types);

	if (plan == NULL)
		elog(ERROR, "cannot prepare %s", sql);
	SPI_keepplan(plan);
	return plan;
}

static int64
row_plan_select_1(int64 n)
{
	SPIPlanPtr	plan;
	int64		start;

	begin();
	plan = prepare("select 1", 0, NULL);
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		if (SPI_execute_plan(plan, NULL, NULL, false, 0) < 0)
			elog(ERROR, "cannot run the plan");
		sink += only_int();
		SPI_freetuptable(SPI_tuptable);
	}
	start = now_ns() - start;
	SPI_freeplan(plan);
	commit();
	return start;
}

static int64
row_plan_xact_select_1(int64 n)
{
	SPIPlanPtr	plan;
	int64		start;

	begin();
	plan = prepare("select 1", 0, NULL);
	commit();
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		begin();
		if (SPI_execute_plan(plan, NULL, NULL, false, 0) < 0)
			elog(ERROR, "cannot run the plan");
		sink += only_int();
		commit();
	}
	start = now_ns() - start;
	SPI_freeplan(plan);
	return start;
}

static int64
row_params(int64 n)
{
	Oid			types[2] = {INT4OID, INT4OID};
	int64		start;

	begin();
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		Datum		values[2] = {Int32GetDatum((int32) i), Int32GetDatum(1)};
		const char *sql = "select $1 + $2";

		debug_query_string = sql;
		pgstat_report_activity(STATE_RUNNING, sql);
		if (SPI_execute_with_args(sql, 2, types, values, "  ", false, 0) < 0)
			elog(ERROR, "cannot run %s", sql);
		debug_query_string = NULL;
		sink += only_int();
		SPI_freetuptable(SPI_tuptable);
	}
	start = now_ns() - start;
	commit();
	return start;
}

static int64
row_insert(int64 n)
{
	Oid			types[2] = {INT4OID, TEXTOID};
	SPIPlanPtr	plan;
	int64		start;

	begin();
	execute("truncate bench.target");
	plan = prepare("insert into bench.target values ($1, $2)", 2, types);
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		text	   *note = cstring_to_text_with_len("a note of some length", 21);
		Datum		values[2] = {Int32GetDatum((int32) i), PointerGetDatum(note)};

		if (SPI_execute_plan(plan, values, "  ", false, 0) < 0)
			elog(ERROR, "cannot insert");
		pfree(note);
	}
	start = now_ns() - start;
	SPI_freeplan(plan);
	commit();
	return start;
}

static int64
text_through(int64 n, int size)
{
	Oid			types[1] = {TEXTOID};
	char	   *bytes = MemoryContextAlloc(TopMemoryContext, size);
	SPIPlanPtr	plan;
	int64		start;

	memset(bytes, 'x', size);
	begin();
	plan = prepare("select $1", 1, types);
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		text	   *value = cstring_to_text_with_len(bytes, size);
		Datum		values[1] = {PointerGetDatum(value)};
		text	   *back;
		bool		null;

		if (SPI_execute_plan(plan, values, " ", false, 0) < 0)
			elog(ERROR, "cannot run the plan");
		back = DatumGetTextPP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
		sink += VARSIZE_ANY_EXHDR(back);
		SPI_freetuptable(SPI_tuptable);
		pfree(value);
	}
	start = now_ns() - start;
	SPI_freeplan(plan);
	commit();
	pfree(bytes);
	return start;
}

static int64
row_text_1k(int64 n)
{
	return text_through(n, 1024);
}

static int64
row_text_1m(int64 n)
{
	return text_through(n, 1024 * 1024);
}

/* Runs a subtransaction like a PL/pgSQL block with an EXCEPTION clause. */
static void
subtransaction(bool fail)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		/* This failure is not an error of the server: the block decides to roll back. */
		if (fail)
			RollbackAndReleaseCurrentSubTransaction();
		else
			ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		ReThrowError(error);
	}
	PG_END_TRY();
}

static int64
subtransactions(int64 n, bool fail)
{
	int64		start;

	begin();
	start = now_ns();
	for (int64 i = 0; i < n; i++)
		subtransaction(fail);
	start = now_ns() - start;
	commit();
	return start;
}

static int64
row_savepoint_release(int64 n)
{
	return subtransactions(n, false);
}

static int64
row_savepoint_rollback(int64 n)
{
	return subtransactions(n, true);
}

const Row sql_rows[] = {
	{"xact_empty", row_xact_empty},
	{"xact_select_1", row_xact_select_1},
	{"select_1", row_select_1},
	{"plan_select_1", row_plan_select_1},
	{"plan_xact_select_1", row_plan_xact_select_1},
	{"params", row_params},
	{"insert", row_insert},
	{"text_1k", row_text_1k},
	{"text_1m", row_text_1m},
	{"savepoint_release", row_savepoint_release},
	{"savepoint_rollback", row_savepoint_rollback},
	{NULL, NULL}
};
