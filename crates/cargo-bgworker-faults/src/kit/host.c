/*
 * The fault kit's own library in the server under test, compiled for it on demand. It registers a function of any
 * library as background workers, and counts the free slots of max_worker_processes by occupying them all.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/guc.h"
#if PG_VERSION_NUM >= 100000
#include "pgstat.h"
#endif
#if PG_VERSION_NUM >= 140000
#include "utils/wait_event.h"
#endif

PG_MODULE_MAGIC;

#define MOST_SLOTS 1000

#if PG_VERSION_NUM < 90500
#define MyLatch (&MyProc->procLatch)
#endif

static char *library;
static char *function;
static int	workers;
static int	restart;
static bool	on_standby;

void		_PG_init(void);
PGDLLEXPORT void faults_guest(Datum argument);
#if PG_VERSION_NUM >= 90400
PG_FUNCTION_INFO_V1(faults_take_slots);
PG_FUNCTION_INFO_V1(faults_free_slots);
#endif

static void
define_number(const char *name, int *value, int standard, int least, int most)
{
	DefineCustomIntVariable(name, "For the fault kit.", NULL, value, standard, least, most,
							PGC_POSTMASTER, 0, NULL, NULL, NULL);
}

static void
describe(BackgroundWorker *worker, const char *name, const char *in, const char *main)
{
	memset(worker, 0, sizeof(*worker));
	strlcpy(worker->bgw_name, name, sizeof(worker->bgw_name));
#if PG_VERSION_NUM < 90400
	worker->bgw_main = (bgworker_main_type) load_external_function((char *) in, (char *) main, true, NULL);
#else
#if PG_VERSION_NUM >= 110000
	strlcpy(worker->bgw_type, name, sizeof(worker->bgw_type));
#endif
	if (strlcpy(worker->bgw_library_name, in, sizeof(worker->bgw_library_name)) >= sizeof(worker->bgw_library_name) ||
		strlcpy(worker->bgw_function_name, main, sizeof(worker->bgw_function_name)) >= sizeof(worker->bgw_function_name))
		ereport(FATAL, (errmsg("library or function name is too long: %s, %s", in, main)));
#endif
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
}

void
_PG_init(void)
{
	int			number;

	if (!process_shared_preload_libraries_in_progress)
		return;
	DefineCustomStringVariable("faults_host.library", "For the fault kit.", NULL, &library, "",
							   PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("faults_host.function", "For the fault kit.", NULL, &function, "",
							   PGC_POSTMASTER, 0, NULL, NULL, NULL);
	define_number("faults_host.workers", &workers, 1, 0, MOST_SLOTS);
	define_number("faults_host.restart", &restart, 1, BGW_NEVER_RESTART, 3600);
	DefineCustomBoolVariable("faults_host.on_standby", "For the fault kit.", NULL, &on_standby, false,
							 PGC_POSTMASTER, 0, NULL, NULL, NULL);
	if (*function == '\0')
		return;
	for (number = 0; number < workers; number++)
	{
		BackgroundWorker worker;
		char		name[32];

		snprintf(name, sizeof(name), "under test %d", number);
		describe(&worker, name, library, function);
		worker.bgw_flags |= BGWORKER_BACKEND_DATABASE_CONNECTION;
		worker.bgw_restart_time = restart;
		if (on_standby)
			worker.bgw_start_time = BgWorkerStart_ConsistentState;
		worker.bgw_main_arg = Int32GetDatum(number);
		RegisterBackgroundWorker(&worker);
	}
}

/* Occupies a slot until SIGTERM. */
void
faults_guest(Datum argument)
{
	BackgroundWorkerUnblockSignals();
	for (;;)
	{
#if PG_VERSION_NUM >= 100000
		int			happened = WaitLatch(MyLatch, WL_LATCH_SET | WL_POSTMASTER_DEATH, -1, PG_WAIT_EXTENSION);
#else
		int			happened = WaitLatch(MyLatch, WL_LATCH_SET | WL_POSTMASTER_DEATH, -1);
#endif

		if (happened & WL_POSTMASTER_DEATH)
			proc_exit(1);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/* 9.3 has no dynamic workers. */
#if PG_VERSION_NUM >= 90400

#if PG_VERSION_NUM < 90500
static void
WaitForBackgroundWorkerShutdown(BackgroundWorkerHandle *handle)
{
	pid_t		pid;

	while (GetBackgroundWorkerPid(handle, &pid) != BGWH_STOPPED)
	{
		CHECK_FOR_INTERRUPTS();
		pg_usleep(1000);
	}
}
#endif

static int
take(BackgroundWorkerHandle **handles, int most)
{
	int			taken = 0;

	while (taken < most)
	{
		BackgroundWorker worker;

		describe(&worker, "faults guest", "faults_host", "faults_guest");
		worker.bgw_notify_pid = MyProcPid;
		if (!RegisterDynamicBackgroundWorker(&worker, &handles[taken]))
			break;
		taken++;
	}
	return taken;
}

/* Occupies at most this number of slots, and keeps them. Returns the number occupied. */
Datum
faults_take_slots(PG_FUNCTION_ARGS)
{
	BackgroundWorkerHandle *handles[MOST_SLOTS];

	PG_RETURN_INT32(take(handles, Min(PG_GETARG_INT32(0), MOST_SLOTS)));
}

/* Counts the free slots by occupying and releasing all of them. */
Datum
faults_free_slots(PG_FUNCTION_ARGS)
{
	BackgroundWorkerHandle *handles[MOST_SLOTS];
	int			taken = take(handles, MOST_SLOTS);
	int			number;

	for (number = 0; number < taken; number++)
		TerminateBackgroundWorker(handles[number]);
	for (number = 0; number < taken; number++)
		WaitForBackgroundWorkerShutdown(handles[number]);
	PG_RETURN_INT32(taken);
}

#endif
