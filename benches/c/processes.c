/* Dynamic workers. */
#include "common.h"

PGDLLEXPORT void bench_child(Datum argument);
PGDLLEXPORT void bench_child_connected(Datum argument);

BackgroundWorkerHandle *
launch(const char *function, int flags, Datum argument)
{
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;

	memset(&worker, 0, sizeof(worker));
	snprintf(worker.bgw_name, sizeof(worker.bgw_name), "bench child");
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), LIBRARY);
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "%s", function);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | flags;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = MyProcPid;
	worker.bgw_main_arg = argument;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		elog(ERROR, "no slot for a background worker is free");
	return handle;
}

static int64
one_after_the_other(int64 n, const char *function, int flags)
{
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
	{
		BackgroundWorkerHandle *handle = launch(function, flags, (Datum) 0);

		if (WaitForBackgroundWorkerShutdown(handle) != BGWH_STOPPED)
			elog(ERROR, "the postmaster has died");
		pfree(handle);
	}
	return now_ns() - start;
}

static int64
row_worker(int64 n)
{
	return one_after_the_other(n, "bench_child", 0);
}

static int64
row_worker_connected(int64 n)
{
	return one_after_the_other(n, "bench_child_connected", BGWORKER_BACKEND_DATABASE_CONNECTION);
}

/* Launches all of them at once. */
static int64
row_workers_at_once(int64 n)
{
	BackgroundWorkerHandle **handles = palloc(sizeof(*handles) * n);
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
		handles[i] = launch("bench_child", 0, (Datum) 0);
	for (int64 i = 0; i < n; i++)
	{
		if (WaitForBackgroundWorkerShutdown(handles[i]) != BGWH_STOPPED)
			elog(ERROR, "the postmaster has died");
		pfree(handles[i]);
	}
	pfree(handles);
	return now_ns() - start;
}

void
bench_child(Datum argument)
{
	BackgroundWorkerUnblockSignals();
}

void
bench_child_connected(Datum argument)
{
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
}

const Row process_rows[] = {
	{"worker", row_worker},
	{"worker_connected", row_worker_connected},
	{"workers_at_once_1", row_workers_at_once},
	{"workers_at_once_4", row_workers_at_once},
	{"workers_at_once_16", row_workers_at_once},
	{"workers_at_once_64", row_workers_at_once},
	{"workers_at_once_256", row_workers_at_once},
	{NULL, NULL}
};
