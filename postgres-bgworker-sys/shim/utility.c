/*
 * What kind of statement a statement is, and running utility statements without SPI. C, because node types and signatures
 * changed. Included before statement.c, which uses it.
 */
#include "shim.h"

#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"

#if PG_VERSION_NUM >= 100000
typedef RawStmt raw_statement;
#define NODE_OF(raw) ((raw)->stmt)
/* copyObject needs a newer compiler since 19. */
#define COPY_OF(raw) copyObjectImpl(raw)
#else
typedef Node raw_statement;
#define NODE_OF(raw) (raw)
#define COPY_OF(raw) copyObject(raw)
#endif

/*
 * Before 10, a function that is called while SPI is connected can use SPI itself only between these two. An error ends both.
 * Returns what reenter_spi takes.
 */
static bool
leave_spi(void)
{
#if PG_VERSION_NUM < 100000
	return SPI_push_conditional();
#else
	return false;
#endif
}

static void
reenter_spi(bool pushed)
{
#if PG_VERSION_NUM < 100000
	SPI_pop_conditional(pushed);
#else
	(void) pushed;
#endif
}

/* As SPI adds it to errors. */
static bool
add_position(const char *text)
{
	const int	position = geterrposition();

	if (position <= 0)
		return false;
	errposition(0);
	internalerrposition(position);
	internalerrquery(text);
	return true;
}

static void
add_statement(void *argument)
{
	const char *text = argument;

	if (!add_position(text))
		errcontext("SQL statement \"%s\"", text);
}

/* The opposite of what PlannedStmtRequiresSnapshot of tcop/pquery.c lists. */
static bool
needs_snapshot(raw_statement *raw)
{
	switch (nodeTag(NODE_OF(raw)))
	{
		case T_TransactionStmt:
		case T_LockStmt:
		case T_VariableSetStmt:
		case T_VariableShowStmt:
		case T_ConstraintsSetStmt:
		case T_FetchStmt:
		case T_ListenStmt:
		case T_NotifyStmt:
		case T_UnlistenStmt:
		case T_CheckPointStmt:
#if PG_VERSION_NUM >= 190000
		case T_WaitStmt:
#endif
			return false;
		default:
			return true;
	}
}

static List *
analyze(raw_statement *raw, const char *text, Oid *types, int count)
{
#if PG_VERSION_NUM >= 150000
	return pg_analyze_and_rewrite_fixedparams(raw, text, types, count, NULL);
#elif PG_VERSION_NUM >= 100000
	return pg_analyze_and_rewrite(raw, text, types, count, NULL);
#else
	return pg_analyze_and_rewrite(raw, text, types, count);
#endif
}

static List *
plan_queries(List *queries, const char *text, ParamListInfo parameters)
{
#if PG_VERSION_NUM >= 130000
	return pg_plan_queries(queries, text, CURSOR_OPT_PARALLEL_OK, parameters);
#elif PG_VERSION_NUM >= 90600
	return pg_plan_queries(queries, CURSOR_OPT_PARALLEL_OK, parameters);
#else
	return pg_plan_queries(queries, 0, parameters);
#endif
}

/* Runs a utility statement without SPI, and returns the number of rows in its command tag. */
static uint64
run_utility(raw_statement *raw, const char *text)
{
	ErrorContextCallback callback = {error_context_stack, add_statement, (char *) text};
	uint64		processed = 0;
	bool		pushed;
#if PG_VERSION_NUM >= 130000
	QueryCompletion completion;
#else
	char		completion[COMPLETION_TAG_BUFSIZE] = "";
#endif

	error_context_stack = &callback;
	pushed = leave_spi();
#if PG_VERSION_NUM >= 140000
	InitializeQueryCompletion(&completion);
	ProcessUtility(linitial_node(PlannedStmt, plan_queries(analyze(raw, text, NULL, 0), text, NULL)), text, false,
				   PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, &completion);
	processed = completion.nprocessed;
#elif PG_VERSION_NUM >= 130000
	InitializeQueryCompletion(&completion);
	ProcessUtility(linitial_node(PlannedStmt, plan_queries(analyze(raw, text, NULL, 0), text, NULL)), text,
				   PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, &completion);
	processed = completion.nprocessed;
#else
#if PG_VERSION_NUM >= 100000
	ProcessUtility(linitial_node(PlannedStmt, plan_queries(analyze(raw, text, NULL, 0), text, NULL)), text,
				   PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, completion);
#else
	ProcessUtility(((Query *) linitial(analyze(raw, text, NULL, 0)))->utilityStmt, text, PROCESS_UTILITY_QUERY, NULL,
				   None_Receiver, completion);
#endif
	if (strncmp(completion, "MOVE ", 5) == 0)
		processed = strtoul(completion + 5, NULL, 10);
#endif
	reenter_spi(pushed);
	error_context_stack = callback.previous;
	CommandCounterIncrement();
	return processed;
}

/*
 * SPI has the rows of those that return rows, and rejects transaction control. It does not have the number of rows of
 * MOVE. Before 14, it takes a snapshot for all others.
 */
static bool
needs_spi(raw_statement *raw)
{
	const Node *const statement = (const Node *) NODE_OF(raw);

	if (IsA(statement, FetchStmt))
		return !((const FetchStmt *) statement)->ismove;
#if PG_VERSION_NUM >= 140000
	return true;
#else
	return IsA(statement, TransactionStmt) || IsA(statement, VariableShowStmt);
#endif
}
