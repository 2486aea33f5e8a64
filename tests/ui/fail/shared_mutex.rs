//~ error: Mutex<u32>` cannot be stored in shared memory
//! A mutex of the standard library knows threads of one process.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: std::sync::Mutex<u32>,
    }
}

fn main() {}
