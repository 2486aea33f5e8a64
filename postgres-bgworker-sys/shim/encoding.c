/*
 * Converts texts of the server to UTF-8 in any state of a transaction. The server's own functions look up the
 * conversion in the catalog, which is impossible after an error. C, because conversions take one more argument
 * since 14.
 */
#include "shim.h"

#include "catalog/pg_namespace.h"
#if PG_VERSION_NUM >= 110000
#include "catalog/pg_conversion.h"
#else
#include "catalog/pg_conversion_fn.h"
#endif
#include "mb/pg_wchar.h"

/* The maximum number of bytes of a character in UTF-8. Before 12, the number is private to mbutils.c. */
#define MOST_GROWTH 4

typedef struct conversion
{
	const char *text;
	char	   *result;
} conversion;

/* From the encoding of the database; null if no conversion is needed or available. */
static FmgrInfo *to_utf8 = NULL;

void
pgbgw_prepare_to_utf8(void)
{
	const int	encoding = GetDatabaseEncoding();
	FmgrInfo   *function;
	Oid			procedure;

	if (to_utf8 != NULL || encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return;
	/* The server's own conversion: one of another schema may belong to any user. */
	procedure = FindDefaultConversion(PG_CATALOG_NAMESPACE, encoding, PG_UTF8);
	if (!OidIsValid(procedure))
		return;
	function = MemoryContextAlloc(TopMemoryContext, sizeof(FmgrInfo));
	fmgr_info_cxt(procedure, function, TopMemoryContext);
	to_utf8 = function;
}

static void
convert(void *argument)
{
	conversion *this = argument;
	const int	length = (int) strlen(this->text);

	this->result = palloc(length * MOST_GROWTH + 1);
#if PG_VERSION_NUM >= 140000
	FunctionCall6(to_utf8, Int32GetDatum(GetDatabaseEncoding()), Int32GetDatum(PG_UTF8),
				  CStringGetDatum(this->text), CStringGetDatum(this->result), Int32GetDatum(length), BoolGetDatum(false));
#else
	FunctionCall5(to_utf8, Int32GetDatum(GetDatabaseEncoding()), Int32GetDatum(PG_UTF8),
				  CStringGetDatum(this->text), CStringGetDatum(this->result), Int32GetDatum(length));
#endif
}

char *
pgbgw_text_to_utf8(const char *text)
{
	conversion	this = {text, NULL};
	ErrorData  *error;

	if (to_utf8 == NULL)
		return NULL;
	error = pgbgw_try(convert, &this);
	if (error != NULL)
	{
		pgbgw_free_error(error);
		return NULL;
	}
	return this.result;
}
