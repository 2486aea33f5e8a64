//! Code that the compiler rejects.

use crate::{Made, Mistake};

const TWICE: &str = r#"use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("one", worker_main!(jobs, symbol = "jobs")).register(preload)?;
    BackgroundWorker::new("two", worker_main!(jobs, symbol = "jobs")).register(preload)
}

fn jobs(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}
"#;

const ABORT: &str = r#"[package]
name = "NAME"
version = "1.0.0"
edition = "2024"

[workspace]

[lib]
crate-type = ["cdylib"]

[dependencies]
postgres-bgworker = { path = "ROOT", default-features = false }

[profile.dev]
panic = "abort"
"#;

const UNIT: &str = r#"use postgres_bgworker::prelude::*;

bgworker_module!();

#[test]
fn reads_the_clock() {
    unsafe { postgres_bgworker::ffi::palloc(8) };
}
"#;

pub(super) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "main_returns_nothing",
        what: "The main function returns nothing",
        made: Made::Code(
            r#"
fn jobs(_worker: Worker) {}

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("jobs", worker_main!(jobs)).register(preload)
}
"#,
        ),
        says: r#"error[E0277]: the main function of a worker returns `Result<Exit>`, not `()`
= note: write `fn main(worker: Worker) -> Result<Exit>`, and return `Ok(Exit::Done)` at the end"#,
        remedy: "Return `Result<Exit>`. `Exit::Done` ends the worker, and `Exit::Restart` starts it again.",
    },
    Mistake {
        name: "main_takes_a_reference",
        what: "The main function takes `&Worker`",
        made: Made::Code(
            r#"
fn jobs(_worker: &Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("jobs", worker_main!(jobs)).register(preload)
}
"#,
        ),
        says: r#"error[E0631]: type mismatch in function arguments
= note: expected function signature `…fn(postgres_bgworker::Worker<…>) -> _`
found function signature `…fn(&…postgres_bgworker::Worker<…>) -> _`"#,
        remedy: "Take the worker itself: `fn jobs(worker: Worker) -> Result<Exit>`.",
    },
    Mistake {
        name: "sql_without_a_transaction",
        what: "A statement without a transaction",
        made: Made::Code(
            r#"
fn jobs(mut worker: Worker<Connected>) -> Result<()> {
    worker.execute("select 1", ()).map(drop)
}
"#,
        ),
        says: r#"error[E0599]: no method named `execute` found for struct `postgres_bgworker::Worker<…>` in the current scope"#,
        remedy: "Statements run in a transaction: `worker.transaction(|tx| tx.execute(…))`. For `VACUUM` and the like, see [Statements outside a transaction](top-level.md).",
    },
    Mistake {
        name: "transaction_in_a_transaction",
        what: "A transaction inside a transaction",
        made: Made::Code(
            r#"
fn jobs(mut worker: Worker<Connected>) -> Result<()> {
    worker.transaction(|_| worker.transaction(|tx| tx.execute("select 1", ()).map(drop)))
}
"#,
        ),
        says: r#"error[E0499]: cannot borrow `worker` as mutable more than once at a time
…worker.transaction(|_| worker.transaction(|tx| tx.execute("select 1", ()).map(drop)))"#,
        remedy: "The worker is borrowed until the transaction ends. Use the transaction that the closure receives, and `tx.savepoint` for a part that may fail.",
    },
    Mistake {
        name: "wait_in_a_transaction",
        what: "A wait inside a transaction",
        made: Made::Code(
            r#"
fn jobs(mut worker: Worker<Connected>) -> Result<()> {
    worker.transaction(|_| worker.wait(Duration::from_secs(1)).map(drop))
}
"#,
        ),
        says: r#"error[E0499]: cannot borrow `worker` as mutable more than once at a time
…worker.transaction(|_| worker.wait(Duration::from_secs(1)).map(drop))"#,
        remedy: "The worker is borrowed until the transaction ends: end it, then wait. `Worker::wait` in a transaction would keep its locks.",
    },
    Mistake {
        name: "sql_before_connect",
        what: "A transaction before `connect`",
        made: Made::Code(
            r#"
fn jobs(mut worker: Worker) -> Result<Exit> {
    worker.transaction(|tx| tx.execute("select 1", ()))?;
    Ok(Exit::Done)
}
"#,
        ),
        says: r#"error[E0599]: no method named `transaction` found for struct `postgres_bgworker::Worker<'_>` in the current scope
|            ^^^^^^^^^^^ method not found in `postgres_bgworker::Worker<'_>`
- `postgres_bgworker::Worker<'_, Connected>`"#,
        remedy: "Connect first: `let mut worker = worker.connect(Connect::database(\"postgres\").role(\"jobs\"))?;`",
    },
    Mistake {
        name: "setting_without_a_prefix",
        what: "The name of a setting has no prefix",
        made: Made::Code(
            r#"
use postgres_bgworker::settings::IntSetting;

static NAPTIME: IntSetting = IntSetting::new(c"naptime", c"Seconds.", 1, 0..=5);

fn jobs(worker: &Worker) -> i32 {
    NAPTIME.get(worker)
}
"#,
        ),
        says: r#"error[E0080]: evaluation panicked: the name of a setting must be a prefix, a dot and a name, each of letters, digits and underscores"#,
        remedy: "Begin the name with that of the library: `jobs.naptime`.",
    },
    Mistake {
        name: "database_by_name_and_role_by_oid",
        what: "A database by name, and a role by OID",
        made: Made::Code(
            r#"
fn jobs(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(Connect::database("postgres").role_oid(10))
}
"#,
        ),
        says: r#"error[E0599]: no method named `role_oid` found for struct `DatabaseName` in the current scope
help: there is a method `role` with a similar name"#,
        remedy: "Give both by name, or both by OID: `Connect::database_oid(…).role_oid(…)`.",
    },
    Mistake {
        name: "no_role",
        what: "A database without a role",
        made: Made::Code(
            r#"
fn jobs(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(Connect::database("postgres"))
}
"#,
        ),
        says: r#"error[E0308]: mismatched types
|            ------- ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected `Connect`, found `DatabaseName`"#,
        remedy: "Add `.role(\"jobs\")`, or `.as_superuser()`. See [Security](security.md).",
    },
    Mistake {
        name: "worker_in_a_thread",
        what: "A worker is moved into a thread",
        made: Made::Code(
            r#"
fn jobs(mut worker: Worker<Connected>) {
    std::thread::spawn(move || worker.transaction(|tx| tx.execute("select 1", ()).map(drop)));
}
"#,
        ),
        says: r#"error[E0277]: `postgres_bgworker::Worker<…>` stays on the main thread of its process
= note: the server is single-threaded: send data to the thread instead, with `Worker::spawn` or `Worker::run_thread`"#,
        remedy: "The thread computes, and the worker runs the statements. See [Waiting and threads](waiting.md).",
    },
    Mistake {
        name: "symbol_twice",
        what: "Two workers export the same symbol",
        made: Made::Package {
            files: &[("src/lib.rs", TWICE)],
            command: "cargo build",
        },
        says: r#"error: symbol `bgworker_main_jobs` is already defined
…BackgroundWorker::new("…", worker_main!(jobs, symbol = "jobs")).register(preload)…"#,
        remedy: "Each use of `worker_main!` needs its own `symbol`. Leave it out, or keep one `const JOBS: WorkerMain<Unconnected> = worker_main!(jobs, symbol = \"jobs\");` and use it twice.",
    },
    Mistake {
        name: "panic_abort",
        what: "The profile has `panic = \"abort\"`",
        made: Made::Package {
            files: &[("src/lib.rs", ""), ("Cargo.toml", ABORT)],
            command: "cargo check",
        },
        says: r#"error: postgres-bgworker needs `panic = "unwind"`: with `panic = "abort"` any panic would abort the process, and the server answers that by restarting every session of the cluster"#,
        remedy: "Remove `panic = \"abort\"` from the profile in `Cargo.toml`.",
    },
    Mistake {
        name: "unit_test_of_the_server",
        what: "A unit test calls a function of the server",
        made: Made::Package {
            files: &[("src/lib.rs", UNIT)],
            command: "cargo test",
        },
        says: r#"palloc is a function of the PostgreSQL server, and a unit test has no server: test this code in a server (server_tests!)"#,
        remedy: "Write the test with `server_tests!`, and run it with `cargo bgworker test`. See [Testing](testing.md).",
    },
];
