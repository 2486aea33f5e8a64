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

	if (!bell_join(listener, bell, process))
		abort();
	return listener;
}

void
model_before_sleep(void *listener)
{
	bell_before_sleep(listener);
}

void
model_after_sleep(void *listener, int has_taken)
{
	bell_after_sleep(listener, has_taken);
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
model_leave(void *listener)
{
	bell_leave(listener);
	free(listener);
}

void
model_ring(void *bell)
{
	bell_ring(bell);
}
