/*
 * The code of queues, with operations that hand over to the scheduler of the model, and with small blocks.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "model.h"

#define PGBGW_BLOCK_DATA 8
struct pgbgw_queue;
extern void model_lock(void *queue);
extern void model_unlock(void *queue);
#define pgbgw_lock_takers(queue)	model_lock(queue)
#define pgbgw_unlock_takers(queue)	model_unlock(queue)

#include "queue.h"

void *
model_queue(uint64_t blocks)
{
	pgbgw_queue *queue = malloc(sizeof(pgbgw_queue) + blocks * sizeof(pgbgw_block));

	queue_init(queue, blocks, 1);
	return queue;
}

void *
model_sender(void *queue)
{
	pgbgw_sender *sender = calloc(1, sizeof(pgbgw_sender));

	sender->queue = queue;
	return sender;
}

/* Keeps a message for the commit. Returns whether there was room for it. */
int
model_keep(void *sender, const char *data, uint64_t length, uint64_t level)
{
	uint64_t	message = queue_write(((pgbgw_sender *) sender)->queue, data, length);

	if (message == 0)
		return 0;
	queue_keep(sender, message, level);
	return 1;
}

void
model_commit(void *sender)
{
	if (((pgbgw_sender *) sender)->newest != 0)
		queue_send_kept(sender);
}

void
model_roll_back(void *sender, uint64_t level)
{
	queue_forget_kept(sender, level);
}

int
model_receive(void *queue, char *to, uint64_t room, uint64_t *length)
{
	return queue_take(queue, to, room, length);
}

uint64_t
model_depth(void *queue)
{
	return queue_depth(queue);
}

uint64_t
model_unreserved(void *queue)
{
	return ((pgbgw_queue *) queue)->unreserved;
}

void *
model_arrived(void *queue)
{
	return &((pgbgw_queue *) queue)->arrived;
}

void *
model_room(void *queue)
{
	return &((pgbgw_queue *) queue)->room;
}
