//! Walkers and mutators of trees of nodes: `shim/walkers.c`.
//!
//! The server's functions have the suffix `_impl` since 16. These have the same names and types on
//! all majors, unless the documentation names the first one. The callbacks are called by the
//! server: define them with [`pg_guard!`](crate::pg_guard). The flags are `QTW_…`.

use crate::List;
use core::ffi::{c_int, c_void};

/// A callback for a node, with the context. `true` ends the walk. A callback calls the walker
/// itself to go on below its node.
pub type Walker = Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void) -> bool>;
/// A callback for a node, with the context. Returns the node, or another one instead of it.
pub type Mutator = Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void) -> *mut c_void>;

unsafe extern "C-unwind" {
    // nodes/nodeFuncs.h
    /// `expression_tree_walker` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "expression_tree_walker")]
    pub fn pgbgw_expression_tree_walker(
        node: *mut c_void,
        walker: Walker,
        context: *mut c_void,
    ) -> c_int;
    /// `expression_tree_mutator` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "expression_tree_mutator")]
    pub fn pgbgw_expression_tree_mutator(
        node: *mut c_void,
        mutator: Mutator,
        context: *mut c_void,
    ) -> *mut c_void;
    /// `query_tree_walker` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "query_tree_walker")]
    pub fn pgbgw_query_tree_walker(
        query: *mut c_void,
        walker: Walker,
        context: *mut c_void,
        flags: c_int,
    ) -> c_int;
    /// `query_tree_mutator` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "query_tree_mutator")]
    pub fn pgbgw_query_tree_mutator(
        query: *mut c_void,
        mutator: Mutator,
        context: *mut c_void,
        flags: c_int,
    ) -> *mut c_void;
    /// `query_or_expression_tree_walker` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "query_or_expression_tree_walker")]
    pub fn pgbgw_query_or_expression_tree_walker(
        node: *mut c_void,
        walker: Walker,
        context: *mut c_void,
        flags: c_int,
    ) -> c_int;
    /// `query_or_expression_tree_mutator` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "query_or_expression_tree_mutator")]
    pub fn pgbgw_query_or_expression_tree_mutator(
        node: *mut c_void,
        mutator: Mutator,
        context: *mut c_void,
        flags: c_int,
    ) -> *mut c_void;
    /// `range_table_walker` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "range_table_walker")]
    pub fn pgbgw_range_table_walker(
        table: *mut List,
        walker: Walker,
        context: *mut c_void,
        flags: c_int,
    ) -> c_int;
    /// `range_table_mutator` (`nodes/nodeFuncs.h`). May raise.
    #[doc(alias = "range_table_mutator")]
    pub fn pgbgw_range_table_mutator(
        table: *mut List,
        mutator: Mutator,
        context: *mut c_void,
        flags: c_int,
    ) -> *mut List;
    /// `range_table_entry_walker` (`nodes/nodeFuncs.h`). May raise. Since 12.
    #[doc(alias = "range_table_entry_walker")]
    #[cfg(pg_since = "12")]
    pub fn pgbgw_range_table_entry_walker(
        entry: *mut c_void,
        walker: Walker,
        context: *mut c_void,
        flags: c_int,
    ) -> c_int;
    /// `raw_expression_tree_walker` (`nodes/nodeFuncs.h`): of a tree that is not analyzed. May
    /// raise.
    #[doc(alias = "raw_expression_tree_walker")]
    pub fn pgbgw_raw_expression_tree_walker(
        node: *mut c_void,
        walker: Walker,
        context: *mut c_void,
    ) -> c_int;
    /// `planstate_tree_walker` (`nodes/nodeFuncs.h`). May raise. Since 9.6.
    #[doc(alias = "planstate_tree_walker")]
    #[cfg(pg_since = "9.6")]
    pub fn pgbgw_planstate_tree_walker(
        state: *mut c_void,
        walker: Walker,
        context: *mut c_void,
    ) -> c_int;
}
