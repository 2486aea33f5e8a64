/*
 * Advisory locks, without a statement, so that none needs a snapshot. C, because the header that declares the functions has changed.
 */
#include "shim.h"

#include "fmgr.h"
#if PG_VERSION_NUM >= 100000
#include "utils/fmgrprotos.h"
#else
#include "utils/builtins.h"
#endif

typedef struct advisory_function
{
	PGFunction	one;			/* takes an int8 */
	PGFunction	two;			/* takes two int4 */
} advisory_function;

#define ADVISORY(name) {name##_int8, name##_int4}

/* By the bits of PGBGW_ADVISORY_*. */
static const advisory_function lock_functions[] = {
	ADVISORY(pg_advisory_xact_lock),
	ADVISORY(pg_advisory_xact_lock_shared),
	ADVISORY(pg_try_advisory_xact_lock),
	ADVISORY(pg_try_advisory_xact_lock_shared),
	ADVISORY(pg_advisory_lock),
	ADVISORY(pg_advisory_lock_shared),
	ADVISORY(pg_try_advisory_lock),
	ADVISORY(pg_try_advisory_lock_shared),
};

static const advisory_function unlock_functions[] = {
	ADVISORY(pg_advisory_unlock),
	ADVISORY(pg_advisory_unlock_shared),
};

static Datum
call_advisory(const advisory_function *function, const pgbgw_advisory_key *key)
{
	if (key->is_pair)
		return DirectFunctionCall2(function->two, Int32GetDatum(key->first), Int32GetDatum(key->second));
	return DirectFunctionCall1(function->one, Int64GetDatum(key->number));
}

int
pgbgw_advisory_lock(int options, const pgbgw_advisory_key *key)
{
	const Datum result = call_advisory(&lock_functions[options & 7], key);

	return (options & PGBGW_ADVISORY_TRY) == 0 || DatumGetBool(result);
}

void
pgbgw_advisory_unlock(int options, const pgbgw_advisory_key *key)
{
	(void) call_advisory(&unlock_functions[options & PGBGW_ADVISORY_SHARED], key);
}
