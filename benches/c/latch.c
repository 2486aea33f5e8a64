/* The process's own latch, and a round trip between the latches of two processes. */
#include "common.h"

#include "port/atomics.h"
#include "storage/dsm.h"
#include "storage/proc.h"

PGDLLEXPORT void bench_latch_peer(Datum argument);

static int64
row_latch(int64 n)
{
	int64		start = now_ns();

	for (int64 i = 0; i < n; i++)
	{
		SetLatch(MyLatch);
		sink += WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, 1000, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return now_ns() - start;
}

/* What both processes see. Each sets the number that the other one waits for. */
typedef struct
{
	Latch	   *here;
	Latch	   *there;
	pg_atomic_uint32 asked;
	pg_atomic_uint32 answered;
} Shared;

/* The number that ends the other process. */
#define END UINT32_MAX

static void
wait_for_other(pg_atomic_uint32 *number, uint32 before)
{
	while (pg_atomic_read_u32(number) == before)
	{
		WaitLatch(MyLatch, WL_LATCH_SET | WL_POSTMASTER_DEATH, -1, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
bench_latch_peer(Datum argument)
{
	dsm_segment *segment;
	Shared	   *shared;
	uint32		asked = 0;

	BackgroundWorkerUnblockSignals();
	CurrentResourceOwner = ResourceOwnerCreate(NULL, "bench");
	segment = dsm_attach(DatumGetUInt32(argument));
	if (segment == NULL)
		elog(ERROR, "the other end has gone");
	shared = dsm_segment_address(segment);
	shared->there = MyLatch;
	while (asked != END)
	{
		pg_atomic_write_u32(&shared->answered, asked + 1);
		SetLatch(shared->here);
		wait_for_other(&shared->asked, asked);
		asked = pg_atomic_read_u32(&shared->asked);
	}
	dsm_detach(segment);
}

/* Returns n times the given percentile. */
static int64
round_trips(int64 n, int percent)
{
	int64	   *times = MemoryContextAlloc(TopMemoryContext, n * sizeof(int64));
	BackgroundWorkerHandle *handle;
	dsm_segment *segment;
	Shared	   *shared;
	int64		result;

	if (CurrentResourceOwner == NULL)
		CurrentResourceOwner = ResourceOwnerCreate(NULL, "bench");
	segment = dsm_create(sizeof(Shared), 0);
	dsm_pin_mapping(segment);
	shared = dsm_segment_address(segment);
	shared->here = MyLatch;
	pg_atomic_init_u32(&shared->asked, 0);
	pg_atomic_init_u32(&shared->answered, 0);
	handle = launch("bench_latch_peer", 0, UInt32GetDatum(dsm_segment_handle(segment)));
	wait_for_other(&shared->answered, 0);
	for (int64 i = 0; i < n; i++)
	{
		int64		start = now_ns();

		pg_atomic_write_u32(&shared->asked, (uint32) i + 1);
		SetLatch(shared->there);
		wait_for_other(&shared->answered, (uint32) i + 1);
		times[i] = now_ns() - start;
	}
	pg_atomic_write_u32(&shared->asked, END);
	SetLatch(shared->there);
	WaitForBackgroundWorkerShutdown(handle);
	dsm_detach(segment);
	pfree(handle);
	result = n * percentile(times, n, percent);
	pfree(times);
	return result;
}

static int64
row_round_trip_p50(int64 n)
{
	return round_trips(n, 50);
}

static int64
row_round_trip_p99(int64 n)
{
	return round_trips(n, 99);
}

const Row latch_rows[] = {
	{"latch", row_latch},
	{"round_trip_p50", row_round_trip_p50},
	{"round_trip_p99", row_round_trip_p99},
	{NULL, NULL}
};
