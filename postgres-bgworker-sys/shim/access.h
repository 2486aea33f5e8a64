/*
 * Prototypes of the files that expand macros and inline functions for access methods, data wrappers, output plugins and
 * other frameworks. src/macros/ documents every function.
 */
#ifndef POSTGRES_BGWORKER_ACCESS_H
#define POSTGRES_BGWORKER_ACCESS_H

#include "executor/tuptable.h"

/* pages.c */
extern int pgbgw_offset_number_is_valid(OffsetNumber number);
extern uint32 pgbgw_item_pointer_get_block_number(const ItemPointerData *tid);
extern OffsetNumber pgbgw_item_pointer_get_offset_number(const ItemPointerData *tid);
extern int pgbgw_item_pointer_is_valid(const ItemPointerData *tid);
extern void pgbgw_item_pointer_set(ItemPointerData *tid, uint32 block, OffsetNumber number);
extern void pgbgw_item_pointer_set_invalid(ItemPointerData *tid);
extern uint32 pgbgw_item_id_get_length(void *id);
extern uint32 pgbgw_item_id_get_offset(void *id);
extern uint32 pgbgw_item_id_get_flags(void *id);
extern OffsetNumber pgbgw_item_id_get_redirect(void *id);
extern int pgbgw_item_id_is_used(void *id);
extern int pgbgw_item_id_is_normal(void *id);
extern int pgbgw_item_id_is_redirected(void *id);
extern int pgbgw_item_id_is_dead(void *id);
extern int pgbgw_item_id_has_storage(void *id);
extern void pgbgw_item_id_set_unused(void *id);
extern void pgbgw_item_id_set_normal(void *id, uint32 offset, uint32 length);
extern void pgbgw_item_id_set_redirect(void *id, OffsetNumber number);
extern void pgbgw_item_id_set_dead(void *id);
extern void pgbgw_item_id_mark_dead(void *id);
extern void *pgbgw_page_get_item_id(void *page, OffsetNumber number);
extern void *pgbgw_page_get_item(void *page, void *id);
extern OffsetNumber pgbgw_page_get_max_offset_number(void *page);
extern void *pgbgw_page_get_contents(void *page);
extern uint16 pgbgw_page_get_special_size(void *page);
extern void *pgbgw_page_get_special_pointer(void *page);
extern Size pgbgw_page_get_page_size(void *page);
extern uint8 pgbgw_page_get_page_layout_version(void *page);
extern int pgbgw_page_is_new(void *page);
extern int pgbgw_page_is_empty(void *page);
extern int pgbgw_page_is_all_visible(void *page);
extern void pgbgw_page_set_all_visible(void *page);
extern void pgbgw_page_clear_all_visible(void *page);
extern int pgbgw_page_is_full(void *page);
extern void pgbgw_page_set_full(void *page);
extern void pgbgw_page_clear_full(void *page);
extern int pgbgw_page_has_free_line_pointers(void *page);
extern void pgbgw_page_set_prunable(void *page, TransactionId xid);
extern XLogRecPtr pgbgw_page_get_lsn(void *page);
extern void pgbgw_page_set_lsn(void *page, XLogRecPtr lsn);
extern OffsetNumber pgbgw_page_add_item(void *page, const void *item, Size size, OffsetNumber number, int overwrite, int is_heap);
extern int pgbgw_buffer_is_local(int buffer);
extern int pgbgw_buffer_is_valid(int buffer);
extern void *pgbgw_buffer_get_block(int buffer);
extern void *pgbgw_buffer_get_page(int buffer);
extern Size pgbgw_buffer_get_page_size(int buffer);
extern void pgbgw_lock_buffer(int buffer, int mode);
extern uint32 pgbgw_relation_get_number_of_blocks(Relation relation);
extern const char *pgbgw_relation_get_relation_name(Relation relation);
extern Oid pgbgw_relation_get_namespace(Relation relation);
extern int pgbgw_relation_get_number_of_attributes(Relation relation);
extern int pgbgw_index_relation_get_number_of_attributes(Relation relation);
extern void *pgbgw_relation_get_form(Relation relation);
extern int pgbgw_relation_needs_wal(Relation relation);
extern int pgbgw_relation_uses_local_buffers(Relation relation);
extern Size pgbgw_relation_get_target_page_free_space(Relation relation, int default_fill_factor);

/* tuples.c */
extern uint32 pgbgw_heap_tuple_header_get_datum_length(HeapTupleHeader tuple);
extern void pgbgw_heap_tuple_header_set_datum_length(HeapTupleHeader tuple, uint32 length);
extern Oid pgbgw_heap_tuple_header_get_type_id(HeapTupleHeader tuple);
extern void pgbgw_heap_tuple_header_set_type_id(HeapTupleHeader tuple, Oid type_);
extern int32 pgbgw_heap_tuple_header_get_typ_mod(HeapTupleHeader tuple);
extern void pgbgw_heap_tuple_header_set_typ_mod(HeapTupleHeader tuple, int32 typmod);
extern int pgbgw_heap_tuple_header_get_natts(HeapTupleHeader tuple);
extern void pgbgw_heap_tuple_header_set_natts(HeapTupleHeader tuple, int count);
extern int pgbgw_heap_tuple_header_has_external(HeapTupleHeader tuple);
extern TransactionId pgbgw_heap_tuple_header_get_xmin(HeapTupleHeader tuple);
#if PG_VERSION_NUM >= 90400
extern TransactionId pgbgw_heap_tuple_header_get_raw_xmin(HeapTupleHeader tuple);
#endif
extern void pgbgw_heap_tuple_header_set_xmin(HeapTupleHeader tuple, TransactionId xid);
extern TransactionId pgbgw_heap_tuple_header_get_raw_xmax(HeapTupleHeader tuple);
extern TransactionId pgbgw_heap_tuple_header_get_update_xid(HeapTupleHeader tuple);
extern void pgbgw_heap_tuple_header_set_xmax(HeapTupleHeader tuple, TransactionId xid);
extern CommandId pgbgw_heap_tuple_header_get_raw_command_id(HeapTupleHeader tuple);
extern void pgbgw_heap_tuple_header_set_cmin(HeapTupleHeader tuple, CommandId id);
extern void pgbgw_heap_tuple_header_set_cmax(HeapTupleHeader tuple, CommandId id, int is_combo);
#if PG_VERSION_NUM >= 90400
extern int pgbgw_heap_tuple_header_xmin_committed(HeapTupleHeader tuple);
#endif
#if PG_VERSION_NUM >= 90400
extern int pgbgw_heap_tuple_header_xmin_invalid(HeapTupleHeader tuple);
#endif
#if PG_VERSION_NUM >= 90400
extern int pgbgw_heap_tuple_header_xmin_frozen(HeapTupleHeader tuple);
#endif
extern int pgbgw_heap_tuple_header_is_heap_only(HeapTupleHeader tuple);
extern int pgbgw_heap_tuple_header_is_hot_updated(HeapTupleHeader tuple);
#if PG_VERSION_NUM >= 110000
extern int pgbgw_heap_tuple_header_indicates_moved_partitions(HeapTupleHeader tuple);
#endif
extern int pgbgw_heap_tuple_has_nulls(HeapTuple tuple);
extern int pgbgw_heap_tuple_has_var_width(HeapTuple tuple);
extern int pgbgw_heap_tuple_has_external(HeapTuple tuple);
#if PG_VERSION_NUM < 120000
extern Oid pgbgw_heap_tuple_get_oid(HeapTuple tuple);
#endif
extern Datum pgbgw_fastgetattr(HeapTuple tuple, int number, TupleDesc descriptor, int *is_null);
extern int pgbgw_bitmaplen(int columns);
extern int pgbgw_heap_tuple_satisfies_visibility(HeapTuple tuple, Snapshot snapshot, int buffer);
extern Size pgbgw_index_tuple_size(void *tuple);
extern int pgbgw_index_tuple_has_nulls(void *tuple);
extern int pgbgw_index_tuple_has_varwidths(void *tuple);
extern Datum pgbgw_index_getattr(void *tuple, int number, TupleDesc descriptor, int *is_null);
extern int pgbgw_att_isnull(int index, const void *bits);
extern Datum pgbgw_fetch_att(const void *value, int by_value, int length);
extern void pgbgw_store_att_byval(void *to, Datum value, int length);
extern Size pgbgw_att_align_nominal(Size offset, char alignment);
extern Size pgbgw_att_addlength_datum(Size offset, int length, Datum value);
extern int pgbgw_tuple_desc_natts(TupleDesc descriptor);
extern TupleDesc pgbgw_create_template_tuple_desc(int columns);
extern void pgbgw_tuple_desc_finalize(TupleDesc descriptor);
#if PG_VERSION_NUM >= 180000
extern void *pgbgw_tuple_desc_compact_attr(TupleDesc descriptor, int index);
#endif
extern int pgbgw_tuple_desc_att_len(TupleDesc descriptor, int index);
extern int pgbgw_tuple_desc_att_by_val(TupleDesc descriptor, int index);
extern int pgbgw_tuple_desc_att_is_dropped(TupleDesc descriptor, int index);
extern void pgbgw_pin_tuple_desc(TupleDesc descriptor);
extern void pgbgw_release_tuple_desc(TupleDesc descriptor);

/* slots.c */
extern int pgbgw_tts_empty(TupleTableSlot *slot);
extern int pgbgw_tup_is_null(TupleTableSlot *slot);
extern Datum *pgbgw_slot_values(TupleTableSlot *slot);
extern bool *pgbgw_slot_nulls(TupleTableSlot *slot);
extern int pgbgw_slot_nvalid(TupleTableSlot *slot);
extern TupleDesc pgbgw_slot_descriptor(TupleTableSlot *slot);
#if PG_VERSION_NUM >= 120000
extern ItemPointerData *pgbgw_slot_tid(TupleTableSlot *slot);
#endif
#if PG_VERSION_NUM >= 120000
extern void pgbgw_slot_set_table_oid(TupleTableSlot *slot, Oid table);
#endif
extern Datum pgbgw_slot_getattr(TupleTableSlot *slot, int number, int *is_null);
extern int pgbgw_slot_attisnull(TupleTableSlot *slot, int number);
extern void pgbgw_slot_getallattrs(TupleTableSlot *slot);
extern void pgbgw_slot_getsomeattrs(TupleTableSlot *slot, int number);
extern void pgbgw_exec_clear_tuple(TupleTableSlot *slot);
extern void pgbgw_exec_store_virtual_tuple(TupleTableSlot *slot);
extern void pgbgw_exec_store_heap_tuple(HeapTuple tuple, TupleTableSlot *slot, int frees);
extern void pgbgw_exec_materialize_slot(TupleTableSlot *slot);
extern HeapTuple pgbgw_exec_copy_slot_heap_tuple(TupleTableSlot *slot);
extern void *pgbgw_exec_copy_slot_minimal_tuple(TupleTableSlot *slot);
extern void pgbgw_exec_copy_slot(TupleTableSlot *to, TupleTableSlot *from);
extern TupleTableSlot *pgbgw_make_single_tuple_table_slot(TupleDesc descriptor, int kind);
extern void pgbgw_exec_drop_single_tuple_table_slot(TupleTableSlot *slot);

/* nodes.c */
extern int pgbgw_node_tag(const void *node);
extern void *pgbgw_new_node(Size size, int tag);
extern int64 pgbgw_int_val(const void *node);
extern double pgbgw_float_val(const void *node);
extern const char *pgbgw_str_val(const void *node);
extern ListCell *pgbgw_list_head(const List *list);
extern ListCell *pgbgw_list_tail(const List *list);
extern ListCell *pgbgw_lnext(const List *list, const ListCell *cell);
extern void *pgbgw_lfirst(const ListCell *cell);
extern int pgbgw_lfirst_int(const ListCell *cell);
extern Oid pgbgw_lfirst_oid(const ListCell *cell);
extern void *pgbgw_linitial(const List *list);
extern void *pgbgw_llast(const List *list);
extern int pgbgw_list_nth_int(const List *list, int index);
extern Oid pgbgw_list_nth_oid(const List *list, int index);
extern List *pgbgw_list_make2(void *first, void *second);
extern List *pgbgw_list_make3(void *first, void *second, void *third);
extern List *pgbgw_list_make1_int(int first);
extern List *pgbgw_list_make1_oid(Oid first);

/* calls.c */
extern Oid pgbgw_get_collation(FunctionCallInfo fcinfo);
extern Size pgbgw_size_for_function_call_info(int arguments);
extern void pgbgw_init_function_call_info_data(FunctionCallInfo fcinfo, FmgrInfo *info, int arguments, Oid collation, void *context, void *result);
extern void pgbgw_set_argument(FunctionCallInfo fcinfo, int index, Datum value, int is_null);
extern Datum pgbgw_function_call_invoke(FunctionCallInfo fcinfo);
extern int pgbgw_called_as_trigger(FunctionCallInfo fcinfo);
extern int pgbgw_called_as_event_trigger(FunctionCallInfo fcinfo);
extern int pgbgw_srf_is_firstcall(FunctionCallInfo fcinfo);
extern void *pgbgw_srf_firstcall_init(FunctionCallInfo fcinfo);
extern void *pgbgw_srf_percall_setup(FunctionCallInfo fcinfo);
extern void pgbgw_srf_return_next(FunctionCallInfo fcinfo, void *context);
extern void pgbgw_srf_return_done(FunctionCallInfo fcinfo, void *context);
extern uint64 pgbgw_srf_call_counter(const void *context);
extern MemoryContext pgbgw_srf_memory(const void *context);
extern void *pgbgw_srf_user_context(const void *context);
extern void pgbgw_srf_set_user_context(void *context, void *user);
extern void *pgbgw_init_materialized_srf(FunctionCallInfo fcinfo, uint32 flags);
extern TupleDesc pgbgw_srf_descriptor(FunctionCallInfo fcinfo);

/* walkers.c */
#if PG_VERSION_NUM >= 160000
typedef bool (*pgbgw_walker) (Node *node, void *context);
typedef Node *(*pgbgw_mutator) (Node *node, void *context);
#else
typedef bool (*pgbgw_walker) ();
typedef Node *(*pgbgw_mutator) ();
#endif
extern int pgbgw_expression_tree_walker(void *node, pgbgw_walker walker, void *context);
extern void *pgbgw_expression_tree_mutator(void *node, pgbgw_mutator mutator, void *context);
extern int pgbgw_query_tree_walker(void *query, pgbgw_walker walker, void *context, int flags);
extern void *pgbgw_query_tree_mutator(void *query, pgbgw_mutator mutator, void *context, int flags);
extern int pgbgw_query_or_expression_tree_walker(void *node, pgbgw_walker walker, void *context, int flags);
extern void *pgbgw_query_or_expression_tree_mutator(void *node, pgbgw_mutator mutator, void *context, int flags);
extern int pgbgw_range_table_walker(List *table, pgbgw_walker walker, void *context, int flags);
extern List *pgbgw_range_table_mutator(List *table, pgbgw_mutator mutator, void *context, int flags);
#if PG_VERSION_NUM >= 120000
extern int pgbgw_range_table_entry_walker(void *entry, pgbgw_walker walker, void *context, int flags);
#endif
extern int pgbgw_raw_expression_tree_walker(void *node, pgbgw_walker walker, void *context);
#if PG_VERSION_NUM >= 90600
extern int pgbgw_planstate_tree_walker(void *state, pgbgw_walker walker, void *context);
#endif

/* words.c */
extern Datum pgbgw_char_get_datum(char value);
extern char pgbgw_datum_get_char(Datum datum);
extern Datum pgbgw_uint8_get_datum(uint8 value);
extern uint8 pgbgw_datum_get_uint8(Datum datum);
extern Datum pgbgw_uint16_get_datum(uint16 value);
extern uint16 pgbgw_datum_get_uint16(Datum datum);
extern Datum pgbgw_transaction_id_get_datum(TransactionId value);
extern TransactionId pgbgw_datum_get_transaction_id(Datum datum);
extern Datum pgbgw_command_id_get_datum(CommandId value);
extern CommandId pgbgw_datum_get_command_id(Datum datum);
extern uint64 pgbgw_datum_get_uint64(Datum datum);
extern Datum pgbgw_uint64_get_datum(uint64 value);
extern int pgbgw_varatt_is_short(const void *varlena);
extern int pgbgw_varatt_is_4b_u(const void *varlena);
extern int pgbgw_varatt_is_extended(const void *varlena);
extern int pgbgw_varatt_is_external_ondisk(const void *varlena);
extern int pgbgw_varatt_is_external_indirect(const void *varlena);
extern Size pgbgw_varsize_short(const void *varlena);
extern Size pgbgw_varsize_external(const void *varlena);
extern void *pgbgw_vardata(void *varlena);
extern void pgbgw_set_varsize_short(void *varlena, Size total);

#endif							/* POSTGRES_BGWORKER_ACCESS_H */
