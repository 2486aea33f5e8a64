//~ error: Node.prev is at another place
//~ error: Wide is not of the size of ffi::slist_node
//~ error: Short.next is of another size
//! Foreign structs that differ from the server's.

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
