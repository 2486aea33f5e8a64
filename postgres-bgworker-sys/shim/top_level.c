/*
 * Runs statements outside a transaction block, one after the other, as the main loop of a session does. C, because
 * every function that parses, plans or runs a statement has changed its signature, and because a receiver of rows is
 * a table of functions. Included after statement.c, whose helpers it uses.
 */
#include "shim.h"
#include "inline.h"

#include "executor/tuptable.h"
#include "nodes/params.h"
#include "utils/datum.h"
#if PG_VERSION_NUM >= 130000
#include "access/detoast.h"
#else
#include "access/tuptoaster.h"
#define detoast_external_attr(value) heap_tuple_fetch_attr(value)
#endif

struct pgbgw_script
{
	MemoryContext memory;
	int			count;
	const char **texts;
	/* Before 10, the parser does not tell where a statement begins, so all statements share the text. */
	List	   *parsed;
	int			parameter_count;
	Oid		   *types;
	ParamListInfo parameters;
};

/*
 * A client is needed for these. Before some minor, the server itself lets a background worker listen, and then keeps
 * all notifications for it. COPY would use the standard input and output of the process.
 */
static void
refuse_what_needs_a_client(const Node *statement)
{
	if (IsA(statement, CopyStmt) && ((const CopyStmt *) statement)->filename == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot run COPY FROM STDIN or COPY TO STDOUT in a background worker"),
				 errdetail("A background worker has no client to copy from or to."),
				 errhint("Use a file or a table.")));
	if (IsA(statement, ListenStmt))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot run LISTEN in a background worker"),
				 errdetail("A background worker has no client that receives notifications."),
				 errhint("Use a table, and wait with a timeout.")));
}

#if PG_VERSION_NUM >= 100000
static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The text of one statement, without the semicolon and the white space around it. */
static const char *
text_of(const RawStmt *parsed, const char *text)
{
	const char *start = text + Max(parsed->stmt_location, 0);
	size_t		length = parsed->stmt_len > 0 ? (size_t) parsed->stmt_len : strlen(start);

	for (; length > 0 && is_space(*start); length--)
		start++;
	while (length > 0 && is_space(start[length - 1]))
		length--;
	return pnstrdup(start, length);
}
#endif

static ParamListInfo
copy_parameters(int count, const Oid *types, const Datum *values, const char *nulls)
{
	ParamListInfo list = palloc0(offsetof(ParamListInfoData, params) + count * sizeof(ParamExternData));
	int			i;

	list->numParams = count;
	for (i = 0; i < count; i++)
	{
		ParamExternData *parameter = &list->params[i];
		int16		length;
		bool		by_value;

		parameter->ptype = types[i];
		parameter->pflags = PARAM_FLAG_CONST;
		parameter->isnull = nulls[i] == 'n';
		if (parameter->isnull)
			continue;
		get_typlenbyval(types[i], &length, &by_value);
		parameter->value = datumCopy(values[i], by_value, length);
	}
	return list;
}

pgbgw_script *
pgbgw_script_parse(MemoryContext memory, const char *text, int count, const Oid *types, const Datum *values,
				   const char *nulls)
{
	const MemoryContext before = MemoryContextSwitchTo(memory);
	pgbgw_script *script = palloc0(sizeof(pgbgw_script));
	ListCell   *cell;

	text = pstrdup(text);
	script->memory = memory;
	script->parsed = pg_parse_query(text);
	script->texts = palloc0((list_length(script->parsed) + 1) * sizeof(char *));
	foreach(cell, script->parsed)
	{
		raw_statement *parsed = lfirst(cell);

		refuse_what_needs_a_client(NODE_OF(parsed));
#if PG_VERSION_NUM >= 100000
		script->texts[script->count++] = text_of(parsed, text);
#else
		script->texts[script->count++] = text;
#endif
	}
	script->parameter_count = count;
	if (count > 0)
	{
		script->types = palloc(count * sizeof(Oid));
		memcpy(script->types, types, count * sizeof(Oid));
		script->parameters = copy_parameters(count, types, values, nulls);
	}
	MemoryContextSwitchTo(before);
	return script;
}

int
pgbgw_script_length(const pgbgw_script *script)
{
	return script->count;
}

const char *
pgbgw_script_text(const pgbgw_script *script, int number)
{
	return script->texts[number];
}

/* Each statement is parsed when it is its turn, as if a client had sent it, so that errors have positions in its text. */
static raw_statement *
parse_one(const pgbgw_script *script, int number)
{
#if PG_VERSION_NUM >= 100000
	List	   *parsed = pg_parse_query(script->texts[number]);

	if (list_length(parsed) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("statement is read as %d statements after a change of settings", list_length(parsed))));
	return linitial(parsed);
#else
	return list_nth(script->parsed, number);
#endif
}

/* The receiver of the rows of a statement, or of the queries that rules have added to it. */
typedef struct receiver
{
	DestReceiver pub;
	pgbgw_outcome *outcome;
	Datum	   *values;
	/* The receiver of the rows of the statement. Its rows are the result, if there are any. */
	const struct receiver *statement;
} receiver;

static bool
is_ignored(const receiver *mine)
{
	return mine->statement != mine && mine->statement->values != NULL;
}

static void
receive_layout(DestReceiver *self, int operation, TupleDesc descriptor)
{
	receiver   *mine = (receiver *) self;
	pgbgw_outcome *outcome = mine->outcome;
	MemoryContext before;

	(void) operation;
	if (is_ignored(mine))
		return;
	before = MemoryContextSwitchTo(outcome->memory);
	outcome->descriptor = CreateTupleDescCopy(descriptor);
	outcome->rows = 0;
	mine->values = palloc(Max(descriptor->natts, 1) * sizeof(Datum));
	MemoryContextSwitchTo(before);
}

static void
make_room(pgbgw_outcome *outcome)
{
	const uint64 room = outcome->room > 0 ? outcome->room * 2 : 64;
	const Size	size = (Size) room * sizeof(HeapTuple);

	if (outcome->tuples == NULL)
		outcome->tuples = palloc(size);
	else
#if PG_VERSION_NUM >= 90400
		outcome->tuples = repalloc_huge(outcome->tuples, size);
#else
		outcome->tuples = repalloc(outcome->tuples, size);
#endif
	outcome->room = room;
}

/* Copies a row, with all values inside: what they point to may be gone when the row is read. */
#if PG_VERSION_NUM >= 90600
static bool
#else
static void
#endif
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	receiver   *mine = (receiver *) self;
	pgbgw_outcome *outcome = mine->outcome;
	const TupleDesc descriptor = outcome->descriptor;
	MemoryContext before;
	int			i;

	if (is_ignored(mine))
#if PG_VERSION_NUM >= 90600
		return true;
#else
		return;
#endif
	before = MemoryContextSwitchTo(outcome->memory);
	slot_getallattrs(slot);
	for (i = 0; i < descriptor->natts; i++)
	{
		const Datum value = slot->tts_values[i];

		mine->values[i] = value;
		if (!slot->tts_isnull[i] && TupleDescAttr(descriptor, i)->attlen == -1 &&
			VARATT_IS_EXTERNAL(DatumGetPointer(value)))
			mine->values[i] = PointerGetDatum(detoast_external_attr((struct varlena *) DatumGetPointer(value)));
	}
	if (outcome->rows == outcome->room)
		make_room(outcome);
	outcome->tuples[outcome->rows++] = heap_form_tuple(descriptor, mine->values, slot->tts_isnull);
	for (i = 0; i < descriptor->natts; i++)
		if (!slot->tts_isnull[i] && mine->values[i] != slot->tts_values[i])
			pfree(DatumGetPointer(mine->values[i]));
	MemoryContextSwitchTo(before);
#if PG_VERSION_NUM >= 90600
	return true;
#endif
}

static void
receive_end(DestReceiver *self)
{
	(void) self;
}

pgbgw_outcome *
pgbgw_outcome_create(MemoryContext memory)
{
	pgbgw_outcome *outcome = MemoryContextAllocZero(memory, sizeof(pgbgw_outcome));

	outcome->memory = memory;
	return outcome;
}

/* The rows as a result of SPI, in memory that ends with the transaction. */
SPITupleTable *
pgbgw_outcome_table(const pgbgw_outcome *outcome)
{
	const MemoryContext memory = new_memory(TopTransactionContext, "rows of run_top_level");
	SPITupleTable *table = MemoryContextAllocZero(memory, sizeof(SPITupleTable));

	table->tuptabcxt = memory;
	table->tupdesc = outcome->descriptor;
	table->vals = outcome->tuples;
	return table;
}

/* The statement has taken effect. A cancel that is pending is for the next one, so it must not make this one fail. */
static void
log_after(const char *text, bool text_was_logged)
{
	hold_cancels();
	log_duration_of(text, text_was_logged);
	resume_cancels();
}

static List *
plan_statement(raw_statement *parsed, const pgbgw_script *script, const char *text)
{
	List	   *queries;
	bool		snapshot = analyze_requires_snapshot(parsed);

	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	queries = plan_queries(analyze(parsed, text, script->types, script->parameter_count), text, script->parameters);
	if (snapshot)
		PopActiveSnapshot();
	return queries;
}

#if PG_VERSION_NUM >= 130000
static void
keep_completion(pgbgw_outcome *outcome, const QueryCompletion *completion)
{
	const char *const name = GetCommandTagName(completion->commandTag);

	outcome->processed = completion->nprocessed;
	if (!command_tag_display_rowcount(completion->commandTag))
	{
		outcome->processed = 0;
		snprintf(outcome->tag, sizeof(outcome->tag), "%s", name);
	}
	else
		snprintf(outcome->tag, sizeof(outcome->tag), "%s %s" UINT64_FORMAT, name,
				 completion->commandTag == CMDTAG_INSERT ? "0 " : "", completion->nprocessed);
}
#else
static void
keep_completion(pgbgw_outcome *outcome, const char *completion)
{
	const char *const count = strrchr(completion, ' ');

	snprintf(outcome->tag, sizeof(outcome->tag), "%s", completion);
	if (count != NULL)
		outcome->processed = strtoul(count + 1, NULL, 10);
}
#endif

static void
run_portal(raw_statement *parsed, List *plans, const pgbgw_script *script, const char *text,
		   MemoryContext transaction, pgbgw_outcome *outcome)
{
	const Portal portal = CreatePortal("", true, true);
	const DestReceiver functions = {receive_row, receive_layout, receive_end, receive_end, DestNone};
	receiver	rows = {.pub = functions, .outcome = outcome, .statement = &rows};
	receiver	others = {.pub = functions, .outcome = outcome, .statement = &rows};
#if PG_VERSION_NUM >= 130000
	const CommandTag tag = CreateCommandTag(NODE_OF(parsed));
	QueryCompletion completion;

	InitializeQueryCompletion(&completion);
#else
	const char *const tag = CreateCommandTag(NODE_OF(parsed));
	char		completion[COMPLETION_TAG_BUFSIZE] = "";
#endif

	portal->visible = false;
	PortalDefineQuery(portal, NULL, text, tag, plans, NULL);
	PortalStart(portal, script->parameters, 0, InvalidSnapshot);
	MemoryContextSwitchTo(transaction);
#if PG_VERSION_NUM >= 180000
	PortalRun(portal, FETCH_ALL, true, &rows.pub, &others.pub, &completion);
#elif PG_VERSION_NUM >= 130000
	PortalRun(portal, FETCH_ALL, true, true, &rows.pub, &others.pub, &completion);
#elif PG_VERSION_NUM >= 100000
	PortalRun(portal, FETCH_ALL, true, true, &rows.pub, &others.pub, completion);
#else
	PortalRun(portal, FETCH_ALL, true, &rows.pub, &others.pub, completion);
#endif
	PortalDrop(portal, false);
#if PG_VERSION_NUM >= 130000
	keep_completion(outcome, &completion);
#else
	keep_completion(outcome, completion[0] ? completion : tag);
#endif
}

void
pgbgw_script_run(const pgbgw_script *script, int number, pgbgw_outcome *outcome)
{
	const MemoryContext before = CurrentMemoryContext;
	const char *const text = script->texts[number];
	MemoryContext transaction;
	MemoryContext work;
	raw_statement *parsed;
	List	   *plans;
	bool		text_was_logged;

	SetCurrentStatementStartTimestamp();
	debug_query_string = text;
	report_statement(text);
	StartTransactionCommand();
	start_statement_timeout();
	transaction = CurrentMemoryContext;
	work = new_memory(script->memory, "statement of run_top_level");
	MemoryContextSwitchTo(work);
	parsed = parse_one(script, number);
	refuse_what_needs_a_client(NODE_OF(parsed));
	text_was_logged = is_logged(NODE_OF(parsed));
	if (text_was_logged)
		log_text(text);
	CHECK_FOR_INTERRUPTS();
	outcome->made = pgbgw_mark_layouts();
	plans = plan_statement(parsed, script, text);
	CHECK_FOR_INTERRUPTS();
	run_portal(parsed, plans, script, text, transaction, outcome);
	drop_statement_timeout();
	CommitTransactionCommand();
	MemoryContextSwitchTo(before);
	log_after(text, text_was_logged);
	MemoryContextDelete(work);
}

int
pgbgw_script_is_in_block(void)
{
	return IsTransactionOrTransactionBlock();
}

/* What a session does after a statement, before it waits for the next one. */
void
pgbgw_script_end(void)
{
	debug_query_string = NULL;
#if PG_VERSION_NUM < 150000
	ProcessCompletedNotifies();
#endif
	(void) pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
}

/* What a session does after an error. */
void
pgbgw_script_abort(void)
{
	pgbgw_abort();
#if PG_VERSION_NUM >= 170000
	ReplicationSlotCleanup(false);
#elif PG_VERSION_NUM >= 100000
	ReplicationSlotCleanup();
#endif
	pgstat_report_activity(STATE_IDLE, NULL);
}

/* Makes a transaction, at its end, one that CommitTransactionCommand prepares for a two-phase commit. */
void
pgbgw_prepare_transaction(const char *gid)
{
	PreventCommandDuringRecovery("PREPARE TRANSACTION");
	BeginTransactionBlock();
	CommitTransactionCommand();
	if (!PrepareTransactionBlock((char *) gid))
		ereport(ERROR,
				(errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
				 errmsg("transaction cannot be prepared in its state")));
}
