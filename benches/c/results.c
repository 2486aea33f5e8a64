/* Rows of three types, read one by one. */
#include "common.h"

static int64
row_rows_int(int64 n)
{
	char		sql[100];
	int64		start;

	snprintf(sql, sizeof(sql), "select g::int4 from generate_series(1, " INT64_FORMAT ") g", n);
	begin();
	start = now_ns();
	execute(sql);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &null);

		if (!null)
			sink += DatumGetInt32(value);
	}
	SPI_freetuptable(SPI_tuptable);
	start = now_ns() - start;
	commit();
	return start;
}

static int64
row_rows_text(int64 n)
{
	char		sql[120];
	int64		start;

	snprintf(sql, sizeof(sql), "select 'row ' || g from generate_series(1, " INT64_FORMAT ") g", n);
	begin();
	start = now_ns();
	execute(sql);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &null);

		if (!null)
		{
			text	   *row = DatumGetTextPP(value);

			sink += VARSIZE_ANY_EXHDR(row);
		}
	}
	SPI_freetuptable(SPI_tuptable);
	start = now_ns() - start;
	commit();
	return start;
}

static int64
row_rows_timestamptz(int64 n)
{
	char		sql[150];
	int64		start;

	snprintf(sql, sizeof(sql),
			 "select to_timestamp(g) from generate_series(1, " INT64_FORMAT ") g", n);
	begin();
	start = now_ns();
	execute(sql);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &null);

		if (!null)
			sink += DatumGetTimestampTz(value);
	}
	SPI_freetuptable(SPI_tuptable);
	start = now_ns() - start;
	commit();
	return start;
}

static int64
row_cursor(int64 n)
{
	char		sql[100];
	SPIPlanPtr	plan;
	Portal		portal;
	int64		start;

	snprintf(sql, sizeof(sql), "select g::int4 from generate_series(1, " INT64_FORMAT ") g", n);
	begin();
	start = now_ns();
	plan = SPI_prepare(sql, 0, NULL);
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, false);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, 1000);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		null;
			Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &null);

			if (!null)
				sink += DatumGetInt32(value);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_freeplan(plan);
	start = now_ns() - start;
	commit();
	return start;
}

/* Reads one row repeatedly. */
static int64
row_read(int64 n)
{
	int64		start;

	begin();
	execute("select 42, 'a text of some length', 1.5::float8");
	start = now_ns();
	for (int64 i = 0; i < n; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[0];
		bool		null;
		Datum		value;

		value = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &null);
		sink += null ? 0 : DatumGetInt32(value);
		value = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 3, &null);
		sink += null ? 0 : (uint64) DatumGetFloat8(value);
		value = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &null);
		if (!null)
			sink += VARSIZE_ANY_EXHDR(DatumGetTextPP(value));
	}
	start = now_ns() - start;
	SPI_freetuptable(SPI_tuptable);
	commit();
	return start;
}

const Row result_rows[] = {
	{"rows_int", row_rows_int},
	{"rows_text", row_rows_text},
	{"rows_timestamptz", row_rows_timestamptz},
	{"cursor", row_cursor},
	{"read", row_read},
	{NULL, NULL}
};
