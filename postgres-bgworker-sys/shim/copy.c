/*
 * COPY between a table and memory of this process. C, because the server's callbacks take no argument, and because an
 * error must be raised after the frames of the caller's language have returned. Included after statement.c, whose helpers
 * it uses.
 */
#include "shim.h"
#include "inline.h"

#include "access/sysattr.h"
#include "commands/copy.h"
#if PG_VERSION_NUM >= 90500
/* The headers of these libraries may be missing. Only a Port contains their types, and nothing here uses one. */
#undef ENABLE_GSS
#undef ENABLE_SSPI
#undef USE_OPENSSL
#undef USE_SSL
#include "libpq/libpq.h"
#include "libpq/libpq-be.h"
#include "utils/rls.h"
#endif
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#if PG_VERSION_NUM >= 100000
#include "utils/regproc.h"
#endif
#if PG_VERSION_NUM >= 120000
#include "utils/float.h"
#endif

#if PG_VERSION_NUM >= 90500

/* The process's end of the COPY that runs now. A trigger may run another COPY inside, which restores this. */
typedef struct copy_end
{
	pgbgw_copy_source source;
	pgbgw_copy_sink sink;
	void	   *argument;
	MemoryContext memory;		/* lives as long as the COPY */
} copy_end;

static copy_end *running_copy = NULL;

static void
stopped(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("COPY was stopped by the program at its other end")));
}

/* COPY FROM has a context of its own. */
static void
add_text(void *argument)
{
	if (running_copy->source != NULL)
		(void) add_position(argument);
	else
		add_statement(argument);
}

/* The memory of a COPY ends with the subtransaction, because an error leaves it behind. */
static MemoryContext
copy_memory(void)
{
	return new_memory(CurTransactionContext, "COPY of a background worker");
}

/* A function that is not volatile sees what its caller sees, as with SPI. */
static bool
is_read_only(void)
{
	return pgbgw_nesting == PGBGW_NESTED_READ_ONLY;
}

static void
begin_copy(const char *text)
{
	pgbgw_begin_statement(text, NULL);
	if (!is_read_only())
		CommandCounterIncrement();
	if (is_read_only() && ActiveSnapshotSet())
		PushActiveSnapshot(GetActiveSnapshot());
	else
		PushActiveSnapshot(GetTransactionSnapshot());
}

static void
end_copy(void)
{
	PopActiveSnapshot();
	if (!is_read_only())
		CommandCounterIncrement();
	pgbgw_end_statement();
}

static void
refuse_in_read_only(const char *command)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s is not allowed in a non-volatile function", command)));
}

/* The only statement of a text. */
static Node *
only_statement(const char *text)
{
	List	   *statements = pg_parse_query(text);

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("COPY needs exactly one query, but the text contains %d", list_length(statements))));
	return NODE_OF((raw_statement *) linitial(statements));
}

/* The grammar reads the options, so each of them is of the kind that this major expects. */
static CopyStmt *
parse_copy(const char *text, bool is_from)
{
	CopyStmt   *copy = (CopyStmt *) only_statement(text);

	if (!IsA(copy, CopyStmt) || copy->is_from != is_from || copy->filename != NULL)
		elog(ERROR, "not a COPY from or to memory: %s", text);
	return copy;
}
#endif

#if PG_VERSION_NUM >= 100000

static int
read_source(void *to, int least, int most)
{
	const int	filled = running_copy->source(running_copy->argument, to, least, most);

	if (filled < 0)
		stopped();
	return filled;
}

/* The numbers of the columns that COPY fills, and 0 for a name that no column has. */
static List *
numbers_of(Relation relation, List *columns)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	List	   *numbers = NIL;
	ListCell   *cell;

	foreach(cell, columns)
		numbers = lappend_int(numbers, get_attnum(RelationGetRelid(relation), strVal(lfirst(cell))));
	for (int at = 0; columns == NIL && at < descriptor->natts; at++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, at);

#if PG_VERSION_NUM >= 120000
		if (attribute->attgenerated != '\0')
			continue;
#endif
		if (!attribute->attisdropped)
			numbers = lappend_int(numbers, attribute->attnum);
	}
	return numbers;
}

/* The checks of DoCopy, which the callback does not pass through. */
static void
check_may_insert(ParseState *state, Relation relation, List *columns)
{
	Bitmapset  *inserted = NULL;
	ListCell   *cell;
#if PG_VERSION_NUM >= 130000
	ParseNamespaceItem *item = addRangeTableEntryForRelation(state, relation, RowExclusiveLock, NULL, false, false);
#elif PG_VERSION_NUM >= 120000
	RangeTblEntry *entry = addRangeTableEntryForRelation(state, relation, RowExclusiveLock, NULL, false, false);
#else
	RangeTblEntry *entry = addRangeTableEntryForRelation(state, relation, NULL, false, false);
#endif

	/* Names of no columns are left to BeginCopyFrom, which has an error for them. */
	foreach(cell, numbers_of(relation, columns))
	{
		if (lfirst_int(cell) > 0)
			inserted = bms_add_member(inserted, lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
	}
#if PG_VERSION_NUM >= 160000
	item->p_perminfo->requiredPerms = ACL_INSERT;
	item->p_perminfo->insertedCols = inserted;
	ExecCheckPermissions(state->p_rtable, list_make1(item->p_perminfo), true);
#else
#if PG_VERSION_NUM >= 130000
	RangeTblEntry *entry = item->p_rte;
#endif
	entry->requiredPerms = ACL_INSERT;
	entry->insertedCols = inserted;
	ExecCheckRTPerms(state->p_rtable, true);
#endif
	if (check_enable_rls(RelationGetRelid(relation), InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("COPY FROM not supported with row-level security"),
				 errhint("Use INSERT statements instead.")));
	if (is_read_only())
		refuse_in_read_only("COPY FROM");
	if (XactReadOnly && !relation->rd_islocaltemp)
		PreventCommandIfReadOnly("COPY FROM");
	PreventCommandIfParallelMode("COPY FROM");
}

static uint64
copy_from(CopyStmt *statement, const char *text)
{
	ParseState *state = make_parsestate(NULL);
	Relation	relation = table_openrv(statement->relation, RowExclusiveLock);
#if PG_VERSION_NUM >= 140000
	CopyFromState copy;
#else
	CopyState	copy;
#endif
	uint64		rows;

	state->p_sourcetext = text;
	check_may_insert(state, relation, statement->attlist);
	copy = BeginCopyFrom(state, relation,
#if PG_VERSION_NUM >= 140000
						 NULL,
#endif
						 NULL, false, read_source, statement->attlist, statement->options);
	rows = CopyFrom(copy);
	EndCopyFrom(copy);
	free_parsestate(state);
	table_close(relation, NoLock);
	return rows;
}

/* The base type of a column, or 0 if it has no binary format. */
static Oid
binary_type(Relation relation, AttrNumber number)
{
	const Oid	type = getBaseType(TupleDescAttr(RelationGetDescr(relation), number - 1)->atttypid);
	HeapTuple	row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	bool		has_format;

	if (!HeapTupleIsValid(row))
		elog(ERROR, "cache lookup failed for type %u", type);
	has_format = OidIsValid(((Form_pg_type) GETSTRUCT(row))->typsend) &&
		OidIsValid(((Form_pg_type) GETSTRUCT(row))->typreceive);
	ReleaseSysCache(row);
	return has_format ? type : InvalidOid;
}

int
pgbgw_copy_types(const char *statement, Oid *types, int room)
{
	MemoryContext memory = copy_memory();
	MemoryContext const before = MemoryContextSwitchTo(memory);
	CopyStmt   *copy = parse_copy(statement, true);
	Relation	relation = table_openrv(copy->relation, RowExclusiveLock);
	ListCell   *cell;
	int			count = 0;

	foreach(cell, numbers_of(relation, copy->attlist))
	{
		if (count < room)
			types[count] = lfirst_int(cell) > 0 ? binary_type(relation, lfirst_int(cell)) : InvalidOid;
		count++;
	}
	table_close(relation, NoLock);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(memory);
	/* The binary format is in the encoding of the client, and values are in that of the database. */
	return pg_get_client_encoding() == GetDatabaseEncoding() ? count : 0;
}

uint64
pgbgw_copy_in(const char *statement, pgbgw_copy_source source, void *argument)
{
	copy_end	this = {source, NULL, argument, copy_memory()};
	copy_end   *const outer = running_copy;
	MemoryContext const before = MemoryContextSwitchTo(this.memory);
	ErrorContextCallback callback = {error_context_stack, add_text, (char *) statement};
	uint64		rows = 0;

	begin_copy(statement);
	PG_TRY();
	{
		running_copy = &this;
		error_context_stack = &callback;
		rows = copy_from(parse_copy(statement, true), statement);
	}
	PG_CATCH();
	{
		running_copy = outer;
		PG_RE_THROW();
	}
	PG_END_TRY();
	error_context_stack = callback.previous;
	running_copy = outer;
	end_copy();
	MemoryContextSwitchTo(before);
	MemoryContextDelete(this.memory);
	return rows;
}

void *
pgbgw_output_function(Oid type)
{
	FmgrInfo   *function = MemoryContextAlloc(running_copy->memory, sizeof(FmgrInfo));
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	fmgr_info_cxt(output, function, running_copy->memory);
	return function;
}

void *
pgbgw_send_function(Oid type)
{
	FmgrInfo   *function = MemoryContextAlloc(running_copy->memory, sizeof(FmgrInfo));
	Oid			send;
	bool		is_varlena;

	getTypeBinaryOutputInfo(type, &send, &is_varlena);
	fmgr_info_cxt(send, function, running_copy->memory);
	return function;
}

void *
pgbgw_send(void *function, Datum value)
{
	return SendFunctionCall(function, value);
}

/* The settings under which every value can be read again as it is, as pg_dump and postgres_fdw set them. */
char *
pgbgw_exact_output(void *function, Datum value)
{
	const int	date_style = DateStyle;
	const int	interval_style = IntervalStyle;
	const int	digits = extra_float_digits;
	char	   *volatile text = NULL;

	DateStyle = USE_ISO_DATES;
	IntervalStyle = INTSTYLE_POSTGRES;
	extra_float_digits = 3;
	PG_TRY();
	{
		text = OutputFunctionCall(function, value);
	}
	PG_CATCH();
	{
		DateStyle = date_style;
		IntervalStyle = interval_style;
		extra_float_digits = digits;
		PG_RE_THROW();
	}
	PG_END_TRY();
	DateStyle = date_style;
	IntervalStyle = interval_style;
	extra_float_digits = digits;
	return text;
}

#else

/* Not called: the caller looks at COPIES_FROM_MEMORY first. */
#define IS_ABSENT { elog(ERROR, "this server cannot COPY from memory"); }

uint64 pgbgw_copy_in(const char *statement, pgbgw_copy_source source, void *argument) IS_ABSENT
int pgbgw_copy_types(const char *statement, Oid *types, int room) IS_ABSENT
void *pgbgw_output_function(Oid type) IS_ABSENT
char *pgbgw_exact_output(void *function, Datum value) IS_ABSENT
void *pgbgw_send_function(Oid type) IS_ABSENT
void *pgbgw_send(void *function, Datum value) IS_ABSENT
#endif

char *
pgbgw_quote_table(const char *name)
{
#if PG_VERSION_NUM >= 160000
	List	   *parts = stringToQualifiedNameList(name, NULL);
#else
	List	   *parts = stringToQualifiedNameList(name);
#endif
	ListCell   *cell;
	StringInfoData quoted;

	initStringInfo(&quoted);
	foreach(cell, parts)
	{
		if (cell != list_head(parts))
			appendStringInfoChar(&quoted, '.');
		appendStringInfoString(&quoted, quote_identifier(strVal(lfirst(cell))));
	}
	return quoted.data;
}

const char *
pgbgw_database_encoding(void)
{
	return GetDatabaseEncodingName();
}

#if PG_VERSION_NUM >= 90500

/*
 * COPY TO a client sends messages through this table of functions, which a library may replace, as parallel workers do.
 * The callback that servers since 16 have gets rows without their ends of line.
 */
static int
put_message(char type, const char *data, size_t length)
{
	/* Notices come here as well. They are in the server log. */
	if (type == 'd' && running_copy->sink(running_copy->argument, data, length) != 0)
		stopped();
	return 0;
}

static void
put_message_later(char type, const char *data, size_t length)
{
	(void) put_message(type, data, length);
}

static void
nothing(void)
{
}

static int
nothing_to_flush(void)
{
	return 0;
}

static bool
nothing_is_pending(void)
{
	return false;
}

#if PG_VERSION_NUM < 140000
static void
nothing_ends(bool aborted)
{
	(void) aborted;
}
#endif

static const PQcommMethods methods_of_copy = {
	.comm_reset = nothing,
	.flush = nothing_to_flush,
	.flush_if_writable = nothing_to_flush,
	.is_send_pending = nothing_is_pending,
	.putmessage = put_message,
	.putmessage_noblock = put_message_later,
#if PG_VERSION_NUM < 140000
	.startcopyout = nothing,
	.endcopyout = nothing_ends,
#endif
};

static bool
returns_rows(Node *statement)
{
	if (IsA(statement, SelectStmt))
		return true;
#if PG_VERSION_NUM >= 170000
	if (IsA(statement, MergeStmt))
		return true;
#endif
#if PG_VERSION_NUM >= 90600
	return IsA(statement, InsertStmt) || IsA(statement, UpdateStmt) || IsA(statement, DeleteStmt);
#else
	return false;
#endif
}

/* A query that changes or locks nothing. Only the outermost WITH may contain other statements. */
static bool
only_reads(Node *statement)
{
	SelectStmt *const query = (SelectStmt *) statement;
	ListCell   *cell;

	if (!IsA(statement, SelectStmt) || query->lockingClause != NIL)
		return false;
	if (query->withClause == NULL)
		return true;
	foreach(cell, query->withClause->ctes)
	{
		if (!IsA(((CommonTableExpr *) lfirst(cell))->ctequery, SelectStmt))
			return false;
	}
	return true;
}

static uint64
copy_to(const char *query, const char *rest)
{
	Node	   *statement = only_statement(query);
	StringInfoData text;
	CopyStmt   *copy;
	uint64		rows = 0;
#if PG_VERSION_NUM >= 100000
	ParseState *state = make_parsestate(NULL);
#else
	bool		left;
#endif

	if (!returns_rows(statement))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("COPY cannot return the result of this statement"),
				 errdetail("COPY takes a query, or a statement with RETURNING.")));
	if (is_read_only() && !only_reads(statement))
		refuse_in_read_only("a statement that writes");
	initStringInfo(&text);
	appendStringInfo(&text, "COPY (SELECT) TO STDOUT%s", rest);
	copy = parse_copy(text.data, false);
	copy->query = statement;
#if PG_VERSION_NUM >= 100000
	state->p_sourcetext = query;
	DoCopy(state, copy, 0, 0, &rows);
	free_parsestate(state);
#else
	left = leave_spi();
	DoCopy(copy, query, &rows);
	reenter_spi(left);
#endif
	return rows;
}

uint64
pgbgw_copy_out(const char *query, const char *rest, pgbgw_copy_sink sink, void *argument)
{
	copy_end	this = {NULL, sink, argument, copy_memory()};
	copy_end   *const outer = running_copy;
	MemoryContext const before = MemoryContextSwitchTo(this.memory);
	const CommandDest destination = whereToSendOutput;
	const ProtocolVersion protocol = FrontendProtocol;
#if PG_VERSION_NUM >= 120000
	const PQcommMethods *const methods = PqCommMethods;
#else
	PQcommMethods *const methods = PqCommMethods;
#endif
	ErrorContextCallback callback = {error_context_stack, add_text, (char *) query};
	uint64		rows = 0;

	begin_copy(query);
	PG_TRY();
	{
		running_copy = &this;
		error_context_stack = &callback;
#if PG_VERSION_NUM >= 120000
		PqCommMethods = &methods_of_copy;
#else
		PqCommMethods = (PQcommMethods *) &methods_of_copy;
#endif
		FrontendProtocol = PG_PROTOCOL_LATEST;
		whereToSendOutput = DestRemote;
		rows = copy_to(query, rest);
	}
	PG_CATCH();
	{
		whereToSendOutput = destination;
		FrontendProtocol = protocol;
		PqCommMethods = methods;
		running_copy = outer;
		PG_RE_THROW();
	}
	PG_END_TRY();
	whereToSendOutput = destination;
	FrontendProtocol = protocol;
	PqCommMethods = methods;
	error_context_stack = callback.previous;
	running_copy = outer;
	end_copy();
	MemoryContextSwitchTo(before);
	MemoryContextDelete(this.memory);
	return rows;
}
#else

uint64
pgbgw_copy_out(const char *query, const char *rest, pgbgw_copy_sink sink, void *argument)
{
	elog(ERROR, "this server cannot COPY to memory");
	return 0;
}
#endif
