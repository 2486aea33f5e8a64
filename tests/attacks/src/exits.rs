//! Values that outlive the worker, used after the exit has begun: each one, in each place.
//!
//! The worker itself and whatever borrows it cannot be kept: that does not compile.

use crate::partner;
use crate::prelude::*;
use postgres_bgworker::{
    sql::Plan,
    wait::{Interest, WaitSet, Waker},
    worker::DynamicWorker,
};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a process may keep for ever.
struct Things {
    handle: Option<DynamicWorker>,
    channel: Option<partner::Bytes>,
    plan: Option<Plan>,
    set: Option<WaitSet<std::os::unix::net::UnixStream>>,
    waker: Option<Waker>,
    state: &'static State,
    error: Option<Error>,
}

type Use = fn(&mut Things) -> Result<()>;

/// What needs shared memory says why it is not to be had.
fn refused<T>(outcome: Result<T>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::Exiting => Ok(()),
        Err(error) => Err(error.with_context("another error than that of an exit")),
        Ok(_) => Err(Error::other(
            "WRONG: it was not refused while the process exits",
        )),
    }
}

const USES: &[(&str, Use)] = &[
    ("nothing", |_| Ok(())),
    ("handle_status", |t| {
        t.handle
            .as_ref()
            .map_or(Ok(()), |handle| refused(handle.status()))
    }),
    ("handle_terminate", |t| {
        t.handle
            .as_ref()
            .map_or(Ok(()), |handle| refused(handle.terminate()))
    }),
    ("handle_drop", |t| {
        t.handle = None;
        Ok(())
    }),
    ("channel_status", |t| {
        let worker = t.channel.as_ref().and_then(|channel| channel.worker());
        worker.map_or(Ok(()), |worker| refused(worker.status()))
    }),
    ("channel_terminate", |t| {
        let worker = t.channel.as_ref().and_then(|channel| channel.worker());
        worker.map_or(Ok(()), |worker| refused(worker.terminate()))
    }),
    ("channel_close", |t| {
        let worker = t.channel.take().and_then(|channel| channel.close());
        worker.map_or(Ok(()), |worker| refused(worker.status()))
    }),
    ("channel_drop", |t| {
        t.channel = None;
        Ok(())
    }),
    ("channel_debug", |t| {
        let _ = format!("{:?}", t.channel);
        Ok(())
    }),
    ("plan_drop", |t| {
        t.plan = None;
        Ok(())
    }),
    ("plan_debug", |t| {
        let _ = format!("{:?}", t.plan);
        Ok(())
    }),
    ("wait_set_drop", |t| {
        t.set = None;
        Ok(())
    }),
    ("wait_set_add", |t| {
        let set = t.set.as_mut().ok_or_else(|| Error::other("no set"))?;
        let key = set.add(std::os::unix::net::UnixStream::pair()?.0, Interest::READ);
        set.modify(key, Interest::WRITE)?;
        drop(set.remove(key));
        Ok(())
    }),
    ("waker", |t| {
        for _ in 0..1000 {
            t.waker.iter().for_each(Waker::wake);
        }
        Ok(())
    }),
    ("waker_drop", |t| {
        t.waker = None;
        Ok(())
    }),
    ("spin", |t| {
        t.state.spin.update(|number| number + 1);
        Ok(())
    }),
    ("atomic", |t| {
        t.state.number.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }),
    ("error", |t| {
        ensure_eq!(t.error.as_ref().map(Error::kind), Some(ErrorKind::Server));
        t.error = None;
        Ok(())
    }),
    ("everything_drop", |t| {
        t.handle = None;
        t.channel = None;
        t.plan = None;
        t.set = None;
        t.waker = None;
        Ok(())
    }),
    ("panic", |_| panic!("on purpose")),
    ("process_exit", |_| std::process::exit(0)),
    ("thread", |_| {
        let thread = std::thread::spawn(|| 1);
        thread
            .join()
            .map(drop)
            .map_err(|_| Error::other("it panicked"))
    }),
    ("thread_exits", |_| {
        drop(std::thread::spawn(|| std::process::exit(0)));
        std::thread::sleep(Duration::from_millis(20));
        Ok(())
    }),
    ("definition", |_| {
        let _ = partner::short_lived()?.payload(1, &[1])?;
        Ok(())
    }),
];

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
        for (number, (what, _)) in USES.iter().enumerate() {
            let name = format!("exit_{place}_{what}");
            let body = move |w: Attacker| leave(w, *at, number);
            all.push(Attack::leaves(name, Expect::Tells, body).family(place));
        }
        for (number, (what, _)) in BY_TOKEN.iter().enumerate() {
            if !matches!(at, Where::Destructor) {
                let name = format!("exit_{place}_token_{what}");
                let body = move |w: Attacker| with_token(w, *at, number);
                all.push(Attack::leaves(name, Expect::Tells, body).family("token"));
            }
        }
    }
    all.extend([
        leaves!(exit_of_an_error, Ends),
        leaves!(exit_panic_in_callbacks, Ends),
        leaves!(exit_in_transaction, Tells),
        leaves!(exit_in_guard, Tells),
    ]);
    all
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

static USE: AtomicUsize = AtomicUsize::new(0);

struct Kept {
    things: Things,
    on_drop: bool,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.on_drop {
            use_it(&mut self.things);
        }
    }
}

fn register(worker: &Attacker, at: Where, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
    match at {
        Where::BeforeExit => worker.before_exit(callback),
        Where::OnShmemExit => worker.on_shmem_exit(callback),
        Where::OnProcExit => worker.on_proc_exit(callback),
        Where::Destructor => Ok(()),
    }
}

fn leave(mut worker: Attacker, at: Where, number: usize) -> Result<Exit> {
    USE.store(number, Ordering::SeqCst);
    register(&worker, at, from_callback)?;
    let mut set = WaitSet::new(&worker);
    set.add(std::os::unix::net::UnixStream::pair()?.0, Interest::WRITE);
    let _ = worker.wait_on(&mut set, Duration::from_millis(10))?;
    let things = Things {
        handle: Some(partner::quiet()?.argument(-1).launch(&worker)?),
        channel: Some(partner::silent(&worker)?),
        plan: Some(worker.transaction(|tx| tx.prepare::<(i32,)>("select $1"))?),
        set: Some(set),
        waker: Some(worker.waker()?),
        state: &STATE.get(&worker)?[slot()],
        error: worker
            .transaction(|tx| tx.execute("select 1 / 0", &[]))
            .err(),
    };
    KEPT.set(Some(Kept {
        things,
        on_drop: matches!(at, Where::Destructor),
    }));
    Ok(Exit::Done)
}

fn from_callback(_: &Exiting) -> Result<()> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept {
            use_it(&mut kept.things);
        }
    });
    Ok(())
}

/// It may be refused, and it does not crash.
fn use_it(things: &mut Things) {
    let (name, body) = USES[USE.load(Ordering::SeqCst)];
    outside::good(name);
    let outcome = catch_unwind(AssertUnwindSafe(|| body(things)));
    match &outcome {
        Ok(Err(error)) if error.message().starts_with("WRONG") => outside::bad(error.message()),
        _ => {}
    }
    std::mem::forget(outcome);
}

type ByToken = fn(&Exiting);

/// What the token of an exit offers.
const BY_TOKEN: &[(&str, ByToken)] = &[
    ("log", |e| e.log("a line while the process exits")),
    ("warning", |e| e.warning("%s%n")),
    ("debug", |e| e.debug("x".repeat(1 << 20))),
    ("report", |e| {
        Report::new(Level::Warning, "a report")
            .detail("more")
            .emit(e)
    }),
    ("code", |e| {
        outside::say(&format!("good\texit code {}", e.code()))
    }),
    ("setting", |e| crate::bombs::read(e)),
    ("many_lines", |e| (0..1000).for_each(|number| e.log(number))),
];

fn with_token(worker: Attacker, at: Where, number: usize) -> Result<Exit> {
    USE.store(number, Ordering::SeqCst);
    register(&worker, at, |exiting| {
        let (name, body) = BY_TOKEN[USE.load(Ordering::SeqCst)];
        outside::good(name);
        body(exiting);
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn exit_of_an_error(worker: Attacker) -> Result<Exit> {
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

fn tell(exiting: &Exiting) -> Result<()> {
    outside::good(&format!("the exit code is {}", exiting.code()));
    Ok(())
}

/// The process exits in the middle of a transaction.
fn exit_in_transaction(mut worker: Attacker) -> Result<Exit> {
    worker.before_exit(tell)?;
    worker.transaction(|tx| {
        tx.execute("create temp table t (a int)", &[])?;
        let _rows = tx.query("select 1", &[])?;
        std::process::exit(0)
    })
}

/// The process exits while it holds a lock.
fn exit_in_guard(mut worker: Attacker) -> Result<Exit> {
    worker.on_proc_exit(tell)?;
    let lock = &STATE.get(&worker)?[slot()].lock;
    let _guard = lock.write(&mut worker)?;
    std::process::exit(0)
}
