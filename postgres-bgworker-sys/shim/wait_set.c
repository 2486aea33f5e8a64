/*
 * Waits on sockets in addition to the latch. C, because the wait sets of 9.6 changed the arguments of their functions
 * twice, and before 9.6 a wait supports only one socket.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 90600

/* Where the sockets begin: the latch and the postmaster precede them. */
#define FIRST_SOCKET 2

void *
pgbgw_wait_set_create(int sockets)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, FIRST_SOCKET + sockets);
#else
	return CreateWaitEventSet(TopMemoryContext, FIRST_SOCKET + sockets);
#endif
}

void
pgbgw_wait_set_add_latch(void *set)
{
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_POSTMASTER_DEATH, PGINVALID_SOCKET, NULL, NULL);
}

void
pgbgw_wait_set_add(void *set, int fd, uint32 events)
{
	AddWaitEventToSet(set, events, fd, NULL, NULL);
}

void
pgbgw_wait_set_free(void *set)
{
	FreeWaitEventSet(set);
}

static int
wait_once(void *set, long timeout_ms, uint32 wait_event_info, pgbgw_ready *ready, int *count)
{
	WaitEvent	happened[PGBGW_MOST_READY];
	int			result = 0;
	int			at;
#if PG_VERSION_NUM >= 100000
	int			events = WaitEventSetWait(set, timeout_ms, happened, PGBGW_MOST_READY, wait_event_info);
#else
	int			events = WaitEventSetWait(set, timeout_ms, happened, PGBGW_MOST_READY);
#endif

	*count = 0;
	for (at = 0; at < events; at++)
	{
		if (happened[at].events & WL_POSTMASTER_DEATH)
			proc_exit(1);
		if (happened[at].events & WL_LATCH_SET)
			result |= PGBGW_WAKE_LATCH;
		else
		{
			ready[*count].socket = happened[at].pos - FIRST_SOCKET;
			ready[*count].events = happened[at].events;
			(*count)++;
		}
	}
	if (events == 0)
		result |= PGBGW_WAKE_TIMEOUT;
	return result;
}

#else

typedef struct one_socket
{
	int			fd;
	uint32		events;
} one_socket;

void *
pgbgw_wait_set_create(int sockets)
{
	one_socket *set;

	if (sockets > 1)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("waiting on more than one socket needs PostgreSQL 9.6 or later")));
	set = MemoryContextAllocZero(TopMemoryContext, sizeof(one_socket));
	set->fd = PGINVALID_SOCKET;
	return set;
}

void
pgbgw_wait_set_add_latch(void *set)
{
	(void) set;
}

void
pgbgw_wait_set_add(void *set, int fd, uint32 events)
{
	((one_socket *) set)->fd = fd;
	((one_socket *) set)->events = events;
}

void
pgbgw_wait_set_free(void *set)
{
	pfree(set);
}

static int
wait_once(void *set, long timeout_ms, uint32 wait_event_info, pgbgw_ready *ready, int *count)
{
	const one_socket *one = set;
	int			events = WL_LATCH_SET | WL_POSTMASTER_DEATH;
	int			happened;
	int			result = 0;

	(void) wait_event_info;
	if (timeout_ms >= 0)
		events |= WL_TIMEOUT;
	if (one->fd != PGINVALID_SOCKET)
		events |= one->events;
	happened = WaitLatchOrSocket(PGBGW_LATCH, events, one->fd, timeout_ms);
	if (happened & WL_POSTMASTER_DEATH)
		proc_exit(1);
	if (happened & WL_LATCH_SET)
		result |= PGBGW_WAKE_LATCH;
	if (happened & WL_TIMEOUT)
		result |= PGBGW_WAKE_TIMEOUT;
	ready->socket = 0;
	ready->events = happened & (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE);
	*count = ready->events != 0 ? 1 : 0;
	return result;
}

#endif

int
pgbgw_wait_on(void *set, long timeout_ms, uint32 wait_event_info, pgbgw_ready *ready, int *count)
{
	int			served = pgbgw_serve_interrupts();
	int			woke;

	*count = 0;
	if (served & PGBGW_WAKE_TERMINATING)
		return served;
#if PG_VERSION_NUM >= 100000
	if (wait_event_info == 0)
		wait_event_info = PG_WAIT_EXTENSION;
#endif
	/* As in pgbgw_wait. */
	woke = wait_once(set, served != 0 ? 0 : timeout_ms, wait_event_info, ready, count);
	if (served != 0)
		woke &= ~PGBGW_WAKE_TIMEOUT;
	if (woke & PGBGW_WAKE_LATCH)
	{
		ResetLatch(PGBGW_LATCH);
		/* Older majors report only the latch if it is set, so a latch that is always set would hide the sockets. */
		if (*count == 0)
			(void) wait_once(set, 0, wait_event_info, ready, count);
	}
	return served | woke | pgbgw_serve_interrupts();
}
