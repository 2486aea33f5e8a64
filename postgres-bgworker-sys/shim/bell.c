/*
 * Bells of this process: those that it waits for, and those that it rings at commit. C, because nothing but C runs in
 * the callbacks of the end of a transaction.
 */
#include "shim.h"

/* As src/shim/bell.rs has them. */
_Static_assert(sizeof(pgbgw_bell) == (4 + PGBGW_PLACES) * sizeof(uint64), "a bell has another size");
_Static_assert(sizeof(pgbgw_listener) == 2 * sizeof(void *) + 4 * sizeof(uint64), "a listener has another size");

/* The bells that this process has a place of. */
static pgbgw_listener *listeners = NULL;
static bool leaves_at_exit = false;

static void
leave_bells(int code, Datum argument)
{
	(void) code;
	(void) argument;
	for (; listeners != NULL; listeners = listeners->next)
		bell_leave(listeners);
}

/* Interrupts are not served here, so no exit comes between the place and the list. */
int
pgbgw_bell_join(pgbgw_listener *listener, pgbgw_bell *bell)
{
	if (listener->place != 0)
		return 1;
	if (!leaves_at_exit)
	{
		on_shmem_exit(leave_bells, (Datum) 0);
		leaves_at_exit = true;
	}
	if (!bell_join(listener, bell, MyProc - ProcGlobal->allProcs))
		return 0;
	listener->next = listeners;
	listeners = listener;
	return 1;
}

void
pgbgw_bell_leave(pgbgw_listener *listener)
{
	pgbgw_listener **at = &listeners;

	while (*at != NULL && *at != listener)
		at = &(*at)->next;
	if (*at != NULL)
		*at = listener->next;
	bell_leave(listener);
}

void
pgbgw_bell_before_sleep(pgbgw_listener *listener)
{
	bell_before_sleep(listener);
}

void
pgbgw_bell_after_sleep(pgbgw_listener *listener, int has_taken)
{
	bell_after_sleep(listener, has_taken);
}

int
pgbgw_bell_is_rung(const pgbgw_listener *listener)
{
	return bell_is_rung(listener);
}

int
pgbgw_bell_take(pgbgw_listener *listener)
{
	return bell_take(listener);
}

void
pgbgw_bell_ring(pgbgw_bell *bell)
{
	bell_ring(bell);
}

uint32
pgbgw_process_number(void)
{
	return (uint32) (MyProc - ProcGlobal->allProcs);
}

void
pgbgw_wake_process(uint32 process)
{
	if (process < ProcGlobal->allProcCount)
		pgbgw_wake(process);
}
