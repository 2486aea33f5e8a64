/*
 * The code of bells, with operations that hand over to the scheduler of the model.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define PGBGW_MODEL
extern uint64_t pgbgw_load(const uint64_t *at);
extern void pgbgw_store(uint64_t *at, uint64_t value);
extern uint64_t pgbgw_exchange(uint64_t *at, uint64_t value);
extern uint64_t pgbgw_add(uint64_t *at, uint64_t value);
extern int	pgbgw_replace(uint64_t *at, uint64_t *old, uint64_t value);
extern void pgbgw_wake(uint64_t process);

#include "bell.h"

void *
model_bell(int for_all)
{
	pgbgw_bell *bell = calloc(1, sizeof(pgbgw_bell));

	bell->for_all = for_all;
	return bell;
}

void *
model_listen(void *bell, uint64_t process)
{
	pgbgw_listener *listener = calloc(1, sizeof(pgbgw_listener));

	if (!bell_sit(listener, bell, process))
		abort();
	return listener;
}

void
model_fall_asleep(void *listener)
{
	bell_fall_asleep(listener);
}

void
model_awake(void *listener, int has_taken)
{
	bell_awake(listener, has_taken);
}

int
model_is_rung(void *listener)
{
	return bell_is_rung(listener);
}

int
model_take(void *listener)
{
	return bell_take(listener);
}

void
model_stand_up(void *listener)
{
	bell_stand_up(listener);
	free(listener);
}

void
model_ring(void *bell)
{
	bell_ring(bell);
}
