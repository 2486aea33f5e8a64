/*
 * Runs one query with the executor, as a portal of a session does. SPI would add a second snapshot, a memory context and a table of
 * 128 rows to each statement. C, because signatures changed, and because all of it is one call. Included before statement.c, which
 * uses it.
 */
#include "shim.h"

#include "executor/execdesc.h"
#include "executor/executor.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "tcop/tcopprot.h"
#include "utils/plancache.h"

static ParamListInfo
parameters_of(const pgbgw_statement *statement)
{
	ParamListInfo list;
	int			i;

	if (statement->count == 0)
		return NULL;
#if PG_VERSION_NUM >= 120000
	list = makeParamList(statement->count);
#else
	list = palloc0(offsetof(ParamListInfoData, params) + statement->count * sizeof(ParamExternData));
	list->numParams = statement->count;
#endif
	for (i = 0; i < statement->count; i++)
	{
		ParamExternData *parameter = &list->params[i];

		parameter->value = statement->values[i];
		parameter->isnull = statement->nulls[i] == 'n';
		parameter->pflags = PARAM_FLAG_CONST;
		parameter->ptype = statement->types[i];
	}
	return list;
}

/* Runs the query with a snapshot that is taken now, when all locks have been waited for. */
static void
run_query(pgbgw_statement *statement, PlannedStmt *planned, const char *text, ParamListInfo parameters)
{
	row_keeper	keeper = {{keep_row, keep_layout, keep_nothing, keep_nothing, DestTuplestore}, NULL, 0, 0, false};
	DestReceiver *const receiver = statement->keeps_rows ? &keeper.pub : None_Receiver;
	QueryDesc  *query;

	CommandCounterIncrement();
	PushCopiedSnapshot(GetTransactionSnapshot());
#if PG_VERSION_NUM >= 100000
	query = CreateQueryDesc(planned, text, GetActiveSnapshot(), InvalidSnapshot, receiver, parameters, NULL, 0);
#else
	query = CreateQueryDesc(planned, text, GetActiveSnapshot(), InvalidSnapshot, receiver, parameters, 0);
#endif
	ExecutorStart(query, 0);
#if PG_VERSION_NUM >= 100000 && PG_VERSION_NUM < 180000
	ExecutorRun(query, ForwardScanDirection, 0, true);
#else
	ExecutorRun(query, ForwardScanDirection, 0);
#endif
	statement->processed = query->estate->es_processed;
	/* A hook or a data wrapper can make them differ. SPI checks it, too. */
	if (keeper.table != NULL && keeper.count != statement->processed)
		elog(ERROR, "consistency check on the number of rows failed");
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	if (keeper.has_external)
		fetch_out_of_line(keeper.table, keeper.count);
	PopActiveSnapshot();
	CommandCounterIncrement();
	statement->code = SPI_OK_SELECT;
	statement->table = keeper.table;
	if (keeper.table != NULL && keeper.table->tuptabcxt == kept_memory.rows)
		kept_memory.has_result = true;
}

/* The only element of the list, if it is a query whose rows are the result. */
static PlannedStmt *
only_query(List *planned)
{
	PlannedStmt *first = list_length(planned) == 1 ? linitial(planned) : NULL;

	return first != NULL && IsA(first, PlannedStmt) && first->utilityStmt == NULL && first->canSetTag ? first : NULL;
}

/* Runs a plan, if it is one query. */
static bool
run_plan_alone(pgbgw_statement *statement, ParamListInfo parameters)
{
	List	   *sources = SPI_plan_get_plan_sources(statement->plan);
	CachedPlanSource *source;
	CachedPlan *plan;
	PlannedStmt *query;

	if (list_length(sources) != 1)
		return false;
	source = linitial(sources);
#if PG_VERSION_NUM >= 140000
	plan = GetCachedPlan(source, parameters, CurrentResourceOwner, NULL);
#elif PG_VERSION_NUM >= 100000
	plan = GetCachedPlan(source, parameters, true, NULL);
#else
	plan = GetCachedPlan(source, parameters, true);
#endif
	query = only_query(plan->stmt_list);
	if (query != NULL)
		run_query(statement, query, source->query_string, parameters);
#if PG_VERSION_NUM >= 140000
	ReleaseCachedPlan(plan, CurrentResourceOwner);
#else
	ReleaseCachedPlan(plan, true);
#endif
	return query != NULL;
}

static bool
is_query(raw_statement *raw)
{
	switch (nodeTag(NODE_OF(raw)))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
#if PG_VERSION_NUM >= 150000
		case T_MergeStmt:
#endif
			return true;
		default:
			return false;
	}
}

static List *
analyze_and_plan(raw_statement *raw, const pgbgw_statement *statement, ParamListInfo parameters)
{
	List	   *queries = analyze(raw, statement->text, statement->types, statement->count);

	/* Rules may have changed it. */
	if (list_length(queries) != 1 || ((Query *) linitial(queries))->commandType == CMD_UTILITY)
		return NIL;
	return plan_queries(queries, statement->text, parameters);
}

/* Runs a text, if it is one query. */
static bool
run_text_alone(pgbgw_statement *statement, ParamListInfo parameters)
{
	List	   *parsed = pg_parse_query(statement->text);
	PlannedStmt *query;

	if (list_length(parsed) != 1 || !is_query(linitial(parsed)))
		return false;
	PushActiveSnapshot(GetTransactionSnapshot());
	query = only_query(analyze_and_plan(linitial(parsed), statement, parameters));
	PopActiveSnapshot();
	if (query != NULL)
		run_query(statement, query, statement->text, parameters);
	return query != NULL;
}

/* Runs the statement without SPI, and returns whether it could: it must be one query, which no rule turns into several. */
static bool
run_alone(pgbgw_statement *statement)
{
	ErrorContextCallback callback = {error_context_stack, add_statement, (char *) statement->text};
	const MemoryContext before = MemoryContextSwitchTo(memory_of_statement());
	const bool	pushed = leave_spi();
	ParamListInfo parameters;
	bool		done;

	error_context_stack = &callback;
	parameters = parameters_of(statement);
	if (statement->plan != NULL)
		done = run_plan_alone(statement, parameters);
	else
		done = run_text_alone(statement, parameters);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(before);
	empty(kept_memory.running);
	reenter_spi(pushed);
	return done;
}
