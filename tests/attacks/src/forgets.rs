//! What is leaked with `mem::forget`, and what is done next.

use crate::prelude::*;
use std::mem::forget;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        leaves!(forget_sleeping, Stops),
        leaves!(forget_sql, Stops),
        leaves!(forget_waiting, Stops),
        leaves!(forget_commit, Stops),
        stays!(read_under_lock, Error("Invalid")),
        stays!(forget_sql_cancel, Error("Server 57014")),
        stays!(forget_sleeping_releases, Value),
        stays!(forget_in_condition, Value),
    ];
    for (what, leak) in LEAKS {
        for (next, then) in NEXT {
            let name = format!("forget_{what}_then_{next}");
            let body = move |w: &mut Attacker| {
                for _ in 0..5 {
                    leak(w)?;
                    then(w)?;
                }
                Ok(())
            };
            all.push(Attack::stays(name, Expect::Value, body).family(what));
        }
    }
    all
}

const MINUTE: Duration = Duration::from_secs(60);

fn lock(worker: &impl OnServerThread) -> Result<&'static postgres_bgworker::shmem::LwLock<u64>> {
    Ok(&STATE.get(worker)?[slot()].lock)
}

/// Neither SIGTERM nor the budget may wait for the lock.
fn forget_sleeping(mut worker: Attacker) -> Result<Exit> {
    worker.set_stop_budget(Duration::from_secs(1));
    let changed = &STATE.get(&worker)?[slot()].changed;
    let lock = lock(&worker)?;
    outside::say("ready");
    changed.wait_until(&mut worker, MINUTE, |sleeping| {
        forget(lock.write(sleeping)?);
        Ok(false)
    })?;
    Ok(Exit::Done)
}

fn forget_waiting(mut worker: Attacker) -> Result<Exit> {
    worker.set_stop_budget(Duration::from_secs(1));
    let lock = lock(&worker)?;
    forget(lock.write(&mut worker)?);
    outside::say("ready");
    while worker.wait(MINUTE)?.keep_going() {
        forget(lock.write(&mut worker)?);
    }
    Ok(Exit::Done)
}

fn forget_sql(mut worker: Attacker) -> Result<Exit> {
    worker.set_stop_budget(Duration::from_secs(1));
    let lock = lock(&worker)?;
    worker.transaction(|tx| {
        forget(lock.write(tx)?);
        outside::say("ready");
        tx.execute("select pg_sleep(60)", &[])
    })?;
    Ok(Exit::Done)
}

/// The commit takes its time, and must be stopped like a statement.
fn forget_commit(mut worker: Attacker) -> Result<Exit> {
    worker.set_stop_budget(Duration::from_secs(1));
    let lock = lock(&worker)?;
    worker.transaction(|tx| {
        for text in [
            "create temp table slow (a int)",
            "create function pg_temp.slow() returns trigger language plpgsql
             as 'begin perform pg_catalog.pg_sleep(60); return null; end'",
            "create constraint trigger slow after insert on slow deferrable initially deferred
             for each row execute procedure pg_temp.slow()",
            "insert into slow values (1)",
        ] {
            tx.execute(text, &[])?;
        }
        forget(lock.write(tx)?);
        outside::say("ready");
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// The server may wait for somebody who waits for the lock.
fn read_under_lock(worker: &mut Attacker) -> Result<()> {
    let lock = lock(worker)?;
    worker.transaction(|tx| {
        tx.execute(
            "create temp table big as select repeat('x', 1000000) as a",
            &[],
        )?;
        let rows = tx.query("select a from big", &[])?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        tx.savepoint(|inside| {
            let _guard = lock.write(inside)?;
            row.get::<String>(0).map(drop)
        })
    })
}

fn forget_sql_cancel(worker: &mut Attacker) -> Result<()> {
    let lock = lock(worker)?;
    worker.transaction(|tx| {
        forget(lock.write(tx)?);
        outside::cancel_later(300);
        tx.execute("select pg_sleep(10)", &[]).map(drop)
    })
}

/// Others get the lock while this process sleeps.
fn forget_sleeping_releases(worker: &mut Attacker) -> Result<()> {
    let state = &STATE.get(worker)?[slot()];
    state.number.store(0, std::sync::atomic::Ordering::SeqCst);
    crate::partner::guardian(worker)?;
    let done = state
        .changed
        .wait_until(worker, Duration::from_secs(10), |sleeping| {
            forget(state.lock.try_write(sleeping)?);
            Ok(false)
        })?;
    ensure!(!done);
    ensure_eq!(state.number.load(std::sync::atomic::Ordering::SeqCst), 3);
    Ok(())
}

fn forget_in_condition(worker: &mut Attacker) -> Result<()> {
    let state = &STATE.get(worker)?[slot()];
    for _ in 0..20 {
        let short = Duration::from_millis(10);
        state.changed.wait_until(worker, short, |sleeping| {
            forget(state.lock.read(sleeping)?);
            Ok(false)
        })?;
    }
    works(worker)
}

type Step = fn(&mut Attacker) -> Result<()>;

/// What is leaked.
const LEAKS: &[(&str, Step)] = &[
    ("write_guard", |w| {
        let lock = lock(w)?;
        forget(lock.write(w)?);
        Ok(())
    }),
    ("read_guard", |w| {
        let lock = lock(w)?;
        forget(lock.read(w)?);
        Ok(())
    }),
    ("try_guard", |w| {
        let lock = lock(w)?;
        forget(lock.try_write(w)?);
        Ok(())
    }),
    ("guard_in_transaction", |w| {
        let lock = lock(w)?;
        w.transaction(|tx| {
            forget(lock.write(tx)?);
            Ok(())
        })
    }),
    ("guard_in_failed_transaction", |w| {
        let lock = lock(w)?;
        let result = w.transaction(|tx| {
            let _ = tx.execute("select 1 / 0", &[]);
            forget(lock.write(tx)?);
            Ok(())
        });
        ensure!(result.is_err());
        Ok(())
    }),
    ("guard_in_savepoint", |w| {
        let lock = lock(w)?;
        w.transaction(|tx| {
            let result: Result<()> = tx.savepoint(|inner| {
                forget(lock.write(inner)?);
                Err(Error::other("on purpose"))
            });
            ensure!(result.is_err());
            Ok(())
        })
    }),
    ("rows", |w| {
        w.transaction(|tx| {
            forget(tx.query("select generate_series(1, 1000)", &[])?);
            Ok(())
        })
    }),
    ("rows_in_savepoint", |w| {
        w.transaction(|tx| {
            let result: Result<()> = tx.savepoint(|inner| {
                forget(inner.query("select generate_series(1, 1000)", &[])?);
                Err(Error::other("on purpose"))
            });
            ensure!(result.is_err());
            tx.execute("select 1", &[]).map(drop)
        })
    }),
    ("cursor", |w| {
        w.transaction(|tx| {
            let mut cursor = tx.cursor("select generate_series(1, 1000)", &[])?;
            forget(cursor.fetch(10)?);
            forget(cursor);
            Ok(())
        })
    }),
    ("plan", |w| {
        w.transaction(|tx| {
            let plan = tx.prepare::<(i32,)>("select $1 + 1")?;
            let two: i32 = tx.query_one(&plan, &[&1])?;
            ensure_eq!(two, 2);
            forget(plan);
            Ok(())
        })
    }),
    ("error", |w| {
        let result = w.transaction(|tx| tx.execute("select 1 / 0", &[]));
        forget(error(result)?);
        Ok(())
    }),
    ("wait_set", |w| {
        let mut set = postgres_bgworker::wait::WaitSet::new(w);
        set.add(
            std::os::unix::net::UnixStream::pair()?.0,
            postgres_bgworker::wait::Interest::WRITE,
        );
        let _ = w.wait_on(&mut set, Duration::from_millis(5))?;
        forget(set);
        Ok(())
    }),
    ("channel", |w| {
        forget(crate::partner::silent(w)?);
        Ok(())
    }),
    ("handle", |w| {
        forget(crate::partner::short_lived()?.launch(w)?);
        Ok(())
    }),
    ("waker", |w| {
        let waker = w.waker()?;
        waker.wake();
        forget(waker);
        Ok(())
    }),
    ("panic", |w| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            w.transaction::<()>(|tx| {
                forget(tx.query("select 1", &[])?);
                panic!("on purpose")
            })
        }));
        forget(outcome);
        Ok(())
    }),
];

/// What is done next.
const NEXT: &[(&str, Step)] = &[
    ("sql", works),
    ("wait", |w| w.wait(Duration::from_millis(5)).map(drop)),
    ("lock", |w| {
        let lock = lock(w)?;
        *lock.write(w)? += 1;
        lock.get(w).map(drop)
    }),
    ("failed_sql", |w| {
        let result = w.transaction(|tx| tx.execute("select 1 / 0", &[]));
        ensure_eq!(error(result)?.kind(), ErrorKind::Server);
        Ok(())
    }),
    ("savepoint", |w| {
        w.transaction(|tx| {
            let result: Result<()> = tx.savepoint(|inner| {
                inner.execute("select 1", &[])?;
                Err(Error::other("on purpose"))
            });
            ensure!(result.is_err());
            tx.query_one::<i32>("select 1", &[]).map(drop)
        })
    }),
    ("condition", |w| {
        let changed = &STATE.get(w)?[slot()].changed;
        changed
            .wait_until(w, Duration::from_millis(5), |_| Ok(false))
            .map(drop)
    }),
    ("log", |w| {
        w.log("a line");
        works(w)
    }),
    ("launch", |w| {
        let worker = crate::partner::short_lived()?.launch(w)?;
        worker.wait_for_stop(w, LONG).map(drop)
    }),
    ("cursor", |w| {
        w.transaction(|tx| {
            let mut cursor = tx.cursor("select generate_series(1, 3)", &[])?;
            let mut count = 0;
            while let Some(rows) = cursor.fetch(2)? {
                count += rows.len();
            }
            ensure_eq!(count, 3);
            Ok(())
        })
    }),
    ("panic", |w| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            w.transaction::<()>(|_| panic!("on purpose"))
        }));
        ensure!(outcome.is_err());
        Ok(())
    }),
];
