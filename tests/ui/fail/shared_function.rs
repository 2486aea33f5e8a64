//~ error: fn()` cannot be stored in shared memory
//! Functions may be at other addresses in other processes.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: fn(),
    }
}

fn main() {}
