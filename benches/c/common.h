/*
 * The C side of the benchmark: the same work as the Rust libraries, as a C programmer writes it.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#if PG_VERSION_NUM >= 170000
#include "utils/wait_event.h"
#endif

#include <time.h>

#define LIBRARY "bench_c"

#pragma GCC visibility push(hidden)

/* A row of the benchmark: does something `n` times, and returns the duration in nanoseconds. */
typedef struct
{
	const char *name;
	int64		(*run) (int64 n);
} Row;

extern const Row boundary_rows[];
extern const Row sql_rows[];
extern const Row result_rows[];
extern const Row process_rows[];
extern const Row channel_rows[];
extern const Row copy_rows[];
extern const Row job_rows[];
extern const Row endless_rows[];
extern const Row latch_rows[];
extern const Row function_rows[];

/* Accumulates results, so that the compiler does not remove the work. */
extern volatile uint64 sink;

/* The first column of the first row. */
extern int32 only_int(void);

/* Sorts the times, and returns this percentile. */
extern int64 percentile(int64 *times, int64 n, int percent);

/* A dynamic worker of this library that reports its state. */
extern BackgroundWorkerHandle *launch(const char *function, int flags, Datum argument);

/* Launches workers that connect, and returns the nanoseconds until all have ended. */
extern int64 launch_and_wait(const char *function, int64 workers, Datum argument);

/* A transaction with SQL, like in the server's worker_spi. */
extern void begin(void);
extern void commit(void);
extern void execute(const char *sql);

#pragma GCC visibility pop

static inline int64
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64) ts.tv_sec * INT64CONST(1000000000) + ts.tv_nsec;
}

#endif
