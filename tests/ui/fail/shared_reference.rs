//~ error: &'static u32` cannot be stored in shared memory
//! A reference is an address in one process.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: &'static u32,
    }
}

fn main() {}
