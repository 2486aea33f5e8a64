/*
 * Functions of the server whose arguments or results changed, and lists that only C can traverse.
 */
#include "shim.h"

/*
 * How many more workers can be registered, or -1 if this is unknown: the server's counter is private,
 * but it equals the length of this list.
 */
int
pgbgw_free_worker_slots(void)
{
#if PG_VERSION_NUM >= 180000
	dlist_iter	iter;
	int			registered = 0;

	dlist_foreach(iter, &BackgroundWorkerList)
		registered++;
	return Max(0, max_worker_processes - registered);
#elif PG_VERSION_NUM >= 90400
	slist_iter	iter;
	int			registered = 0;

	slist_foreach(iter, &BackgroundWorkerList)
		registered++;
	return Max(0, max_worker_processes - registered);
#else
	return -1;
#endif
}

void
pgbgw_connect(const char *database, const char *role, uint32 flags)
{
#if PG_VERSION_NUM >= 110000
	BackgroundWorkerInitializeConnection(database, role, flags);
#else
	if (flags != 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("connection flags need PostgreSQL 11 or later")));
	BackgroundWorkerInitializeConnection((char *) database, (char *) role);
#endif
}

void
pgbgw_connect_by_oid(Oid database, Oid role, uint32 flags)
{
#if PG_VERSION_NUM >= 110000
	BackgroundWorkerInitializeConnectionByOid(database, role, flags);
#elif PG_VERSION_NUM >= 90500
	if (flags != 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("connection flags need PostgreSQL 11 or later")));
	BackgroundWorkerInitializeConnectionByOid(database, role);
#else
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("connecting by OID needs PostgreSQL 9.5 or later")));
#endif
}

void
pgbgw_report_stat(int force)
{
	(void) pgstat_report_stat(force != 0);
}
