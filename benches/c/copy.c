/* Many rows at once. */
#include "common.h"

#include "commands/copy.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "utils/array.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#endif

#define NOTE "a note of some length"

static int64
row_insert_text(int64 n)
{
	Oid			types[2] = {INT4OID, TEXTOID};
	int64		start;

	begin();
	execute("truncate bench.target");
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		text	   *note = cstring_to_text_with_len(NOTE, 21);
		Datum		values[2] = {Int32GetDatum((int32) i), PointerGetDatum(note)};

		if (SPI_execute_with_args("insert into bench.target values ($1, $2)", 2, types, values, "  ", false, 0) < 0)
			elog(ERROR, "cannot insert");
		pfree(note);
	}
	start = now_ns() - start;
	commit();
	return start;
}

static int64
row_insert_arrays(int64 n)
{
	const int	batch = 8192;
	Oid			types[2] = {INT4ARRAYOID, TEXTARRAYOID};
	Datum	   *numbers;
	Datum	   *notes;
	int64		start;

	begin();
	execute("truncate bench.target");
	numbers = palloc(batch * sizeof(Datum));
	notes = palloc(batch * sizeof(Datum));
	start = now_ns();
	for (int64 done = 0; done < n;)
	{
		const int	count = (int) Min(n - done, batch);
		Datum		values[2];

		for (int at = 0; at < count; at++)
		{
			numbers[at] = Int32GetDatum((int32) (done + at));
			notes[at] = PointerGetDatum(cstring_to_text_with_len(NOTE, 21));
		}
		values[0] = PointerGetDatum(construct_array(numbers, count, INT4OID, sizeof(int32), true, 'i'));
		values[1] = PointerGetDatum(construct_array(notes, count, TEXTOID, -1, false, 'i'));
		if (SPI_execute_with_args("insert into bench.target select unnest($1), unnest($2)", 2, types, values, "  ", false, 0) < 0)
			elog(ERROR, "cannot insert");
		for (int at = 0; at < count; at++)
			pfree(DatumGetPointer(notes[at]));
		pfree(DatumGetPointer(values[0]));
		pfree(DatumGetPointer(values[1]));
		done += count;
	}
	start = now_ns() - start;
	commit();
	return start;
}

#if PG_VERSION_NUM >= 100000

/* The rows that are left, and the block of them that is being read. */
static int64 next_row;
static int64 last_row;
static StringInfoData block;

static int
next_data(void *to, int least, int most)
{
	int			filled = 0;

	while (filled < Max(least, 1))
	{
		int			length;

		if (block.cursor == block.len)
		{
			resetStringInfo(&block);
			while (block.len < 64 * 1024 && next_row < last_row)
			{
				char		number[12];

				pg_ltoa((int32) next_row++, number);
				appendStringInfoString(&block, number);
				appendBinaryStringInfo(&block, "\t" NOTE "\n", 23);
			}
			if (block.len == 0)
				break;
		}
		length = Min(block.len - block.cursor, most - filled);
		memcpy((char *) to + filled, block.data + block.cursor, length);
		block.cursor += length;
		filled += length;
	}
	return filled;
}

static int64
row_copy_in(int64 n)
{
	RangeVar   *name = makeRangeVar("bench", "target", -1);
	ParseState *state;
	Relation	relation;
#if PG_VERSION_NUM >= 140000
	CopyFromState copy;
#else
	CopyState	copy;
#endif
	int64		start;

	begin();
	execute("truncate bench.target");
	initStringInfo(&block);
	next_row = 0;
	last_row = n;
	start = now_ns();
	state = make_parsestate(NULL);
#if PG_VERSION_NUM >= 120000
	relation = table_openrv(name, RowExclusiveLock);
	(void) addRangeTableEntryForRelation(state, relation, RowExclusiveLock, NULL, false, false);
#else
	relation = heap_openrv(name, RowExclusiveLock);
	(void) addRangeTableEntryForRelation(state, relation, NULL, false, false);
#endif
	copy = BeginCopyFrom(state, relation,
#if PG_VERSION_NUM >= 140000
						 NULL,
#endif
						 NULL, false, next_data, NIL, NIL);
	if (CopyFrom(copy) != (uint64) n)
		elog(ERROR, "cannot copy");
	EndCopyFrom(copy);
	start = now_ns() - start;
#if PG_VERSION_NUM >= 120000
	table_close(relation, NoLock);
#else
	heap_close(relation, NoLock);
#endif
	commit();
	return start;
}
#endif

const Row copy_rows[] = {
	{"insert_text", row_insert_text},
	{"insert_arrays", row_insert_arrays},
#if PG_VERSION_NUM >= 100000
	{"copy_in", row_copy_in},
#endif
	{NULL, NULL}
};
