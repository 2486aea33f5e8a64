/*
 * Pages, buffers and relations, for access methods. One line each, by header.
 */
#include "shim.h"
#include "access.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"
#include "utils/rel.h"


/* storage/off.h */
int pgbgw_offset_number_is_valid(OffsetNumber number) { return OffsetNumberIsValid(number) ? 1 : 0; }

/* storage/itemptr.h */
uint32 pgbgw_item_pointer_get_block_number(const ItemPointerData *tid) { return ItemPointerGetBlockNumber((ItemPointer) tid); }
OffsetNumber pgbgw_item_pointer_get_offset_number(const ItemPointerData *tid) { return ItemPointerGetOffsetNumber((ItemPointer) tid); }
int pgbgw_item_pointer_is_valid(const ItemPointerData *tid) { return (ItemPointerIsValid((ItemPointer) tid)) ? 1 : 0; }
void pgbgw_item_pointer_set(ItemPointerData *tid, uint32 block, OffsetNumber number) { ItemPointerSet(tid, block, number); }
void pgbgw_item_pointer_set_invalid(ItemPointerData *tid) { ItemPointerSetInvalid(tid); }

/* storage/itemid.h */
uint32 pgbgw_item_id_get_length(void *id) { return ItemIdGetLength((ItemId) id); }
uint32 pgbgw_item_id_get_offset(void *id) { return ItemIdGetOffset((ItemId) id); }
uint32 pgbgw_item_id_get_flags(void *id) { return ItemIdGetFlags((ItemId) id); }
OffsetNumber pgbgw_item_id_get_redirect(void *id) { return ItemIdGetRedirect((ItemId) id); }
int pgbgw_item_id_is_used(void *id) { return (ItemIdIsUsed((ItemId) id)) ? 1 : 0; }
int pgbgw_item_id_is_normal(void *id) { return (ItemIdIsNormal((ItemId) id)) ? 1 : 0; }
int pgbgw_item_id_is_redirected(void *id) { return (ItemIdIsRedirected((ItemId) id)) ? 1 : 0; }
int pgbgw_item_id_is_dead(void *id) { return (ItemIdIsDead((ItemId) id)) ? 1 : 0; }
int pgbgw_item_id_has_storage(void *id) { return (ItemIdHasStorage((ItemId) id)) ? 1 : 0; }
void pgbgw_item_id_set_unused(void *id) { ItemIdSetUnused((ItemId) id); }
void pgbgw_item_id_set_normal(void *id, uint32 offset, uint32 length) { ItemIdSetNormal((ItemId) id, offset, length); }
void pgbgw_item_id_set_redirect(void *id, OffsetNumber number) { ItemIdSetRedirect((ItemId) id, number); }
void pgbgw_item_id_set_dead(void *id) { ItemIdSetDead((ItemId) id); }
void pgbgw_item_id_mark_dead(void *id) { ItemIdMarkDead((ItemId) id); }

/* storage/bufpage.h */
void *pgbgw_page_get_item_id(void *page, OffsetNumber number) { return PageGetItemId((Page) page, number); }
void *pgbgw_page_get_item(void *page, void *id) { return (void *) PageGetItem((Page) page, (ItemId) id); }
OffsetNumber pgbgw_page_get_max_offset_number(void *page) { return PageGetMaxOffsetNumber((Page) page); }
void *pgbgw_page_get_contents(void *page) { return (void *) PageGetContents((Page) page); }
uint16 pgbgw_page_get_special_size(void *page) { return PageGetSpecialSize((Page) page); }
void *pgbgw_page_get_special_pointer(void *page) { return (void *) PageGetSpecialPointer((Page) page); }
Size pgbgw_page_get_page_size(void *page) { return PageGetPageSize((Page) page); }
uint8 pgbgw_page_get_page_layout_version(void *page) { return PageGetPageLayoutVersion((Page) page); }
int pgbgw_page_is_new(void *page) { return (PageIsNew((Page) page)) ? 1 : 0; }
int pgbgw_page_is_empty(void *page) { return (PageIsEmpty((Page) page)) ? 1 : 0; }
int pgbgw_page_is_all_visible(void *page) { return (PageIsAllVisible((Page) page)) ? 1 : 0; }
void pgbgw_page_set_all_visible(void *page) { PageSetAllVisible((Page) page); }
void pgbgw_page_clear_all_visible(void *page) { PageClearAllVisible((Page) page); }
int pgbgw_page_is_full(void *page) { return (PageIsFull((Page) page)) ? 1 : 0; }
void pgbgw_page_set_full(void *page) { PageSetFull((Page) page); }
void pgbgw_page_clear_full(void *page) { PageClearFull((Page) page); }
int pgbgw_page_has_free_line_pointers(void *page) { return (PageHasFreeLinePointers((Page) page)) ? 1 : 0; }
void pgbgw_page_set_prunable(void *page, TransactionId xid) { PageSetPrunable((Page) page, xid); }
XLogRecPtr pgbgw_page_get_lsn(void *page) { return PageGetLSN((Page) page); }
void pgbgw_page_set_lsn(void *page, XLogRecPtr lsn) { PageSetLSN((Page) page, lsn); }
OffsetNumber
pgbgw_page_add_item(void *page, const void *item, Size size, OffsetNumber number, int overwrite, int is_heap)
{
#if PG_VERSION_NUM >= 190000
	return PageAddItem((Page) page, item, size, number, overwrite != 0, is_heap != 0);
#else
	return PageAddItem((Page) page, (Item) item, size, number, overwrite != 0, is_heap != 0);
#endif
}

/* storage/buf.h */
int pgbgw_buffer_is_local(int buffer) { return (BufferIsLocal(buffer)) ? 1 : 0; }

/* storage/bufmgr.h */
int pgbgw_buffer_is_valid(int buffer) { return (BufferIsValid(buffer)) ? 1 : 0; }
void *pgbgw_buffer_get_block(int buffer) { return (void *) BufferGetBlock(buffer); }
void *pgbgw_buffer_get_page(int buffer) { return (void *) BufferGetPage(buffer); }
Size pgbgw_buffer_get_page_size(int buffer) { return BufferGetPageSize(buffer); }
void
pgbgw_lock_buffer(int buffer, int mode)
{
	/* The numbers of 19 are others: one of them here is a mistake. */
	if (mode < 0 || mode > 2)
		elog(ERROR, "unrecognized buffer lock mode: %d", mode);
	LockBuffer(buffer, mode == 2 ? BUFFER_LOCK_EXCLUSIVE : mode == 1 ? BUFFER_LOCK_SHARE : BUFFER_LOCK_UNLOCK);
}
uint32 pgbgw_relation_get_number_of_blocks(Relation relation) { return RelationGetNumberOfBlocks(relation); }

/* utils/rel.h */
const char *pgbgw_relation_get_relation_name(Relation relation) { return RelationGetRelationName(relation); }
Oid pgbgw_relation_get_namespace(Relation relation) { return RelationGetNamespace(relation); }
int pgbgw_relation_get_number_of_attributes(Relation relation) { return RelationGetNumberOfAttributes(relation); }
int
pgbgw_index_relation_get_number_of_attributes(Relation relation)
{
#if PG_VERSION_NUM >= 110000
	return IndexRelationGetNumberOfAttributes(relation);
#else
	return RelationGetNumberOfAttributes(relation);
#endif
}
void *pgbgw_relation_get_form(Relation relation) { return (void *) RelationGetForm(relation); }
int pgbgw_relation_needs_wal(Relation relation) { return (RelationNeedsWAL(relation)) ? 1 : 0; }
int pgbgw_relation_uses_local_buffers(Relation relation) { return (RelationUsesLocalBuffers(relation)) ? 1 : 0; }
Size pgbgw_relation_get_target_page_free_space(Relation relation, int default_fill_factor) { return RelationGetTargetPageFreeSpace(relation, default_fill_factor); }
