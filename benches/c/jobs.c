/* Workers that take jobs from a queue in a table until it is empty. */
#include "common.h"

PGDLLEXPORT void bench_take_jobs(Datum argument);

/* Takes the next jobs that no other worker has. */
#define TAKE \
	"delete from bench.queue where id = any (array(" \
	"select id from bench.queue order by id limit $1 for update skip locked)) " \
	"returning id, payload"

void
bench_take_jobs(Datum argument)
{
	Oid			types[1] = {INT4OID};
	Datum		batch[1] = {argument};
	SPIPlanPtr	plan;
	uint64		taken;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	begin();
	plan = SPI_prepare(TAKE, 1, types);
	if (plan == NULL)
		elog(ERROR, "cannot prepare");
	SPI_keepplan(plan);
	commit();
	do
	{
		begin();
		debug_query_string = TAKE;
		pgstat_report_activity(STATE_RUNNING, TAKE);
		if (SPI_execute_plan(plan, batch, NULL, false, 0) < 0)
			elog(ERROR, "cannot take jobs");
		taken = SPI_processed;
		for (uint64 i = 0; i < taken; i++)
		{
			HeapTuple	job = SPI_tuptable->vals[i];
			TupleDesc	columns = SPI_tuptable->tupdesc;
			bool		null;

			sink += DatumGetInt64(SPI_getbinval(job, columns, 1, &null));
			sink += VARSIZE_ANY_EXHDR(DatumGetTextPP(SPI_getbinval(job, columns, 2, &null)));
		}
		debug_query_string = NULL;
		commit();
	} while (taken > 0);
}

#define BATCH(size) \
	static int64 row_jobs_##size(int64 workers) { return launch_and_wait("bench_take_jobs", workers, Int32GetDatum(size)); }

BATCH(1)
BATCH(10)
BATCH(100)
BATCH(1000)

const Row job_rows[] = {
	{"jobs_1", row_jobs_1},
	{"jobs_10", row_jobs_10},
	{"jobs_100", row_jobs_100},
	{"jobs_1000", row_jobs_1000},
	{NULL, NULL}
};
