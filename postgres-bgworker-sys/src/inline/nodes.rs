//! Nodes and lists.

use crate::{List, ListCell, Node, NodeTag, Oid};
use core::ffi::{c_int, c_void};
use core::marker::PhantomData;

/// `nodeTag` (`nodes/nodes.h`).
///
/// # Safety
/// The pointer must point to a node.
#[inline]
pub unsafe fn nodeTag<T>(node: *const T) -> NodeTag {
    // SAFETY: the caller's promise: each node begins with its tag.
    unsafe { (*node.cast::<Node>()).type_ }
}

/// `IsA` (`nodes/nodes.h`), with a constant of [`NodeTag`].
///
/// # Safety
/// The pointer must point to a node.
#[inline]
pub unsafe fn IsA<T>(node: *const T, tag: NodeTag) -> bool {
    // SAFETY: the caller's promise.
    unsafe { nodeTag(node) == tag }
}

/// `makeNode` (`nodes/nodes.h`): a zeroed node of this type in the current memory context, with
/// this tag.
///
/// # Safety
/// May raise. The type must be the one that the tag means.
#[doc(alias = "newNode")]
#[inline]
pub unsafe fn makeNode<T>(tag: NodeTag) -> *mut T {
    // SAFETY: the caller's promise.
    unsafe { crate::macros::pgbgw_new_node(size_of::<T>(), tag.0 as c_int).cast() }
}

/// `lfirst` (`nodes/pg_list.h`): the pointer in a cell.
///
/// # Safety
/// The pointer must point to a cell of a list of pointers.
#[inline]
pub unsafe fn lfirst(cell: *const ListCell) -> *mut c_void {
    #[cfg(pg_since = "13")]
    // SAFETY: the caller's promise.
    unsafe {
        (*cell).ptr_value
    }
    #[cfg(not(pg_since = "13"))]
    // SAFETY: the caller's promise.
    unsafe {
        crate::macros::pgbgw_lfirst(cell)
    }
}

/// `lfirst_int` (`nodes/pg_list.h`): the number in a cell.
///
/// # Safety
/// The pointer must point to a cell of a list of `int`.
#[inline]
pub unsafe fn lfirst_int(cell: *const ListCell) -> c_int {
    #[cfg(pg_since = "13")]
    // SAFETY: the caller's promise.
    unsafe {
        (*cell).int_value
    }
    #[cfg(not(pg_since = "13"))]
    // SAFETY: the caller's promise.
    unsafe {
        crate::macros::pgbgw_lfirst_int(cell)
    }
}

/// `lfirst_oid` (`nodes/pg_list.h`): the OID in a cell.
///
/// # Safety
/// The pointer must point to a cell of a list of OIDs.
#[inline]
pub unsafe fn lfirst_oid(cell: *const ListCell) -> Oid {
    #[cfg(pg_since = "13")]
    // SAFETY: the caller's promise.
    unsafe {
        (*cell).oid_value
    }
    #[cfg(not(pg_since = "13"))]
    // SAFETY: the caller's promise.
    unsafe {
        crate::macros::pgbgw_lfirst_oid(cell)
    }
}

/// `list_nth` (`nodes/pg_list.h`): elements are numbered from 0. Before 13, it walks the list.
///
/// # Safety
/// The list must be one of pointers, and have the element.
#[inline]
pub unsafe fn list_nth(list: *const List, index: c_int) -> *mut c_void {
    #[cfg(pg_since = "13")]
    // SAFETY: the caller's promise.
    unsafe {
        lfirst((*list).elements.add(index as usize))
    }
    #[cfg(not(pg_since = "13"))]
    // SAFETY: the caller's promise.
    unsafe {
        crate::macros::pgbgw_list_nth(list, index)
    }
}

/// `foreach` (`nodes/pg_list.h`): iterates over the pointers of a list.
///
/// # Safety
/// The pointer must be null, which is the empty list, or point to a list of pointers. The list must
/// not change before the iterator is dropped.
///
/// ```
/// use postgres_bgworker_sys::{Node, inline};
/// // SAFETY: the list is empty.
/// let nodes = unsafe { inline::list_iter::<Node>(core::ptr::null()) };
/// assert_eq!(nodes.count(), 0);
/// ```
#[doc(alias = "foreach")]
#[inline]
pub unsafe fn list_iter<'l, T>(list: *const List) -> impl Iterator<Item = *mut T> + 'l
where
    T: 'l,
{
    // SAFETY: the caller's promise.
    unsafe { cells(list).map(|cell| lfirst(cell).cast()) }
}

/// Like [`list_iter`], for a list of `int`.
///
/// # Safety
/// As for [`list_iter`].
#[doc(alias = "foreach_int")]
#[inline]
pub unsafe fn list_iter_int<'l>(list: *const List) -> impl Iterator<Item = c_int> + 'l {
    // SAFETY: the caller's promise.
    unsafe { cells(list).map(|cell| lfirst_int(cell)) }
}

/// Like [`list_iter`], for a list of OIDs.
///
/// # Safety
/// As for [`list_iter`].
#[doc(alias = "foreach_oid")]
#[inline]
pub unsafe fn list_iter_oid<'l>(list: *const List) -> impl Iterator<Item = Oid> + 'l {
    // SAFETY: the caller's promise.
    unsafe { cells(list).map(|cell| lfirst_oid(cell)) }
}

/// # Safety
/// As for [`list_iter`].
unsafe fn cells<'l>(list: *const List) -> Cells<'l> {
    Cells {
        list,
        #[cfg(pg_since = "13")]
        index: 0,
        #[cfg(not(pg_since = "13"))]
        // SAFETY: the caller's promise.
        next: unsafe { crate::macros::pgbgw_list_head(list) },
        lives: PhantomData,
    }
}

/// The cells of a list.
struct Cells<'l> {
    #[cfg_attr(not(pg_since = "13"), allow(dead_code))]
    list: *const List,
    #[cfg(pg_since = "13")]
    index: c_int,
    #[cfg(not(pg_since = "13"))]
    next: *mut ListCell,
    lives: PhantomData<&'l List>,
}

impl Iterator for Cells<'_> {
    type Item = *const ListCell;

    #[cfg(pg_since = "13")]
    #[inline]
    fn next(&mut self) -> Option<*const ListCell> {
        // SAFETY: the list is valid, and the element exists.
        unsafe {
            let list = self.list.as_ref()?;
            let index = self.index;
            self.index += 1;
            (index < list.length).then(|| list.elements.add(index as usize).cast_const())
        }
    }

    #[cfg(not(pg_since = "13"))]
    #[inline]
    fn next(&mut self) -> Option<*const ListCell> {
        let cell = self.next;
        if cell.is_null() {
            return None;
        }
        // SAFETY: the list is valid, and the cell is one of it.
        self.next = unsafe { crate::macros::pgbgw_lnext(self.list, cell) };
        Some(cell)
    }
}
