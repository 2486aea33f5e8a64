/*
 * Workers for the tests of the fault kit: one that behaves, and one for each kind of misbehavior. The kit registers them by name.
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "fmgr.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#if PG_VERSION_NUM >= 140000
#include "utils/wait_event.h"
#endif

PG_MODULE_MAGIC;

PGDLLEXPORT void behaves(Datum argument);
PGDLLEXPORT void ignores_sigterm(Datum argument);
PGDLLEXPORT void leaks_descriptors(Datum argument);
PGDLLEXPORT void leaks_memory(Datum argument);
PGDLLEXPORT void spins(Datum argument);
PGDLLEXPORT void aborts_when_told(Datum argument);
PGDLLEXPORT void stays_in_transaction(Datum argument);
PGDLLEXPORT void keeps_a_snapshot(Datum argument);
PGDLLEXPORT void leaves_with_7(Datum argument);
PGDLLEXPORT void chatters(Datum argument);
PGDLLEXPORT void takes_slots(Datum argument);
PGDLLEXPORT void serves_no_interrupts(Datum argument);
PGDLLEXPORT void sits_in_a_slot(Datum argument);
PGDLLEXPORT void leaves_for_good(Datum argument);
PGDLLEXPORT void writes(Datum argument);
PGDLLEXPORT void writes_and_ignores_sigterm(Datum argument);
PGDLLEXPORT void misses_its_extension(Datum argument);
PGDLLEXPORT void leaves_a_standby_for_good(Datum argument);
PGDLLEXPORT void naps_by_the_clock(Datum argument);
PGDLLEXPORT void catches_up_with_the_clock(Datum argument);
PGDLLEXPORT void leaves_late_when_cancelled(Datum argument);
PGDLLEXPORT void needs_a_lot(Datum argument);
PGDLLEXPORT void needs_space_and_complains(Datum argument);
PGDLLEXPORT void gives_up_without_space(Datum argument);
PGDLLEXPORT void saves_all_when_told(Datum argument);
PGDLLEXPORT void mallocs_blindly(Datum argument);

static volatile sig_atomic_t told = 0;
static volatile sig_atomic_t reload = 0;

static void
note_sigterm(SIGNAL_ARGS)
{
	int			save_errno = errno;

	told = 1;
	SetLatch(MyLatch);
	errno = save_errno;
}

static void
note_sighup(SIGNAL_ARGS)
{
	int			save_errno = errno;

	reload = 1;
	SetLatch(MyLatch);
	errno = save_errno;
}

static void
begin(void)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, note_sighup);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
}

static void
nap(long milliseconds)
{
	int			happened = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH,
									 milliseconds, PG_WAIT_EXTENSION);

	if (happened & WL_POSTMASTER_DEATH)
		proc_exit(1);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (reload)
	{
		reload = 0;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

static void
one_statement(const char *sql)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, sql);
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "%s failed", sql);
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_activity(STATE_IDLE, NULL);
}

void
behaves(Datum argument)
{
	begin();
	for (;;)
	{
		one_statement("select 1");
		nap(50);
	}
}

void
ignores_sigterm(Datum argument)
{
	pqsignal(SIGTERM, SIG_IGN);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	for (;;)
		nap(1000);
}

void
leaks_descriptors(Datum argument)
{
	begin();
	for (;;)
	{
		if (open("/dev/null", O_RDONLY) < 0)
			elog(LOG, "no descriptor is left");
		nap(50);
	}
}

void
leaks_memory(Datum argument)
{
	begin();
	for (;;)
	{
		memset(MemoryContextAlloc(TopMemoryContext, 512 * 1024), 1, 512 * 1024);
		nap(20);
	}
}

/* Fails immediately; a loop if the restart interval is 0. */
void
spins(Datum argument)
{
	begin();
	elog(ERROR, "again");
}

void
aborts_when_told(Datum argument)
{
	pqsignal(SIGTERM, note_sigterm);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	while (!told)
		nap(1000);
	/* Like a Rust panic that reaches C. */
	abort();
}

void
stays_in_transaction(Datum argument)
{
	begin();
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	pgstat_report_activity(STATE_IDLEINTRANSACTION, NULL);
	for (;;)
		nap(1000);
}

/* Shows no state, like workers that never report one. */
void
keeps_a_snapshot(Datum argument)
{
	begin();
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	for (;;)
		nap(1000);
}

void
leaves_with_7(Datum argument)
{
	pqsignal(SIGTERM, note_sigterm);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	while (!told)
		nap(1000);
	proc_exit(7);
}

/* Exits normally, and does not restart. */
void
leaves_for_good(Datum argument)
{
	pqsignal(SIGTERM, note_sigterm);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	while (!told)
		nap(1000);
	proc_exit(0);
}

void
chatters(Datum argument)
{
	begin();
	for (;;)
	{
		elog(LOG, "nothing to do");
		nap(20);
	}
}

void
sits_in_a_slot(Datum argument)
{
	begin();
	for (;;)
		nap(10000);
}

/* Launches one more worker every two seconds, and leaks it. */
void
takes_slots(Datum argument)
{
	BackgroundWorker worker;

	begin();
	memset(&worker, 0, sizeof(worker));
	/* A name of a server process, so that the kit does not take it for the worker under test. */
	strlcpy(worker.bgw_name, "parallel worker lost", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "parallel worker lost", sizeof(worker.bgw_type));
	strlcpy(worker.bgw_library_name, MyBgworkerEntry->bgw_library_name, sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "sits_in_a_slot", sizeof(worker.bgw_function_name));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	for (;;)
	{
		nap(2000);
		(void) RegisterDynamicBackgroundWorker(&worker, NULL);
	}
}

/* Wakes up for its latch, but handles no interrupts: a command that waits for all backends waits for this one. */
void
serves_no_interrupts(Datum argument)
{
	pqsignal(SIGTERM, note_sigterm);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	while (!told)
	{
		if (WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, 1000, PG_WAIT_EXTENSION) & WL_POSTMASTER_DEATH)
			proc_exit(1);
		ResetLatch(MyLatch);
	}
	proc_exit(1);
}

static void
write_without_end(void)
{
	one_statement("create table if not exists written ()");
	for (;;)
	{
		one_statement("select pg_logical_emit_message(true, 'written', '')");
		nap(20);
	}
}

void
writes(Datum argument)
{
	begin();
	write_without_end();
}

/* Nothing interrupts its wait for a standby. */
void
writes_and_ignores_sigterm(Datum argument)
{
	begin();
	pqsignal(SIGTERM, SIG_IGN);
	write_without_end();
}

/* Logs an error; returns whether there was none. */
static bool
tried(const char *sql)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool fine = false;

	PG_TRY();
	{
		one_statement(sql);
		fine = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		EmitErrorReport();
		AbortCurrentTransaction();
		FlushErrorState();
	}
	PG_END_TRY();
	return fine;
}

/* Retries, and logs each attempt. */
void
misses_its_extension(Datum argument)
{
	begin();
	for (;;)
	{
		(void) tried("do language plpgsql 'begin end'");
		nap(1);
	}
}

static void
exit_with_zero(int code, Datum argument)
{
	if (code != 0)
		proc_exit(0);
}

/* Exits permanently on any error, also on one that ends the process. */
void
leaves_a_standby_for_good(Datum argument)
{
	on_proc_exit(exit_with_zero, (Datum) 0);
	begin();
	for (;;)
	{
		one_statement("select pg_sleep(2) from pg_class limit 1");
		nap(20);
	}
}

/* Sleeps until a later wall-clock time. */
void
naps_by_the_clock(Datum argument)
{
	TimestampTz next;

	begin();
	for (;;)
	{
		next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), 50);
		nap(Max(1, (next - GetCurrentTimestamp()) / 1000));
		while (next > GetCurrentTimestamp())
			nap((next - GetCurrentTimestamp()) / 1000 + 1);
	}
}

/* Catches up on everything it has missed, by the wall clock. */
void
catches_up_with_the_clock(Datum argument)
{
	TimestampTz next;

	begin();
	next = GetCurrentTimestamp();
	for (;;)
	{
		one_statement("select 1");
		next = TimestampTzPlusMilliseconds(next, 20);
		if (next > GetCurrentTimestamp())
			nap(20);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Exits on a cancel, slowly. */
void
leaves_late_when_cancelled(Datum argument)
{
	begin();
	pqsignal(SIGINT, note_sigterm);
	for (;;)
	{
		nap(1000);
		if (told)
		{
			pg_usleep(300 * 1000L);
			proc_exit(1);
		}
	}
}

/* Needs a large allocation and a temporary file. */
#define MEMORY "select octet_length(repeat('x', 34000000))"
#define SPACE "select count(*) from generate_series(1, 300000)"

void
needs_a_lot(Datum argument)
{
	begin();
	for (;;)
	{
		one_statement(MEMORY);
		one_statement(SPACE);
		nap(200);
	}
}

/* Retries every millisecond. */
void
needs_space_and_complains(Datum argument)
{
	begin();
	for (;;)
	{
		(void) tried(SPACE);
		nap(1);
	}
}

/* Keeps running without doing anything. */
void
gives_up_without_space(Datum argument)
{
	begin();
	while (tried(SPACE))
		nap(200);
	for (;;)
		nap(1000);
}

/* Fast if commits are fast. */
void
saves_all_when_told(Datum argument)
{
	int			number;

	pqsignal(SIGTERM, note_sigterm);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);
	while (!told)
		nap(1000);
	for (number = 0; number < 1000; number++)
		one_statement("select pg_logical_emit_message(true, 'saved', '')");
	proc_exit(1);
}

/* Does not check the result of an allocation before using it. */
void
mallocs_blindly(Datum argument)
{
	begin();
	for (;;)
	{
		char	   *volatile memory = malloc(34000000);

		*memory = 1;
		free(memory);
		nap(50);
	}
}
