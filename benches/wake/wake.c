/*
 * A worker that does nothing, and a trigger that sets its latch when the transaction commits: what
 * the trigger with a bell is compared with. `cargo xtask bench --work` builds it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#if PG_VERSION_NUM >= 170000
#include "utils/wait_event.h"
#endif

PG_MODULE_MAGIC;

void		_PG_init(void);
PGDLLEXPORT void wake_worker(Datum argument);
PG_FUNCTION_INFO_V1(wake_at_commit);

/* Where the worker has written the address of its latch. */
static Latch **
place(void)
{
	bool		found;
	Latch	  **latch;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	latch = ShmemInitStruct("wake", sizeof(Latch *), &found);
	if (!found)
		*latch = NULL;
	LWLockRelease(AddinShmemInitLock);
	return latch;
}

void
_PG_init(void)
{
	BackgroundWorker worker;

	if (!process_shared_preload_libraries_in_progress)
		return;
	memset(&worker, 0, sizeof(worker));
	snprintf(worker.bgw_name, sizeof(worker.bgw_name), "%s", "wake");
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "%s", "wake");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "%s", "wake_worker");
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	RegisterBackgroundWorker(&worker);
}

void
wake_worker(Datum argument)
{
	BackgroundWorkerUnblockSignals();
	*place() = MyLatch;
	for (;;)
	{
		int			events = WaitLatch(MyLatch, WL_LATCH_SET | WL_POSTMASTER_DEATH, -1L, PG_WAIT_EXTENSION);

		if (events & WL_POSTMASTER_DEATH)
			proc_exit(1);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

static Latch **latch;
static bool wanted;

static void
wake(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_COMMIT && wanted && *latch)
		SetLatch(*latch);
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT)
		wanted = false;
}

Datum
wake_at_commit(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "wake_at_commit is a trigger");
	if (latch == NULL)
	{
		latch = place();
		RegisterXactCallback(wake, NULL);
	}
	wanted = true;
	PG_RETURN_POINTER(NULL);
}
