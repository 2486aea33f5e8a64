//~ error: Rc<u32>` cannot be stored in shared memory
//! A reference count is in memory of one process.

postgres_bgworker::shareable! {
    pub struct State {
        pub field: std::rc::Rc<u32>,
    }
}

fn main() {}
