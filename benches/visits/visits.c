/*
 * A launcher that visits each database once, with at most visits.slots workers at a time: what a
 * supervisor of postgres-bgworker is compared with. `cargo xtask bench --work` builds it.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#if PG_VERSION_NUM >= 170000
#include "utils/wait_event.h"
#endif

PG_MODULE_MAGIC;

void		_PG_init(void);
PGDLLEXPORT void visits_launcher(Datum argument);
PGDLLEXPORT void visits_child(Datum argument);

static int	slots = 8;

static void
fill(BackgroundWorker *worker, const char *name, const char *function, Datum argument)
{
	memset(worker, 0, sizeof(*worker));
	snprintf(worker->bgw_name, sizeof(worker->bgw_name), "%s", name);
	snprintf(worker->bgw_library_name, sizeof(worker->bgw_library_name), "%s", "visits");
	snprintf(worker->bgw_function_name, sizeof(worker->bgw_function_name), "%s", function);
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	worker->bgw_main_arg = argument;
}

void
_PG_init(void)
{
	BackgroundWorker worker;

	if (!process_shared_preload_libraries_in_progress)
		return;
	DefineCustomIntVariable("visits.slots", "Largest number of workers.", NULL,
							&slots, 8, 1, 10000, PGC_POSTMASTER, 0, NULL, NULL, NULL);
	fill(&worker, "tree", "visits_launcher", (Datum) 0);
	RegisterBackgroundWorker(&worker);
}

/* The databases that are neither templates nor refuse connections. */
static int
find_databases(Oid **databases)
{
	MemoryContext context = CurrentMemoryContext;
	Relation	relation;
	TableScanDesc scan;
	HeapTuple	tuple;
	int			count = 0;
	int			room = 16;

	*databases = palloc(room * sizeof(Oid));
	StartTransactionCommand();
	relation = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(relation, 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (!database->datallowconn || database->datistemplate)
			continue;
		if (count == room)
		{
			room *= 2;
			*databases = repalloc(*databases, room * sizeof(Oid));
		}
		(*databases)[count++] = database->oid;
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return count;
}

void
visits_launcher(Datum argument)
{
	BackgroundWorkerHandle **handles;
	Oid		   *databases;
	int			count;
	int			next = 0;
	int			live = 0;

	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	MemoryContextSwitchTo(TopMemoryContext);
	count = find_databases(&databases);
	handles = palloc0(slots * sizeof(*handles));
	while (next < count || live > 0)
	{
		for (int i = 0; i < slots; i++)
		{
			pid_t		pid;

			if (handles[i] && GetBackgroundWorkerPid(handles[i], &pid) == BGWH_STOPPED)
			{
				pfree(handles[i]);
				handles[i] = NULL;
				live--;
			}
			if (!handles[i] && next < count)
			{
				BackgroundWorker worker;

				fill(&worker, "visitor", "visits_child", ObjectIdGetDatum(databases[next]));
				worker.bgw_notify_pid = MyProcPid;
				if (!RegisterDynamicBackgroundWorker(&worker, &handles[i]))
					break;
				next++;
				live++;
			}
		}
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 1000, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	for (;;)
	{
		WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, -1, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
visits_child(Datum argument)
{
	char	   *name;

	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(argument), InvalidOid, 0);
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	if (SPI_execute("select current_database()::text", true, 1) != SPI_OK_SELECT)
		elog(ERROR, "the query has failed");
	name = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	elog(LOG, "has visited %s", name);
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
}
