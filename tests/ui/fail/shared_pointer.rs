//~ error: *mut u32` cannot be stored in shared memory
//! A pointer is an address in one process.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: *mut u32,
    }
}

fn main() {}
