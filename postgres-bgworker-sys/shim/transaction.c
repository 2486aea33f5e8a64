/*
 * Begins a transaction with its characteristics, and aborts it as a session does. C, because what SET TRANSACTION checks is not
 * bound, and because what outlives a transaction differs between majors.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 110000
#include "jit/jit.h"
#endif

void
pgbgw_begin(const pgbgw_characteristics *mode)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	if (mode == NULL)
		return;
	if (mode->isolation >= 0)
		XactIsoLevel = mode->isolation;
	if (mode->read_only == 0 && RecoveryInProgress())
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("cannot set transaction read-write mode during recovery")));
	if (mode->read_only >= 0)
		XactReadOnly = mode->read_only;
	if (mode->deferrable)
		XactDeferrable = true;
	if (mode->snapshot != NULL)
		ImportSnapshot(mode->snapshot);
}

/* Ends the transaction, and what an error in it has left behind that the end of a transaction does not end. */
void
pgbgw_abort(void)
{
	debug_query_string = NULL;
	drop_statement_timeout();
	AbortOutOfAnyTransaction();
#if PG_VERSION_NUM >= 110000
	PortalErrorCleanup();
#if PG_VERSION_NUM < 150000
	SPICleanup();
#endif
	jit_reset_after_error();
#endif
#if PG_VERSION_NUM >= 90400
	if (MyReplicationSlot != NULL)
		ReplicationSlotRelease();
#endif
}
