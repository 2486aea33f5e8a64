//! What SQL that runs as another role can and cannot do: each case writes a line to the log.

use postgres_bgworker::ffi;
use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, Oid, error::SqlState};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Case = fn(&mut Worker<Connected>) -> Result<()>;

macro_rules! cases {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), $name as Case)),*] };
}

const CASES: &[(&str, Case)] = cases![
    is_the_role_inside_and_the_worker_after,
    roles_by_oid,
    keeps_what_was_done_and_undoes_what_failed,
    cannot_become_another,
    leaves_nothing_behind,
    undoes_settings,
    undoes_settings_after_a_failure,
    restores_after_a_panic,
    restores_after_a_swallowed_error,
    nests,
    refuses_a_role_without_membership,
    refuses_a_role_that_is_not_there,
    cannot_reach_what_the_worker_owns,
    savepoints_inside,
    cannot_read_the_cursors_of_the_worker,
];

/// As a role that is a member of alice, and of nobody else.
pub(crate) fn run_as_member(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").role("careful"))?;
    run(worker)
}

/// As the superuser.
pub(crate) fn run_as_superuser(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    run(worker)
}

fn run(mut worker: Worker<Connected>) -> Result<Exit> {
    let ready = "select exists (select 1 from pg_roles where rolname = 'ready')";
    while !worker.transaction(|tx| tx.query_one::<bool>(ready, &[]))? {
        if !worker.wait(Duration::from_millis(100))?.keep_going() {
            return Ok(Exit::Done);
        }
    }
    for (name, case) in CASES {
        let before = who(&mut worker)?;
        let outcome = match catch_unwind(AssertUnwindSafe(|| case(&mut worker))) {
            Ok(Ok(())) => "ok".to_string(),
            Ok(Err(error)) => format!("FAILED: {error:?}"),
            Err(panic) => format!("FAILED: panic: {:?}", panic.downcast_ref::<String>()),
        };
        worker.log(format!("run_as {name}: {}", outcome.replace('\n', "; ")));
        assert_eq!(who(&mut worker)?, before, "after {name}");
    }
    worker.log("run_as done");
    // The SQL of another user runs while the worker is told to leave.
    let stopped = worker.transaction(|tx| {
        let slept = tx.run_as("alice", |tx| {
            tx.execute(
                "set work_mem = '1234kB'; select pg_catalog.pg_sleep(3600)",
                &[],
            )
        });
        assert!(
            slept
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::Terminating)
        );
        Report::new(Level::Log, format!("interrupted as {}", user_id(tx))).emit(tx);
        slept
    });
    stopped.map(|_| Exit::Done)
}

/// The OID of the current user and the security context, read without SQL.
fn user_id(_tx: &Transaction<'_>) -> String {
    let (mut role, mut context) = (0, 0);
    // SAFETY: a transaction proves the thread; cannot raise: writes two numbers.
    unsafe { ffi::GetUserIdAndSecContext(&mut role, &mut context) };
    format!("{role} in context {context}")
}

fn who(worker: &mut Worker<Connected>) -> Result<(String, String, String)> {
    worker.transaction(|tx| who_is(tx))
}

fn who_is(tx: &Transaction<'_>) -> Result<(String, String, String)> {
    let rows = tx.query_as::<(String, String)>(
        "select current_user::text, current_setting('work_mem')::text",
        &[],
    )?;
    let (user, work_mem) = rows.into_iter().next().unwrap_or_default();
    Ok((user, work_mem, user_id(tx)))
}

fn user(tx: &Transaction<'_>) -> Result<String> {
    tx.query_one("select current_user::text", &[])
}

fn error<T>(result: Result<T>) -> Error {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error,
    }
}

fn is_the_role_inside_and_the_worker_after(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let outside = who_is(tx)?;
        let inside = tx.run_as("alice", |tx| user(tx))?;
        assert_eq!(inside, "alice");
        assert_eq!(who_is(tx)?, outside);
        assert_ne!(outside.0, "alice");
        Ok(())
    })
}

fn roles_by_oid(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let alice: Oid = tx.query_one("select oid from pg_roles where rolname = 'alice'", &[])?;
        assert_eq!(tx.run_as(alice, |tx| user(tx))?, "alice");
        let nobody = error(tx.run_as(Oid(4_000_000_000), |tx| user(tx)));
        assert_eq!(nobody.kind(), ErrorKind::NotFound);
        Ok(())
    })
}

fn keeps_what_was_done_and_undoes_what_failed(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.run_as("alice", |tx| {
            tx.execute("insert into alice.kept values (1)", &[])
        })?;
        let failed = tx.run_as("alice", |tx| {
            tx.execute("insert into alice.kept values (2)", &[])?;
            tx.execute("select 1 / 0", &[])
        });
        assert_eq!(error(failed).sqlstate(), SqlState::new("22012"));
        let own = tx.run_as("alice", |tx| {
            tx.execute("insert into alice.kept values (3)", &[])?;
            Err::<(), _>(Error::other("changed my mind"))
        });
        assert_eq!(error(own).message(), "changed my mind");
        Ok(())
    })?;
    let kept: i64 = worker.transaction(|tx| {
        tx.run_as("alice", |tx| {
            tx.query_one("select coalesce(sum(n), 0) from alice.kept", &[])
        })
    })?;
    assert_eq!(kept, 1);
    worker.transaction(|tx| tx.run_as("alice", |tx| tx.execute("delete from alice.kept", &[])))?;
    Ok(())
}

/// Statements that would give the rights of the worker back.
const BACK: &[&str] = &[
    "reset role",
    "set role none",
    "set role careful",
    "set local role careful",
    "set role postgres",
    "reset session authorization",
    "set session authorization default",
    "set session authorization careful",
    "set local session authorization careful",
    "select set_config('role', 'careful', false)",
    "select set_config('session_authorization', 'careful', true)",
    "do $$ begin execute 'reset role'; end $$",
    "do $$ begin perform set_config('role', 'none', false); end $$",
    "do $$ begin begin execute 'set role none'; exception when others then null; end; execute 'set session authorization default'; end $$",
    "create function alice.back() returns int language sql set role = 'careful' as 'select 1'; select alice.back()",
];

fn cannot_become_another(worker: &mut Worker<Connected>) -> Result<()> {
    for sql in BACK {
        worker.transaction(|tx| {
            let refused = error(tx.run_as("alice", |tx| {
                tx.execute(*sql, &[])?;
                Err::<(), _>(Error::other(format!("{sql}: done as {}", user(tx)?)))
            }));
            assert_eq!(refused.kind(), ErrorKind::Server, "{sql}: {refused:?}");
            Ok(())
        })?;
    }
    // RESET ALL and DISCARD do not reach the role either.
    worker.transaction(|tx| {
        tx.run_as("alice", |tx| {
            tx.execute("reset all", &[])?;
            assert_eq!(user(tx)?, "alice");
            Ok(())
        })
    })
}

/// What would run, or be found, after `run_as`.
const BEHIND: &[&str] = &[
    "create temp table trick (n int)",
    "create temp table trick as select 1 as n",
    "create temp view trick as select 1 as n",
    "prepare trick as select 1",
    "listen trick",
    "unlisten *",
    "discard plans",
];

fn leaves_nothing_behind(worker: &mut Worker<Connected>) -> Result<()> {
    let version: i32 = worker
        .transaction(|tx| tx.query_one("select current_setting('server_version_num')::int", &[]))?;
    // Since these minors also what CVE-2020-25695 was about.
    let fixed = match version / 100 {
        ..1000 => version >= 90_620,
        1000 => version >= 100_015,
        1100 => version >= 110_010,
        1200 => version >= 120_005,
        1300 => version >= 130_001,
        _ => true,
    };
    let deferred: &[&str] = if fixed {
        &[
            "insert into alice.deferred values (1)",
            "set constraints all deferred; insert into alice.deferrable values (1), (1)",
            "declare held cursor with hold for select 1",
        ]
    } else {
        &[]
    };
    let mut allowed = Vec::new();
    for sql in BEHIND.iter().chain(deferred) {
        worker.transaction(|tx| {
            match tx.run_as("alice", |tx| tx.execute(*sql, &[])) {
                Err(error) => assert_eq!(error.kind(), ErrorKind::Server, "{sql}: {error:?}"),
                Ok(_) => allowed.push(*sql),
            }
            Ok(())
        })?;
    }
    assert!(allowed.is_empty(), "allowed: {allowed:?}");
    // The server allows this one, and no unqualified call finds it.
    worker
        .transaction(|tx| {
            tx.run_as("alice", |tx| {
                tx.execute(
                    "create function pg_temp.trick() returns int language sql as 'select 1'",
                    &[],
                )
            })?;
            let hidden = error(tx.savepoint(|tx| tx.execute("select trick()", &[])));
            assert_eq!(hidden.sqlstate(), SqlState::new("42883"));
            Err::<(), _>(Error::other("undo"))
        })
        .map_or_else(|_| Ok(()), Ok)
}

const CHANGES: &str = "set work_mem = '4321kB'; set local search_path = alice;
    select set_config('statement_timeout', '12345', false)";

fn settings(tx: &Transaction<'_>) -> Result<(String, String, String)> {
    let rows = tx.query_as::<(String, String, String)>(
        "select pg_catalog.current_setting('work_mem')::text, pg_catalog.current_setting('search_path')::text,
                pg_catalog.current_setting('statement_timeout')::text",
        &[],
    )?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

fn undoes_settings(worker: &mut Worker<Connected>) -> Result<()> {
    let before = worker.transaction(|tx| settings(tx))?;
    worker.transaction(|tx| {
        tx.run_as("alice", |tx| {
            tx.execute(CHANGES, &[])?;
            assert_eq!(settings(tx)?.0, "4321kB");
            // Also those of a savepoint inside, which has a level of settings of its own.
            tx.savepoint(|tx| tx.execute("set work_mem = '5432kB'", &[]))?;
            assert_eq!(settings(tx)?.0, "5432kB");
            Ok(())
        })?;
        assert_eq!(settings(tx)?, before);
        Ok(())
    })?;
    assert_eq!(worker.transaction(|tx| settings(tx))?, before);
    // The worker's own are not.
    worker.transaction(|tx| {
        tx.execute("set local work_mem = '6543kB'", &[])?;
        tx.run_as("alice", |tx| tx.execute(CHANGES, &[]))?;
        assert_eq!(settings(tx)?.0, "6543kB");
        Ok(())
    })
}

fn undoes_settings_after_a_failure(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let before = settings(tx)?;
        error(tx.run_as("alice", |tx| {
            tx.execute(CHANGES, &[])?;
            tx.execute("select 1 / 0", &[])
        }));
        assert_eq!(settings(tx)?, before);
        Ok(())
    })
}

fn restores_after_a_panic(worker: &mut Worker<Connected>) -> Result<()> {
    let before = who(worker)?;
    worker.transaction(|tx| {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            tx.run_as("alice", |tx| -> Result<()> {
                tx.execute(CHANGES, &[])?;
                panic!("on purpose, as {}", user(tx)?)
            })
        }));
        let panic = panic.expect_err("a panic");
        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        assert_eq!(text, "on purpose, as alice");
        assert_eq!(who_is(tx)?, before);
        Ok(())
    })
}

fn restores_after_a_swallowed_error(worker: &mut Worker<Connected>) -> Result<()> {
    let before = who(worker)?;
    worker.transaction(|tx| {
        let failed = error(tx.run_as("alice", |tx| {
            let _ = tx.execute("select 1 / 0", &[]);
            Ok(())
        }));
        assert_eq!(failed.kind(), ErrorKind::TransactionFailed);
        assert_eq!(who_is(tx)?, before);
        Ok(())
    })
}

fn nests(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let before = who_is(tx)?;
        tx.run_as("alice", |tx| {
            let outer = who_is(tx)?;
            // alice is a member of amanda.
            assert_eq!(tx.run_as("amanda", |tx| user(tx))?, "amanda");
            assert_eq!(who_is(tx)?, outer);
            error(tx.run_as("amanda", |tx| tx.execute("select 1 / 0", &[])));
            assert_eq!(who_is(tx)?, outer);
            // The worker is a member of bob, or superuser; alice is neither.
            let refused = error(tx.run_as("bob", |tx| user(tx)));
            assert_eq!(refused.sqlstate(), SqlState::new("42501"), "{refused:?}");
            Ok(())
        })?;
        assert_eq!(tx.run_as("bob", |tx| user(tx))?, "bob");
        assert_eq!(who_is(tx)?, before);
        Ok(())
    })
}

fn refuses_a_role_without_membership(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let current = user(tx)?;
        let stranger = tx.run_as("stranger", |tx| user(tx));
        if current == "postgres" {
            assert_eq!(stranger?, "stranger");
            return Ok(());
        }
        let refused = error(stranger);
        assert_eq!(refused.sqlstate(), SqlState::new("42501"));
        assert_eq!(
            refused.message(),
            "role \"careful\" may not run SQL as role \"stranger\""
        );
        assert_eq!(
            refused.hint(),
            Some("Run GRANT \"stranger\" TO \"careful\".")
        );
        let superuser = error(tx.run_as("postgres", |tx| user(tx)));
        assert_eq!(superuser.sqlstate(), SqlState::new("42501"));
        let by_oid = error(tx.run_as(Oid(10), |tx| user(tx)));
        assert_eq!(
            by_oid.message(),
            "role \"careful\" may not run SQL as role \"postgres\""
        );
        Ok(())
    })
}

fn refuses_a_role_that_is_not_there(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        for name in [
            "nobody has it",
            "",
            "none",
            "public",
            "Alice",
            &"x".repeat(64),
        ] {
            let refused = error(tx.run_as(name, |tx| user(tx)));
            assert_eq!(refused.kind(), ErrorKind::NotFound, "{name}");
        }
        assert_eq!(
            error(tx.run_as("a\0b", |tx| user(tx))).kind(),
            ErrorKind::InteriorNul
        );
        // The transaction goes on.
        assert_eq!(tx.run_as("alice", |tx| user(tx))?, "alice");
        Ok(())
    })
}

fn cannot_reach_what_the_worker_owns(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.own_schema("private")?;
        tx.execute("create table private.secrets (n int)", &[])?;
        let refused = error(tx.run_as("alice", |tx| {
            tx.execute("select * from private.secrets", &[])
        }));
        assert_eq!(refused.sqlstate(), SqlState::new("42501"));
        tx.execute("drop schema private cascade", &[])?;
        Ok(())
    })
}

fn savepoints_inside(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.run_as("alice", |tx| {
            error(tx.savepoint(|tx| tx.execute("select 1 / 0", &[])));
            assert_eq!(user(tx)?, "alice");
            tx.savepoint(|tx| tx.execute("insert into alice.kept values (7)", &[]))?;
            assert_eq!(user(tx)?, "alice");
            tx.execute("delete from alice.kept", &[])
        })
        .map(|_| ())
    })
}

fn cannot_read_the_cursors_of_the_worker(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let cursor = tx.cursor("select 1", &[])?;
        let refused = error(tx.run_as("alice", |tx| tx.execute("select 1", &[])));
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused:?}");
        drop(cursor);
        tx.run_as("alice", |tx| {
            let cursor = tx.cursor("select 1", &[])?;
            let refused = error(tx.run_as("amanda", |tx| tx.execute("select 1", &[])));
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused:?}");
            std::mem::forget(cursor);
            Ok(())
        })?;
        // It was leaked, and is open.
        let refused = error(tx.run_as("alice", |tx| tx.execute("select 1", &[])));
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused:?}");
        Ok(())
    })?;
    worker.transaction(|tx| {
        // The rollback has closed this one.
        error(tx.savepoint(|tx| {
            let _cursor = tx.cursor("select 1", &[])?;
            tx.execute("select 1 / 0", &[])
        }));
        tx.run_as("alice", |tx| tx.execute("select 1", &[]).map(drop))
    })
}
