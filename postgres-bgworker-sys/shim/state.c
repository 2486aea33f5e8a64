/*
 * What a wait looks at now and then: how far recovery has come, and whether somebody wants the database for himself.
 * C, because the headers and the arguments changed.
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
 * DROP DATABASE and its kin lock the database and then wait some seconds for its sessions to go. The lock asked for
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
