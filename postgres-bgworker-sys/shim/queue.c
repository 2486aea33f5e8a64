/*
 * Queues of messages. C, because nothing but C runs in the callbacks of the end of a transaction.
 */
#include "shim.h"

/* As src/shim/queue.rs has them. */
_Static_assert(sizeof(pgbgw_block) == 128, "a block has another size");
_Static_assert(sizeof(pgbgw_queue) == 2 * sizeof(pgbgw_bell) + 11 * sizeof(uint64), "a queue has another size");
_Static_assert(sizeof(((pgbgw_queue *) NULL)->lock) >= sizeof(slock_t), "a spinlock is larger than the room for it");

void
pgbgw_queue_init(pgbgw_queue *queue, uint64 blocks, uint64 generation)
{
	queue_init(queue, blocks, generation);
	SpinLockInit((slock_t *) queue->lock);
}

/* Interrupts are not served here, so a message is written and sent, or kept, or none of it happens. */
int
pgbgw_queue_send(pgbgw_queue *queue, const char *data, uint64 length)
{
	uint64		message = queue_write(queue, data, length);

	if (message == 0)
		return 0;
	queue_publish(queue, message, message, 1);
	return 1;
}

void
pgbgw_queue_note_dropped(pgbgw_queue *queue)
{
	pgbgw_add(&queue->dropped, 1);
}

int
pgbgw_queue_take(pgbgw_queue *queue, char *to, uint64 room, uint64 *length)
{
	return queue_take(queue, to, room, length);
}

uint64
pgbgw_queue_depth(const pgbgw_queue *queue)
{
	return queue_depth(queue);
}

uint64
pgbgw_queue_dropped(const pgbgw_queue *queue)
{
	return pgbgw_load(&queue->dropped);
}

uint64
pgbgw_queue_generation(const pgbgw_queue *queue)
{
	return queue->generation;
}
