/*
 * The worker: reads its job from the table bench.job, runs it, and stores how long it took.
 */
#include "common.h"

PG_MODULE_MAGIC;

#define IMPLEMENTATION "c"

PGDLLEXPORT void _PG_init(void);
PGDLLEXPORT void bench_main(Datum argument);
PGDLLEXPORT int64 c_bench_row(const Row *row, int64 n);

volatile uint64 sink;

void
begin(void)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
}

void
commit(void)
{
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_activity(STATE_IDLE, NULL);
}

void
execute(const char *sql)
{
	debug_query_string = sql;
	pgstat_report_activity(STATE_RUNNING, sql);
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "cannot run %s", sql);
	debug_query_string = NULL;
}

static int
compare(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

int64
percentile(int64 *times, int64 n, int percent)
{
	qsort(times, n, sizeof(int64), compare);
	return times[(n - 1) * percent / 100];
}

int32
only_int(void)
{
	bool		null;

	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}

/* Not inlined, so that valgrind sees its name. */
PGDLLEXPORT pg_noinline int64
c_bench_row(const Row *row, int64 n)
{
	int64		ns = row->run(n);

	/* Prevents a tail call, which valgrind would not see as a call. */
	sink++;
	return ns;
}

/* Returns nanoseconds, or -1 if there is no such row. */
static int64
run(const char *name, int64 n)
{
	const Row  *tables[] = {boundary_rows, sql_rows, result_rows, process_rows, latch_rows,
		channel_rows, copy_rows, job_rows, endless_rows, function_rows};

	for (size_t i = 0; i < lengthof(tables); i++)
		for (const Row *row = tables[i]; row->name != NULL; row++)
			if (strcmp(row->name, name) == 0)
				return c_bench_row(row, n);
	return -1;
}

/* Reads the pending job; returns false if there is none. */
static bool
take_job(char *row, size_t size, int64 *n)
{
	bool		found;

	begin();
	execute("select job, n from bench.job where implementation = '" IMPLEMENTATION "' and job is not null and ns is null");
	found = SPI_processed == 1;
	if (found)
	{
		bool		null;

		snprintf(row, size, "%s", SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
		*n = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &null));
	}
	commit();
	return found;
}

static void
report(int64 ns)
{
	char		sql[120];

	begin();
	snprintf(sql, sizeof(sql), "update bench.job set ns = " INT64_FORMAT " where implementation = '" IMPLEMENTATION "'", ns);
	execute(sql);
	commit();
}

void
bench_main(Datum argument)
{
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	for (;;)
	{
		char		row[64];
		int64		n;

		if (take_job(row, sizeof(row), &n))
			report(run(row, n));
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, 20, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
_PG_init(void)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	snprintf(worker.bgw_name, sizeof(worker.bgw_name), "bench " IMPLEMENTATION);
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), LIBRARY);
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "bench_main");
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 1;
	RegisterBackgroundWorker(&worker);
}
