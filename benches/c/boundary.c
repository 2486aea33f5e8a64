/* Crossing the error boundary. */
#include "common.h"

static int64
row_call(int64 n)
{
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
		sink += GetUserId();
	return now_ns() - start;
}

static inline int64
guarded(int64 n, int calls)
{
	MemoryContext context = CurrentMemoryContext;
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
	{
		PG_TRY();
		{
			for (int call = 0; call < calls; call++)
				sink += GetUserId();
		}
		PG_CATCH();
		{
			MemoryContextSwitchTo(context);
			FlushErrorState();
		}
		PG_END_TRY();
	}
	return now_ns() - start;
}

static int64
row_guard_1(int64 n)
{
	return guarded(n, 1);
}

static int64
row_guard_10(int64 n)
{
	return guarded(n, 10);
}

static int64
row_guard_100(int64 n)
{
	return guarded(n, 100);
}

static pg_noinline void
raise_below(int depth)
{
	if (depth > 1)
		raise_below(depth - 1);
	else
		sink += (uint64) (uintptr_t) palloc((Size) 1 << 40);
	sink++;
}

static int64
raised(int64 n, int depth)
{
	MemoryContext context = CurrentMemoryContext;
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
	{
		PG_TRY();
		{
			raise_below(depth);
		}
		PG_CATCH();
		{
			ErrorData  *error;

			MemoryContextSwitchTo(context);
			error = CopyErrorData();
			FlushErrorState();
			sink += error->sqlerrcode + strlen(error->message);
			FreeErrorData(error);
		}
		PG_END_TRY();
	}
	return now_ns() - start;
}

static int64
row_raise_1(int64 n)
{
	return raised(n, 1);
}

static int64
row_raise_10(int64 n)
{
	return raised(n, 10);
}

const Row boundary_rows[] = {
	{"call", row_call},
	{"guard_1", row_guard_1},
	{"guard_10", row_guard_10},
	{"guard_100", row_guard_100},
	{"raise_1", row_raise_1},
	{"raise_10", row_raise_10},
	{NULL, NULL}
};
