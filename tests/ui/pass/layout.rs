//! A foreign struct that equals the server's.

use postgres_bgworker::ffi;

#[repr(C)]
struct Node {
    prev: *mut Node,
    next: *mut Node,
}

ffi::assert_same_layout!(Node = ffi::dlist_node { prev, next });

fn main() {}
