/*
 * State that a wait checks from time to time: the state of recovery, and whether another session is waiting for exclusive
 * access to the database. C, because the headers and the arguments changed.
 */
#include "shim.h"

#include "catalog/pg_database.h"
#if PG_VERSION_NUM >= 150000
#include "access/xlogrecovery.h"
#endif

int
pgbgw_recovery_state(void)
{
	if (!RecoveryInProgress())
		return PGBGW_NOT_RECOVERING;
	return HotStandbyActive() ? PGBGW_CONSISTENT : PGBGW_RECOVERING;
}

/*
 * DROP DATABASE and similar commands lock the database and then wait some seconds for its sessions to go. The lock checked
 * is the one that connecting takes. Only holders count, and this process holds none.
 */
int
pgbgw_database_is_wanted(void)
{
	LOCKTAG		database;
	VirtualTransactionId *holders;
	int			wanted;

	SET_LOCKTAG_OBJECT(database, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
#if PG_VERSION_NUM >= 120000
	holders = GetLockConflicts(&database, RowExclusiveLock, NULL);
#else
	holders = GetLockConflicts(&database, RowExclusiveLock);
#endif
	wanted = VirtualTransactionIdIsValid(holders[0]);
	pfree(holders);
	return wanted;
}
