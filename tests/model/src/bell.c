/*
 * The code of bells, with operations that hand over to the scheduler of the model.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "model.h"
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
