//! Every way in which a process ends, in every state it may be in, and with threads that go on.

use crate::partner;
use crate::prelude::*;
use std::sync::atomic::Ordering;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (state, enter) in STATES {
        let stop = move |mut w: Attacker| {
            w.set_stop_budget(Duration::from_secs(1));
            enter(&mut w)?;
            Ok(Exit::Done)
        };
        let name = format!("end_sigterm_{state}");
        all.push(Attack::leaves(name, Expect::Stops, stop).family("end_sigterm"));
    }
    for (thread, spawn) in THREADS {
        for (end, leave) in ENDS {
            let body = move |mut w: Attacker| {
                for _ in 0..3 {
                    spawn(&mut w)?;
                }
                leave(w)
            };
            let name = format!("end_{end}_with_{thread}");
            all.push(Attack::leaves(name, Expect::Ends, body).family("end_with_threads"));
        }
    }
    all
}

fn ready() {
    outside::say("ready");
}

type State = fn(&mut Attacker) -> Result<()>;

/// It says that it is ready, and then does not end by itself.
const STATES: &[(&str, State)] = &[
    ("wait", |w| {
        ready();
        while w.wait(LONG)?.keep_going() {}
        Ok(())
    }),
    ("sql", |w| w.transaction(|tx| sleep(tx))),
    ("savepoint", |w| {
        w.transaction(|tx| tx.savepoint(|inner| sleep(inner)))
    }),
    ("cursor", |w| {
        w.transaction(|tx| {
            let mut cursor = tx.cursor("select pg_sleep(1), generate_series(1, 600)", &[])?;
            ready();
            while cursor.fetch(1)?.is_some() {}
            Ok(())
        })
    }),
    ("plan", |w| {
        w.transaction(|tx| {
            let plan = tx.prepare::<(f64,)>("select pg_sleep($1)")?;
            ready();
            tx.execute(&plan, &[&600.0]).map(drop)
        })
    }),
    ("many_statements", |w| {
        ready();
        loop {
            works(w)?;
        }
    }),
    ("many_savepoints", |w| {
        ready();
        w.transaction(|tx| {
            loop {
                tx.savepoint(|inner| inner.execute("select 1", &[]).map(drop))?;
            }
        })
    }),
    ("condition", |w| {
        let changed = &STATE.get(w)?[slot()].changed;
        ready();
        changed.wait_until(w, LONG, |_| Ok(false)).map(drop)
    }),
    ("condition_in_transaction", |w| {
        let changed = &STATE.get(w)?[slot()].changed;
        w.transaction(|tx| {
            ready();
            changed.wait_until(tx, LONG, |_| Ok(false)).map(drop)
        })
    }),
    ("receive", |w| {
        let mut channel = partner::silent(w)?;
        ready();
        channel.receive(w, LONG).map(drop)
    }),
    ("receive_in_transaction", |w| {
        let mut channel = partner::silent(w)?;
        w.transaction(|tx| {
            ready();
            channel.receive(tx, LONG).map(drop)
        })
    }),
    ("send_forever", |w| {
        let mut channel = partner::silent(w)?;
        ready();
        loop {
            channel.send(w, &vec![1; 1 << 20], LONG)?;
        }
    }),
    ("wait_for_stop", |w| {
        let channel = partner::silent(w)?;
        ready();
        let partner = channel.worker().ok_or_else(|| Error::other("no worker"))?;
        partner.wait_for_stop(w, LONG).map(drop)
    }),
    ("advisory_lock", |w| {
        let key = i64::from(outside::pid());
        outside::later(0, &format!("select pg_advisory_lock({key}), pg_sleep(10)"));
        std::thread::sleep(Duration::from_millis(300));
        w.transaction(|tx| {
            ready();
            tx.execute("select pg_advisory_xact_lock($1)", &[&key])
                .map(drop)
        })
    }),
    ("launches", |w| {
        ready();
        loop {
            let worker = partner::short_lived()?.launch(w)?;
            worker.wait_for_stop(w, LONG)?;
        }
    }),
    ("locks", |w| {
        let lock = &STATE.get(w)?[slot()].lock;
        ready();
        while !w.is_terminating() {
            *lock.write(w)? += 1;
        }
        Ok(())
    }),
    ("wait_set", |w| {
        let (one, _other) = std::os::unix::net::UnixStream::pair()?;
        let mut set = postgres_bgworker::wait::WaitSet::new(w);
        set.add(one, postgres_bgworker::wait::Interest::READ);
        ready();
        while w.wait_on(&mut set, LONG)?.keep_going() {}
        Ok(())
    }),
    ("failed_transaction", |w| {
        w.transaction(|tx| {
            let _ = tx.execute("select 1 / 0", &[]);
            ready();
            for _ in 0..1000 {
                tx.execute("select 1", &[])
                    .or_else(|error| match error.kind() {
                        ErrorKind::Terminating => Err(error),
                        _ => Ok(0),
                    })?;
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(())
        })
    }),
];

fn sleep(tx: &Transaction<'_>) -> Result<()> {
    ready();
    tx.execute("select pg_sleep(600)", &[]).map(drop)
}

/// Threads that do not end.
const THREADS: &[(&str, State)] = &[
    ("spinning", |w| {
        w.spawn("spins", || {
            loop {
                std::hint::spin_loop();
            }
        })
        .map(drop)
    }),
    ("allocating", |w| {
        w.spawn("allocates", || {
            loop {
                std::hint::black_box(vec![0_u8; 10_000]);
            }
        })
        .map(drop)
    }),
    ("waking", |w| {
        let waker = w.waker()?;
        w.spawn("wakes", move || {
            loop {
                waker.wake();
            }
        })
        .map(drop)
    }),
    ("counting", |w| {
        let number = &STATE.get(w)?[slot()].number;
        w.spawn("counts", move || {
            loop {
                number.fetch_add(1, Ordering::Relaxed);
            }
        })
        .map(drop)
    }),
    ("panicking", |w| {
        w.spawn("panics", || {
            loop {
                drop(catch_unwind(|| std::panic::resume_unwind(Box::new(1))));
            }
        })
        .map(drop)
    }),
    ("printing", |w| {
        w.spawn("prints", || {
            loop {
                print!("");
                std::thread::yield_now();
            }
        })
        .map(drop)
    }),
    ("thread_locals", |w| {
        w.spawn("locals", || {
            thread_local!(static LOCAL: std::cell::RefCell<String> = std::cell::RefCell::new("x".repeat(100)));
            loop {
                drop(std::thread::spawn(|| LOCAL.with_borrow(String::len)).join());
            }
        })
        .map(drop)
    }),
];

type End = fn(Attacker) -> Result<Exit>;

const ENDS: &[(&str, End)] = &[
    ("done", |_| Ok(Exit::Done)),
    ("restart", |_| Ok(Exit::Restart)),
    ("error", |_| Err(Error::other("on purpose"))),
    ("panic", |_| panic!("on purpose")),
    ("process_exit", |_| std::process::exit(0)),
    ("in_transaction", |mut w| {
        w.transaction(|tx| {
            tx.execute("create temp table t (a int)", &[])?;
            Err(Error::other("on purpose"))
        })
    }),
    ("terminated", |mut w| {
        outside::say("ready");
        while w.wait(LONG)?.keep_going() {}
        Ok(Exit::Done)
    }),
];
