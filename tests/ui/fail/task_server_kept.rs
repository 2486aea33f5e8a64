//~ error: borrowed data escapes outside of function
//! The handle of the server lives as long as the call of main, like the worker in it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task::{self, Server};
use std::cell::RefCell;

thread_local! {
    static KEPT: RefCell<Option<Server<'static>>> = const { RefCell::new(None) };
}

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    task::run(worker, async |server| {
        KEPT.set(Some(server.clone()));
        Ok(Exit::Done)
    })
}

fn main() {}
