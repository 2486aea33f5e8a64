/*
 * How messages enter and leave a queue. Entering, also at commit, is only atomic operations. Processes that take messages
 * hold a spinlock for a moment. tests/model compiles this file with operations of its own.
 *
 * A queue consists of blocks. A message is a chain of them, and so are the free blocks. Blocks have numbers from 1 on, and 0
 * is the end of a chain.
 */
#ifndef POSTGRES_BGWORKER_QUEUE_H
#define POSTGRES_BGWORKER_QUEUE_H

#include <string.h>

#include "bell.h"

#ifndef PGBGW_MODEL
#define pgbgw_lock_takers(queue)	SpinLockAcquire((slock_t *) (queue)->lock)
/* Before 9.5, the compiler may move other accesses across a release. */
#define pgbgw_unlock_takers(queue) \
	do { \
		__atomic_thread_fence(__ATOMIC_SEQ_CST); \
		SpinLockRelease((slock_t *) (queue)->lock); \
	} while (0)
#endif

/* The bytes of a message that a block has. Mirrored in src/shim/queue.rs. */
#ifndef PGBGW_BLOCK_DATA
#define PGBGW_BLOCK_DATA	96
#endif

typedef struct pgbgw_block
{
	uint64_t	next;			/* of this message, or of the free blocks */
	/* The others are those of a message, in its first block. */
	uint64_t	older;			/* the message before, in a list */
	uint64_t	length;
	uint64_t	level;			/* the subtransaction that sends it */
	char		data[PGBGW_BLOCK_DATA];
} pgbgw_block;

/* A queue in shared memory. Mirrored in src/shim/queue.rs. */
typedef struct pgbgw_queue
{
	pgbgw_bell	arrived;		/* for one of the processes that take messages */
	pgbgw_bell	room;			/* for all that wait for free blocks */
	uint64_t	blocks;			/* how many there are */
	uint64_t	generation;
	uint64_t	unreserved;		/* the number of free blocks that no process has reserved */
	uint64_t	first_free;		/* the lower half is a block, the upper half changes with each use */
	uint64_t	arrivals;		/* the newest message of those that no process has seen */
	uint64_t	oldest;			/* the next message to be taken, or 0: see the arrivals */
	uint64_t	sent;
	uint64_t	taken;
	uint64_t	dropped;
	uint64_t	lock[2];		/* of oldest */
	pgbgw_block block[];
} pgbgw_queue;

/* The messages that this process sends at commit, as a list. All zeros at first. Mirrored in src/shim/queue.rs. */
typedef struct pgbgw_sender
{
	struct pgbgw_sender *next;	/* of those that have messages */
	pgbgw_queue *queue;
	uint64_t	newest;
	uint64_t	oldest;
	uint64_t	count;
} pgbgw_sender;

#define BLOCK(queue, number)	(&(queue)->block[(number) - 1])
#define BLOCKS_FOR(length)		((length) <= PGBGW_BLOCK_DATA ? 1 : ((length) - 1) / PGBGW_BLOCK_DATA + 1)
#define LOWER_HALF(word)		((word) & UINT64_C(0xffffffff))
/* A block that was taken and given back in between is not mistaken for one that was not. */
#define NEXT_USE(word, number)	((((word) >> 32) + 1) << 32 | (number))

static inline void
queue_init(pgbgw_queue *queue, uint64_t blocks, uint64_t generation)
{
	uint64_t	number;

	memset(queue, 0, sizeof(pgbgw_queue));
	queue->room.for_all = 1;
	queue->blocks = blocks;
	queue->generation = generation;
	queue->unreserved = blocks;
	queue->first_free = 1;
	for (number = 1; number <= blocks; number++)
		BLOCK(queue, number)->next = number < blocks ? number + 1 : 0;
}

/* The free blocks are at least those that are reserved and not taken yet, so there is one. */
static inline uint64_t
take_block(pgbgw_queue *queue)
{
	uint64_t	top = pgbgw_load(&queue->first_free);
	uint64_t	next;

	do
		next = pgbgw_load(&BLOCK(queue, LOWER_HALF(top))->next);
	while (!pgbgw_replace(&queue->first_free, &top, NEXT_USE(top, next)));
	return LOWER_HALF(top);
}

static inline void
give_back(pgbgw_queue *queue, uint64_t message)
{
	uint64_t	count = BLOCKS_FOR(BLOCK(queue, message)->length);
	uint64_t	last = message;
	uint64_t	top;
	uint64_t	at;

	for (at = 1; at < count; at++)
		last = pgbgw_load(&BLOCK(queue, last)->next);
	top = pgbgw_load(&queue->first_free);
	do
		pgbgw_store(&BLOCK(queue, last)->next, LOWER_HALF(top));
	while (!pgbgw_replace(&queue->first_free, &top, NEXT_USE(top, message)));
	pgbgw_add(&queue->unreserved, count);
}

/* Returns a message with this content that is not sent yet, or 0 if there are not enough blocks. */
static inline uint64_t
queue_write(pgbgw_queue *queue, const char *data, uint64_t length)
{
	uint64_t	count = BLOCKS_FOR(length);
	uint64_t	unreserved = pgbgw_load(&queue->unreserved);
	uint64_t	message = 0;
	uint64_t	before = 0;
	uint64_t	at;

	do
	{
		if (unreserved < count)
			return 0;
	}
	while (!pgbgw_replace(&queue->unreserved, &unreserved, unreserved - count));
	for (at = 0; at < count; at++)
	{
		uint64_t	number = take_block(queue);
		uint64_t	from = at * PGBGW_BLOCK_DATA;
		uint64_t	part = length - from < PGBGW_BLOCK_DATA ? length - from : PGBGW_BLOCK_DATA;

		if (part > 0)
			memcpy(BLOCK(queue, number)->data, data + from, part);
		if (before == 0)
			message = number;
		else
			pgbgw_store(&BLOCK(queue, before)->next, number);
		before = number;
	}
	BLOCK(queue, message)->length = length;
	return message;
}

/* Sends a list of messages. They arrive at the same time, in their order. */
static inline void
queue_publish(pgbgw_queue *queue, uint64_t newest, uint64_t oldest, uint64_t count)
{
	uint64_t	top = pgbgw_load(&queue->arrivals);

	do
		BLOCK(queue, oldest)->older = top;
	while (!pgbgw_replace(&queue->arrivals, &top, newest));
	/* Before the places are read: a process that falls asleep reads it after it has taken its place. */
	pgbgw_add(&queue->sent, count);
	bell_wake(&queue->arrived);
}

/* Keeps a message for the commit. */
static inline void
queue_keep(pgbgw_sender *sender, uint64_t message, uint64_t level)
{
	BLOCK(sender->queue, message)->level = level;
	BLOCK(sender->queue, message)->older = sender->newest;
	if (sender->newest == 0)
		sender->oldest = message;
	sender->newest = message;
	sender->count++;
}

static inline void
queue_send_kept(pgbgw_sender *sender)
{
	queue_publish(sender->queue, sender->newest, sender->oldest, sender->count);
	sender->newest = sender->oldest = sender->count = 0;
}

/* Gives back the messages of this subtransaction and of those inside it, which are the newest ones. */
static inline void
queue_forget_kept(pgbgw_sender *sender, uint64_t level)
{
	int			has_room = 0;

	while (sender->newest != 0 && BLOCK(sender->queue, sender->newest)->level >= level)
	{
		uint64_t	message = sender->newest;

		sender->newest = BLOCK(sender->queue, message)->older;
		sender->count--;
		give_back(sender->queue, message);
		has_room = 1;
	}
	if (has_room)
		bell_wake(&sender->queue->room);
}

/* The number of messages that have arrived and are not taken. */
static inline uint64_t
queue_depth(const pgbgw_queue *queue)
{
	/* A message can be taken before it is counted. */
	int64_t		depth = (int64_t) (pgbgw_load(&queue->sent) - pgbgw_load(&queue->taken));

	return depth > 0 ? (uint64_t) depth : 0;
}

#define PGBGW_QUEUE_EMPTY		0
#define PGBGW_QUEUE_TAKEN		1
#define PGBGW_QUEUE_TOO_LONG	2

/* Takes the oldest message. One that is longer than the room for it stays, and its length is returned. */
static inline int
queue_take(pgbgw_queue *queue, char *to, uint64_t room, uint64_t *length)
{
	uint64_t	message;
	uint64_t	number;
	uint64_t	from;

	pgbgw_lock_takers(queue);
	if (queue->oldest == 0)
	{
		uint64_t	newest = pgbgw_exchange(&queue->arrivals, 0);

		/* From the newest to the oldest one, each becomes the first one. */
		while (newest != 0)
		{
			uint64_t	older = BLOCK(queue, newest)->older;

			BLOCK(queue, newest)->older = queue->oldest;
			queue->oldest = newest;
			newest = older;
		}
	}
	message = queue->oldest;
	*length = message == 0 ? 0 : BLOCK(queue, message)->length;
	if (message == 0 || *length > room)
	{
		pgbgw_unlock_takers(queue);
		return message == 0 ? PGBGW_QUEUE_EMPTY : PGBGW_QUEUE_TOO_LONG;
	}
	queue->oldest = BLOCK(queue, message)->older;
	/* Under the lock: a process that reads a depth finds at least as many messages. */
	pgbgw_add(&queue->taken, 1);
	pgbgw_unlock_takers(queue);

	number = message;
	for (from = 0; from < *length; from += PGBGW_BLOCK_DATA)
	{
		uint64_t	part = *length - from < PGBGW_BLOCK_DATA ? *length - from : PGBGW_BLOCK_DATA;

		memcpy(to + from, BLOCK(queue, number)->data, part);
		number = pgbgw_load(&BLOCK(queue, number)->next);
	}
	give_back(queue, message);
	bell_wake(&queue->room);
	/* Messages that arrive together wake one process, which wakes the next one. */
	if (queue_depth(queue) > 0)
		bell_wake(&queue->arrived);
	return PGBGW_QUEUE_TAKEN;
}

#endif							/* POSTGRES_BGWORKER_QUEUE_H */
