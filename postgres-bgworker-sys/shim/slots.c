/*
 * Slots of the executor. One line each.
 */
#include "shim.h"
#include "access.h"

#include "executor/tuptable.h"

#if PG_VERSION_NUM < 120000
#define TTS_EMPTY(slot) ((slot)->tts_isempty)
#endif


/* executor/tuptable.h */
int pgbgw_tts_empty(TupleTableSlot *slot) { return (TTS_EMPTY(slot)) ? 1 : 0; }
int pgbgw_tup_is_null(TupleTableSlot *slot) { return (TupIsNull(slot)) ? 1 : 0; }
Datum *pgbgw_slot_values(TupleTableSlot *slot) { return slot->tts_values; }
bool *pgbgw_slot_nulls(TupleTableSlot *slot) { return slot->tts_isnull; }
int pgbgw_slot_nvalid(TupleTableSlot *slot) { return slot->tts_nvalid; }
TupleDesc pgbgw_slot_descriptor(TupleTableSlot *slot) { return slot->tts_tupleDescriptor; }
#if PG_VERSION_NUM >= 120000
ItemPointerData *pgbgw_slot_tid(TupleTableSlot *slot) { return &slot->tts_tid; }
#endif
#if PG_VERSION_NUM >= 120000
void pgbgw_slot_set_table_oid(TupleTableSlot *slot, Oid table) { slot->tts_tableOid = table; }
#endif
Datum
pgbgw_slot_getattr(TupleTableSlot *slot, int number, int *is_null)
{
	bool		null = false;
	Datum		datum = slot_getattr(slot, number, &null);
	*is_null = null ? 1 : 0;
	return datum;
}
int pgbgw_slot_attisnull(TupleTableSlot *slot, int number) { return (slot_attisnull(slot, number)) ? 1 : 0; }
void pgbgw_slot_getallattrs(TupleTableSlot *slot) { slot_getallattrs(slot); }
void pgbgw_slot_getsomeattrs(TupleTableSlot *slot, int number) { slot_getsomeattrs(slot, number); }
void pgbgw_exec_clear_tuple(TupleTableSlot *slot) { ExecClearTuple(slot); }
void pgbgw_exec_store_virtual_tuple(TupleTableSlot *slot) { ExecStoreVirtualTuple(slot); }
void
pgbgw_exec_store_heap_tuple(HeapTuple tuple, TupleTableSlot *slot, int frees)
{
#if PG_VERSION_NUM >= 120000
	ExecStoreHeapTuple(tuple, slot, frees != 0);
#else
	ExecStoreTuple(tuple, slot, InvalidBuffer, frees != 0);
#endif
}
void pgbgw_exec_materialize_slot(TupleTableSlot *slot) { ExecMaterializeSlot(slot); }
HeapTuple
pgbgw_exec_copy_slot_heap_tuple(TupleTableSlot *slot)
{
#if PG_VERSION_NUM >= 120000
	return ExecCopySlotHeapTuple(slot);
#else
	return ExecCopySlotTuple(slot);
#endif
}
void *pgbgw_exec_copy_slot_minimal_tuple(TupleTableSlot *slot) { return (void *) ExecCopySlotMinimalTuple(slot); }
void pgbgw_exec_copy_slot(TupleTableSlot *to, TupleTableSlot *from) { ExecCopySlot(to, from); }
TupleTableSlot *
pgbgw_make_single_tuple_table_slot(TupleDesc descriptor, int kind)
{
#if PG_VERSION_NUM >= 120000
	static const TupleTableSlotOps *const kinds[] = {&TTSOpsVirtual, &TTSOpsHeapTuple, &TTSOpsMinimalTuple, &TTSOpsBufferHeapTuple};
	return MakeSingleTupleTableSlot(descriptor, kinds[kind & 3]);
#else
	(void) kind;
	return MakeSingleTupleTableSlot(descriptor);
#endif
}
void pgbgw_exec_drop_single_tuple_table_slot(TupleTableSlot *slot) { ExecDropSingleTupleTableSlot(slot); }
