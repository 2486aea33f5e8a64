//~ error: shared memory is never dropped
//! The destructor would never run.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: u32,
    }
}

impl Drop for State {
    fn drop(&mut self) {}
}

fn main() {}
