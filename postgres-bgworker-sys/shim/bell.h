/*
 * How processes ring a bell and wait for one: only atomic operations and SetLatch, so that a commit callback can do it.
 * tests/model compiles this file with operations of its own.
 */
#ifndef POSTGRES_BGWORKER_BELL_H
#define POSTGRES_BGWORKER_BELL_H

#include <stdint.h>

#ifndef PGBGW_MODEL
#define pgbgw_load(at)				__atomic_load_n(at, __ATOMIC_SEQ_CST)
#define pgbgw_store(at, value)		__atomic_store_n(at, value, __ATOMIC_SEQ_CST)
#define pgbgw_exchange(at, value)	__atomic_exchange_n(at, value, __ATOMIC_SEQ_CST)
#define pgbgw_add(at, value)		__atomic_fetch_add(at, value, __ATOMIC_SEQ_CST)
#define pgbgw_replace(at, old, value) \
	__atomic_compare_exchange_n(at, old, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define pgbgw_wake(process)			SetLatch(&ProcGlobal->allProcs[process].procLatch)
#endif

/* The number of processes that can wait for one bell. Mirrored in src/shim/. */
#define PGBGW_PLACES		64

/* A bell in shared memory. Mirrored in src/shim/. */
typedef struct pgbgw_bell
{
	uint64_t	for_all;		/* a ring is for each waiting process, not for one of them */
	uint64_t	rings;			/* how often it was rung */
	uint64_t	heard;			/* the last ring that was taken, of a bell for one */
	uint64_t	used;			/* places from this one on have never been used */
	uint64_t	places[PGBGW_PLACES];	/* 0, or a process that waits now and then */
} pgbgw_bell;

/* A place: the number of a process, plus one, and whether it sleeps. */
#define PLACE_OF(process)	(((uint64_t) (process) + 1) << 1)
#define PROCESS_IN(place)	(((place) >> 1) - 1)
#define ASLEEP				((uint64_t) 1)

/* What a process knows of a bell that it waits for. All zeros at first. Mirrored in src/shim/. */
typedef struct pgbgw_listener
{
	struct pgbgw_listener *next;	/* of those that have a place */
	pgbgw_bell *bell;
	uint64_t	place;			/* its number, plus one; or 0 */
	uint64_t	me;				/* what is in the place while this process is awake */
	uint64_t	heard;			/* the last ring that this process has taken */
	uint64_t	sleeps;			/* this process has fallen asleep, and is not awake yet */
} pgbgw_listener;

/*
 * Wakes one of the processes that sleep, or all of them. A process that has ended since its place was read is woken in
 * vain, or the one that has its number now.
 */
static inline void
bell_wake(pgbgw_bell *bell)
{
	uint64_t	used = pgbgw_load(&bell->used);
	uint64_t	at;

	for (at = 0; at < used; at++)
	{
		uint64_t	place = pgbgw_load(&bell->places[at]);

		/* If another process wakes it at the same time, or it awakes by itself, this ring needs another one. */
		if ((place & ASLEEP) == 0 || !pgbgw_replace(&bell->places[at], &place, place & ~ASLEEP))
			continue;
		pgbgw_wake(PROCESS_IN(place));
		if (!bell->for_all)
			return;
	}
}

static inline void
bell_ring(pgbgw_bell *bell)
{
	/* Before the places are read: a process that falls asleep reads the number after it has taken its place. */
	pgbgw_add(&bell->rings, 1);
	bell_wake(bell);
}

/* Takes a place. Returns whether there was one. */
static inline int
bell_join(pgbgw_listener *listener, pgbgw_bell *bell, uint64_t process)
{
	uint64_t	at;

	for (at = 0; at < PGBGW_PLACES; at++)
	{
		uint64_t	empty = 0;
		uint64_t	used;

		if (!pgbgw_replace(&bell->places[at], &empty, PLACE_OF(process)))
			continue;
		used = pgbgw_load(&bell->used);
		while (used <= at && !pgbgw_replace(&bell->used, &used, at + 1))
			;
		listener->bell = bell;
		listener->place = at + 1;
		listener->me = PLACE_OF(process);
		return 1;
	}
	return 0;
}

static inline void
bell_before_sleep(pgbgw_listener *listener)
{
	listener->sleeps = 1;
	pgbgw_store(&listener->bell->places[listener->place - 1], listener->me | ASLEEP);
}

/* The wait is over. A process that was woken, and has not taken what it was woken for, wakes another one. */
static inline void
bell_after_sleep(pgbgw_listener *listener, int has_taken)
{
	uint64_t	place = pgbgw_exchange(&listener->bell->places[listener->place - 1], listener->me);

	listener->sleeps = 0;
	if ((place & ASLEEP) == 0 && !has_taken)
		bell_wake(listener->bell);
}

static inline void
bell_leave(pgbgw_listener *listener)
{
	if (listener->place == 0)
		return;
	if (listener->sleeps)
		bell_after_sleep(listener, 0);
	pgbgw_store(&listener->bell->places[listener->place - 1], 0);
	listener->place = 0;
}

/*
 * Whether there is a ring for this process. One that has taken none yet may follow one that ended before it acted on the
 * last ring, so it takes that again.
 */
static inline int
bell_is_rung(const pgbgw_listener *listener)
{
	uint64_t	rings = pgbgw_load(&listener->bell->rings);

	if (listener->bell->for_all || listener->heard == 0)
		return rings != listener->heard;
	return rings != pgbgw_load(&listener->bell->heard);
}

/* Takes all rings so far. Returns whether there were any. */
static inline int
bell_take(pgbgw_listener *listener)
{
	pgbgw_bell *bell = listener->bell;
	uint64_t	heard = pgbgw_load(&bell->heard);
	uint64_t	rings = pgbgw_load(&bell->rings);
	int			is_rung;

	if (bell->for_all || listener->heard == 0)
		is_rung = rings != listener->heard;
	else
		is_rung = 0;
	while (!bell->for_all && rings > heard)
	{
		if (pgbgw_replace(&bell->heard, &heard, rings))
		{
			is_rung = 1;
			break;
		}
	}
	if (is_rung)
		listener->heard = rings;
	return is_rung;
}

#endif							/* POSTGRES_BGWORKER_BELL_H */
