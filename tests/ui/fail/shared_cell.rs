//~ error: Cell<u32>` cannot be stored in shared memory
//! A cell that changes without a lock.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: std::cell::Cell<u32>,
    }
}

fn main() {}
