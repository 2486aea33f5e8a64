//! A worker that is kept in a thread-local and used after the exit has begun: each call, in each place.

use crate::partner;
use crate::prelude::*;
use postgres_bgworker::{Interest, Shared, WaitEventName, WaitSet};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What must come of a call after the exit has begun.
#[derive(Clone, Copy, PartialEq)]
enum Must {
    /// An error of kind `Exiting`.
    Refuse,
    /// Nothing crashes.
    Survive,
}

type Call = fn(&mut Attacker) -> Result<()>;

/// The calls, with the place where the first report saw each one succeed.
const CALLS: &[(&str, Must, Call)] = &[
    ("transaction", Must::Refuse, |w| w.transaction(|_| Ok(()))),
    ("sql", Must::Refuse, works),
    ("savepoint", Must::Refuse, |w| {
        w.transaction(|tx| tx.savepoint(|inner| inner.execute("select 1", &[]).map(drop)))
    }),
    ("wait", Must::Refuse, |w| w.wait(SHORT).map(drop)),
    ("wait_zero", Must::Refuse, |w| {
        w.wait(Duration::ZERO).map(drop)
    }),
    ("wait_as", Must::Refuse, |w| {
        let name = WaitEventName::new(w, "attacks_exit")?;
        w.wait_as(name, SHORT).map(drop)
    }),
    ("wait_on", Must::Refuse, |w| {
        let mut set = WaitSet::new(w);
        set.add(std::os::unix::net::UnixStream::pair()?.0, Interest::WRITE);
        w.wait_on(&mut set, SHORT).map(drop)
    }),
    ("lock_write", Must::Refuse, |w| {
        let lock = &STATE.get(w)?[slot()].lock;
        *lock.write(w)? += 1;
        Ok(())
    }),
    ("lock_read", Must::Refuse, |w| {
        let lock = &STATE.get(w)?[slot()].lock;
        lock.read(w).map(drop)
    }),
    ("lock_get", Must::Refuse, |w| {
        STATE.get(w)?[slot()].lock.get(w).map(drop)
    }),
    ("lock_try_write", Must::Refuse, |w| {
        let lock = &STATE.get(w)?[slot()].lock;
        lock.try_write(w).map(drop)
    }),
    ("lock_try_read", Must::Refuse, |w| {
        let lock = &STATE.get(w)?[slot()].lock;
        lock.try_read(w).map(drop)
    }),
    ("condition_wait", Must::Refuse, |w| {
        let changed = &STATE.get(w)?[slot()].changed;
        changed.wait_until(w, SHORT, |_| Ok(false)).map(drop)
    }),
    ("condition_wait_met", Must::Refuse, |w| {
        let changed = &STATE.get(w)?[slot()].changed;
        changed.wait_until(w, SHORT, |_| Ok(true)).map(drop)
    }),
    ("notify_one", Must::Survive, |w| {
        STATE.get(w)?[slot()].changed.notify_one(w);
        Ok(())
    }),
    ("notify_all", Must::Survive, |w| {
        STATE.get(w)?[slot()].changed.notify_all(w);
        Ok(())
    }),
    ("launch", Must::Refuse, |w| {
        partner::short_lived()?.launch(w).map(drop)
    }),
    ("launch_and_wait", Must::Refuse, |w| {
        let worker = partner::short_lived()?.launch(w)?;
        worker.wait_for_stop(w, SHORT).map(drop)
    }),
    ("channel_launch", Must::Refuse, |w| {
        partner::silent(w).map(drop)
    }),
    ("get_or_make", Must::Refuse, |w| {
        static LATE: Shared<u64> = Shared::new(c"attacks_late", 0);
        LATE.get_or_make(w).map(drop)
    }),
    ("get_or_make_again", Must::Refuse, |w| {
        MADE.get_or_make(w).map(drop)
    }),
    ("watch_database", Must::Refuse, |w| {
        w.watch_database();
        w.wait(SHORT).map(drop)
    }),
    ("wait_event_name", Must::Survive, |w| {
        WaitEventName::new(w, "attacks_later").map(drop)
    }),
    ("shared_get", Must::Survive, |w| STATE.get(w).map(drop)),
    ("generation", Must::Survive, |w| {
        STATE.generation(w).map(drop)
    }),
    ("spin", Must::Survive, |w| {
        STATE.get(w)?[slot()].spin.update(|n| n + 1);
        Ok(())
    }),
    ("log", Must::Survive, |w| {
        w.log("a line while the process exits");
        Ok(())
    }),
    ("report", Must::Survive, |w| {
        Report::new(Level::Warning, "a report")
            .detail("more")
            .emit(w);
        Ok(())
    }),
    ("activity", Must::Survive, |w| w.report_activity("leaving")),
    ("idle", Must::Survive, |w| w.report_idle()),
    ("title", Must::Survive, |w| w.set_process_title("leaving")),
    ("application_name", Must::Survive, |w| {
        w.set_application_name("leaving")
    }),
    ("stop_budget", Must::Survive, |w| {
        w.set_stop_budget(Duration::from_secs(1));
        Ok(())
    }),
    ("waker", Must::Survive, |w| {
        w.waker().map(|waker| waker.wake())
    }),
    ("spawn", Must::Survive, |w| {
        w.spawn("late", || 1)?
            .join()
            .map(drop)
            .map_err(|_| Error::other("a panic"))
    }),
    ("recovery", Must::Survive, |w| w.recovery().map(drop)),
    ("obstacles", Must::Survive, |w| w.obstacles().map(drop)),
    ("obstacles_with", Must::Survive, |w| {
        w.obstacles_with(&["plpgsql"]).map(drop)
    }),
    ("payload", Must::Survive, |w| w.payload(7).map(drop)),
    ("register_before_exit", Must::Survive, |w| {
        w.before_exit(|_| Ok(()))
    }),
    ("register_on_shmem_exit", Must::Survive, |w| {
        w.on_shmem_exit(|_| Ok(()))
    }),
    ("register_on_proc_exit", Must::Survive, |w| {
        w.on_proc_exit(|_| Ok(()))
    }),
    ("is_terminating", Must::Survive, |w| w.check_terminating()),
];

const SHORT: Duration = Duration::from_millis(50);

#[derive(Clone, Copy)]
enum Where {
    BeforeExit,
    OnShmemExit,
    OnProcExit,
    Destructor,
}

const PLACES: &[(&str, Where)] = &[
    ("before_exit", Where::BeforeExit),
    ("shmem_exit", Where::OnShmemExit),
    ("proc_exit", Where::OnProcExit),
    ("destructor", Where::Destructor),
];

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (place, at) in PLACES {
        for (number, (call, _, _)) in CALLS.iter().enumerate() {
            let name = format!("exit_{place}_{call}");
            let body = move |w| leave(w, *at, number);
            let attack = Attack::leaves(name, Expect::Tells, body);
            all.push(if is_reported(place, call) {
                attack
            } else {
                attack.family(place)
            });
        }
    }
    all.push(leaves!(exit_contended_lock, Tells));
    all.push(leaves!(exit_notifies_sleepers, Tells).scratch());
    all.push(leaves!(exit_code_of_an_error, Ends));
    all.push(leaves!(exit_panic_in_callbacks, Ends));
    all
}

/// These are in the first report by a name of their own.
fn is_reported(place: &str, call: &str) -> bool {
    matches!(
        (place, call),
        (
            "shmem_exit" | "proc_exit" | "destructor",
            "sql" | "transaction"
        ) | (
            "proc_exit" | "destructor",
            "condition_wait" | "launch" | "watch_database"
        ) | ("proc_exit", "notify_all" | "lock_write")
    )
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

static CALL: AtomicUsize = AtomicUsize::new(0);

/// A worker that nobody has dropped.
struct Kept {
    worker: Option<Attacker>,
    on_drop: bool,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let (true, Some(worker)) = (self.on_drop, &mut self.worker) {
            call(worker);
        }
    }
}

fn leave(worker: Attacker, at: Where, number: usize) -> Result<Exit> {
    CALL.store(number, Ordering::SeqCst);
    match at {
        Where::BeforeExit => worker.before_exit(from_callback)?,
        Where::OnShmemExit => worker.on_shmem_exit(from_callback)?,
        Where::OnProcExit => worker.on_proc_exit(from_callback)?,
        Where::Destructor => {}
    }
    KEPT.set(Some(Kept {
        worker: Some(worker),
        on_drop: matches!(at, Where::Destructor),
    }));
    Ok(Exit::Done)
}

fn from_callback(_: &Exiting) -> Result<()> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(worker) = kept.as_mut().and_then(|kept| kept.worker.as_mut()) {
            call(worker);
        }
    });
    Ok(())
}

fn call(worker: &mut Attacker) {
    let (name, must, call) = CALLS[CALL.load(Ordering::SeqCst)];
    let result = call(worker);
    let kind = result.as_ref().err().map(|e| format!("{:?}", e.kind()));
    match (must, kind.as_deref()) {
        (Must::Survive, _) | (Must::Refuse, Some("Exiting")) => outside::good(name),
        // Where a server lacks it, there is nothing to refuse.
        (Must::Refuse, Some("Unsupported" | "NotPreloading")) => outside::good(name),
        (Must::Refuse, _) => outside::bad(&format!("{name} during the exit: {result:?}")),
    }
}

/// The lock is held by another process: the process that exits cannot sleep for it.
fn exit_contended_lock(mut worker: Attacker) -> Result<Exit> {
    let state = &STATE.get(&worker)?[slot()];
    state.number.store(0, Ordering::SeqCst);
    partner::guardian(&worker)?;
    while state.number.load(Ordering::SeqCst) != 2 {
        let _ = worker.wait(Duration::from_millis(5))?;
    }
    let number = CALLS.iter().position(|(name, ..)| *name == "lock_write");
    leave(worker, Where::OnProcExit, number.unwrap_or(0))
}

/// Others sleep on the condition: the process that exits must not put itself into their list.
fn exit_notifies_sleepers(mut worker: Attacker) -> Result<Exit> {
    let state = &STATE.get(&worker)?[slot()];
    state.number.store(0, Ordering::SeqCst);
    for _ in 0..3 {
        partner::sleeper(&worker)?;
    }
    while state.number.load(Ordering::SeqCst) != 3 {
        let _ = worker.wait(Duration::from_millis(5))?;
    }
    let _ = worker.wait(Duration::from_millis(50))?;
    let number = CALLS.iter().position(|(name, ..)| *name == "notify_all");
    leave(worker, Where::OnProcExit, number.unwrap_or(0))
}

fn exit_code_of_an_error(worker: Attacker) -> Result<Exit> {
    worker.before_exit(|_| Err(Error::other("on purpose")))?;
    worker.on_shmem_exit(|_| Err(Error::other("on purpose")))?;
    worker.on_proc_exit(|_| Err(Error::other("on purpose")))?;
    Err(Error::other("on purpose"))
}

fn exit_panic_in_callbacks(worker: Attacker) -> Result<Exit> {
    worker.before_exit(|_| panic!("on purpose"))?;
    worker.on_shmem_exit(|_| panic!("on purpose"))?;
    worker.on_proc_exit(|_| panic!("on purpose"))?;
    panic!("on purpose")
}
