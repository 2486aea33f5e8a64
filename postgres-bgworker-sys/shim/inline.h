/*
 * Prototypes of inline.c.
 */
#ifndef POSTGRES_BGWORKER_INLINE_H
#define POSTGRES_BGWORKER_INLINE_H

extern Datum pgbgw_bool_get_datum(int value);
extern int pgbgw_datum_get_bool(Datum datum);
extern Datum pgbgw_int16_get_datum(int16 value);
extern int16 pgbgw_datum_get_int16(Datum datum);
extern Datum pgbgw_int32_get_datum(int32 value);
extern int32 pgbgw_datum_get_int32(Datum datum);
extern Datum pgbgw_uint32_get_datum(uint32 value);
extern uint32 pgbgw_datum_get_uint32(Datum datum);
extern Datum pgbgw_object_id_get_datum(Oid value);
extern Oid pgbgw_datum_get_object_id(Datum datum);
extern Datum pgbgw_pointer_get_datum(const void *value);
extern void *pgbgw_datum_get_pointer(Datum datum);
extern Datum pgbgw_cstring_get_datum(const char *value);
extern char *pgbgw_datum_get_cstring(Datum datum);
extern Datum pgbgw_timestamptz_get_datum(TimestampTz value);
extern TimestampTz pgbgw_datum_get_timestamptz(Datum datum);
extern Size pgbgw_varsize(const void *varlena);
extern Size pgbgw_varsize_any(const void *varlena);
extern int pgbgw_varatt_is_external(const void *varlena);
extern int pgbgw_varatt_is_compressed(const void *varlena);
extern Datum pgbgw_cstring_get_text_datum(const char *text);
extern char *pgbgw_text_datum_get_cstring(Datum datum);
extern void *pgbgw_datum_get_text_pp(Datum datum);
extern void *pgbgw_datum_get_text_p_copy(Datum datum);
extern MemoryContext pgbgw_alloc_set_context_create(MemoryContext parent, const char *name, Size least, Size initial, Size most);
extern Size pgbgw_maxalign(Size length);
extern int pgbgw_transaction_id_is_normal(TransactionId id);
extern int pgbgw_transaction_id_precedes(TransactionId a, TransactionId b);
extern int pgbgw_transaction_id_follows_or_equals(TransactionId a, TransactionId b);
extern void *pgbgw_getstruct(HeapTuple tuple);
extern Datum pgbgw_heap_tuple_get_datum(HeapTuple tuple);
extern Datum pgbgw_heap_getattr(HeapTuple tuple, int number, TupleDesc descriptor, int *is_null);
extern Form_pg_attribute pgbgw_tuple_desc_attr(TupleDesc descriptor, int index);
extern TupleDesc pgbgw_relation_get_descr(Relation relation);
extern Oid pgbgw_relation_get_relid(Relation relation);
#if PG_VERSION_NUM >= 120000
extern void pgbgw_table_endscan(TableScanDesc scan);
#else
extern void pgbgw_table_endscan(HeapScanDesc scan);
#endif
extern int pgbgw_list_length(const List *list);
extern void *pgbgw_list_nth(const List *list, int index);
extern List *pgbgw_list_make1(void *first);
extern int pgbgw_is_a(const void *node, int tag);
extern void pgbgw_dlist_init(dlist_head *head);
extern int pgbgw_dlist_is_empty(dlist_head *head);
extern void pgbgw_dlist_push_tail(dlist_head *head, dlist_node *node);
extern void pgbgw_dlist_delete(dlist_node *node);
extern void pgbgw_spin_lock_init(slock_t *lock);
extern void pgbgw_spin_lock_acquire(slock_t *lock);
extern void pgbgw_spin_lock_release(slock_t *lock);
extern Size pgbgw_spin_lock_size(void);
extern void pgbgw_memory_barrier(void);
extern void pgbgw_read_barrier(void);
extern void pgbgw_write_barrier(void);
#if PG_VERSION_NUM >= 90500
extern void pgbgw_atomic_init_u32(pg_atomic_uint32 *atomic, uint32 value);
extern uint32 pgbgw_atomic_read_u32(pg_atomic_uint32 *atomic);
extern void pgbgw_atomic_write_u32(pg_atomic_uint32 *atomic, uint32 value);
extern uint32 pgbgw_atomic_fetch_add_u32(pg_atomic_uint32 *atomic, int32 add);
#endif
#if PG_VERSION_NUM >= 90400
extern void pgbgw_shm_toc_initialize_estimator(shm_toc_estimator *estimator);
extern void pgbgw_shm_toc_estimate_chunk(shm_toc_estimator *estimator, Size size);
extern void pgbgw_shm_toc_estimate_keys(shm_toc_estimator *estimator, Size count);
extern void *pgbgw_addin_shmem_init_lock(void);
#endif
#if PG_VERSION_NUM >= 90400
extern int pgbgw_shm_mq_send(shm_mq_handle *queue, Size length, const void *data, int no_wait, int force_flush);
#endif
#if PG_VERSION_NUM >= 90600
extern int pgbgw_lwlock_new_tranche(const char *name);
#endif
#if PG_VERSION_NUM >= 100000
extern dsa_area *pgbgw_dsa_create(int tranche);
extern dsa_pointer pgbgw_dsa_allocate(dsa_area *area, Size size);
#endif
extern Datum pgbgw_getarg_datum(FunctionCallInfo fcinfo, int index);
extern int pgbgw_argisnull(FunctionCallInfo fcinfo, int index);
extern int pgbgw_nargs(FunctionCallInfo fcinfo);
extern void pgbgw_set_isnull(FunctionCallInfo fcinfo, int is_null);
extern void pgbgw_hold_interrupts(void);
extern void pgbgw_resume_interrupts(void);
extern void pgbgw_start_crit_section(void);
extern void pgbgw_end_crit_section(void);
extern int pgbgw_postmaster_is_alive(void);
extern TimestampTz pgbgw_timestamptz_plus_milliseconds(TimestampTz time, int64 ms);
extern void pgbgw_instr_time_set_current(instr_time *time);
extern void pgbgw_instr_time_subtract(instr_time *time, const instr_time *less);
extern double pgbgw_instr_time_get_double(const instr_time *time);
extern void pgbgw_set_ps_display(const char *activity);
extern void pgbgw_wait_start(uint32 wait_event_info);
extern void pgbgw_wait_end(void);
extern void pgbgw_guc_check_errmsg(const char *message);
extern void pgbgw_guc_check_errdetail(const char *detail);
extern void pgbgw_guc_check_errhint(const char *hint);

#endif							/* POSTGRES_BGWORKER_INLINE_H */
