//~ error: Box<u32>` cannot be stored in shared memory
//! A box is a pointer to memory of one process.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: Box<u32>,
    }
}

fn main() {}
