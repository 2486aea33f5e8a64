/*
 * The server headers that postgres-bgworker binds: bindgen reads this file, the C shim and the
 * contract include it. postgres.h comes first, as everywhere in the server.
 *
 * One line per header, grouped by what a worker needs it for. A header that some majors lack stands
 * behind the number of the first major that has it.
 */
#ifndef POSTGRES_BGWORKER_WRAPPER_H
#define POSTGRES_BGWORKER_WRAPPER_H

#include "postgres.h"

/* the interface itself, and the globals around it */
#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#if PG_VERSION_NUM >= 90400
#include "postmaster/bgworker_internals.h"
#endif
#include "storage/ipc.h"

/* waiting and signals */
#include "libpq/pqsignal.h"
#include "storage/latch.h"
#include "storage/pmsignal.h"
#include "storage/proc.h"
#include "storage/procsignal.h"
#include "tcop/tcopprot.h"
#include "utils/timeout.h"
#if PG_VERSION_NUM >= 130000
#include "postmaster/interrupt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif

/* transactions and SQL */
#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/transam.h"
#include "access/tupdesc.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "parser/analyze.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#include "access/tableam.h"
#endif
#if PG_VERSION_NUM >= 130000
#include "tcop/cmdtag.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "catalog/pg_database.h"
#endif

/* errors, settings, memory */
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/elog.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* shared memory and locks */
#include "lib/ilist.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/hsearch.h"
#if PG_VERSION_NUM >= 90400
#include "storage/dsm.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#endif
#if PG_VERSION_NUM < 90500
#include "storage/barrier.h"
#endif
#if PG_VERSION_NUM >= 90500
#include "libpq/pqmq.h"
#include "port/atomics.h"
#endif
#if PG_VERSION_NUM >= 100000
#include "storage/condition_variable.h"
#include "utils/dsa.h"
#endif
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif

/* being seen */
#include "pgstat.h"
#include "portability/instr_time.h"
#include "replication/walreceiver.h"
#include "replication/walsender.h"
#include "utils/ps_status.h"
#include "utils/timestamp.h"
#if PG_VERSION_NUM >= 90400
#include "replication/slot.h"
#endif
#if PG_VERSION_NUM >= 130000
#include "common/hashfn.h"
#endif
#if PG_VERSION_NUM >= 140000
#include "utils/backend_status.h"
#include "utils/wait_event.h"
#endif

/*
 * Build options of the server that no declaration shows, as constants a binding generator can see.
 */
enum pgbgw_build
{
#if PG_VERSION_NUM >= 130000
	PGBGW_FLOAT4_BY_VALUE = 1,
#else
	PGBGW_FLOAT4_BY_VALUE = FLOAT4PASSBYVAL,
#endif
#if PG_VERSION_NUM >= 190000
	PGBGW_FLOAT8_BY_VALUE = 1
#else
	PGBGW_FLOAT8_BY_VALUE = FLOAT8PASSBYVAL
#endif
};

#endif							/* POSTGRES_BGWORKER_WRAPPER_H */
