//! Pages, items, buffers and relations, for access methods: `shim/pages.c`.
//!
//! A page and an item identifier are pointers without a type, because their layouts are not bound.
//! All majors have the functions, unless the documentation names the first one.

use crate::{ItemPointerData, OffsetNumber, Oid, Relation, Size, TransactionId};
use core::ffi::{c_char, c_int, c_void};

/// Mode of [`pgbgw_lock_buffer`]. The values are those of before 19.
pub const BUFFER_LOCK_UNLOCK: c_int = 0;
/// Mode of [`pgbgw_lock_buffer`].
pub const BUFFER_LOCK_SHARE: c_int = 1;
/// Mode of [`pgbgw_lock_buffer`].
pub const BUFFER_LOCK_EXCLUSIVE: c_int = 2;

unsafe extern "C-unwind" {
    // storage/off.h
    /// `OffsetNumberIsValid` (`storage/off.h`). Cannot raise.
    #[doc(alias = "OffsetNumberIsValid")]
    pub fn pgbgw_offset_number_is_valid(number: OffsetNumber) -> c_int;

    // storage/itemptr.h
    /// `ItemPointerGetBlockNumber` (`storage/itemptr.h`): the TID must be valid. Cannot raise.
    #[doc(alias = "ItemPointerGetBlockNumber")]
    pub fn pgbgw_item_pointer_get_block_number(tid: *const ItemPointerData) -> u32;
    /// `ItemPointerGetOffsetNumber` (`storage/itemptr.h`): the TID must be valid. Cannot raise.
    #[doc(alias = "ItemPointerGetOffsetNumber")]
    pub fn pgbgw_item_pointer_get_offset_number(tid: *const ItemPointerData) -> OffsetNumber;
    /// `ItemPointerIsValid` (`storage/itemptr.h`): null is not valid. Cannot raise.
    #[doc(alias = "ItemPointerIsValid")]
    pub fn pgbgw_item_pointer_is_valid(tid: *const ItemPointerData) -> c_int;
    /// `ItemPointerSet` (`storage/itemptr.h`). Cannot raise.
    #[doc(alias = "ItemPointerSet")]
    pub fn pgbgw_item_pointer_set(tid: *mut ItemPointerData, block: u32, number: OffsetNumber);
    /// `ItemPointerSetInvalid` (`storage/itemptr.h`). Cannot raise.
    #[doc(alias = "ItemPointerSetInvalid")]
    pub fn pgbgw_item_pointer_set_invalid(tid: *mut ItemPointerData);

    // storage/itemid.h
    /// `ItemIdGetLength` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdGetLength")]
    pub fn pgbgw_item_id_get_length(id: *mut c_void) -> u32;
    /// `ItemIdGetOffset` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdGetOffset")]
    pub fn pgbgw_item_id_get_offset(id: *mut c_void) -> u32;
    /// `ItemIdGetFlags` (`storage/itemid.h`): `LP_UNUSED` is 0, `LP_NORMAL` 1, `LP_REDIRECT` 2, and
    /// `LP_DEAD` 3. Cannot raise.
    #[doc(alias = "ItemIdGetFlags")]
    pub fn pgbgw_item_id_get_flags(id: *mut c_void) -> u32;
    /// `ItemIdGetRedirect` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdGetRedirect")]
    pub fn pgbgw_item_id_get_redirect(id: *mut c_void) -> OffsetNumber;
    /// `ItemIdIsUsed` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdIsUsed")]
    pub fn pgbgw_item_id_is_used(id: *mut c_void) -> c_int;
    /// `ItemIdIsNormal` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdIsNormal")]
    pub fn pgbgw_item_id_is_normal(id: *mut c_void) -> c_int;
    /// `ItemIdIsRedirected` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdIsRedirected")]
    pub fn pgbgw_item_id_is_redirected(id: *mut c_void) -> c_int;
    /// `ItemIdIsDead` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdIsDead")]
    pub fn pgbgw_item_id_is_dead(id: *mut c_void) -> c_int;
    /// `ItemIdHasStorage` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdHasStorage")]
    pub fn pgbgw_item_id_has_storage(id: *mut c_void) -> c_int;
    /// `ItemIdSetUnused` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdSetUnused")]
    pub fn pgbgw_item_id_set_unused(id: *mut c_void);
    /// `ItemIdSetNormal` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdSetNormal")]
    pub fn pgbgw_item_id_set_normal(id: *mut c_void, offset: u32, length: u32);
    /// `ItemIdSetRedirect` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdSetRedirect")]
    pub fn pgbgw_item_id_set_redirect(id: *mut c_void, number: OffsetNumber);
    /// `ItemIdSetDead` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdSetDead")]
    pub fn pgbgw_item_id_set_dead(id: *mut c_void);
    /// `ItemIdMarkDead` (`storage/itemid.h`). Cannot raise.
    #[doc(alias = "ItemIdMarkDead")]
    pub fn pgbgw_item_id_mark_dead(id: *mut c_void);

    // storage/bufpage.h
    /// `PageGetItemId` (`storage/bufpage.h`): items are numbered from 1. Cannot raise.
    #[doc(alias = "PageGetItemId")]
    pub fn pgbgw_page_get_item_id(page: *mut c_void, number: OffsetNumber) -> *mut c_void;
    /// `PageGetItem` (`storage/bufpage.h`): the item must have storage. Cannot raise.
    #[doc(alias = "PageGetItem")]
    pub fn pgbgw_page_get_item(page: *mut c_void, id: *mut c_void) -> *mut c_void;
    /// `PageGetMaxOffsetNumber` (`storage/bufpage.h`): 0 means that the page has no items. Cannot
    /// raise.
    #[doc(alias = "PageGetMaxOffsetNumber")]
    pub fn pgbgw_page_get_max_offset_number(page: *mut c_void) -> OffsetNumber;
    /// `PageGetContents` (`storage/bufpage.h`): what follows the header, in a page without items.
    /// Cannot raise.
    #[doc(alias = "PageGetContents")]
    pub fn pgbgw_page_get_contents(page: *mut c_void) -> *mut c_void;
    /// `PageGetSpecialSize` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageGetSpecialSize")]
    pub fn pgbgw_page_get_special_size(page: *mut c_void) -> u16;
    /// `PageGetSpecialPointer` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageGetSpecialPointer")]
    pub fn pgbgw_page_get_special_pointer(page: *mut c_void) -> *mut c_void;
    /// `PageGetPageSize` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageGetPageSize")]
    pub fn pgbgw_page_get_page_size(page: *mut c_void) -> Size;
    /// `PageGetPageLayoutVersion` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageGetPageLayoutVersion")]
    pub fn pgbgw_page_get_page_layout_version(page: *mut c_void) -> u8;
    /// `PageIsNew` (`storage/bufpage.h`): `PageInit` has not been called. Cannot raise.
    #[doc(alias = "PageIsNew")]
    pub fn pgbgw_page_is_new(page: *mut c_void) -> c_int;
    /// `PageIsEmpty` (`storage/bufpage.h`): there are no items. Cannot raise.
    #[doc(alias = "PageIsEmpty")]
    pub fn pgbgw_page_is_empty(page: *mut c_void) -> c_int;
    /// `PageIsAllVisible` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageIsAllVisible")]
    pub fn pgbgw_page_is_all_visible(page: *mut c_void) -> c_int;
    /// `PageSetAllVisible` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageSetAllVisible")]
    pub fn pgbgw_page_set_all_visible(page: *mut c_void);
    /// `PageClearAllVisible` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageClearAllVisible")]
    pub fn pgbgw_page_clear_all_visible(page: *mut c_void);
    /// `PageIsFull` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageIsFull")]
    pub fn pgbgw_page_is_full(page: *mut c_void) -> c_int;
    /// `PageSetFull` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageSetFull")]
    pub fn pgbgw_page_set_full(page: *mut c_void);
    /// `PageClearFull` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageClearFull")]
    pub fn pgbgw_page_clear_full(page: *mut c_void);
    /// `PageHasFreeLinePointers` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageHasFreeLinePointers")]
    pub fn pgbgw_page_has_free_line_pointers(page: *mut c_void) -> c_int;
    /// `PageSetPrunable` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageSetPrunable")]
    pub fn pgbgw_page_set_prunable(page: *mut c_void, xid: TransactionId);
    /// `PageGetLSN` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageGetLSN")]
    pub fn pgbgw_page_get_lsn(page: *mut c_void) -> u64;
    /// `PageSetLSN` (`storage/bufpage.h`). Cannot raise.
    #[doc(alias = "PageSetLSN")]
    pub fn pgbgw_page_set_lsn(page: *mut c_void, lsn: u64);
    /// `PageAddItem` (`storage/bufpage.h`): number 0 is any. Returns the number, or 0 if there is
    /// no room. May raise.
    #[doc(alias = "PageAddItem")]
    pub fn pgbgw_page_add_item(
        page: *mut c_void,
        item: *const c_void,
        size: Size,
        number: OffsetNumber,
        overwrite: c_int,
        is_heap: c_int,
    ) -> OffsetNumber;

    // storage/buf.h
    /// `BufferIsLocal` (`storage/buf.h`). Cannot raise.
    #[doc(alias = "BufferIsLocal")]
    pub fn pgbgw_buffer_is_local(buffer: c_int) -> c_int;

    // storage/bufmgr.h
    /// `BufferIsValid` (`storage/bufmgr.h`). Cannot raise.
    #[doc(alias = "BufferIsValid")]
    pub fn pgbgw_buffer_is_valid(buffer: c_int) -> c_int;
    /// `BufferGetBlock` (`storage/bufmgr.h`): the buffer must be pinned. Cannot raise.
    #[doc(alias = "BufferGetBlock")]
    pub fn pgbgw_buffer_get_block(buffer: c_int) -> *mut c_void;
    /// `BufferGetPage` (`storage/bufmgr.h`): the buffer must be pinned. Cannot raise.
    #[doc(alias = "BufferGetPage")]
    pub fn pgbgw_buffer_get_page(buffer: c_int) -> *mut c_void;
    /// `BufferGetPageSize` (`storage/bufmgr.h`). Cannot raise.
    #[doc(alias = "BufferGetPageSize")]
    pub fn pgbgw_buffer_get_page_size(buffer: c_int) -> Size;
    /// `LockBuffer` (`storage/bufmgr.h`): the mode is `BUFFER_LOCK_…`. May raise.
    #[doc(alias = "LockBuffer")]
    pub fn pgbgw_lock_buffer(buffer: c_int, mode: c_int);
    /// `RelationGetNumberOfBlocks` (`storage/bufmgr.h`). May raise.
    #[doc(alias = "RelationGetNumberOfBlocks")]
    pub fn pgbgw_relation_get_number_of_blocks(relation: Relation) -> u32;

    // utils/rel.h
    /// `RelationGetRelationName` (`utils/rel.h`). Cannot raise.
    #[doc(alias = "RelationGetRelationName")]
    pub fn pgbgw_relation_get_relation_name(relation: Relation) -> *const c_char;
    /// `RelationGetNamespace` (`utils/rel.h`). Cannot raise.
    #[doc(alias = "RelationGetNamespace")]
    pub fn pgbgw_relation_get_namespace(relation: Relation) -> Oid;
    /// `RelationGetNumberOfAttributes` (`utils/rel.h`). Cannot raise.
    #[doc(alias = "RelationGetNumberOfAttributes")]
    pub fn pgbgw_relation_get_number_of_attributes(relation: Relation) -> c_int;
    /// `IndexRelationGetNumberOfAttributes` (`utils/rel.h`). Before 11, as
    /// `RelationGetNumberOfAttributes`. Cannot raise.
    #[doc(alias = "IndexRelationGetNumberOfAttributes")]
    pub fn pgbgw_index_relation_get_number_of_attributes(relation: Relation) -> c_int;
    /// `RelationGetForm` (`utils/rel.h`): a `Form_pg_class`. Cannot raise.
    #[doc(alias = "RelationGetForm")]
    pub fn pgbgw_relation_get_form(relation: Relation) -> *mut c_void;
    /// `RelationNeedsWAL` (`utils/rel.h`). Cannot raise.
    #[doc(alias = "RelationNeedsWAL")]
    pub fn pgbgw_relation_needs_wal(relation: Relation) -> c_int;
    /// `RelationUsesLocalBuffers` (`utils/rel.h`). Cannot raise.
    #[doc(alias = "RelationUsesLocalBuffers")]
    pub fn pgbgw_relation_uses_local_buffers(relation: Relation) -> c_int;
    /// `RelationGetTargetPageFreeSpace` (`utils/rel.h`). Cannot raise.
    #[doc(alias = "RelationGetTargetPageFreeSpace")]
    pub fn pgbgw_relation_get_target_page_free_space(
        relation: Relation,
        default_fill_factor: c_int,
    ) -> Size;
}
