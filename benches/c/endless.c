/* Workers that end when they are terminated. */
#include "common.h"

PGDLLEXPORT void bench_wait(Datum argument);
PGDLLEXPORT void bench_statement(Datum argument);

/* Launches that many workers, and waits until they have ended. */
int64
launch_and_wait(const char *function, int64 workers, Datum argument)
{
	BackgroundWorkerHandle **handles = palloc(sizeof(*handles) * workers);
	int64		start = now_ns();

	for (int64 i = 0; i < workers; i++)
		handles[i] = launch(function, BGWORKER_BACKEND_DATABASE_CONNECTION, argument);
	for (int64 i = 0; i < workers; i++)
	{
		if (WaitForBackgroundWorkerShutdown(handles[i]) != BGWH_STOPPED)
			elog(ERROR, "the postmaster has died");
		pfree(handles[i]);
	}
	pfree(handles);
	return now_ns() - start;
}

static void
connect_worker(void)
{
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
}

void
bench_wait(Datum argument)
{
	connect_worker();
	begin();
	execute("select 1");
	commit();
	for (;;)
	{
		WaitLatch(MyLatch, WL_LATCH_SET | WL_POSTMASTER_DEATH, -1, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
bench_statement(Datum argument)
{
	connect_worker();
	begin();
	execute("select pg_sleep(600)");
	commit();
}

static int64
row_wait(int64 workers)
{
	return launch_and_wait("bench_wait", workers, (Datum) 0);
}

static int64
row_statement(int64 workers)
{
	return launch_and_wait("bench_statement", workers, (Datum) 0);
}

const Row endless_rows[] = {
	{"wait", row_wait},
	{"statement", row_statement},
	{NULL, NULL}
};
