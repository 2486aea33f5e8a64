/*
 * Converts texts of the server to UTF-8 and back, in any state of a transaction. The server's own functions look up the
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
#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "storage/ipc.h"

/* The maximum growth of a text: a byte becomes a character of four bytes, or an escape. Before 12, mbutils.c has a private one. */
#define MOST_GROWTH 4

/* One direction of a conversion. The encodings are equal if none is needed. Some encodings have no function for it. */
typedef struct direction
{
	FmgrInfo   *function;
	int			from;
	int			to;
} direction;

static direction to_utf8;
static direction from_utf8;

/* A text to convert, its conversion, and the number of characters in it that have none. */
typedef struct conversion
{
	const direction *direction;
	const char *text;
	int			length;
	char	   *result;
	int			replaced;
} conversion;

static void
prepare(direction *this, int from, int to)
{
	FmgrInfo   *function;
	Oid			procedure;

	if (this->function != NULL)
		return;
	*this = (direction) {NULL, from, to};
	/* The server's own conversion: one of another schema may belong to any user. */
	procedure = FindDefaultConversion(PG_CATALOG_NAMESPACE, from, to);
	if (!OidIsValid(procedure))
		return;
	function = MemoryContextAlloc(TopMemoryContext, sizeof(FmgrInfo));
	fmgr_info_cxt(procedure, function, TopMemoryContext);
	this->function = function;
}

void
pgbgw_prepare_conversions(void)
{
	const int	encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || !IsTransactionState())
		return;
	prepare(&to_utf8, encoding, PG_UTF8);
	prepare(&from_utf8, PG_UTF8, encoding);
}

/* A part of a text. Since 14, the conversion stops before what it cannot convert; before, it raises an error. */
typedef struct part
{
	const direction *direction;
	const char *text;
	int			length;
	char	   *result;
	int			converted;
} part;

static void
convert_part(void *argument)
{
	part	   *this = argument;
	const direction *direction = this->direction;

#if PG_VERSION_NUM >= 140000
	this->converted = DatumGetInt32(FunctionCall6(direction->function, Int32GetDatum(direction->from),
												  Int32GetDatum(direction->to), CStringGetDatum(this->text),
												  CStringGetDatum(this->result), Int32GetDatum(this->length),
												  BoolGetDatum(true)));
#else
	FunctionCall5(direction->function, Int32GetDatum(direction->from), Int32GetDatum(direction->to),
				  CStringGetDatum(this->text), CStringGetDatum(this->result), Int32GetDatum(this->length));
	this->converted = this->length;
#endif
}

/* Converts the beginning of the part. Returns the number of its bytes, which is 0 if an error was raised. */
static int
convert_beginning(part this)
{
	if (this.direction->function == NULL)
		return 0;
#if PG_VERSION_NUM >= 140000
	convert_part(&this);
#else
	ErrorData  *error;

	if (proc_exit_inprogress)
		return 0;				/* an error would start the exit again */
	error = pgbgw_try(convert_part, &this);
	if (error != NULL)
	{
		pgbgw_free_error(error);
		*this.result = '\0';
	}
#endif
	return this.converted;
}

/* The bytes of the first character of the text, which may be invalid. Bytes below 0x80 are characters of their own. */
static int
first_character(const direction *this, const char *text, int length)
{
	const int	width = Min(pg_encoding_mblen(this->from, text), length);
	int			bytes = 1;

	while (bytes < width && IS_HIGHBIT_SET(text[bytes]))
		bytes++;
	return bytes;
}

/* Writes what stands for a character that cannot be converted: for UTF-8 its bytes, otherwise a question mark. */
static char *
replace(const direction *this, const char *text, int length, char *result)
{
	int			at;

	if (this->to != PG_UTF8)
		*result++ = '?';
	else
		for (at = 0; at < length; at++)
			result += sprintf(result, "\\x%02x", (unsigned char) text[at]);
	*result = '\0';
	return result;
}

/* Since 14, a conversion tells where it stopped. Before, a text that cannot be converted is converted by character. */
#define STOPS (PG_VERSION_NUM >= 140000)

static void
convert(void *argument)
{
	conversion *this = argument;
	const direction *direction = this->direction;
	/* Without a function, only ASCII is kept. */
	bool		by_character = direction->function == NULL;
	int			at = 0;
	char	   *end;

	this->result = end = palloc((Size) this->length * MOST_GROWTH + 1);
	*end = '\0';
	while (at < this->length)
	{
		const int	left = this->length - at;
		const int	length = by_character ? first_character(direction, this->text + at, left) : left;
		const bool	is_ascii = by_character && !IS_HIGHBIT_SET(this->text[at]);
		const int	converted =
			is_ascii ? 0 : convert_beginning((part) {direction, this->text + at, length, end, 0});

		if (is_ascii)
		{
			*end++ = this->text[at++];
			*end = '\0';
			continue;
		}
		at += converted;
		end += strlen(end);
		if (converted < length && (STOPS || by_character))
		{
			const int	skipped = first_character(direction, this->text + at, this->length - at);

			end = replace(direction, this->text + at, skipped, end);
			at += skipped;
			this->replaced++;
		}
		by_character = direction->function == NULL || (!STOPS && (by_character || converted < length));
	}
}

/* Null if no conversion is needed, or there is no memory. */
static char *
converted(const direction *direction, const char *text, int *replaced)
{
	const size_t length = strlen(text);
	conversion	this = {direction, text, (int) length, NULL, 0};
	ErrorData  *error;

	if (direction->from == direction->to || length > MaxAllocSize / MOST_GROWTH)
		return NULL;
	error = pgbgw_try(convert, &this);
	if (error != NULL)
	{
		pgbgw_free_error(error);
		return NULL;
	}
	if (replaced != NULL)
		*replaced = this.replaced;
	return this.result;
}

char *
pgbgw_text_to_utf8(const char *text)
{
	return converted(&to_utf8, text, NULL);
}

char *
pgbgw_text_from_utf8(const char *text, int *replaced)
{
	return converted(&from_utf8, text, replaced);
}

/* Whether texts need conversions that pgbgw_prepare_conversions can find now. */
int
pgbgw_conversions_are_pending(void)
{
	const int	encoding = GetDatabaseEncoding();

	return from_utf8.from == from_utf8.to && encoding != PG_UTF8 && encoding != PG_SQL_ASCII && IsTransactionState();
}

/*
 * Like pgbgw_text_for_error, in an ErrorContextCallback, where no error may be caught: it would take the outer one with it.
 * Raises only for lack of memory. Before 14 a conversion raises for a character that has none, so none is called.
 */
char *
pgbgw_text_for_context(const char *text)
{
	const int	encoding = GetDatabaseEncoding();
	const size_t length = strlen(text);
	direction	which = from_utf8;
	conversion	this = {&which, text, (int) length, NULL, 0};

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || length > MaxAllocSize / MOST_GROWTH)
		return NULL;
	if (!STOPS || which.from == which.to)
		which = (direction) {NULL, PG_UTF8, encoding};
	convert(&this);
	return this.result;
}

/* Like pgbgw_text_from_utf8; what is not ASCII is replaced if the conversion is not prepared. */
char *
pgbgw_text_for_error(const char *text)
{
	const int	encoding = GetDatabaseEncoding();
	direction	this = from_utf8;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return NULL;
	if (this.from == this.to)
		this = (direction) {NULL, PG_UTF8, encoding};
	return converted(&this, text, NULL);
}
