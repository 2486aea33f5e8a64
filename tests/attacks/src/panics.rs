//! Panics in each place where the layer runs the user's code.

use crate::prelude::*;
use std::fmt;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    for (place, run) in PLACES {
        for (how, panics) in HOW {
            let name = format!("panic_{place}_{how}");
            let body = move |w: &mut Attacker| {
                for _ in 0..5 {
                    let outcome = catch_unwind(AssertUnwindSafe(|| run(w, *panics)));
                    let passed = outcome.is_err();
                    std::mem::forget(outcome);
                    ensure!(passed);
                    works(w)?;
                }
                Ok(())
            };
            all.push(Attack::stays(name, Expect::Value, body).family("panics"));
        }
    }
    for (name, body) in ENDS {
        all.push(Attack::leaves(format!("panic_ends_{name}"), Expect::Ends, *body).family("ends"));
    }
    all
}

/// How it panics; it may have a transaction.
type Panics = fn(Option<&Transaction<'_>>);

const HOW: &[(&str, Panics)] = &[
    ("text", |_| panic!("on purpose")),
    ("any", |_| std::panic::panic_any(vec![1_u8; 10])),
    ("bomb", |_| std::panic::panic_any(crate::bombs::ErrorBomb)),
    ("resumed", |_| {
        std::panic::resume_unwind(Box::new("on purpose"))
    }),
    ("after_sql", |tx| {
        if let Some(tx) = tx {
            let _ = tx.query("select generate_series(1, 100)", &[]);
        }
        panic!("on purpose")
    }),
    ("after_error", |tx| {
        if let Some(tx) = tx {
            let _ = tx.execute("select 1 / 0", &[]);
        }
        panic!("on purpose")
    }),
    ("in_display", |_| {
        struct Shown;
        impl fmt::Display for Shown {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("while it is shown")
            }
        }
        let _ = Shown.to_string();
    }),
];

type Place = fn(&mut Attacker, Panics) -> Result<()>;

const PLACES: &[(&str, Place)] = &[
    ("nowhere", |_, panics| {
        panics(None);
        Ok(())
    }),
    ("transaction", |w, panics| {
        w.transaction(|tx| {
            panics(Some(tx));
            Ok(())
        })
    }),
    ("savepoint", |w, panics| {
        w.transaction(|tx| {
            tx.savepoint(|inner| {
                panics(Some(inner));
                Ok(())
            })
        })
    }),
    ("savepoint_deep", |w, panics| {
        w.transaction(|tx| {
            tx.savepoint(|a| {
                a.savepoint(|b| {
                    b.savepoint(|c| {
                        panics(Some(c));
                        Ok(())
                    })
                })
            })
        })
    }),
    ("savepoint_caught", |w, panics| {
        w.transaction(|tx| {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                tx.savepoint(|inner| {
                    panics(Some(inner));
                    Ok(())
                })
            }));
            std::mem::forget(caught);
            let two: i32 = tx.query_one("select 1 + 1", &[])?;
            assert_eq!(two, 2);
            panics(Some(tx));
            Ok(())
        })
    }),
    ("cursor", |w, panics| {
        w.transaction(|tx| {
            let mut cursor = tx.cursor("select generate_series(1, 100)", &[])?;
            let _rows = cursor.fetch(10)?;
            panics(Some(tx));
            Ok(())
        })
    }),
    ("rows", |w, panics| {
        w.transaction(|tx| {
            let rows = tx.query("select generate_series(1, 100)", &[])?;
            for _ in rows.iter() {
                panics(Some(tx));
            }
            Ok(())
        })
    }),
    ("plan", |w, panics| {
        w.transaction(|tx| {
            let _plan = tx.prepare::<(i32,)>("select $1")?;
            panics(Some(tx));
            Ok(())
        })
    }),
    ("write_guard", |w, panics| {
        let lock = &STATE.get(w)?[slot()].lock;
        let mut guard = lock.write(w)?;
        *guard += 1;
        panics(None);
        Ok(())
    }),
    ("read_guard", |w, panics| {
        let lock = &STATE.get(w)?[slot()].lock;
        let _guard = lock.read(w)?;
        panics(None);
        Ok(())
    }),
    ("guard_in_transaction", |w, panics| {
        let lock = &STATE.get(w)?[slot()].lock;
        w.transaction(|tx| {
            let _guard = lock.write(tx)?;
            panics(None);
            Ok(())
        })
    }),
    ("spin", |w, panics| {
        STATE.get(w)?[slot()].spin.update(|number| {
            panics(None);
            number
        });
        Ok(())
    }),
    ("condition", |w, panics| {
        let changed = &STATE.get(w)?[slot()].changed;
        changed.wait_until(w, Duration::from_secs(1), |_| {
            panics(None);
            Ok(true)
        })?;
        Ok(())
    }),
    ("condition_in_transaction", |w, panics| {
        let changed = &STATE.get(w)?[slot()].changed;
        w.transaction(|tx| {
            changed.wait_until(tx, Duration::from_secs(1), |_| {
                panics(None);
                Ok(true)
            })
        })?;
        Ok(())
    }),
    ("condition_with_lock", |w, panics| {
        let state = &STATE.get(w)?[slot()];
        state
            .changed
            .wait_until(w, Duration::from_secs(1), |sleeping| {
                let _guard = state.lock.write(sleeping)?;
                panics(None);
                Ok(true)
            })?;
        Ok(())
    }),
    ("log", |w, panics| {
        struct Shown(Panics);
        impl fmt::Display for Shown {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                (self.0)(None);
                Ok(())
            }
        }
        w.log(Shown(panics));
        Ok(())
    }),
    ("report_detail", |w, panics| {
        struct Shown(Panics);
        impl fmt::Display for Shown {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                (self.0)(None);
                Ok(())
            }
        }
        Report::new(Level::Warning, "a report")
            .detail(Shown(panics))
            .emit(w);
        Ok(())
    }),
    ("channel", |w, panics| {
        let mut channel = crate::partner::silent(w)?;
        channel.send(w, &vec![1; 10], LONG)?;
        panics(None);
        Ok(())
    }),
];

type End = fn(Attacker) -> Result<Exit>;

/// The process ends with a panic.
const ENDS: &[(&str, End)] = &[
    ("main", |_| panic!("on purpose")),
    ("any", |_| std::panic::panic_any(7)),
    ("transaction", |mut w| {
        w.transaction(|_| panic!("on purpose"))
    }),
    ("transaction_with_locks", |mut w| {
        w.transaction(|tx| {
            tx.execute("create temp table t (a int)", &[])?;
            tx.execute("lock table t", &[])?;
            panic!("on purpose")
        })
    }),
    ("guard", |mut w| {
        let lock = &STATE.get(&w)?[slot()].lock;
        let _guard = lock.write(&mut w)?;
        panic!("on purpose")
    }),
    ("savepoint", |mut w| {
        w.transaction(|tx| tx.savepoint(|_| panic!("on purpose")))
    }),
    ("condition", |mut w| {
        let changed = &STATE.get(&w)?[slot()].changed;
        changed.wait_until(&mut w, LONG, |_| panic!("on purpose"))?;
        Ok(Exit::Done)
    }),
    ("long_text", |_| panic!("{}", "x".repeat(10 << 20))),
    ("odd_text", |_| {
        panic!("a\0b %s %n \u{1F980}\n\tsecond line")
    }),
    ("callbacks_panic_too", |w| {
        w.before_exit(|_| panic!("before"))?;
        w.on_shmem_exit(|_| std::panic::panic_any(1))?;
        w.on_proc_exit(|_| panic!("{}", "x".repeat(1 << 20)))?;
        panic!("on purpose")
    }),
    ("thread", |w| {
        let thread = w.spawn("panics", || panic!("in a thread"))?;
        thread
            .join()
            .map(|()| Exit::Done)
            .map_err(|_| Error::other("it panicked"))
    }),
    ("leaked_worker", |w| {
        Box::leak(Box::new(w));
        panic!("on purpose")
    }),
];
