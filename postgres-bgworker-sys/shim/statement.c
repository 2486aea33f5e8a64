/*
 * Runs statements as the main loop of a session does (tcop/postgres.c): with a snapshot if the statement needs one and no longer,
 * with statement_timestamp(), pg_stat_activity, statement_timeout and the log of statements. C, because node types, signatures and
 * the snapshots of SPI changed, and because all of it is one call.
 */
#include "shim.h"

#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/plancache.h"

/* A snapshot of the catalogs counts in xmin, and a session drops it when it is idle. 9.3 has none. */
#define HAS_CATALOG_SNAPSHOT \
	(PG_VERSION_NUM >= 90602 || (PG_VERSION_NUM >= 90506 && PG_VERSION_NUM < 90600) || \
	 (PG_VERSION_NUM >= 90411 && PG_VERSION_NUM < 90500))

/* The statement that runs has been logged. */
static bool was_logged = false;

/* statement_timeout is armed for the statement that runs. */
static bool is_timed = false;

/*
 * A function that SQL calls runs its statements inside the statement of its caller, which the caller's session accounts for. A
 * function that is not volatile sees the snapshot of its caller and does not write.
 */
int			pgbgw_nesting = PGBGW_NOT_NESTED;

static List *
parse(const char *text)
{
	ErrorContextCallback callback = {error_context_stack, add_statement, (char *) text};
	List	   *statements;

	error_context_stack = &callback;
	statements = pg_parse_query(text);
	error_context_stack = callback.previous;
	return statements;
}

/* Memory for parsed statements. It goes with the savepoint if there is an error. */
static MemoryContext
parse_memory(void)
{
	return new_memory(CurTransactionContext, "parsed statement");
}

/* Whether log_statement asks for this statement. */
static bool
is_logged(void *statement)
{
	return log_statement == LOGSTMT_ALL ||
		(log_statement != LOGSTMT_NONE && GetCommandLogLevel(statement) <= (LogStmtLevel) log_statement);
}

static void
log_text(const char *text)
{
	ereport(LOG, (errmsg("statement: %s", text), errhidestmt(true)));
}

/* Whether a setting asks for durations. Most do not, so this is what a statement costs. */
static inline bool
is_duration_logged(void)
{
#if PG_VERSION_NUM >= 130000
	return log_duration || log_min_duration_statement >= 0 || log_min_duration_sample >= 0 || xact_is_sampled;
#else
	return true;
#endif
}

static void
log_duration_of(const char *text, bool text_was_logged)
{
	char		duration[32];

	if (!is_duration_logged())
		return;
	switch (check_log_duration(duration, text_was_logged))
	{
		case 1:
			ereport(LOG, (errmsg("duration: %s ms", duration), errhidestmt(true)));
			break;
		case 2:
			ereport(LOG, (errmsg("duration: %s ms  statement: %s", duration, text), errhidestmt(true)));
			break;
	}
}

/* Whether log_statement asks for this text, or for the statement of this plan. */
static bool
is_to_be_logged(const char *text, SPIPlanPtr plan)
{
	MemoryContext memory;
	MemoryContext before;
	bool		result = false;
	ListCell   *cell;

	if (log_statement == LOGSTMT_NONE || log_statement == LOGSTMT_ALL)
		return log_statement == LOGSTMT_ALL;
	if (plan != NULL)
	{
		foreach(cell, SPI_plan_get_plan_sources(plan))
		{
			raw_statement *raw = ((CachedPlanSource *) lfirst(cell))->raw_parse_tree;

			result |= raw != NULL && is_logged(raw);
		}
		return result;
	}
	memory = parse_memory();
	before = MemoryContextSwitchTo(memory);
	foreach(cell, parse(text))
		result |= is_logged(lfirst(cell));
	MemoryContextSwitchTo(before);
	MemoryContextDelete(memory);
	return result;
}

static void
start_statement_timeout(void)
{
	if (StatementTimeout <= 0)
		return;
#if PG_VERSION_NUM >= 170000
	/* The shorter one is armed already. */
	if (TransactionTimeout > 0 && TransactionTimeout <= StatementTimeout)
		return;
#endif
	is_timed = true;
	enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

/*
 * The memory of a statement is that of its portal. A statement that SPI runs in a worker has none, and since 16 VACUUM leaves memory
 * behind that has no parent if it raises an error. A nested statement lends nothing, because the end of its error is not here.
 */
static bool has_lent_memory = false;

static bool
lend_memory(void)
{
	if (pgbgw_nesting || PortalContext != NULL)
		return false;
	PortalContext = CurTransactionContext;
	has_lent_memory = true;
	return true;
}

static void
take_memory_back(void)
{
	PortalContext = NULL;
	has_lent_memory = false;
}

static void
begin(const char *text)
{
	if (pgbgw_nesting)
		return;
	free_unused_rows();
	SetCurrentStatementStartTimestamp();
	debug_query_string = text;
	report_statement(text);
	start_statement_timeout();
	was_logged = false;
}

void
pgbgw_begin_statement(const char *text, SPIPlanPtr plan)
{
	begin(text);
	was_logged = !pgbgw_nesting && is_to_be_logged(text, plan);
	if (was_logged)
		log_text(text);
}

static void
stop_statement_timeout(void)
{
	is_timed = false;
	disable_timeout(STATEMENT_TIMEOUT, true);
	if (!get_timeout_indicator(STATEMENT_TIMEOUT, false))
		return;
	/* It fired before the end, and nothing has looked since. The next statement must not find it. */
	QueryCancelPending = true;
	InterruptPending = true;
	CHECK_FOR_INTERRUPTS();
}

/* Ends the limit of a statement that no longer runs. A cancel that came from it too late must not reach the next one. */
static void
drop_statement_timeout(void)
{
	if (!is_timed)
		return;
	is_timed = false;
	disable_timeout(STATEMENT_TIMEOUT, true);
	if (get_timeout_indicator(STATEMENT_TIMEOUT, true) && !pgbgw_is_terminating())
		QueryCancelPending = false;
}

void
pgbgw_end_statement(void)
{
	if (pgbgw_nesting)
		return;
	if (is_timed)
		stop_statement_timeout();
	log_duration_of(debug_query_string, was_logged);
	debug_query_string = NULL;
#if HAS_CATALOG_SNAPSHOT
	InvalidateCatalogSnapshotConditionally();
#endif
	report_idle_in_transaction();
}

/* The statement has raised an error. */
void
pgbgw_statement_failed(void)
{
	if (pgbgw_nesting)
		return;
	if (has_lent_memory)
		take_memory_back();
	drop_statement_timeout();
	debug_query_string = NULL;
	pgstat_report_activity(STATE_IDLEINTRANSACTION_ABORTED, NULL);
}

static void
keep_result(pgbgw_statement *statement, int code)
{
	SPITupleTable *table = SPI_tuptable;

	statement->code = code;
	statement->processed = SPI_processed;
	if (!statement->keeps_rows && table != NULL)
	{
		SPI_freetuptable(table);
		table = NULL;
	}
	fetch_out_of_line(table, SPI_processed);
	statement->table = table;
	/* FETCH may return rows of a cursor that SQL declared much earlier. */
	if (code == SPI_OK_UTILITY)
		statement->made = 0;
}

/* The snapshot stays until the result has been kept. For a text, SPI takes another one. */
static void
run_with_snapshot(pgbgw_statement *statement, const char *text)
{
	int			code;

	PushActiveSnapshot(GetTransactionSnapshot());
	if (statement->plan != NULL)
		code = SPI_execute_snapshot(statement->plan, statement->values, statement->nulls, GetActiveSnapshot(), InvalidSnapshot,
									false, true, 0);
	else if (statement->count == 0)
		code = SPI_execute(text, false, 0);
	else
		code = SPI_execute_with_args(text, statement->count, statement->types, statement->values, statement->nulls,
									 false, 0);
	keep_result(statement, code);
	PopActiveSnapshot();
}

/* Runs a statement that takes no snapshot. */
static void
run_without_snapshot(pgbgw_statement *statement, raw_statement *raw, const char *text)
{
	if (!needs_spi(raw))
	{
		statement->processed = run_utility(raw, text);
		statement->code = SPI_OK_UTILITY;
		statement->table = NULL;
		return;
	}
	if (statement->plan != NULL)
		keep_result(statement, SPI_execute_plan(statement->plan, statement->values, statement->nulls, false, 0));
	else if (statement->count == 0)
		keep_result(statement, SPI_execute(text, false, 0));
	else
		keep_result(statement, SPI_execute_with_args(text, statement->count, statement->types, statement->values,
													 statement->nulls, false, 0));
}

/* A part of the text: this statement, or everything from it on. Before 10, a statement does not know where it is. */
static const char *
part_of(const char *text, List *statements, raw_statement *raw, bool to_the_end)
{
#if PG_VERSION_NUM >= 100000
	if (list_length(statements) > 1 && raw->stmt_location >= 0)
	{
		text += raw->stmt_location;
		if (!to_the_end && raw->stmt_len > 0)
			return pnstrdup(text, raw->stmt_len);
	}
#else
	(void) statements;
	(void) raw;
	(void) to_the_end;
#endif
	return text;
}

/* Runs the first statements without a snapshot, as long as they take none, and the others with one. */
static void
run_one_by_one(pgbgw_statement *statement)
{
	MemoryContext memory = parse_memory();
	MemoryContext before = MemoryContextSwitchTo(memory);
	const char *text = statement->text;
	List	   *statements = parse(text);
	bool		together = list_length(statements) > 1 && (PG_VERSION_NUM < 100000 || statement->count > 0);
	ListCell   *cell;

	MemoryContextSwitchTo(before);
	foreach(cell, together ? NIL : statements)
	{
		raw_statement *raw = lfirst(cell);
		const bool	needs = needs_snapshot(raw);
		const char *part;

		MemoryContextSwitchTo(memory);
		part = part_of(text, statements, raw, needs);
		MemoryContextSwitchTo(before);
		if (needs)
		{
			run_with_snapshot(statement, part);
			break;
		}
		if (statement->table != NULL)
			SPI_freetuptable(statement->table);
		run_without_snapshot(statement, raw, part);
		if (statement->code < 0)
			break;
	}
	if (together || statements == NIL)
		run_with_snapshot(statement, text);
	MemoryContextDelete(memory);
}

static void
run_plan_without_snapshot(pgbgw_statement *statement)
{
	MemoryContext memory = parse_memory();
	MemoryContext before = MemoryContextSwitchTo(memory);
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(statement->plan));
	raw_statement *raw = COPY_OF(source->raw_parse_tree);

	MemoryContextSwitchTo(before);
	run_without_snapshot(statement, raw, statement->text);
	MemoryContextDelete(memory);
}

/* As a procedural language does: SPI takes the snapshots. */
static void
run_nested(pgbgw_statement *statement)
{
	const bool	read_only = pgbgw_nesting == PGBGW_NESTED_READ_ONLY;

	if (statement->plan != NULL)
		keep_result(statement, SPI_execute_plan(statement->plan, statement->values, statement->nulls, read_only, 0));
	else if (statement->count == 0)
		keep_result(statement, SPI_execute(statement->text, read_only, 0));
	else
		keep_result(statement, SPI_execute_with_args(statement->text, statement->count, statement->types, statement->values,
													 statement->nulls, read_only, 0));
}

/* Whether the plan returns no value that its snapshot or the layout of a row must keep. */
static bool
is_plain(SPIPlanPtr plan)
{
	List	   *sources = plan == NULL ? NIL : SPI_plan_get_plan_sources(plan);

	return list_length(sources) == 1 && !may_be_out_of_line(((CachedPlanSource *) linitial(sources))->resultDesc);
}

/* Before 10, this fails in a function that is called while the connection of another is in use. */
void
pgbgw_connect_spi(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect SPI");
}

/* Runs a statement that the executor alone cannot run. */
static void
run_with_spi(pgbgw_statement *statement)
{
	if (!statement->is_connected)
	{
		pgbgw_connect_spi();
		statement->is_connected = true;
	}
	if (pgbgw_nesting)
		run_nested(statement);
	else if (!statement->may_lack_snapshot)
		run_with_snapshot(statement, statement->text);
	else if (statement->plan != NULL)
		run_plan_without_snapshot(statement);
	else
		run_one_by_one(statement);
}

void
pgbgw_execute(pgbgw_statement *statement)
{
	bool		lends;

	statement->made = statement->keeps_rows && !is_plain(statement->plan) ? pgbgw_mark_layouts() : 0;
	statement->table = NULL;
	pgbgw_begin_statement(statement->text, statement->plan);
	lends = lend_memory();
	if (pgbgw_nesting || statement->may_lack_snapshot || !run_alone(statement))
		run_with_spi(statement);
	if (lends)
		take_memory_back();
	pgbgw_end_statement();
}

SPIPlanPtr
pgbgw_prepare(const char *text, int count, Oid *types, int *may_lack_snapshot)
{
	MemoryContext memory = parse_memory();
	MemoryContext before = MemoryContextSwitchTo(memory);
	List	   *statements;
	raw_statement *raw;
	SPIPlanPtr	plan;
	bool		pushed;

	begin(text);
	statements = parse(text);
	if (statements == NIL)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("cannot prepare an empty statement")));
	if (list_length(statements) > 1)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("cannot insert multiple commands into a prepared statement")));
	raw = linitial(statements);
	*may_lack_snapshot = !needs_snapshot(raw);
	pushed = analyze_requires_snapshot(raw);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(memory);
	if (pushed)
		PushActiveSnapshot(GetTransactionSnapshot());
#ifdef CURSOR_OPT_PARALLEL_OK
	plan = SPI_prepare_cursor(text, count, types, CURSOR_OPT_PARALLEL_OK);
#else
	plan = SPI_prepare(text, count, types);
#endif
	if (plan != NULL)
		SPI_keepplan(plan);
	if (pushed)
		PopActiveSnapshot();
	pgbgw_end_statement();
	return plan;
}

void
pgbgw_open_cursor(pgbgw_statement *statement, const char *name)
{
	const bool	read_only = pgbgw_nesting == PGBGW_NESTED_READ_ONLY;
	Portal		portal;

	statement->made = pgbgw_mark_layouts();
	pgbgw_begin_statement(statement->text, statement->plan);
	if (!pgbgw_nesting)
		PushActiveSnapshot(GetTransactionSnapshot());
	if (statement->plan != NULL)
		portal = SPI_cursor_open(name, statement->plan, statement->values, statement->nulls, read_only);
	else
		portal = SPI_cursor_open_with_args(name, statement->text, statement->count, statement->types, statement->values,
										   statement->nulls, read_only, CURSOR_OPT_NO_SCROLL);
	pgbgw_sign_portal(portal, name);
	if (!pgbgw_nesting)
		PopActiveSnapshot();
	pgbgw_end_statement();
}

int
pgbgw_fetch(pgbgw_statement *statement, const char *name, long count)
{
	Portal		portal = SPI_cursor_find(name);

	if (portal == NULL || !pgbgw_portal_is_signed(portal, name))
		return 0;
	begin(statement->text);
	SPI_cursor_fetch(portal, true, count);
	statement->table = SPI_tuptable;
	statement->processed = SPI_processed;
	fetch_out_of_line(statement->table, SPI_processed);
	pgbgw_end_statement();
	return 1;
}
