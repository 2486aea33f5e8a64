//~ error: String` cannot be stored in shared memory
//! A string is a pointer to memory of one process.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: String,
    }
}

fn main() {}
