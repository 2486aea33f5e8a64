//! Attacks on the safe layer: this library contains no unsafe code and uses neither `raw` nor `ffi`. `observer/` starts a server
//! with it, has the conductor launch a worker for each attack, and decides what came of it.
//!
//! To add an attack is to add a function to the table of one of the files, with what must be seen of it.

#![forbid(unsafe_code)]
// `Condition` and `Locked` need 10.
#![cfg(pg_has = "condition_variable")]

use crate::prelude::*;
use crate::state::INDEX;
use crate::table::Body;
use postgres_bgworker::{CanConnect, IntSetting, Main, Unit};
use std::io::{BufRead, BufReader};
use std::sync::atomic::Ordering;

mod outside;
mod partner;
mod prelude;
mod state;
mod table;

mod aborts;
mod bombs;
mod cancels;
mod commits;
mod details;
mod dsm;
mod ends;
mod exits;
mod forgets;
mod growth;
mod limits;
mod names;
mod panics;
mod rows;
mod stops;
mod texts;
mod under_lock;
mod values;

bgworker_module!(init);

static PRELOAD: IntSetting = IntSetting::new(
    c"attacks.preload",
    c"Which attack runs while the library is preloaded.",
    -1,
    -1..=i32::MAX,
    Unit::None,
);

/// One table a file. The order is that of the numbers by which processes name an attack.
fn all() -> Vec<Attack> {
    [
        commits::attacks(),
        rows::attacks(),
        dsm::attacks(),
        exits::attacks(),
        bombs::attacks(),
        aborts::attacks(),
        cancels::attacks(),
        stops::attacks(),
        names::attacks(),
        forgets::attacks(),
        under_lock::attacks(),
        growth::attacks(),
        details::attacks(),
        texts::attacks(),
        values::attacks(),
        panics::attacks(),
        limits::attacks(),
        ends::attacks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn init(preload: &Preload) -> Result<()> {
    PRELOAD.define(preload)?;
    bombs::define(preload)?;
    STATE.reserve(preload)?;
    BackgroundWorker::new("conductor", worker_main!(conductor))?
        .restart(Restart::after_secs(1))
        .register(preload)?;
    if let Ok(index) = usize::try_from(PRELOAD.get(preload)) {
        if let Some(Body::Preloads(body)) = all().get(index).map(|attack| &attack.body) {
            body(preload)?;
        }
    }
    Ok(())
}

/// Tells the observer what there is, and launches what it asks for.
fn conductor(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    const ATTACKER: Main<CanConnect> = worker_main!(attacker);
    let line = outside::connect(&mut worker, "conductor")?;
    for (index, attack) in all().iter().enumerate() {
        outside::say(&attack.line(index));
    }
    outside::say("complete");
    line.set_nonblocking(true)?;
    let mut orders = BufReader::new(line.try_clone()?);
    let mut set = postgres_bgworker::WaitSet::new(&worker);
    set.add(line, postgres_bgworker::Interest::READ);
    let mut order = String::new();
    while worker.wait_on(&mut set, LONG)?.keep_going() {
        loop {
            match orders.read_line(&mut order) {
                Ok(0) => return Ok(Exit::Done),
                Ok(_) if order.ends_with('\n') => {
                    let index: i32 = order.trim().parse()?;
                    order.clear();
                    let attack = || BackgroundWorker::new(format!("attack {index}"), ATTACKER);
                    // Slots of workers that have just ended become free a moment later.
                    while let Err(error) = attack()?
                        .restart(Restart::Never)
                        .argument(index)
                        .launch(&worker)
                    {
                        if error.kind() != ErrorKind::TooManyWorkers {
                            return Err(error);
                        }
                        let _ = worker.wait(Duration::from_millis(5))?;
                        worker.check_terminating()?;
                    }
                }
                _ => break,
            }
        }
    }
    Ok(Exit::Done)
}

fn attacker(worker: Worker) -> Result<Exit> {
    let index: i32 = worker.argument();
    let index = index.unsigned_abs() as usize;
    INDEX.store(index, Ordering::SeqCst);
    let attack = all().swap_remove(index);
    let mut worker = worker.connect(connect(attack.database))?;
    outside::connect(
        &mut worker,
        &format!("attacker\t{index}\t{}", outside::pid()),
    )?;
    match attack.body {
        Body::Stays(body) => {
            let outcome = catch_unwind(AssertUnwindSafe(|| body(&mut worker)));
            match &outcome {
                Ok(outcome) => outside::result(outcome),
                Err(_) => outside::say("panic"),
            }
            std::mem::forget(outcome);
            for _ in 0..2 {
                if let Err(error) = works(&mut worker) {
                    outside::bad(&format!("the next transaction: {error:?}"));
                }
            }
            outside::say("waits");
            while worker.wait(LONG)?.keep_going() {}
            Ok(Exit::Done)
        }
        Body::Leaves(body) => body(worker),
        Body::Preloads(_) => Ok(Exit::Done),
    }
}
