//! Nodes and lists: `shim/nodes.c`.
//!
//! [`inline::list_iter`](crate::inline::list_iter) walks a list as `foreach` does. All majors have
//! the functions.

use crate::{List, ListCell, Oid, Size};
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C-unwind" {
    // nodes/nodes.h
    /// `nodeTag` (`nodes/nodes.h`). Cannot raise.
    #[doc(alias = "nodeTag")]
    pub fn pgbgw_node_tag(node: *const c_void) -> c_int;
    /// `makeNode` (`nodes/nodes.h`): zeroed memory in the current context, with this tag. May
    /// raise.
    #[doc(alias = "makeNode")]
    #[doc(alias = "newNode")]
    pub fn pgbgw_new_node(size: Size, tag: c_int) -> *mut c_void;

    // nodes/value.h
    /// `intVal` (`nodes/value.h`): of an `Integer` node. Cannot raise.
    #[doc(alias = "intVal")]
    pub fn pgbgw_int_val(node: *const c_void) -> i64;
    /// `floatVal` (`nodes/value.h`): of a `Float` node. Cannot raise.
    #[doc(alias = "floatVal")]
    pub fn pgbgw_float_val(node: *const c_void) -> f64;
    /// `strVal` (`nodes/value.h`): of a `String` node. Cannot raise.
    #[doc(alias = "strVal")]
    pub fn pgbgw_str_val(node: *const c_void) -> *const c_char;

    // nodes/pg_list.h
    /// `list_head` (`nodes/pg_list.h`): null if the list is empty. Cannot raise.
    #[doc(alias = "list_head")]
    pub fn pgbgw_list_head(list: *const List) -> *mut ListCell;
    /// `list_tail` (`nodes/pg_list.h`): null if the list is empty. Cannot raise.
    #[doc(alias = "list_tail")]
    pub fn pgbgw_list_tail(list: *const List) -> *mut ListCell;
    /// `lnext` (`nodes/pg_list.h`): null at the end. Cannot raise.
    #[doc(alias = "lnext")]
    pub fn pgbgw_lnext(list: *const List, cell: *const ListCell) -> *mut ListCell;
    /// `lfirst` (`nodes/pg_list.h`). Cannot raise.
    #[doc(alias = "lfirst")]
    pub fn pgbgw_lfirst(cell: *const ListCell) -> *mut c_void;
    /// `lfirst_int` (`nodes/pg_list.h`). Cannot raise.
    #[doc(alias = "lfirst_int")]
    pub fn pgbgw_lfirst_int(cell: *const ListCell) -> c_int;
    /// `lfirst_oid` (`nodes/pg_list.h`). Cannot raise.
    #[doc(alias = "lfirst_oid")]
    pub fn pgbgw_lfirst_oid(cell: *const ListCell) -> Oid;
    /// `linitial` (`nodes/pg_list.h`): the list must not be empty. Cannot raise.
    #[doc(alias = "linitial")]
    pub fn pgbgw_linitial(list: *const List) -> *mut c_void;
    /// `llast` (`nodes/pg_list.h`): the list must not be empty. Cannot raise.
    #[doc(alias = "llast")]
    pub fn pgbgw_llast(list: *const List) -> *mut c_void;
    /// `list_nth_int` (`nodes/pg_list.h`): elements are numbered from 0. Cannot raise.
    #[doc(alias = "list_nth_int")]
    pub fn pgbgw_list_nth_int(list: *const List, index: c_int) -> c_int;
    /// `list_nth_oid` (`nodes/pg_list.h`): elements are numbered from 0. Cannot raise.
    #[doc(alias = "list_nth_oid")]
    pub fn pgbgw_list_nth_oid(list: *const List, index: c_int) -> Oid;
    /// `list_make2` (`nodes/pg_list.h`). May raise.
    #[doc(alias = "list_make2")]
    pub fn pgbgw_list_make2(first: *mut c_void, second: *mut c_void) -> *mut List;
    /// `list_make3` (`nodes/pg_list.h`). May raise.
    #[doc(alias = "list_make3")]
    pub fn pgbgw_list_make3(
        first: *mut c_void,
        second: *mut c_void,
        third: *mut c_void,
    ) -> *mut List;
    /// `list_make1_int` (`nodes/pg_list.h`). May raise.
    #[doc(alias = "list_make1_int")]
    pub fn pgbgw_list_make1_int(first: c_int) -> *mut List;
    /// `list_make1_oid` (`nodes/pg_list.h`). May raise.
    #[doc(alias = "list_make1_oid")]
    pub fn pgbgw_list_make1_oid(first: Oid) -> *mut List;
}
