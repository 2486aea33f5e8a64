//~ error: Node.prev has a different offset
//~ error: Wide does not have the size of ffi::slist_node
//~ error: Short.next has a different size
//! Structs of somebody else that are not the server's.

use postgres_bgworker::ffi;

#[repr(C)]
struct Node {
    next: *mut Node,
    prev: *mut Node,
}

#[repr(C)]
struct Wide {
    next: *mut Wide,
    more: *mut Wide,
}

#[repr(C, align(8))]
struct Short {
    next: u16,
}

ffi::assert_same_layout!(Node = ffi::dlist_node { prev, next });
ffi::assert_same_layout!(Wide = ffi::slist_node { next });
ffi::assert_same_layout!(Short = ffi::slist_node { next });

fn main() {}
