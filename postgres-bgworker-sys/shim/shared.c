/*
 * Shared memory: calls that changed between majors, and sleeping on a condition variable.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 100000 && PG_VERSION_NUM < 130000
#include "storage/proclist.h"
#endif

_Static_assert(sizeof(slock_t) <= PGBGW_SPIN_LOCK_ROOM, "a spinlock is larger than the room for it");

#if PG_VERSION_NUM >= 90600
void
pgbgw_lwlock_register_tranche(int tranche, const char *name)
{
#if PG_VERSION_NUM >= 190000
	/* Names are in shared memory. */
	(void) tranche;
	(void) name;
#elif PG_VERSION_NUM >= 100000
	LWLockRegisterTranche(tranche, (char *) name);
#else
	LWLockTranche *registered = MemoryContextAlloc(TopMemoryContext, sizeof(LWLockTranche));

	registered->name = name;
	registered->array_base = NULL;
	/* The server divides by it. */
	registered->array_stride = sizeof(LWLock);
	LWLockRegisterTranche(tranche, registered);
#endif
}
#endif

#if PG_VERSION_NUM >= 100000
int
pgbgw_condition_sleep(ConditionVariable *condition, long timeout_ms)
{
#if PG_VERSION_NUM >= 130000
	return ConditionVariableTimedSleep(condition, timeout_ms, PG_WAIT_EXTENSION) ? 1 : 0;
#else
	/* The sleep of these majors has no timeout. This one waits once and may return early, as every sleep may. */
	int			happened = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH,
									 timeout_ms, PG_WAIT_EXTENSION);

	if (happened & WL_POSTMASTER_DEATH)
		proc_exit(1);
	ResetLatch(MyLatch);
	/* A process that was woken is no longer in the list, but must be in it while the condition is checked. */
	SpinLockAcquire(&condition->mutex);
	if (!proclist_contains(&condition->wakeup, MyProc->pgprocno, cvWaitLink))
		proclist_push_tail(&condition->wakeup, MyProc->pgprocno, cvWaitLink);
	SpinLockRelease(&condition->mutex);
	CHECK_FOR_INTERRUPTS();
	return happened & WL_TIMEOUT ? 1 : 0;
#endif
}

void
pgbgw_condition_cancel_sleep(ConditionVariable *condition)
{
#if PG_VERSION_NUM >= 160000
	/* A wake-up that this process does not need must be passed on to another process. Earlier majors pass it on by themselves. */
	if (ConditionVariableCancelSleep())
		ConditionVariableSignal(condition);
#else
	(void) condition;
	ConditionVariableCancelSleep();
#endif
}
#endif

#if PG_VERSION_NUM >= 170000
#if PG_VERSION_NUM < 190000
/* The argument that the callback of these majors lacks. */
static void (*dsm_init) (void *segment, void *argument);
static void *dsm_argument;

static void
dsm_init_callback(void *segment)
{
	dsm_init(segment, dsm_argument);
}
#endif

void *
pgbgw_named_dsm_segment(const char *name, Size size, void (*init) (void *segment, void *argument), void *argument)
{
	bool		found;

#if PG_VERSION_NUM >= 190000
	return GetNamedDSMSegment(name, size, init, &found, argument);
#else
	dsm_init = init;
	dsm_argument = argument;
	return GetNamedDSMSegment(name, size, dsm_init_callback, &found);
#endif
}
#endif
