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

#if PG_VERSION_NUM >= 110000
#define DATABASE_KIND OBJECT_DATABASE
#else
#define DATABASE_KIND ACL_OBJECT_DATABASE
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

static TableScanDesc
begin_scan(Relation relation)
{
#if PG_VERSION_NUM >= 120000
	return table_beginscan_catalog(relation, 0, NULL);
#elif PG_VERSION_NUM >= 90400
	return heap_beginscan_catalog(relation, 0, NULL);
#else
	return heap_beginscan(relation, SnapshotNow, 0, NULL);
#endif
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

	rows = begin_scan(relation);
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

/*
 * Not has_database_privilege(): its lookup of the database uses an index, which a process without a database cannot open
 * before another process has written the file of shared descriptors (before 14). The role exists.
 */
static bool
may_connect(Oid role, HeapTuple tuple, Relation relation)
{
	Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);
	bool		is_null;
	Datum		list = heap_getattr(tuple, Anum_pg_database_datacl, RelationGetDescr(relation), &is_null);
	Acl		   *acl;
	bool		may;

	if (superuser_arg(role))
		return true;
	acl = is_null ? acldefault(DATABASE_KIND, form->datdba) : DatumGetAclP(list);
	may = aclmask(acl, role, form->datdba, ACL_CONNECT, ACLMASK_ANY) != 0;
	/* The caller's memory may live as long as the process. */
	if (is_null || (Pointer) acl != DatumGetPointer(list))
		pfree(acl);
	return may;
}

int
pgbgw_may_connect(Oid role, Oid database)
{
	Relation	relation;
	TableScanDesc rows;
	HeapTuple	tuple;
	int			may = 0;

	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		return 0;
	relation = table_open(DatabaseRelationId, AccessShareLock);
	rows = begin_scan(relation);
	while ((tuple = heap_getnext(rows, ForwardScanDirection)) != NULL)
	{
		if (OID_OF(tuple, (Form_pg_database) GETSTRUCT(tuple)) != database)
			continue;
		may = may_connect(role, tuple, relation);
		break;
	}
	table_endscan(rows);
	table_close(relation, AccessShareLock);
	return may;
}

Oid *
pgbgw_list_connectable(Oid role, MemoryContext memory, int *count)
{
	Relation	relation;
	TableScanDesc rows;
	HeapTuple	tuple;
	int			room = 16;
	Oid		   *array = MemoryContextAlloc(memory, room * sizeof(Oid));

	*count = 0;
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		return array;
	relation = table_open(DatabaseRelationId, AccessShareLock);
	rows = begin_scan(relation);
	while ((tuple = heap_getnext(rows, ForwardScanDirection)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!may_connect(role, tuple, relation))
			continue;
		if (*count == room)
			array = repalloc(array, (room *= 2) * sizeof(Oid));
		array[(*count)++] = OID_OF(tuple, (Form_pg_database) GETSTRUCT(tuple));
	}
	table_endscan(rows);
	table_close(relation, AccessShareLock);
	return array;
}
