//! Several workers and the same memory. The setting `shared.run` chooses; what must be seen is in `tests/shared.rs`.

// Before 10 there is no `Condvar`, and this library is empty.
#![cfg(pg_has = "condition_variable")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    name,
    settings::{IntSetting, Unit},
    shareable,
    shmem::{Condvar, LwLock, Shared, SpinCell},
    worker::{Unconnected, WorkerMain},
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

bgworker_module!(init);

#[path = "../support/sharing.rs"]
mod sharing;

static RUN: IntSetting = IntSetting::new(c"shared.run", c"Which scenario.", 0, 0..=100, Unit::None);

shareable! {
    #[derive(Debug, Clone, Copy)]
    struct Counters {
        ones: u64,
        twos: u64,
    }
}

shareable! {
    struct State {
        counters: LwLock<Counters>,
        atomic: AtomicU64,
        spin: SpinCell<[u64; 4]>,
        finished: AtomicU32,
        go: AtomicBool,
        changed: Condvar,
    }
}

const fn at_start() -> State {
    State {
        counters: LwLock::new(Counters { ones: 0, twos: 0 }),
        atomic: AtomicU64::new(0),
        spin: SpinCell::new([0; 4]),
        finished: AtomicU32::new(0),
        go: AtomicBool::new(false),
        changed: Condvar::new(),
    }
}

static STATE: Shared<State> = Shared::new(c"shared_state", at_start());
static NAMED: Shared<State> = Shared::new(c"shared_named", at_start());
/// A name that the library `inside` uses.
static TAKEN: Shared<u32> = Shared::new(c"inside_state", 0);

fn init(preload: &Preload) -> Result<()> {
    const COUNT: WorkerMain<Unconnected> = worker_main!(count);
    const FINDER: WorkerMain<Unconnected> = worker_main!(named);
    const SLEEPER: WorkerMain<Unconnected> = worker_main!(sleeper);
    RUN.define(preload)?;
    let start = |what: &str, main| {
        BackgroundWorker::new(what, main)?
            .restart(Restart::Never)
            .register(preload)
    };
    match sharing::NAMES[RUN.get(preload).unsigned_abs() as usize] {
        "count" => {
            STATE.reserve(preload)?;
            (1..=4).try_for_each(|number| start(&format!("count {number}"), COUNT))
        }
        "errors" => {
            STATE.reserve(preload)?;
            start("breaker", worker_main!(breaker))?;
            start("follower", worker_main!(follower))
        }
        "hold" => {
            STATE.reserve(preload)?;
            start("holder", worker_main!(holder))?;
            start("waiter", worker_main!(waiter))
        }
        "condition" => {
            STATE.reserve(preload)?;
            (1..=3).try_for_each(|number| start(&format!("sleeper {number}"), SLEEPER))?;
            start("waker", worker_main!(waker))
        }
        "ping_pong" => {
            const PLAYER: WorkerMain<Unconnected> = worker_main!(player);
            STATE.reserve(preload)?;
            (0..3).try_for_each(|number: i32| {
                BackgroundWorker::new(format!("player {number}"), PLAYER)?
                    .argument(number)
                    .restart(Restart::Never)
                    .register(preload)
            })
        }
        "crash" => {
            STATE.reserve(preload)?;
            BackgroundWorker::new(name!("survivor"), worker_main!(survivor))?
                .restart(Restart::after_secs(1))
                .register(preload)
        }
        "named" => (1..=4).try_for_each(|number| start(&format!("named {number}"), FINDER)),
        "taken" => TAKEN.reserve(preload),
        "nothing_reserved" => start("forgetful", worker_main!(forgetful)),
        other => unreachable!("no scenario {other}"),
    }
}

fn connect(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(Connect::database("postgres").as_superuser())
}

/// Stand by until the test says so by making a file in the data directory.
fn told(file: &str) -> bool {
    Path::new(file).exists()
}

const EACH: u64 = 5000;

/// Any two of these numbers differ if one process did not see what another one wrote.
fn add_up(state: &State, worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..EACH {
        let mut counters = state.counters.write(worker)?;
        counters.ones += 1;
        counters.twos = counters.ones * 2;
        drop(counters);
        state.atomic.fetch_add(1, Ordering::Relaxed);
        state
            .spin
            .update(|numbers| numbers.map(|number| number + 1));
    }
    // Without the other lock in between, so that they meet.
    for _ in 0..4 * EACH {
        state
            .spin
            .update(|numbers| numbers.map(|number| number + 1));
    }
    if state.finished.fetch_add(1, Ordering::SeqCst) == 3 {
        let counters = state.counters.get(worker)?;
        worker.log(format!(
            "all counted: {} {} {} {:?}",
            counters.ones,
            counters.twos,
            state.atomic.load(Ordering::Relaxed),
            state.spin.get()
        ));
    }
    Ok(())
}

fn count(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    add_up(STATE.get(&worker)?, &mut worker)?;
    Ok(Exit::Done)
}

fn named(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    add_up(NAMED.get_or_make(&mut worker)?, &mut worker)?;
    Ok(Exit::Done)
}

fn raise() -> Result<()> {
    use postgres_bgworker::{ffi, raw::guard};
    // SAFETY: a worker's main thread; the closure owns nothing.
    unsafe { guard(|| ffi::palloc(1 << 31)) }.map(drop)
}

fn breaker(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    for _ in 0..1000 {
        let mut fail = || {
            let mut counters = state.counters.write(&mut worker)?;
            counters.ones += 1;
            raise()
        };
        assert!(fail().is_err());
        let panic = catch_unwind(AssertUnwindSafe(|| {
            state
                .counters
                .write(&mut worker)
                .expect("the lock is free")
                .twos += 1;
            let _counters = state.counters.write(&mut worker);
            panic!("on purpose");
        }));
        assert!(panic.is_err());
        worker
            .transaction(|tx| {
                state.counters.write(tx)?.ones += 1;
                tx.execute("select 1 / 0", &[])
            })
            .expect_err("division by zero");
    }
    worker.log("breaker has failed 3000 times");
    state.finished.store(1, Ordering::SeqCst);
    let error = worker
        .transaction(|tx| tx.execute("select pg_sleep(600)", &[]))
        .expect_err("nobody sleeps that long");
    worker.log(format!("breaker ended with {:?}", error.kind()));
    Err(error)
}

fn follower(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    while state.finished.load(Ordering::SeqCst) == 0 {
        if !worker.wait(Duration::from_millis(10))?.keep_going() {
            return Ok(Exit::Done);
        }
    }
    let mut counters = state.counters.write(&mut worker)?;
    counters.ones += 1;
    let seen = *counters;
    drop(counters);
    worker.log(format!(
        "follower has the lock: {} {}",
        seen.ones, seen.twos
    ));
    Ok(Exit::Done)
}

fn holder(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    let mut counters = state.counters.write(&mut worker)?;
    state.go.store(true, Ordering::SeqCst);
    // What nobody should do under a lock.
    while !told("release") {
        std::thread::sleep(Duration::from_millis(5));
    }
    counters.ones = 42;
    drop(counters);
    Ok(Exit::Done)
}

fn waiter(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    while !state.go.load(Ordering::SeqCst) {
        if !worker.wait(Duration::from_millis(10))?.keep_going() {
            return Ok(Exit::Done);
        }
    }
    let at_once = state.counters.try_read(&mut worker)?.is_some();
    worker.log(format!("waiter has the lock at once: {at_once}"));
    let counters = state.counters.get(&mut worker)?;
    worker.log(format!("waiter has read {}", counters.ones));
    Ok(Exit::Done)
}

fn sleeper(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    let hour = Duration::from_secs(3600);
    worker.log("sleeper looks");
    let met = state.changed.wait_until(&mut worker, hour, |sleeping| {
        let mut counters = state.counters.write(sleeping)?;
        let one_for_me = counters.ones > 0;
        counters.ones -= u64::from(one_for_me);
        Ok(one_for_me)
    })?;
    worker.log(format!("sleeper was woken: {met}"));
    state
        .changed
        .wait_until(&mut worker, hour, |_| Ok(state.go.load(Ordering::SeqCst)))?;
    worker.log("sleeper was told to go");
    let result = state.changed.wait_until(&mut worker, hour, |_| Ok(false));
    let error = result.expect_err("nobody waits that long");
    worker.log(format!("sleeper ended with {:?}", error.kind()));
    Err(error)
}

/// Notifies by files that the test makes: `one`, then `all`.
fn waker(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    while !told("one") {
        let _ = worker.wait(Duration::from_millis(10))?;
        worker.check_terminating()?;
    }
    for _ in 0..3 {
        state.counters.write(&mut worker)?.ones += 1;
        state.changed.notify_one(&worker)?;
    }
    while !told("all") {
        let _ = worker.wait(Duration::from_millis(10))?;
        worker.check_terminating()?;
    }
    state.go.store(true, Ordering::SeqCst);
    state.changed.notify_all(&worker)?;
    Ok(Exit::Done)
}

const ROUNDS: u32 = 1000;

/// Each of three waits for its turn. One notification that gets lost is a minute, and more than the test has.
fn player(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    let me: i32 = worker.argument();
    let mine = |turn: u32| turn % 3 == me.unsigned_abs();
    for _ in 0..ROUNDS {
        let met = state
            .changed
            .wait_until(&mut worker, Duration::from_secs(3600), |_| {
                Ok(mine(state.finished.load(Ordering::SeqCst)))
            })?;
        assert!(met);
        state.finished.fetch_add(1, Ordering::SeqCst);
        state.changed.notify_all(&worker)?;
    }
    worker.log(format!("player {me} has had all turns"));
    Ok(Exit::Done)
}

fn survivor(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let state = STATE.get(&worker)?;
    let mut counters = state.counters.write(&mut worker)?;
    let before = counters.ones;
    counters.ones += 1;
    drop(counters);
    let generation = STATE.generation(&worker)?;
    worker.log(format!("generation {generation}, found {before}"));
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}

fn forgetful(worker: Worker) -> Result<Exit> {
    let worker = connect(worker)?;
    STATE.get(&worker)?;
    Ok(Exit::Done)
}
