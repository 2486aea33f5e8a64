/*
 * Begins a transaction with its characteristics. C, because what SET TRANSACTION checks is not bound.
 */
#include "shim.h"

void
pgbgw_begin(const pgbgw_characteristics *mode)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
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
