//! Memory that should stay as it is.

use crate::prelude::*;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        stays!(forgets, Value),
        stays!(name_growth, Value).database("latin1"),
        stays!(owned_strings, Value),
    ];
    for (name, step) in STEPS {
        let name = format!("flat_{name}");
        let body = move |w: &mut Attacker| flat(w, *step);
        all.push(Attack::stays(name, Expect::Value, body).family("flat"));
    }
    for (name, step) in STEPS_IN_TRANSACTION {
        let name = format!("flat_in_tx_{name}");
        let body = move |w: &mut Attacker| flat_in_transaction(w, *step);
        all.push(Attack::stays(name, Expect::Value, body).family("flat_in_tx"));
    }
    all
}

/// Rows of the level around, dropped in a savepoint that fails: 2 MB each.
fn forgets(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        let mut step = |_| {
            let rows = tx.query("select repeat('x', 1000000)", &[])?;
            let result: Result<()> = tx.savepoint(|inner| {
                let failed = inner.execute("select 1 / 0", &[]);
                drop(rows);
                failed.map(drop)
            });
            ensure!(result.is_err());
            tx.execute("select 1", &[]).map(drop)
        };
        grows_less(5_000, 5, 40, &mut step)
    })
}

/// A column's name in another encoding, converted for each look.
fn name_growth(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        let rows = tx.query("select 1 as \"\u{e4}\u{f6}\u{fc}\"", &[])?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        grows_less(2_000, 1_000, 200_000, &mut |_| {
            let one: i32 = row.get("\u{e4}\u{f6}\u{fc}")?;
            ensure_eq!(one, 1);
            Ok(())
        })
    })
}

/// Copies that Rust owns need none of the server's.
fn owned_strings(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create temp table owned (a text)", &[])?;
        tx.execute("alter table owned alter a set storage external", &[])?;
        tx.execute("insert into owned values (repeat('x', 3000))", &[])?;
        let rows = tx.query("select a from owned", &[])?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        grows_less(5_000, 100, 5_000, &mut |_| {
            let text: String = row.get(0)?;
            ensure_eq!(text.len(), 3000);
            Ok(())
        })
    })
}

/// After some steps the process uses hardly more memory than before many more.
fn grows_less(
    kilobytes: i64,
    some: u32,
    many: u32,
    step: &mut dyn FnMut(u32) -> Result<()>,
) -> Result<()> {
    for number in 0..some {
        step(number)?;
    }
    let before = resident_kilobytes()?;
    for number in 0..many {
        step(some + number)?;
    }
    let growth = resident_kilobytes()? - before;
    if growth > kilobytes {
        return Err(wrong(
            line!(),
            format!("{growth} kB more after {many} times"),
        ));
    }
    Ok(())
}

type Step = fn(&mut Attacker) -> Result<()>;
type InTransaction = fn(&mut Transaction<'_>) -> Result<()>;

fn flat(worker: &mut Attacker, step: Step) -> Result<()> {
    grows_less(3_000, 100, 2_000, &mut |_| step(worker))
}

fn flat_in_transaction(worker: &mut Attacker, step: InTransaction) -> Result<()> {
    worker.transaction(|tx| grows_less(3_000, 100, 2_000, &mut |_| step(tx)))
}

const STEPS: &[(&str, Step)] = &[
    ("empty", |w| w.transaction(|_| Ok(()))),
    ("error", |w| {
        let result = w.transaction(|tx| tx.execute("select 1 / 0", &[]));
        ensure!(result.is_err());
        Ok(())
    }),
    ("panic", |w| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            w.transaction::<()>(|_| std::panic::panic_any(1))
        }));
        ensure!(outcome.is_err());
        Ok(())
    }),
    ("large_rows", |w| {
        w.transaction(|tx| tx.query("select repeat('x', 10000)", &[]).map(drop))
    }),
    ("wait", |w| w.wait(Duration::ZERO).map(drop)),
    ("lock", |w| {
        let lock = &STATE.get(w)?[slot()].lock;
        *lock.write(w)? += 1;
        Ok(())
    }),
    ("condition", |w| {
        let changed = &STATE.get(w)?[slot()].changed;
        changed
            .wait_until(w, Duration::ZERO, |_| Ok(false))
            .map(drop)
    }),
    ("activity", |w| w.report_activity("busy")),
    ("title", |w| w.set_process_title("busy")),
    ("application_name", |w| w.set_application_name("busy")),
    ("wait_set", |w| {
        let mut set: postgres_bgworker::wait::WaitSet<std::fs::File> =
            postgres_bgworker::wait::WaitSet::new(w);
        w.wait_on(&mut set, Duration::ZERO).map(drop)
    }),
];

const STEPS_IN_TRANSACTION: &[(&str, InTransaction)] = &[
    ("execute", |tx| tx.execute("select 1", &[]).map(drop)),
    ("parameters", |tx| {
        tx.execute("select $1::text, $2::int", &[&"x".repeat(1000), &1])
            .map(drop)
    }),
    ("rows", |tx| {
        tx.query("select repeat('x', 10000)", &[]).map(drop)
    }),
    ("strings", |tx| {
        let text: String = tx.query_one("select repeat('x', 10000)", &[])?;
        ensure_eq!(text.len(), 10_000);
        Ok(())
    }),
    ("cursor", |tx| {
        let mut cursor = tx.cursor("select generate_series(1, 10)", &[])?;
        cursor.fetch(3).map(drop)
    }),
    ("plan", |tx| {
        let plan = tx.prepare::<(i32,)>("select $1")?;
        tx.execute(&plan, &[&1]).map(drop)
    }),
    ("array", |tx| {
        let array: Vec<i32> = tx.query_one("select array(select generate_series(1, 1000))", &[])?;
        ensure_eq!(array.len(), 1000);
        Ok(())
    }),
    ("numeric", |tx| {
        let number: postgres_bgworker::sql::Numeric = tx.query_one("select 1.5", &[])?;
        ensure_eq!(number.as_str(), "1.5");
        Ok(())
    }),
    ("composite", |tx| {
        let rows = tx.query("select row(1, 'two')", &[])?;
        for row in rows.iter() {
            let _: postgres_bgworker::sql::Row<'_> = row.get(0)?;
        }
        Ok(())
    }),
    ("columns", |tx| {
        let rows = tx.query("select 1 as one, 2 as two", &[])?;
        ensure_eq!(rows.columns().count(), 2);
        Ok(())
    }),
];
