//~ error: `worker` is a reference that is only valid in the function body
//! A token lives as long as the call of main: no destructor or exit callback finds it afterwards.

use postgres_bgworker::prelude::*;
use std::cell::RefCell;

thread_local! {
    static KEPT: RefCell<Option<Worker<'static, NoDatabase>>> = const { RefCell::new(None) };
}

pub fn keep(worker: Worker<NoDatabase>) {
    KEPT.set(Some(worker));
}

fn main() {}
