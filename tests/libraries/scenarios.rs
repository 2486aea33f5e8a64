//! Workers that behave, and ones that do not. The setting `scenarios.run` chooses; what must be seen is in the tests
//! that load this library.

#[path = "../support/scenario.rs"]
mod scenario;

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind, Oid, name,
    settings::{IntSetting, Unit},
};

bgworker_module!(init);

static RUN: IntSetting =
    IntSetting::new(c"scenarios.run", c"Which scenario.", 0, 0..=100, Unit::None);

fn init(preload: &Preload) -> Result<()> {
    RUN.define(preload)?;
    match scenario::NAMES[RUN.get(preload).unsigned_abs() as usize] {
        "idle" => idle_eight(preload),
        "panics" => again(name!("panics"), worker_main!(panics)).register(preload),
        "fails" => again(name!("fails"), worker_main!(fails)).register(preload),
        "busy" => again(name!("busy"), worker_main!(busy)).register(preload),
        "stubborn" => again(name!("stubborn"), worker_main!(stubborn)).register(preload),
        "no_database" => BackgroundWorker::new(name!("no_database"), worker_main!(no_database))?
            .start_at(StartTime::PostmasterStart)
            .register(preload),
        "shared_catalogs" => {
            again(name!("shared_catalogs"), worker_main!(shared_catalogs)).register(preload)
        }
        "unknown_database" => {
            again(name!("unknown_database"), worker_main!(unknown_database)).register(preload)
        }
        "done" => again(name!("done"), worker_main!(done)).register(preload),
        "restarts" => again(name!("restarts"), worker_main!(restarts)).register(preload),
        "refused_registrations" => refused_registrations(preload),
        "too_many" => {
            const MAIN: postgres_bgworker::worker::WorkerMain<
                postgres_bgworker::worker::Unconnected,
            > = worker_main!(one_of_many);
            (0..1000).try_for_each(|_| again(name!("one of many"), MAIN).register(preload))
        }
        "init_panics" => panic!("init panics on purpose"),
        "churn" => again(name!("churn"), worker_main!(churn)).register(preload),
        "exit_callbacks" => again(name!("exit_callbacks"), worker_main!(exit_callbacks))
            .restart(Restart::Never)
            .register(preload),
        "double_panic" => {
            again(name!("double_panic"), worker_main!(double_panic)).register(preload)
        }
        "by_oid" => again(name!("by_oid"), worker_main!(by_oid)).register(preload),
        "refused_connects" => {
            const MAIN: postgres_bgworker::worker::WorkerMain<
                postgres_bgworker::worker::Unconnected,
            > = worker_main!(refused_connects);
            (0..4).try_for_each(|number| {
                BackgroundWorker::new(format!("refused {number}"), MAIN)?
                    .argument(number)
                    .restart(Restart::Never)
                    .register(preload)
            })
        }
        "encodings" => again(name!("encodings"), worker_main!(encodings)).register(preload),
        other => Err(Error::new(ErrorKind::Other, format!("no scenario {other}"))),
    }
}

/// A worker that comes back after a second.
fn again(
    name: postgres_bgworker::worker::Name,
    main: postgres_bgworker::worker::WorkerMain<postgres_bgworker::worker::Unconnected>,
) -> BackgroundWorker<postgres_bgworker::worker::Unconnected> {
    match BackgroundWorker::new(name, main) {
        Ok(worker) => worker.restart(Restart::after_secs(1)),
        Err(error) => unreachable!("{error}"),
    }
}

fn connect(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )
}

fn idle_eight(preload: &Preload) -> Result<()> {
    const MAIN: postgres_bgworker::worker::WorkerMain<postgres_bgworker::worker::Unconnected> =
        worker_main!(idle);
    (1..=8).try_for_each(|number| {
        BackgroundWorker::new(format!("idle {number}"), MAIN)?
            .restart(Restart::after_secs(1))
            .kind("idle")?
            .register(preload)
    })
}

fn idle(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    worker.transaction(|tx| tx.execute("select 1", &[]))?;
    worker.log("idle now");
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}

fn panics(worker: Worker) -> Result<Exit> {
    let _worker = connect(worker)?;
    let text = format!("panic on purpose in process {}", std::process::id());
    panic!("{text}");
}

fn fails(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    worker.transaction(|tx| tx.execute("select 1 / 0", &[]))?;
    Ok(Exit::Done)
}

struct Dropped<'w>(&'w Transaction<'w>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.log("a destructor has run");
    }
}

fn busy(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let result = worker.transaction(|tx| {
        let _dropped = Dropped(tx);
        tx.execute("create table left_behind ()", &[])?;
        tx.log("busy now");
        tx.execute("select pg_sleep(600)", &[])
    });
    let error = result.expect_err("nobody sleeps that long");
    let after = worker
        .transaction(|tx| tx.execute("select 1", &[]))
        .expect_err("no statement runs after SIGTERM");
    worker.log(format!(
        "busy ended with {:?}, then {:?}",
        error.kind(),
        after.kind()
    ));
    Err(error)
}

fn stubborn(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    worker.set_stop_budget(Duration::from_secs(1));
    worker.transaction(|tx| {
        // It says so where a cancel is already caught: before, the first signal would end it.
        tx.execute(
            "do $$ begin
               loop begin raise log 'stubborn now'; perform pg_sleep(60);
               exception when query_canceled then null; end; end loop;
             end $$",
            &[],
        )
    })?;
    Ok(Exit::Done)
}

fn no_database(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    worker.log("without a database");
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    worker.log("told to leave");
    Ok(Exit::Done)
}

fn shared_catalogs(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect_shared()?;
    worker.log("connected to the shared catalogs");
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}

fn unknown_database(worker: Worker) -> Result<Exit> {
    worker.connect(Connect::database("no such database").as_superuser())?;
    Ok(Exit::Done)
}

fn done(worker: Worker) -> Result<Exit> {
    worker.log("done for good");
    Ok(Exit::Done)
}

fn restarts(worker: Worker) -> Result<Exit> {
    worker.log("leaving to come back");
    Ok(Exit::Restart)
}

fn one_of_many(_: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

fn refused_registrations(preload: &Preload) -> Result<()> {
    const MAIN: postgres_bgworker::worker::WorkerMain<postgres_bgworker::worker::Unconnected> =
        worker_main!(refused);
    let max = postgres_bgworker::ffi::BGW_MAXLEN;
    let worker = || BackgroundWorker::new(name!("refused"), MAIN);
    let attempts: [(&str, Result<()>); 8] = [
        (
            "long name",
            BackgroundWorker::new("x".repeat(max), MAIN).map(drop),
        ),
        ("nul name", BackgroundWorker::new("a\0b", MAIN).map(drop)),
        ("empty name", BackgroundWorker::new("", MAIN).map(drop)),
        ("long kind", worker()?.kind("x".repeat(max)).map(drop)),
        (
            "restart",
            worker()?
                .restart(Restart::after_secs(Restart::MAX_SECS + 1))
                .register(preload),
        ),
        (
            "start",
            worker()?
                .start_at(StartTime::PostmasterStart)
                .register(preload),
        ),
        (
            "long library",
            worker()?.library("x".repeat(2000)).register(preload),
        ),
        ("library", worker()?.library("bücherei").register(preload)),
    ];
    for (what, attempt) in attempts {
        let error = attempt.expect_err(what);
        preload.log(format!("refused {what}: {:?}: {error}", error.kind()));
    }
    Ok(())
}

fn refused(worker: Worker) -> Result<Exit> {
    worker.log("should never have been started");
    Ok(Exit::Done)
}

/// Private resident memory in KiB (shared buffers fill up in any case), and that of the server's memory contexts where it can be asked.
fn memory(worker: &mut Worker<Connected>) -> Result<(u64, i64)> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: Vec<u64> = statm
        .split(' ')
        .map(|field| field.trim().parse().unwrap_or(0))
        .collect();
    let resident = (pages[1] - pages[2]) * 4;
    let contexts = worker.transaction(|tx| {
        if tx.query_one::<bool>(
            "select exists (select 1 from pg_class where relname = 'pg_backend_memory_contexts')",
            &[],
        )? {
            tx.query_one(
                "select sum(used_bytes)::int8 from pg_backend_memory_contexts",
                &[],
            )
        } else {
            Ok(0)
        }
    })?;
    Ok((resident, contexts))
}

/// Open descriptors, without files of the data directory, which the server opens and closes as it likes.
fn descriptors() -> Result<i64> {
    let data = std::env::current_dir()?;
    let mut count = 0;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let target = std::fs::read_link(entry?.path());
        count += i64::from(target.is_ok_and(|target| !target.starts_with(&data)));
    }
    Ok(count)
}

fn churn(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    worker.transaction(|tx| tx.execute("create table churned (n int)", &[]))?;
    let mut before = (0, 0);
    let mut open = 0;
    for round in 0..100_000 {
        if round == 10_000 {
            before = memory(&mut worker)?;
            open = descriptors()?;
        }
        let result = worker.transaction(|tx| {
            tx.execute("insert into churned values ($1)", &[&round])?;
            if round % 2 == 1 {
                tx.execute("select 1 / 0", &[])
            } else {
                Ok(0)
            }
        });
        assert_eq!(result.is_err(), round % 2 == 1);
    }
    let after = memory(&mut worker)?;
    let rows: i64 = worker.transaction(|tx| tx.query_one("select count(*) from churned", &[]))?;
    worker.log(format!(
        "churned: {rows} rows, resident grew by {} KiB, contexts by {} bytes, descriptors by {}",
        after.0.saturating_sub(before.0),
        after.1 - before.1,
        descriptors()? - open
    ));
    Ok(Exit::Done)
}

fn exit_callbacks(worker: Worker) -> Result<Exit> {
    let worker = connect(worker)?;
    worker.before_exit(|exiting| {
        exiting.log(format!(
            "first registered, last called, code {}",
            exiting.code()
        ));
        Ok(())
    })?;
    worker.before_exit(|_| {
        // SAFETY: an exit callback runs on the worker's main thread; the closure owns nothing.
        unsafe { postgres_bgworker::raw::guard(|| postgres_bgworker::ffi::palloc(1 << 31)) }
            .map(drop)
    })?;
    worker.before_exit(|_| panic!("panic in a callback"))?;
    worker.before_exit(|_| Err(Error::new(ErrorKind::Other, "error in a callback")))?;
    worker.before_exit(|exiting| {
        exiting.log(format!(
            "last registered, first called, code {}",
            exiting.code()
        ));
        Ok(())
    })?;
    Ok(Exit::Done)
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("second panic");
    }
}

fn double_panic(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    worker.transaction(|tx| {
        let _bomb = PanicsWhenDropped;
        tx.execute("create table exploded ()", &[])?;
        panic!("first panic")
    })
}

fn by_oid(worker: Worker) -> Result<Exit> {
    let mut target = Connect::database_oid(Oid(1)).role_oid(Oid(10));
    if cfg!(pg_has = "bypass_allowconn") {
        target = target.bypass_allow_connections();
    }
    if cfg!(pg_has = "bypass_rolelogincheck") {
        target = target.bypass_role_login_check();
    }
    let mut worker = worker.connect(target)?;
    let here: String = worker.transaction(|tx| {
        tx.query_one(
            "select current_database()::text || ' as ' || current_user::text",
            &[],
        )
    })?;
    worker.log(format!("connected by OID to {here}"));
    Ok(Exit::Done)
}

fn refused_connects(worker: Worker) -> Result<Exit> {
    let target = match worker.argument::<i32>() {
        0 => Connect::database("post\0gres").as_superuser(),
        1 => Connect::database("x".repeat(64)).as_superuser(),
        2 => Connect::database_oid(Oid(1)).role_oid(Oid::INVALID),
        _ => Connect::database("postgres").role("x\0"),
    };
    worker.connect(target)?;
    Ok(Exit::Done)
}

/// Connects to whichever of the two databases exists; the tests make them.
fn encodings(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("encoded").as_superuser())?;
    worker.transaction(|tx| {
        let encoding: String = tx.query_one(
            "select pg_encoding_to_char(encoding)::text from pg_database where datname = 'encoded'",
            &[],
        )?;
        if encoding == "SQL_ASCII" {
            let failure = tx
                .query_one::<String>("select convert_from('\\xff'::bytea, 'SQL_ASCII')", &[])
                .expect_err("not UTF-8");
            tx.log(format!("{encoding}: {:?}: {failure}", failure.kind()));
            let message = tx
                .execute(
                    "do $$ begin raise exception '%', convert_from('\\xff', 'SQL_ASCII'); end $$",
                    &[],
                )
                .expect_err("raised");
            tx.log(format!(
                "{encoding}: message has {} characters",
                message.message().chars().count()
            ));
            return Err(message);
        }
        let bytes: i32 = tx.query_one("select octet_length('é' || $1)", &[&"ü"])?;
        let back: String = tx.query_one("select 'é' || $1", &[&"ü"])?;
        tx.log(format!(
            "{encoding}: {bytes} bytes, back as {}",
            back.escape_unicode()
        ));
        // An error comes back in the same letters, and can be stored.
        let failure = tx
            .savepoint(|tx| {
                tx.execute(
                    "do $$ begin raise exception 'é' using detail = 'ü'; end $$",
                    &[],
                )
            })
            .expect_err("raised");
        tx.execute("select $1", &[&failure.to_string()])?;
        tx.log(format!(
            "{encoding}: error {} with detail {}",
            failure.message().escape_unicode(),
            failure.detail().unwrap_or_default().escape_unicode()
        ));
        Ok(())
    })?;
    Ok(Exit::Done)
}
