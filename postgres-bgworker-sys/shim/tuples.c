/*
 * Tuples and their descriptors. One line each, by header.
 */
#include "shim.h"
#include "access.h"

#include "access/htup_details.h"
#include "access/itup.h"
#include "access/tupdesc.h"
#include "access/tupmacs.h"
#include "utils/snapmgr.h"
#if PG_VERSION_NUM >= 120000
#include "access/heapam.h"
#else
#include "utils/tqual.h"
#endif


/* The compact attributes are next to each other. */
#if PG_VERSION_NUM >= 180000
#define PGBGW_ATT(descriptor, index) TupleDescCompactAttr(descriptor, index)
#else
#define PGBGW_ATT(descriptor, index) TupleDescAttr(descriptor, index)
#endif

/* access/htup_details.h */
uint32 pgbgw_heap_tuple_header_get_datum_length(HeapTupleHeader tuple) { return HeapTupleHeaderGetDatumLength(tuple); }
void pgbgw_heap_tuple_header_set_datum_length(HeapTupleHeader tuple, uint32 length) { HeapTupleHeaderSetDatumLength(tuple, length); }
Oid pgbgw_heap_tuple_header_get_type_id(HeapTupleHeader tuple) { return HeapTupleHeaderGetTypeId(tuple); }
void pgbgw_heap_tuple_header_set_type_id(HeapTupleHeader tuple, Oid type_) { HeapTupleHeaderSetTypeId(tuple, type_); }
int32 pgbgw_heap_tuple_header_get_typ_mod(HeapTupleHeader tuple) { return HeapTupleHeaderGetTypMod(tuple); }
void pgbgw_heap_tuple_header_set_typ_mod(HeapTupleHeader tuple, int32 typmod) { HeapTupleHeaderSetTypMod(tuple, typmod); }
int pgbgw_heap_tuple_header_get_natts(HeapTupleHeader tuple) { return HeapTupleHeaderGetNatts(tuple); }
void pgbgw_heap_tuple_header_set_natts(HeapTupleHeader tuple, int count) { HeapTupleHeaderSetNatts(tuple, count); }
int pgbgw_heap_tuple_header_has_external(HeapTupleHeader tuple) { return (HeapTupleHeaderHasExternal(tuple)) ? 1 : 0; }
TransactionId pgbgw_heap_tuple_header_get_xmin(HeapTupleHeader tuple) { return HeapTupleHeaderGetXmin(tuple); }
#if PG_VERSION_NUM >= 90400
TransactionId pgbgw_heap_tuple_header_get_raw_xmin(HeapTupleHeader tuple) { return HeapTupleHeaderGetRawXmin(tuple); }
#endif
void pgbgw_heap_tuple_header_set_xmin(HeapTupleHeader tuple, TransactionId xid) { HeapTupleHeaderSetXmin(tuple, xid); }
TransactionId pgbgw_heap_tuple_header_get_raw_xmax(HeapTupleHeader tuple) { return HeapTupleHeaderGetRawXmax(tuple); }
TransactionId pgbgw_heap_tuple_header_get_update_xid(HeapTupleHeader tuple) { return HeapTupleHeaderGetUpdateXid(tuple); }
void pgbgw_heap_tuple_header_set_xmax(HeapTupleHeader tuple, TransactionId xid) { HeapTupleHeaderSetXmax(tuple, xid); }
CommandId pgbgw_heap_tuple_header_get_raw_command_id(HeapTupleHeader tuple) { return HeapTupleHeaderGetRawCommandId(tuple); }
void pgbgw_heap_tuple_header_set_cmin(HeapTupleHeader tuple, CommandId id) { HeapTupleHeaderSetCmin(tuple, id); }
void pgbgw_heap_tuple_header_set_cmax(HeapTupleHeader tuple, CommandId id, int is_combo) { HeapTupleHeaderSetCmax(tuple, id, is_combo != 0); }
#if PG_VERSION_NUM >= 90400
int pgbgw_heap_tuple_header_xmin_committed(HeapTupleHeader tuple) { return (HeapTupleHeaderXminCommitted(tuple)) ? 1 : 0; }
#endif
#if PG_VERSION_NUM >= 90400
int pgbgw_heap_tuple_header_xmin_invalid(HeapTupleHeader tuple) { return (HeapTupleHeaderXminInvalid(tuple)) ? 1 : 0; }
#endif
#if PG_VERSION_NUM >= 90400
int pgbgw_heap_tuple_header_xmin_frozen(HeapTupleHeader tuple) { return (HeapTupleHeaderXminFrozen(tuple)) ? 1 : 0; }
#endif
int pgbgw_heap_tuple_header_is_heap_only(HeapTupleHeader tuple) { return (HeapTupleHeaderIsHeapOnly(tuple)) ? 1 : 0; }
int pgbgw_heap_tuple_header_is_hot_updated(HeapTupleHeader tuple) { return (HeapTupleHeaderIsHotUpdated(tuple)) ? 1 : 0; }
#if PG_VERSION_NUM >= 110000
int pgbgw_heap_tuple_header_indicates_moved_partitions(HeapTupleHeader tuple) { return (HeapTupleHeaderIndicatesMovedPartitions(tuple)) ? 1 : 0; }
#endif
int pgbgw_heap_tuple_has_nulls(HeapTuple tuple) { return (HeapTupleHasNulls(tuple)) ? 1 : 0; }
int pgbgw_heap_tuple_has_var_width(HeapTuple tuple) { return (HeapTupleHasVarWidth(tuple)) ? 1 : 0; }
int pgbgw_heap_tuple_has_external(HeapTuple tuple) { return (HeapTupleHasExternal(tuple)) ? 1 : 0; }
#if PG_VERSION_NUM < 120000
Oid pgbgw_heap_tuple_get_oid(HeapTuple tuple) { return HeapTupleGetOid(tuple); }
#endif
Datum
pgbgw_fastgetattr(HeapTuple tuple, int number, TupleDesc descriptor, int *is_null)
{
	bool		null = false;
	Datum		datum = fastgetattr(tuple, number, descriptor, &null);
	*is_null = null ? 1 : 0;
	return datum;
}
int pgbgw_bitmaplen(int columns) { return BITMAPLEN(columns); }

/* access/heapam.h (utils/tqual.h before 12) */
int pgbgw_heap_tuple_satisfies_visibility(HeapTuple tuple, Snapshot snapshot, int buffer) { return (HeapTupleSatisfiesVisibility(tuple, snapshot, buffer)) ? 1 : 0; }

/* access/itup.h */
Size pgbgw_index_tuple_size(void *tuple) { return IndexTupleSize((IndexTuple) tuple); }
int pgbgw_index_tuple_has_nulls(void *tuple) { return (IndexTupleHasNulls((IndexTuple) tuple)) ? 1 : 0; }
int pgbgw_index_tuple_has_varwidths(void *tuple) { return (IndexTupleHasVarwidths((IndexTuple) tuple)) ? 1 : 0; }
Datum
pgbgw_index_getattr(void *tuple, int number, TupleDesc descriptor, int *is_null)
{
	bool		null = false;
	Datum		datum = index_getattr((IndexTuple) tuple, number, descriptor, &null);
	*is_null = null ? 1 : 0;
	return datum;
}

/* access/tupmacs.h */
int pgbgw_att_isnull(int index, const void *bits) { return (att_isnull(index, (const uint8 *) bits)) ? 1 : 0; }
Datum pgbgw_fetch_att(const void *value, int by_value, int length) { return fetch_att(value, by_value != 0, length); }
void pgbgw_store_att_byval(void *to, Datum value, int length) { store_att_byval(to, value, length); }
Size pgbgw_att_align_nominal(Size offset, char alignment) { return att_align_nominal(offset, alignment); }
Size pgbgw_att_addlength_datum(Size offset, int length, Datum value) { return att_addlength_datum(offset, length, value); }

/* access/tupdesc.h */
int pgbgw_tuple_desc_natts(TupleDesc descriptor) { return descriptor->natts; }
TupleDesc
pgbgw_create_template_tuple_desc(int columns)
{
#if PG_VERSION_NUM >= 120000
	return CreateTemplateTupleDesc(columns);
#else
	return CreateTemplateTupleDesc(columns, false);
#endif
}
void
pgbgw_tuple_desc_finalize(TupleDesc descriptor)
{
#if PG_VERSION_NUM >= 190000
	TupleDescFinalize(descriptor);
#else
	(void) descriptor;
#endif
}
#if PG_VERSION_NUM >= 180000
void *pgbgw_tuple_desc_compact_attr(TupleDesc descriptor, int index) { return TupleDescCompactAttr(descriptor, index); }
#endif
int pgbgw_tuple_desc_att_len(TupleDesc descriptor, int index) { return PGBGW_ATT(descriptor, index)->attlen; }
int pgbgw_tuple_desc_att_by_val(TupleDesc descriptor, int index) { return (PGBGW_ATT(descriptor, index)->attbyval) ? 1 : 0; }
int pgbgw_tuple_desc_att_is_dropped(TupleDesc descriptor, int index) { return (PGBGW_ATT(descriptor, index)->attisdropped) ? 1 : 0; }
void pgbgw_pin_tuple_desc(TupleDesc descriptor) { PinTupleDesc(descriptor); }
void pgbgw_release_tuple_desc(TupleDesc descriptor) { ReleaseTupleDesc(descriptor); }
