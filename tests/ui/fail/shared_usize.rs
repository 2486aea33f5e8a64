//~ error: usize` cannot be stored in shared memory
//! A pointer-sized integer is usually meant to become a pointer.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: usize,
    }
}

fn main() {}
