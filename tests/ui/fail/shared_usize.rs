//~ error: usize` cannot be stored in shared memory
//! What is as wide as a pointer is usually meant to become one.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: usize,
    }
}

fn main() {}
