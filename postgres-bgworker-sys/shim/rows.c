/*
 * The rows of a query, in the form of a result of SPI, and the memory that statements use. C, because the layouts of a result and of
 * a receiver changed. Included before executor.c and statement.c, which use it.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 130000
#include "access/heaptoast.h"
#else
#include "access/tuptoaster.h"
#endif
#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "storage/proc.h"
#include "tcop/dest.h"

static MemoryContext
new_memory(MemoryContext parent, const char *name)
{
	return pgbgw_alloc_set_context_create(parent, name, ALLOCSET_DEFAULT_MINSIZE, ALLOCSET_DEFAULT_INITSIZE,
										  ALLOCSET_DEFAULT_MAXSIZE);
}

#if PG_VERSION_NUM >= 170000
#define LOCAL_TRANSACTION (MyProc->vxid.lxid)
#else
#define LOCAL_TRANSACTION (MyProc->lxid)
#endif

/*
 * Memory that the statements of a transaction use one after the other. It ends with the transaction, so it is not used in another
 * one. A statement that fails leaves its memory to the next one.
 */
static struct
{
	LocalTransactionId transaction;
	MemoryContext running;		/* of the statement that runs, or NULL */
	MemoryContext rows;			/* of one result, or NULL */
	bool		has_result;		/* the result is in use */
} kept_memory;

/* Before 9.5, a reset of a context keeps its children. */
static void
empty(MemoryContext memory)
{
#if PG_VERSION_NUM >= 90500
	MemoryContextReset(memory);
#else
	MemoryContextResetAndDeleteChildren(memory);
#endif
}

static MemoryContext
memory_of_statement(void)
{
	if (kept_memory.running == NULL || kept_memory.transaction != LOCAL_TRANSACTION)
	{
		kept_memory.running = NULL;
		kept_memory.rows = NULL;
		kept_memory.has_result = false;
		kept_memory.transaction = LOCAL_TRANSACTION;
		kept_memory.running = new_memory(TopTransactionContext, "running statement");
	}
	else
		empty(kept_memory.running);
	return kept_memory.running;
}

/* Frees a result that is gone, or that a failed statement has begun. */
static void
free_unused_rows(void)
{
	if (kept_memory.rows != NULL && !kept_memory.has_result && kept_memory.transaction == LOCAL_TRANSACTION)
		empty(kept_memory.rows);
}

/* Other results of the transaction may be alive. Then the new one has memory of its own. The kept memory is empty otherwise. */
static MemoryContext
memory_of_rows(void)
{
	if (kept_memory.has_result)
		return new_memory(CurTransactionContext, "rows of a statement");
	if (kept_memory.rows == NULL)
		kept_memory.rows = new_memory(TopTransactionContext, "rows of a statement");
	return kept_memory.rows;
}

/* Whether the table has memory of its own, and is not SPI's. SPI knows the subtransaction of each of its tables. */
static bool
has_own_memory(const SPITupleTable *table)
{
	return table->subid == InvalidSubTransactionId;
}

static bool
is_in_kept_memory(const SPITupleTable *table)
{
	return kept_memory.has_result && table->tuptabcxt == kept_memory.rows && kept_memory.transaction == LOCAL_TRANSACTION;
}

int
pgbgw_give_back(const SPITupleTable *table)
{
	if (!is_in_kept_memory(table))
		return 0;
	kept_memory.has_result = false;
	return 1;
}

void
pgbgw_free_result(SPITupleTable *table)
{
	if (!has_own_memory(table))
		SPI_freetuptable(table);
	else if (is_in_kept_memory(table))
	{
		kept_memory.has_result = false;
		free_unused_rows();
	}
	else
		MemoryContextDelete(table->tuptabcxt);
}

/* Keeps the rows of a query in the form of a result of SPI. */
typedef struct row_keeper
{
	DestReceiver pub;
	SPITupleTable *table;
	uint64		count;
	uint64		room;
	bool		has_external;	/* some value is stored out of line */
} row_keeper;

#define FIRST_ROOM 8

static void
keep_layout(DestReceiver *self, int operation, TupleDesc descriptor)
{
	row_keeper *keeper = (row_keeper *) self;
	const MemoryContext memory = memory_of_rows();
	const MemoryContext before = MemoryContextSwitchTo(memory);
	SPITupleTable *table = palloc0(sizeof(SPITupleTable));

	(void) operation;
	if (keeper->table != NULL)
		elog(ERROR, "the rows of a statement begin twice");
	table->tuptabcxt = memory;
	table->tupdesc = CreateTupleDescCopy(descriptor);
	table->vals = palloc(FIRST_ROOM * sizeof(HeapTuple));
	keeper->room = FIRST_ROOM;
	keeper->table = table;
	MemoryContextSwitchTo(before);
}

static HeapTuple *
enlarged(HeapTuple *rows, uint64 room)
{
	const Size	size = (Size) room * sizeof(HeapTuple);

#if PG_VERSION_NUM >= 90400
	return repalloc_huge(rows, size);
#else
	return repalloc(rows, size);
#endif
}

#if PG_VERSION_NUM >= 90600
static bool
#else
static void
#endif
keep_row(TupleTableSlot *slot, DestReceiver *self)
{
	row_keeper *keeper = (row_keeper *) self;
	SPITupleTable *table = keeper->table;
	const MemoryContext before = MemoryContextSwitchTo(table->tuptabcxt);
	HeapTuple	row;

	if (keeper->count == keeper->room)
	{
		keeper->room *= 2;
		table->vals = enlarged(table->vals, keeper->room);
	}
#if PG_VERSION_NUM >= 120000
	row = ExecCopySlotHeapTuple(slot);
#else
	row = ExecCopySlotTuple(slot);
#endif
	table->vals[keeper->count++] = row;
	keeper->has_external |= HeapTupleHasExternal(row);
	MemoryContextSwitchTo(before);
#if PG_VERSION_NUM >= 90600
	return true;
#endif
}

static void
keep_nothing(DestReceiver *self)
{
	(void) self;
}

/* Whether the values of a row may be stored out of line. Only such a value may be composite, too. */
static bool
may_be_out_of_line(TupleDesc descriptor)
{
	int			at;

	if (descriptor == NULL)
		return false;
	for (at = 0; at < descriptor->natts; at++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, at);

		if (attribute->attlen == -1 && attribute->attstorage != 'p')
			return true;
	}
	return false;
}

/*
 * Copies values that are stored out of line into the result, because the snapshot that keeps them is about to go, and the table may
 * go before they are read. Compressed values stay as they are.
 */
static void
fetch_out_of_line(SPITupleTable *table, uint64 count)
{
	bool		pushed = false;
	uint64		at;

	if (table == NULL || !may_be_out_of_line(table->tupdesc))
		return;
	for (at = 0; at < count; at++)
	{
		HeapTuple	tuple = table->vals[at];
		MemoryContext before;

		if (!HeapTupleHasExternal(tuple))
			continue;
		if (!pushed && !ActiveSnapshotSet())
		{
			PushActiveSnapshot(GetTransactionSnapshot());
			pushed = true;
		}
		before = MemoryContextSwitchTo(table->tuptabcxt);
		table->vals[at] = toast_flatten_tuple(tuple, table->tupdesc);
		heap_freetuple(tuple);
		MemoryContextSwitchTo(before);
	}
	if (pushed)
		PopActiveSnapshot();
}

Datum
pgbgw_stored_value(HeapTuple tuple, int attribute, TupleDesc descriptor, int *state)
{
	bool		is_null;
	Datum		value;

	if (attribute > (int) HeapTupleHeaderGetNatts(tuple->t_data))
	{
		*state = PGBGW_IS_NOT_STORED;
		return (Datum) 0;
	}
	value = fastgetattr(tuple, attribute, descriptor, &is_null);
	*state = is_null ? PGBGW_IS_NULL : PGBGW_IS_VALUE;
	return value;
}
