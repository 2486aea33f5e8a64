//! Cases that need the inside of a server: this library runs them in a worker, one after the other, and
//! writes a line for each to the log. `tests/inside.rs` loads it and turns the lines into tests.

use postgres_bgworker::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod abi;
// Channels and callbacks of memory contexts need 9.5, as this field does.
#[cfg(pg_has = "bgw_extra")]
mod channel;
mod check;
mod cursors;
#[cfg(pg_has = "dynamic")]
mod dynamic;
mod errors;
mod flat;
mod interop;
mod layouts;
mod life;
#[cfg(pg_has = "bgw_extra")]
mod memory;
mod plans;
mod savepoints;
// `Condition` needs 10.
#[cfg(pg_has = "condition_variable")]
mod shared;
mod transactions;
mod types;
mod values;
mod waiting;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    #[cfg(pg_has = "condition_variable")]
    shared::reserve(preload)?;
    BackgroundWorker::new(postgres_bgworker::name!("inside"), worker_main!(inside))?
        .argument(-42)
        .restart(Restart::Never)
        .register(preload)
}

/// One table a file.
const CASES: &[&[(&str, check::Case)]] = &[
    life::CASES,
    #[cfg(pg_has = "bgw_extra")]
    memory::CASES,
    values::CASES,
    transactions::CASES,
    plans::CASES,
    cursors::CASES,
    savepoints::CASES,
    types::CASES,
    layouts::CASES,
    interop::CASES,
    errors::CASES,
    #[cfg(pg_has = "dynamic")]
    dynamic::CASES,
    waiting::CASES,
    #[cfg(pg_has = "bgw_extra")]
    channel::CASES,
    #[cfg(pg_has = "condition_variable")]
    shared::CASES,
    flat::CASES,
    #[cfg(pg_has = "dynamic")]
    flat::LAUNCHES,
    #[cfg(pg_has = "bgw_extra")]
    flat::CHANNELS,
    abi::CASES,
];

fn inside(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )?;
    for (name, case) in CASES.iter().copied().flatten() {
        let outcome = match catch_unwind(AssertUnwindSafe(|| case(&mut worker))) {
            Ok(Ok(())) => "ok".to_string(),
            Ok(Err(error)) => format!("FAILED: {error:?}"),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text =
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()));
                format!("FAILED: {}", text.unwrap_or_default())
            }
        };
        worker.log(format!("case {name}: {}", outcome.replace('\n', "; ")));
    }
    worker.log("case done: all");
    Ok(Exit::Done)
}
