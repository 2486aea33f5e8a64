/*
 * Events of databases and extensions. The hooks run in every session, so they are C: they change atomics and set latches.
 * They allocate nothing, take no lock and raise no error.
 */
#include "shim.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_extension.h"

/* As src/shim/events.rs has it. */
_Static_assert(sizeof(pgbgw_events) == sizeof(pgbgw_bell) + sizeof(uint64), "events have another size");

/* In shared memory that the postmaster has initialized. */
static pgbgw_events *events = NULL;

static object_access_hook_type previous_object_access = NULL;
static ProcessUtility_hook_type previous_utility = NULL;

/* The end of the transaction rings. */
static bool rings_at_end = false;
/* This process is among those that are counted. */
static bool is_counted = false;

/* The command that drops a database calls this before it counts the sessions. */
static void
on_object_access(ObjectAccessType access, Oid class, Oid object, int sub_id, void *argument)
{
	if (previous_object_access != NULL)
		previous_object_access(access, class, object, sub_id, argument);
	if (events == NULL || (class != DatabaseRelationId && class != ExtensionRelationId))
		return;
	if (access != OAT_POST_CREATE && access != OAT_DROP && access != OAT_POST_ALTER)
		return;
	rings_at_end = true;
	if (class == DatabaseRelationId && access == OAT_DROP)
		bell_ring(&events->bell);
}

/* Commands that wait until a database has no sessions. The others call no hook before they count them. */
static bool
may_want_a_database(const Node *statement)
{
	if (IsA(statement, AlterDatabaseStmt))
	{
		const ListCell *cell;

		foreach(cell, ((const AlterDatabaseStmt *) statement)->options)
			if (strcmp(((const DefElem *) lfirst(cell))->defname, "tablespace") == 0)
				return true;
		return false;
	}
	return IsA(statement, DropdbStmt) || IsA(statement, CreatedbStmt) ||
		(IsA(statement, RenameStmt) && ((const RenameStmt *) statement)->renameType == OBJECT_DATABASE);
}

static void
before_utility(const Node *statement)
{
	if (events == NULL || !may_want_a_database(statement))
		return;
	rings_at_end = true;
	if (!is_counted)
	{
		pgbgw_add(&events->commands, 1);
		is_counted = true;
	}
	bell_ring(&events->bell);
}

#if PG_VERSION_NUM >= 140000
#define ARGUMENTS PlannedStmt *statement, const char *text, bool read_only, ProcessUtilityContext context, \
	ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion
#define PASSED statement, text, read_only, context, params, environment, dest, completion
#elif PG_VERSION_NUM >= 130000
#define ARGUMENTS PlannedStmt *statement, const char *text, ProcessUtilityContext context, \
	ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion
#define PASSED statement, text, context, params, environment, dest, completion
#elif PG_VERSION_NUM >= 100000
#define ARGUMENTS PlannedStmt *statement, const char *text, ProcessUtilityContext context, \
	ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, char *completion
#define PASSED statement, text, context, params, environment, dest, completion
#else
#define ARGUMENTS Node *statement, const char *text, ProcessUtilityContext context, \
	ParamListInfo params, DestReceiver *dest, char *completion
#define PASSED statement, text, context, params, dest, completion
#endif

static void
on_utility(ARGUMENTS)
{
#if PG_VERSION_NUM >= 100000
	before_utility(statement->utilityStmt);
#else
	before_utility(statement);
#endif
	if (previous_utility != NULL)
		previous_utility(PASSED);
	else
		standard_ProcessUtility(PASSED);
}

#undef ARGUMENTS
#undef PASSED

int
pgbgw_events_install(void)
{
	static bool installed = false;

	if (installed)
		return 0;
	pgbgw_watch_commits();
	previous_object_access = object_access_hook;
	object_access_hook = on_object_access;
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = on_utility;
	installed = true;
	return 1;
}

void
pgbgw_events_init(pgbgw_events *memory)
{
	memset(memory, 0, sizeof(pgbgw_events));
	memory->bell.for_all = 1;
	events = memory;
}

/* Called at the end of each transaction, committed or not: a command that has failed has let its database go. */
void
pgbgw_events_end(void)
{
	if (is_counted)
	{
		pgbgw_add(&events->commands, (uint64) -1);
		is_counted = false;
	}
	if (rings_at_end)
	{
		rings_at_end = false;
		bell_ring(&events->bell);
	}
}

pgbgw_listener *
pgbgw_events_listen(void)
{
	static pgbgw_listener listener;

	if (events == NULL || !pgbgw_bell_join(&listener, &events->bell))
		return NULL;
	/* What has happened before does not matter. */
	(void) bell_take(&listener);
	return &listener;
}

uint64
pgbgw_events_commands(void)
{
	return events == NULL ? 0 : pgbgw_load(&events->commands);
}
