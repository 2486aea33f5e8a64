/*
 * Datums and varlenas. One line each, by header.
 */
#include "shim.h"
#include "access.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif


/* postgres.h */
Datum pgbgw_char_get_datum(char value) { return CharGetDatum(value); }
char pgbgw_datum_get_char(Datum datum) { return DatumGetChar(datum); }
Datum pgbgw_uint8_get_datum(uint8 value) { return UInt8GetDatum(value); }
uint8 pgbgw_datum_get_uint8(Datum datum) { return DatumGetUInt8(datum); }
Datum pgbgw_uint16_get_datum(uint16 value) { return UInt16GetDatum(value); }
uint16 pgbgw_datum_get_uint16(Datum datum) { return DatumGetUInt16(datum); }
Datum pgbgw_transaction_id_get_datum(TransactionId value) { return TransactionIdGetDatum(value); }
TransactionId pgbgw_datum_get_transaction_id(Datum datum) { return DatumGetTransactionId(datum); }
Datum pgbgw_command_id_get_datum(CommandId value) { return CommandIdGetDatum(value); }
CommandId pgbgw_datum_get_command_id(Datum datum) { return DatumGetCommandId(datum); }
uint64 pgbgw_datum_get_uint64(Datum datum) { return (uint64) DatumGetInt64(datum); }
Datum pgbgw_uint64_get_datum(uint64 value) { return Int64GetDatum((int64) value); }

/* varatt.h (since 16; postgres.h before) */
int pgbgw_varatt_is_short(const void *varlena) { return (VARATT_IS_SHORT((const char *) varlena)) ? 1 : 0; }
int pgbgw_varatt_is_4b_u(const void *varlena) { return (VARATT_IS_4B_U((const char *) varlena)) ? 1 : 0; }
int pgbgw_varatt_is_extended(const void *varlena) { return (VARATT_IS_EXTENDED((const char *) varlena)) ? 1 : 0; }
int
pgbgw_varatt_is_external_ondisk(const void *varlena)
{
#if PG_VERSION_NUM >= 90400
	return VARATT_IS_EXTERNAL_ONDISK((const char *) varlena) ? 1 : 0;
#else
	return VARATT_IS_EXTERNAL((const char *) varlena) ? 1 : 0;
#endif
}
int
pgbgw_varatt_is_external_indirect(const void *varlena)
{
#if PG_VERSION_NUM >= 90400
	return VARATT_IS_EXTERNAL_INDIRECT((const char *) varlena) ? 1 : 0;
#else
	(void) varlena;
	return 0;
#endif
}
Size pgbgw_varsize_short(const void *varlena) { return VARSIZE_SHORT((const char *) varlena); }
Size pgbgw_varsize_external(const void *varlena) { return VARSIZE_EXTERNAL((const char *) varlena); }
void *pgbgw_vardata(void *varlena) { return (void *) VARDATA((char *) varlena); }
void pgbgw_set_varsize_short(void *varlena, Size total) { SET_VARSIZE_SHORT((char *) varlena, total); }
