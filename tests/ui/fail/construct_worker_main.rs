//~ error: call to unsafe function
//! A main function that the server would not find cannot be registered.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{ffi, worker::{Unconnected, WorkerMain}};

unsafe extern "C-unwind" fn other(_: ffi::Datum) {}

fn run(_: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

static MAIN: WorkerMain<Unconnected> = WorkerMain::__new("abort", other, postgres_bgworker::__private::checked(run));

fn main() {
    let _ = &MAIN;
}
