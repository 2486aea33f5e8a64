/*
 * Macros and inline functions of the server, as functions. One line each.
 */
#include "shim.h"

#if PG_VERSION_NUM < 100000 && !defined(HAVE_INT64_TIMESTAMP)
#error "servers built with --disable-integer-datetimes are not supported: their timestamps are doubles"
#endif

/* The headers fill the block, so it is correct for every layout and vendor. */
#if PG_VERSION_NUM >= 180000
static Pg_magic_struct magic = PG_MODULE_MAGIC_DATA(.name = NULL);
#else
static Pg_magic_struct magic = PG_MODULE_MAGIC_DATA;
#endif

const void *
pgbgw_magic(const char *name, const char *version)
{
#if PG_VERSION_NUM >= 180000
	magic.name = name;
	magic.version = version;
#else
	(void) name;
	(void) version;
#endif
	return &magic;
}

/* Not every binding generator recognizes how some majors declare that proc_exit does not return. */
void
pgbgw_exit(int code)
{
	proc_exit(code);
}

int
pgbgw_is_background_worker(void)
{
	return MyBgworkerEntry != NULL;
}

void
pgbgw_check_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

void *
pgbgw_process_latch(void)
{
	return (void *) PGBGW_LATCH;
}

MemoryContext
pgbgw_memory_context_switch_to(MemoryContext context)
{
	return MemoryContextSwitchTo(context);
}

Datum
pgbgw_float4_get_datum(float value)
{
	return Float4GetDatum(value);
}

float
pgbgw_datum_get_float4(Datum datum)
{
	return DatumGetFloat4(datum);
}

Datum
pgbgw_float8_get_datum(double value)
{
	return Float8GetDatum(value);
}

double
pgbgw_datum_get_float8(Datum datum)
{
	return DatumGetFloat8(datum);
}

Datum
pgbgw_int64_get_datum(int64 value)
{
	return Int64GetDatum(value);
}

int64
pgbgw_datum_get_int64(Datum datum)
{
	return DatumGetInt64(datum);
}

const void *
pgbgw_varlena_data(const void *varlena)
{
	return VARDATA_ANY((struct varlena *) varlena);
}

Size
pgbgw_varlena_size(const void *varlena)
{
	return VARSIZE_ANY_EXHDR((struct varlena *) varlena);
}

void
pgbgw_set_varlena_size(void *varlena, Size total)
{
	SET_VARSIZE(varlena, total);
}
