/*
 * Inline functions and macros that extensions use, as functions: the C equivalents of
 * src/inline.rs, and those that only a C compiler can expand. One line each, by area.
 */
#include "shim.h"

#include "inline.h"

/* words: postgres.h */
Datum pgbgw_bool_get_datum(int value) { return BoolGetDatum(value != 0); }
int pgbgw_datum_get_bool(Datum datum) { return DatumGetBool(datum) ? 1 : 0; }
Datum pgbgw_int16_get_datum(int16 value) { return Int16GetDatum(value); }
int16 pgbgw_datum_get_int16(Datum datum) { return DatumGetInt16(datum); }
Datum pgbgw_int32_get_datum(int32 value) { return Int32GetDatum(value); }
int32 pgbgw_datum_get_int32(Datum datum) { return DatumGetInt32(datum); }
Datum pgbgw_uint32_get_datum(uint32 value) { return UInt32GetDatum(value); }
uint32 pgbgw_datum_get_uint32(Datum datum) { return DatumGetUInt32(datum); }
Datum pgbgw_object_id_get_datum(Oid value) { return ObjectIdGetDatum(value); }
Oid pgbgw_datum_get_object_id(Datum datum) { return DatumGetObjectId(datum); }
Datum pgbgw_pointer_get_datum(const void *value) { return PointerGetDatum(value); }
void *pgbgw_datum_get_pointer(Datum datum) { return DatumGetPointer(datum); }
Datum pgbgw_cstring_get_datum(const char *value) { return CStringGetDatum(value); }
char *pgbgw_datum_get_cstring(Datum datum) { return DatumGetCString(datum); }
Datum pgbgw_timestamptz_get_datum(TimestampTz value) { return TimestampTzGetDatum(value); }
TimestampTz pgbgw_datum_get_timestamptz(Datum datum) { return DatumGetTimestampTz(datum); }

/* varlenas and texts: varatt.h, fmgr.h, builtins.h */
Size pgbgw_varsize(const void *varlena) { return VARSIZE(varlena); }
Size pgbgw_varsize_any(const void *varlena) { return VARSIZE_ANY((struct varlena *) varlena); }
int pgbgw_varatt_is_external(const void *varlena) { return VARATT_IS_EXTERNAL(varlena); }
int pgbgw_varatt_is_compressed(const void *varlena) { return VARATT_IS_COMPRESSED(varlena); }
Datum pgbgw_cstring_get_text_datum(const char *text) { return CStringGetTextDatum(text); }
char *pgbgw_text_datum_get_cstring(Datum datum) { return TextDatumGetCString(datum); }
void *pgbgw_datum_get_text_pp(Datum datum) { return DatumGetTextPP(datum); }
void *pgbgw_datum_get_text_p_copy(Datum datum) { return DatumGetTextPCopy(datum); }

/* memory: memutils.h, c.h */
MemoryContext
pgbgw_alloc_set_context_create(MemoryContext parent, const char *name, Size least, Size initial, Size most)
{
#if PG_VERSION_NUM >= 120000
	return AllocSetContextCreateInternal(parent, name, least, initial, most);
#elif PG_VERSION_NUM >= 110000
	return AllocSetContextCreateExtended(parent, name, least, initial, most);
#else
	return AllocSetContextCreate(parent, name, least, initial, most);
#endif
}
Size pgbgw_maxalign(Size length) { return MAXALIGN(length); }

/* transaction ids: transam.h */
int pgbgw_transaction_id_is_normal(TransactionId id) { return TransactionIdIsNormal(id); }
int pgbgw_transaction_id_precedes(TransactionId a, TransactionId b) { return TransactionIdPrecedes(a, b); }
int pgbgw_transaction_id_follows_or_equals(TransactionId a, TransactionId b) { return TransactionIdFollowsOrEquals(a, b); }

/* tuples and relations: htup_details.h, tupdesc.h, rel.h */
void *pgbgw_getstruct(HeapTuple tuple) { return (void *) GETSTRUCT(tuple); }
Datum pgbgw_heap_tuple_get_datum(HeapTuple tuple) { return HeapTupleGetDatum(tuple); }
Datum
pgbgw_heap_getattr(HeapTuple tuple, int number, TupleDesc descriptor, int *is_null)
{
	bool		null = false;
	Datum		datum = heap_getattr(tuple, number, descriptor, &null);

	*is_null = null ? 1 : 0;
	return datum;
}
Form_pg_attribute
pgbgw_tuple_desc_attr(TupleDesc descriptor, int index)
{
	return TupleDescAttr(descriptor, index);
}
TupleDesc pgbgw_relation_get_descr(Relation relation) { return RelationGetDescr(relation); }
Oid pgbgw_relation_get_relid(Relation relation) { return RelationGetRelid(relation); }
#if PG_VERSION_NUM >= 120000
void pgbgw_table_endscan(TableScanDesc scan) { table_endscan(scan); }
#else
void pgbgw_table_endscan(HeapScanDesc scan) { heap_endscan(scan); }
#endif

/* lists: pg_list.h, ilist.h */
int pgbgw_list_length(const List *list) { return list_length(list); }
void *pgbgw_list_nth(const List *list, int index) { return list_nth(list, index); }
List *pgbgw_list_make1(void *first) { return list_make1(first); }
int pgbgw_is_a(const void *node, int tag) { return nodeTag(node) == (NodeTag) tag; }
void pgbgw_dlist_init(dlist_head *head) { dlist_init(head); }
int pgbgw_dlist_is_empty(dlist_head *head) { return dlist_is_empty(head) ? 1 : 0; }
void pgbgw_dlist_push_tail(dlist_head *head, dlist_node *node) { dlist_push_tail(head, node); }
void pgbgw_dlist_delete(dlist_node *node) { dlist_delete(node); }

/* locks and memory order: spin.h, atomics.h */
void pgbgw_spin_lock_init(slock_t *lock) { SpinLockInit(lock); }
void pgbgw_spin_lock_acquire(slock_t *lock) { SpinLockAcquire(lock); }
void pgbgw_spin_lock_release(slock_t *lock) { SpinLockRelease(lock); }
Size pgbgw_spin_lock_size(void) { return sizeof(slock_t); }
void pgbgw_memory_barrier(void) { pg_memory_barrier(); }
void pgbgw_read_barrier(void) { pg_read_barrier(); }
void pgbgw_write_barrier(void) { pg_write_barrier(); }
#if PG_VERSION_NUM >= 90500
void pgbgw_atomic_init_u32(pg_atomic_uint32 *atomic, uint32 value) { pg_atomic_init_u32(atomic, value); }
uint32 pgbgw_atomic_read_u32(pg_atomic_uint32 *atomic) { return pg_atomic_read_u32(atomic); }
void pgbgw_atomic_write_u32(pg_atomic_uint32 *atomic, uint32 value) { pg_atomic_write_u32(atomic, value); }
uint32 pgbgw_atomic_fetch_add_u32(pg_atomic_uint32 *atomic, int32 add) { return pg_atomic_fetch_add_u32(atomic, add); }
#endif
#if PG_VERSION_NUM >= 90400
void pgbgw_shm_toc_initialize_estimator(shm_toc_estimator *estimator) { shm_toc_initialize_estimator(estimator); }
void pgbgw_shm_toc_estimate_chunk(shm_toc_estimator *estimator, Size size) { shm_toc_estimate_chunk(estimator, size); }
void pgbgw_shm_toc_estimate_keys(shm_toc_estimator *estimator, Size count) { shm_toc_estimate_keys(estimator, count); }
void *pgbgw_addin_shmem_init_lock(void) { return (void *) AddinShmemInitLock; }
#endif

#if PG_VERSION_NUM >= 90600
int
pgbgw_lwlock_new_tranche(const char *name)
{
#if PG_VERSION_NUM >= 190000
	return LWLockNewTrancheId(name);
#elif PG_VERSION_NUM >= 100000
	int			id = LWLockNewTrancheId();

	LWLockRegisterTranche(id, (char *) name);
	return id;
#else
	int			id = LWLockNewTrancheId();
	LWLockTranche *tranche = MemoryContextAlloc(TopMemoryContext, sizeof(LWLockTranche));

	tranche->name = name;
	tranche->array_base = NULL;
	/* The server divides by it. */
	tranche->array_stride = sizeof(LWLock);
	LWLockRegisterTranche(id, tranche);
	return id;
#endif
}
#endif
#if PG_VERSION_NUM >= 90400
int
pgbgw_shm_mq_send(shm_mq_handle *queue, Size length, const void *data, int no_wait, int force_flush)
{
#if PG_VERSION_NUM >= 150000
	return shm_mq_send(queue, length, data, no_wait != 0, force_flush != 0);
#else
	/* 9.4 lacks const for a pointer that it only reads */
	return shm_mq_send(queue, length, (void *) data, no_wait != 0);
#endif
}
#endif
#if PG_VERSION_NUM >= 100000
dsa_area *pgbgw_dsa_create(int tranche) { return dsa_create(tranche); }
dsa_pointer pgbgw_dsa_allocate(dsa_area *area, Size size) { return dsa_allocate(area, size); }
#endif

/* calls from SQL: fmgr.h */
Datum
pgbgw_getarg_datum(FunctionCallInfo fcinfo, int index)
{
	return PG_GETARG_DATUM(index);
}
int pgbgw_argisnull(FunctionCallInfo fcinfo, int index) { return PG_ARGISNULL(index) ? 1 : 0; }
int pgbgw_nargs(FunctionCallInfo fcinfo) { return PG_NARGS(); }
void pgbgw_set_isnull(FunctionCallInfo fcinfo, int is_null) { fcinfo->isnull = is_null != 0; }

/* critical sections and interrupts: miscadmin.h */
void pgbgw_hold_interrupts(void) { HOLD_INTERRUPTS(); }
void pgbgw_resume_interrupts(void) { RESUME_INTERRUPTS(); }
void pgbgw_start_crit_section(void) { START_CRIT_SECTION(); }
void pgbgw_end_crit_section(void) { END_CRIT_SECTION(); }
int pgbgw_postmaster_is_alive(void) { return PostmasterIsAlive() ? 1 : 0; }

/* time: timestamp.h, instr_time.h */
TimestampTz pgbgw_timestamptz_plus_milliseconds(TimestampTz time, int64 ms) { return TimestampTzPlusMilliseconds(time, ms); }
void pgbgw_instr_time_set_current(instr_time *time) { INSTR_TIME_SET_CURRENT(*time); }
void pgbgw_instr_time_subtract(instr_time *time, const instr_time *less) { INSTR_TIME_SUBTRACT(*time, *less); }
double pgbgw_instr_time_get_double(const instr_time *time) { return INSTR_TIME_GET_DOUBLE(*time); }

/* process title, statistics and settings: ps_status.h, wait_event.h, guc.h */
void
pgbgw_set_ps_display(const char *activity)
{
#if PG_VERSION_NUM >= 130000
	set_ps_display(activity);
#else
	set_ps_display(activity, true);
#endif
}
void
pgbgw_wait_start(uint32 wait_event_info)
{
#if PG_VERSION_NUM >= 100000
	pgstat_report_wait_start(wait_event_info);
#else
	(void) wait_event_info;
#endif
}
void
pgbgw_wait_end(void)
{
#if PG_VERSION_NUM >= 90600
	pgstat_report_wait_end();
#endif
}
void pgbgw_guc_check_errmsg(const char *message) { GUC_check_errmsg("%s", message); }
void pgbgw_guc_check_errdetail(const char *detail) { GUC_check_errdetail("%s", detail); }
void pgbgw_guc_check_errhint(const char *hint) { GUC_check_errhint("%s", hint); }
