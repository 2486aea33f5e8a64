//! Commits that fail, and values of a transaction's closure that the layer drops.

use crate::prelude::*;
use postgres_bgworker::error::SqlState;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        stays!(commit_uaf2, Value),
        stays!(commit_deferred, Error("Server 23505")),
        stays!(commit_hold, Error("Server 22012")),
        stays!(value_bomb, Survives),
        stays!(value_bomb_holds_locks, Survives),
        stays!(open_snapshot, Survives),
        stays!(savepoint_value_bomb, Survives),
        stays!(error_value_bomb, Survives),
    ];
    for (name, sql) in FAILING {
        let name = format!("commit_fails_{name}");
        all.push(Attack::stays(name, Expect::Value, |w| fails(w, sql)).family("commit_fails"));
    }
    all
}

/// The commit frees more contexts than the server keeps, among them the one that was current; then it raises.
fn commit_uaf2(worker: &mut Attacker) -> Result<()> {
    let large = vec!["select 1 from pg_class"; 200].join(" union all ");
    for round in 0..20 {
        let result = worker.transaction(|tx| {
            tx.execute(&format!("declare c{round} cursor for {large}"), &[])?;
            tx.execute(&format!("fetch 1 from c{round}"), &[])?;
            tx.execute(
                &format!(
                    "declare h{round} cursor with hold for
                     select 1 / (500 - x) from generate_series(1, 1000) x"
                ),
                &[],
            )
        });
        ensure_eq!(error(result)?.sqlstate(), SqlState::new("22012"));
    }
    Ok(())
}

fn commit_deferred(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(
            "create temp table deferred (a int unique deferrable initially deferred)",
            &[],
        )?;
        tx.execute("insert into deferred values (1), (1)", &[])?;
        Ok(())
    })
}

fn commit_hold(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(
            "declare h cursor with hold for select 1 / (500 - x) from generate_series(1, 1000) x",
            &[],
        )?;
        Ok(())
    })
}

const FAILING: &[(&str, &str)] = &[
    (
        "trigger",
        "create temp table t (a int);
         create function pg_temp.no() returns trigger language plpgsql as
         $$ begin raise exception 'no' using errcode = 'P0001'; end $$;
         create constraint trigger no after insert on t deferrable initially deferred
         for each row execute procedure pg_temp.no();
         insert into t values (1)",
    ),
    (
        "foreign_key",
        "create temp table p (a int primary key);
         create temp table f (a int references p deferrable initially deferred);
         insert into f values (1)",
    ),
    (
        "on_commit_drop_and_hold",
        "create temp table d (a int) on commit drop;
         insert into d select generate_series(-100, 100);
         declare dh cursor with hold for select 1 / a from d",
    ),
    (
        "exclusion",
        "create temp table e (a int4range, exclude using gist (a with &&) deferrable initially deferred);
         insert into e values ('[1,3]'), ('[2,4]')",
    ),
];

/// Again and again, and sound in between.
fn fails(worker: &mut Attacker, sql: &'static str) -> Result<()> {
    for _ in 0..10 {
        let result = worker.transaction(|tx| {
            for statement in statements(sql) {
                tx.execute(&statement, &[])?;
            }
            Ok(())
        });
        ensure_eq!(error(result)?.kind(), ErrorKind::Server);
        works(worker)?;
    }
    Ok(())
}

/// Statements end with a semicolon at the end of a line.
fn statements(sql: &str) -> Vec<String> {
    sql.split(";\n").map(str::to_owned).collect()
}

/// A value whose end is a panic.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a value is dropped");
    }
}

/// A statement has failed, so the layer drops the closure's value.
fn value_bomb(worker: &mut Attacker) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        worker
            .transaction(|tx| {
                let _ = tx.execute("select 1 / 0", &[]);
                Ok(Bomb)
            })
            .map(std::mem::forget)
    }));
    std::mem::forget(outcome);
    Ok(())
}

fn value_bomb_holds_locks(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| tx.execute("create temp table locked (a int)", &[]))?;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        worker
            .transaction(|tx| {
                tx.execute("insert into locked values (1)", &[])?;
                tx.execute("lock locked in access exclusive mode", &[])?;
                let _ = tx.execute("select 1 / 0", &[]);
                Ok(Bomb)
            })
            .map(std::mem::forget)
    }));
    std::mem::forget(outcome);
    Ok(())
}

/// The commit itself fails.
fn open_snapshot(worker: &mut Attacker) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        worker
            .transaction(|tx| {
                tx.execute(
                    "create temp table s (a int unique deferrable initially deferred)",
                    &[],
                )?;
                tx.execute("insert into s values (1), (1)", &[])?;
                Ok(Bomb)
            })
            .map(std::mem::forget)
    }));
    std::mem::forget(outcome);
    Ok(())
}

fn savepoint_value_bomb(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            tx.savepoint(|inner| {
                let _ = inner.execute("select 1 / 0", &[]);
                Ok(Bomb)
            })
            .map(std::mem::forget)
        }));
        std::mem::forget(outcome);
        tx.query_one::<i32>("select 1", &[]).map(drop)
    })
}

/// The error's own source panics when it is dropped.
fn error_value_bomb(worker: &mut Attacker) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let result: Result<()> = worker.transaction(|_| Err(Error::other(crate::bombs::ErrorBomb)));
        std::mem::forget(result);
    }));
    std::mem::forget(outcome);
    Ok(())
}
