/*
 * The example worker_spi once more, in plain C, as extensions are written: for the fault kit, which shows them side by
 * side. SIGTERM is the server's own `die`; SIGHUP sets a flag; errors end the process, and the server starts it again.
 */
#include "postgres.h"

#include "fmgr.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#if PG_VERSION_NUM >= 140000
#include "utils/wait_event.h"
#endif

PG_MODULE_MAGIC;

void		_PG_init(void);
PGDLLEXPORT void c_worker_spi_main(Datum argument);

static int	workers = 2;
static int	naptime = 1000;
static volatile sig_atomic_t got_sighup = false;

static void
handle_sighup(SIGNAL_ARGS)
{
	int			save_errno = errno;

	got_sighup = true;
	SetLatch(MyLatch);
	errno = save_errno;
}

void
_PG_init(void)
{
	BackgroundWorker worker;
	int			number;

	DefineCustomIntVariable("c_worker_spi.naptime", "Time between two counts.", NULL, &naptime,
							1000, 10, 600000, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	if (!process_shared_preload_libraries_in_progress)
		return;
	DefineCustomIntVariable("c_worker_spi.workers", "How many workers to start.", NULL, &workers,
							2, 1, 100, PGC_POSTMASTER, 0, NULL, NULL, NULL);

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 5;
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "c_worker_spi");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "c_worker_spi_main");
	for (number = 1; number <= workers; number++)
	{
		snprintf(worker.bgw_name, BGW_MAXLEN, "c_worker_spi %d", number);
#if PG_VERSION_NUM >= 110000
		snprintf(worker.bgw_type, BGW_MAXLEN, "c_worker_spi");
#endif
		worker.bgw_main_arg = Int32GetDatum(number);
		RegisterBackgroundWorker(&worker);
	}
}

static void
begin(const char *activity)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, activity);
}

static void
end(void)
{
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
}

static void
run(const char *sql, int expected)
{
	if (SPI_execute(sql, false, 0) != expected)
		elog(ERROR, "unexpected result of: %s", sql);
}

static void
create_table(int number)
{
	StringInfoData sql;

	begin("creating schema and table");
	initStringInfo(&sql);
	appendStringInfo(&sql, "create schema if not exists c_worker_spi_%d", number);
	run(sql.data, SPI_OK_UTILITY);
	resetStringInfo(&sql);
	appendStringInfo(&sql, "create table if not exists c_worker_spi_%d.counted (kind text not null, amount bigint not null)", number);
	run(sql.data, SPI_OK_UTILITY);
	resetStringInfo(&sql);
	appendStringInfo(&sql, "insert into c_worker_spi_%d.counted select 'total', 0"
					 " where not exists (select from c_worker_spi_%d.counted where kind = 'total')", number, number);
	run(sql.data, SPI_OK_INSERT);
	end();
}

void
c_worker_spi_main(Datum argument)
{
	int			number = DatumGetInt32(argument);
	StringInfoData roll_up;

	pqsignal(SIGHUP, handle_sighup);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection("postgres", NULL, 0);

	create_table(number);
	elog(LOG, "counting in c_worker_spi_%d.counted", number);

	initStringInfo(&roll_up);
	appendStringInfo(&roll_up,
					 "with taken as (delete from c_worker_spi_%d.counted where kind = 'delta' returning amount)"
					 " update c_worker_spi_%d.counted set amount = amount + (select sum(taken.amount) from taken)"
					 " where kind = 'total' and exists (select from taken) returning amount", number, number);

	for (;;)
	{
		/* WL_EXIT_ON_PM_DEATH is there since 12. */
		int			happened = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, naptime, PG_WAIT_EXTENSION);

		if (happened & WL_POSTMASTER_DEATH)
			proc_exit(1);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();

		if (got_sighup)
		{
			got_sighup = false;
			ProcessConfigFile(PGC_SIGHUP);
		}

		begin(roll_up.data);
		run(roll_up.data, SPI_OK_UPDATE_RETURNING);
		end();
	}
}
