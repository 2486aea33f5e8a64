/*
 * Lists the rows of the two shared catalogs that a process without a database can read. The server keeps the descriptors of
 * these catalogs in memory, and those of other catalogs in a database. C, because rows are structs, and their columns and the
 * functions that scan differ between majors.
 */
#include "shim.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#include "access/tableam.h"
#endif
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM < 90400
#include "utils/tqual.h"
#endif

#if PG_VERSION_NUM < 120000
#define OID_OF(tuple, form) HeapTupleGetOid(tuple)
#else
#define OID_OF(tuple, form) ((form)->oid)
#endif

static void
copy_database(HeapTuple tuple, void *into)
{
	Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);
	pgbgw_database *database = into;

	database->oid = OID_OF(tuple, form);
	database->owner = form->datdba;
	database->tablespace = form->dattablespace;
	database->connection_limit = form->datconnlimit;
	database->allows_connections = form->datallowconn ? 1 : 0;
	database->is_template = form->datistemplate ? 1 : 0;
	database->name = form->datname;
}

static void
copy_role(HeapTuple tuple, void *into)
{
	Form_pg_authid form = (Form_pg_authid) GETSTRUCT(tuple);
	pgbgw_role *role = into;

	role->oid = OID_OF(tuple, form);
	role->connection_limit = form->rolconnlimit;
	role->is_superuser = form->rolsuper ? 1 : 0;
	role->can_login = form->rolcanlogin ? 1 : 0;
	role->can_replicate = form->rolreplication ? 1 : 0;
#if PG_VERSION_NUM >= 90500
	role->bypasses_rls = form->rolbypassrls ? 1 : 0;
#else
	role->bypasses_rls = form->rolsuper ? 1 : 0;
#endif
	role->name = form->rolname;
}

/* Returns the rows in an array, allocated in the given context. */
static void *
scan(Oid catalog, MemoryContext memory, Size size, void (*copy) (HeapTuple tuple, void *into), int *count)
{
	Relation	relation = table_open(catalog, AccessShareLock);
	TableScanDesc rows;
	HeapTuple	tuple;
	int			room = 16;
	char	   *array = MemoryContextAlloc(memory, room * size);

#if PG_VERSION_NUM >= 120000
	rows = table_beginscan_catalog(relation, 0, NULL);
#elif PG_VERSION_NUM >= 90400
	rows = heap_beginscan_catalog(relation, 0, NULL);
#else
	rows = heap_beginscan(relation, SnapshotNow, 0, NULL);
#endif
	*count = 0;
	while ((tuple = heap_getnext(rows, ForwardScanDirection)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (*count == room)
			array = repalloc(array, (room *= 2) * size);
		copy(tuple, array + *count * size);
		++*count;
	}
	table_endscan(rows);
	table_close(relation, AccessShareLock);
	return array;
}

pgbgw_database *
pgbgw_list_databases(MemoryContext memory, int *count)
{
	return scan(DatabaseRelationId, memory, sizeof(pgbgw_database), copy_database, count);
}

pgbgw_role *
pgbgw_list_roles(MemoryContext memory, int *count)
{
	return scan(AuthIdRelationId, memory, sizeof(pgbgw_role), copy_role, count);
}

int
pgbgw_may_connect(Oid role, Oid database)
{
	if (!SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database)) ||
		!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		return 0;
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(DatabaseRelationId, database, role, ACL_CONNECT) == ACLCHECK_OK;
#else
	return pg_database_aclcheck(database, role, ACL_CONNECT) == ACLCHECK_OK;
#endif
}
