/*
 * Events of databases and extensions. The hooks run in every session, so they are C: they change atomics and set latches.
 * They allocate nothing, take no lock and raise no error.
 */
#include "shim.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_extension.h"

/* As src/shim/events.rs has it. */
_Static_assert(sizeof(pgbgw_events) == sizeof(pgbgw_bell) + (3 + 2 * PGBGW_EVENTS) * sizeof(uint64), "events have another size");

/* In shared memory that the postmaster has initialized. */
static pgbgw_events *events = NULL;

static object_access_hook_type previous_object_access = NULL;
static ProcessUtility_hook_type previous_utility = NULL;

/* The end of the transaction rings. */
static bool rings_at_end = false;
/* The hashes of the names of the databases that commands of this transaction want. */
static uint32 wanted[4];
static int	wanted_count = 0;
/* The transaction has changed databases. */
static bool databases_changed = false;
/* The extensions that it has changed. */
static Oid	extensions[4];
static int	extension_count = 0;

#define WRITING		(~(uint64) 0)

/*
 * Keeps an event, for a reader that wants to know more than that there was one. Another process can be writing in the same
 * place only if it is late by all the places. This event is lost then, which the reader notices.
 */
static void
keep(int kind, uint32 first, uint32 second)
{
	uint64		number = pgbgw_add(&events->written, 1) + 1;
	pgbgw_event *place = &events->last[number % PGBGW_EVENTS];
	uint64		before = pgbgw_load(&place->number);

	if (before == WRITING || !pgbgw_replace(&place->number, &before, WRITING))
		return;
	pgbgw_store(&place->what, (uint64) first << 32 | second);
	pgbgw_store(&place->number, number << 3 | kind);
}

int
pgbgw_events_read(const pgbgw_events *from, uint64 number, uint32 *first, uint32 *second)
{
	const pgbgw_event *place = &from->last[number % PGBGW_EVENTS];
	uint64		written = pgbgw_load(&from->written);
	uint64		before = pgbgw_load(&place->number);
	uint64		what = pgbgw_load(&place->what);

	if (number > written)
		return PGBGW_NO_EVENT;
	if (before != WRITING && before >> 3 == number && pgbgw_load(&place->number) == before)
	{
		*first = (uint32) (what >> 32);
		*second = (uint32) what;
		return (int) (before & 7);
	}
	if (written - number >= PGBGW_EVENTS || (before != WRITING && before >> 3 > number))
		return PGBGW_EVENT_LOST;
	return PGBGW_EVENT_LATE;
}

uint64
pgbgw_events_written(const pgbgw_events *of)
{
	return pgbgw_load(&of->written);
}

/* FNV-1a, with 32 bits. */
static uint32
hash_of(const char *name)
{
	uint32		hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char) *name) * 16777619u;
	return hash == 0 ? 1 : hash;
}

static void
extension_changed(Oid extension)
{
	if (extension_count < (int) lengthof(extensions))
		extensions[extension_count] = extension;
	/* One more stands for all of them. */
	if (extension_count <= (int) lengthof(extensions))
		extension_count++;
}

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
	if (class == ExtensionRelationId)
		extension_changed(object);
	else
	{
		databases_changed = true;
		if (access == OAT_DROP)
			bell_ring(&events->bell);
	}
}

static const DefElem *
option(const List *options, const char *name)
{
	const ListCell *cell;

	foreach(cell, options)
	{
		const DefElem *found = (const DefElem *) lfirst(cell);

		if (strcmp(found->defname, name) == 0)
			return found;
	}
	return NULL;
}

/* Returns the database that a command wants without sessions. These commands call no other hook before they count them. */
static const char *
wanted_database(const Node *statement)
{
	if (IsA(statement, DropdbStmt))
		return ((const DropdbStmt *) statement)->dbname;
	if (IsA(statement, AlterDatabaseStmt) && option(((const AlterDatabaseStmt *) statement)->options, "tablespace") != NULL)
		return ((const AlterDatabaseStmt *) statement)->dbname;
	if (IsA(statement, RenameStmt) && ((const RenameStmt *) statement)->renameType == OBJECT_DATABASE)
		return ((const RenameStmt *) statement)->subname;
	if (IsA(statement, CreatedbStmt))
	{
		const DefElem *template = option(((const CreatedbStmt *) statement)->options, "template");

		return template != NULL && template->arg != NULL && IsA(template->arg, String) ? strVal(template->arg) : "template1";
	}
	return NULL;
}

static bool
commits_prepared(const Node *statement)
{
	return IsA(statement, TransactionStmt) &&
		((const TransactionStmt *) statement)->kind == TRANS_STMT_COMMIT_PREPARED;
}

static void
before_utility(const Node *statement)
{
	const char *name = events == NULL ? NULL : wanted_database(statement);
	uint32		hash;

	if (name == NULL)
	{
		if (events != NULL && commits_prepared(statement) && pgbgw_load(&events->prepared) > 0)
		{
			rings_at_end = true;
			extension_count = lengthof(extensions) + 1;
		}
		return;
	}
	rings_at_end = true;
	if (wanted_count < (int) lengthof(wanted))
	{
		hash = hash_of(name);
		if (wanted_count == 0)
			pgbgw_add(&events->commands, 1);
		wanted[wanted_count++] = hash;
		keep(PGBGW_DATABASE_WANTED, hash, 0);
	}
	bell_ring(&events->bell);
}

static void
release_databases(void)
{
	if (wanted_count == 0)
		return;
	pgbgw_add(&events->commands, (uint64) -1);
	while (wanted_count > 0)
		keep(PGBGW_DATABASE_RELEASED, wanted[--wanted_count], 0);
}

/* A command that has failed has let its database go. The transaction around it may take long. */
void
pgbgw_events_abort_sub(void)
{
	if (wanted_count == 0)
		return;
	release_databases();
	bell_ring(&events->bell);
}

/* The process that commits it does not know what was in it. */
void
pgbgw_events_prepare(void)
{
	if (extension_count > 0)
		pgbgw_add(&events->prepared, 1);
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

static void
keep_extensions(void)
{
	int			at;

	if (extension_count > (int) lengthof(extensions))
		keep(PGBGW_EXTENSION_CHANGED, MyDatabaseId, InvalidOid);
	else
		for (at = 0; at < extension_count; at++)
			keep(PGBGW_EXTENSION_CHANGED, MyDatabaseId, extensions[at]);
}

/* Called at the end of each transaction. A command that has failed has let its database go. */
void
pgbgw_events_end(bool is_committed)
{
	if (!rings_at_end)
		return;
	if (is_committed)
		keep_extensions();
	if (databases_changed)
		keep(PGBGW_DATABASES_CHANGED, 0, 0);
	release_databases();
	rings_at_end = databases_changed = false;
	extension_count = 0;
	bell_ring(&events->bell);
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
