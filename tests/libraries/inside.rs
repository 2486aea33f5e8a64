//! Cases that need the inside of a server: this library runs them in a worker, one after the other, and
//! writes a line for each to the log. `tests/inside.rs` loads it and turns the lines into tests.

use postgres_bgworker::prelude::*;
use postgres_bgworker::raw::{ffi, guard};
use postgres_bgworker::{ErrorKind, Isolation, Oid, SqlState, Status, TimestampTz};
use std::panic::{AssertUnwindSafe, catch_unwind};

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new(postgres_bgworker::name!("inside"), worker_main!(inside))?
        .argument(-42)
        .restart(Restart::Never)
        .register(preload)
}

type Case = fn(&mut Worker<Connected>) -> Result<()>;

macro_rules! cases {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), $name as Case)),*] };
}

const CASES: &[(&str, Case)] = cases![
    first_wait_reloads_and_later_ones_time_out,
    argument_arrives,
    scalars_round_trip,
    texts_and_bytes_round_trip,
    nulls_are_options,
    toasted_text_comes_back_whole,
    wrong_reads_say_what_is_wrong,
    many_rows,
    failed_statement_ends_the_transaction_only,
    swallowed_error_still_aborts,
    returned_error_aborts,
    panic_aborts_and_the_next_one_works,
    panic_in_drop_aborts_and_the_next_one_works,
    server_error_in_drop,
    deferred_constraint_fails_the_commit,
    read_only_refuses_to_write,
    reading_takes_no_transaction_id,
    isolation_is_as_chosen,
    transaction_control_is_refused,
    nul_is_refused_and_nothing_is_lost,
    cancel_is_an_error_of_the_statement,
    errors_carry_all_fields,
    guard_catches_and_keeps_the_counts,
    guard_lets_a_panic_through,
    guards_nest,
    memory_context_is_the_same_afterwards,
    exit_callbacks_are_limited,
    dynamic_worker_starts_and_stops,
    dynamic_worker_outlives_its_transaction,
    dynamic_workers_run_out_and_come_back,
    dynamic_worker_with_a_foreign_name_is_refused,
    payload_arrives_or_is_refused,
];

fn inside(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres"))?;
    for (name, case) in CASES {
        let outcome = match catch_unwind(AssertUnwindSafe(|| case(&mut worker))) {
            Ok(Ok(())) => "ok".to_string(),
            Ok(Err(error)) => format!("FAILED: {error:?}"),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text =
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()));
                format!("FAILED: {}", text.unwrap_or_default())
            }
        };
        worker.log(format!("case {name}: {}", outcome.replace('\n', "; ")));
    }
    worker.log("case done: all");
    Ok(Exit::Done)
}

/// Fail the case with a sentence.
macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(Error::new(
                ErrorKind::Other,
                format!("line {}: not true: {}", line!(), stringify!($condition)),
            ));
        }
    };
}

macro_rules! ensure_eq {
    ($left:expr, $right:expr) => {
        let (left, right) = (&$left, &$right);
        if left != right {
            return Err(Error::new(
                ErrorKind::Other,
                format!("line {}: {left:?} is not {right:?}", line!()),
            ));
        }
    };
}

/// The error that something must have ended with.
fn error<T>(result: Result<T>) -> Result<Error> {
    match result {
        Ok(_) => Err(Error::new(ErrorKind::Other, "an error was expected")),
        Err(error) => Ok(error),
    }
}

/// Whether the worker can still do its work.
fn works(worker: &mut Worker<Connected>) -> Result<()> {
    let two: i32 = worker.transaction(|tx| tx.query_one("select 1 + 1", &[]))?;
    ensure_eq!(two, 2);
    Ok(())
}

fn first_wait_reloads_and_later_ones_time_out(worker: &mut Worker<Connected>) -> Result<()> {
    let first = worker.wait(Duration::from_secs(60))?;
    ensure!(first.reloaded() && first.keep_going());
    for _ in 0..100 {
        let wake = worker.wait(Duration::from_millis(20))?;
        ensure!(wake.keep_going());
        if wake.timed_out() {
            return Ok(());
        }
    }
    Err(Error::new(
        ErrorKind::Other,
        "100 waits, and none timed out",
    ))
}

fn argument_arrives(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(worker.argument::<i32>(), -42);
    Ok(())
}

fn scalars_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    macro_rules! round_trip {
        ($tx:expr, $type:ty: $($value:expr),*) => {$(
            let value: $type = $value;
            let back: $type = $tx.query_one("select $1", &[&value])?;
            ensure_eq!(back, value);
        )*};
    }
    worker.transaction(|tx| {
        round_trip!(tx, bool: true, false);
        round_trip!(tx, i16: 0, -1, i16::MIN, i16::MAX);
        round_trip!(tx, i32: 0, -1, i32::MIN, i32::MAX);
        round_trip!(tx, i64: 0, -1, i64::MIN, i64::MAX);
        round_trip!(tx, f32: 0.0, -1.5, f32::MIN, f32::MAX, f32::INFINITY);
        round_trip!(tx, f64: 0.0, -1.5, f64::MIN, f64::MAX, f64::NEG_INFINITY);
        round_trip!(tx, Oid: Oid(0), Oid(u32::MAX));
        round_trip!(tx, TimestampTz: TimestampTz(0), TimestampTz(-1), TimestampTz(i64::MAX));
        // The server understands them, too.
        ensure!(tx.query_one::<bool>(
            "select $1 = (-32768)::int2 and $2 = 'infinity'::timestamptz",
            &[&i16::MIN, &TimestampTz(i64::MAX)]
        )?);
        ensure!(tx.query_one::<bool>(
            "select $1 = 1.5::float8 and $2 = (-1.5)::float4",
            &[&1.5f64, &-1.5f32]
        )?);
        Ok(())
    })
}

fn texts_and_bytes_round_trip(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let long = "x".repeat(1_000_000);
        for text in ["", "a", "æøå €  𝄞", long.as_str()] {
            ensure_eq!(
                tx.query_one::<String>("select $1", &[&text])?,
                text.to_string()
            );
            ensure_eq!(
                tx.query_one::<i32>("select octet_length($1)", &[&text])?,
                text.len() as i32
            );
        }
        let bytes: Vec<u8> = (0..=255).collect();
        ensure_eq!(tx.query_one::<Vec<u8>>("select $1", &[&bytes])?, bytes);
        let rows = tx.query(
            "select 'borrowed'::text, '\\x00ff'::bytea, 'v'::varchar(3), '{}'::json",
            &[],
        )?;
        for row in rows.iter() {
            ensure_eq!(row.get::<&str>(0)?, "borrowed");
            ensure_eq!(row.get::<&[u8]>(1)?, [0u8, 255]);
            ensure_eq!(row.get::<&str>(2)?, "v");
            ensure_eq!(row.get::<&str>(3)?, "{}");
        }
        Ok(())
    })
}

fn nulls_are_options(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        ensure_eq!(
            tx.query_one::<Option<i32>>("select $1", &[&None::<i32>])?,
            None
        );
        ensure_eq!(
            tx.query_one::<Option<i32>>("select $1", &[&Some(3)])?,
            Some(3)
        );
        ensure_eq!(
            tx.query_one::<Option<String>>("select $1", &[&None::<&str>])?,
            None
        );
        ensure_eq!(
            error(tx.query_one::<i32>("select null::int4", &[]))?.kind(),
            ErrorKind::UnexpectedNull
        );
        // That was an error of the reader, not of the server: the transaction goes on.
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn toasted_text_comes_back_whole(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute(
            "create temporary table toasted (plain text, packed text)",
            &[],
        )?;
        tx.execute("alter table toasted alter plain set storage external", &[])?;
        let long: String = (0..300_000)
            .map(|n| char::from(b'a' + (n % 26) as u8))
            .collect();
        tx.execute("insert into toasted values ($1, $1)", &[&long])?;
        for row in tx.query("select * from toasted", &[])?.iter() {
            ensure!(row.get::<&str>("plain")? == long);
            ensure!(row.get::<String>("packed")? == long);
        }
        Ok(())
    })
}

fn wrong_reads_say_what_is_wrong(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let rows = tx.query("select 1 as one, 'x'::text as two", &[])?;
        ensure_eq!(rows.columns().collect::<Vec<_>>(), ["one", "two"]);
        for row in rows.iter() {
            let mismatch = error(row.get::<i64>("one"))?;
            ensure_eq!(mismatch.kind(), ErrorKind::TypeMismatch);
            ensure!(mismatch.message().contains("one") && mismatch.hint().is_some());
            let missing = error(row.get::<i32>("three"))?;
            ensure_eq!(missing.kind(), ErrorKind::NotFound);
            ensure!(
                missing
                    .detail()
                    .is_some_and(|detail| detail.contains("one, two"))
            );
            ensure_eq!(error(row.get::<i32>(2))?.kind(), ErrorKind::NotFound);
        }
        ensure_eq!(
            error(tx.query_one::<i32>("select 1 where false", &[]))?.kind(),
            ErrorKind::NotFound
        );
        ensure_eq!(
            error(tx.query_one::<i32>("values (1), (2)", &[]))?.kind(),
            ErrorKind::NotFound
        );
        ensure!(tx.query("select", &[])?.len() == 1);
        ensure!(tx.query("set local work_mem = '5MB'", &[])?.is_empty());
        Ok(())
    })
}

fn many_rows(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let rows = tx.query(
            "select n, n::text as name from generate_series(1, 100000) n",
            &[],
        )?;
        ensure_eq!(rows.len(), 100_000);
        let mut sum = 0i64;
        for row in rows.iter() {
            sum += i64::from(row.get::<i32>("n")?) + row.get::<&str>("name")?.parse::<i64>()?;
        }
        ensure_eq!(sum, 2 * 5_000_050_000);
        // A second result while the first one is open.
        ensure_eq!(tx.query_one::<i32>("select 7", &[])?, 7);
        ensure_eq!(
            rows.iter()
                .last()
                .map(|row| row.get::<i32>(0))
                .transpose()?,
            Some(100_000)
        );
        Ok(())
    })
}

fn failed_statement_ends_the_transaction_only(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| tx.execute("select 1 / 0", &[])))?;
    ensure_eq!(failure.kind(), ErrorKind::Server);
    ensure_eq!(failure.sqlstate(), SqlState::new("22012"));
    ensure_eq!(failure.message(), "division by zero");
    works(worker)
}

fn swallowed_error_still_aborts(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| tx.execute("create table swallowed ()", &[]))?;
    let failure = error(worker.transaction(|tx| {
        tx.execute("insert into swallowed default values", &[])?;
        let _ = tx.execute("select 1 / 0", &[]);
        ensure_eq!(
            error(tx.execute("select 1", &[]))?.kind(),
            ErrorKind::TransactionFailed
        );
        Ok(())
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::TransactionFailed);
    ensure!(
        failure
            .detail()
            .is_some_and(|detail| detail.contains("division by zero"))
    );
    let rows: i64 = worker.transaction(|tx| tx.query_one("select count(*) from swallowed", &[]))?;
    ensure_eq!(rows, 0);
    Ok(())
}

fn returned_error_aborts(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        tx.execute("create table returned ()", &[])?;
        Err::<(), _>(Error::new(ErrorKind::Other, "changed my mind"))
    }))?;
    ensure_eq!(failure.message(), "changed my mind");
    let there: bool = worker.transaction(|tx| {
        tx.query_one(
            "select exists (select 1 from pg_class where relname = 'returned')",
            &[],
        )
    })?;
    ensure!(!there);
    Ok(())
}

fn panic_aborts_and_the_next_one_works(worker: &mut Worker<Connected>) -> Result<()> {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction(|tx| {
            tx.execute("create table panicked ()", &[])?;
            if tx.query_one::<bool>("select true", &[])? {
                panic!("on purpose");
            }
            Ok(())
        })
    }));
    ensure!(panic.is_err_and(|payload| payload.downcast_ref() == Some(&"on purpose")));
    let there: bool = worker.transaction(|tx| {
        tx.query_one(
            "select exists (select 1 from pg_class where relname = 'panicked')",
            &[],
        )
    })?;
    ensure!(!there);
    Ok(())
}

/// Runs a statement when it is dropped.
struct OnDrop<'t>(&'t Transaction<'t>, &'static str);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.execute(self.1, &[]) {
            assert!(!self.1.contains("/* panic */"), "in drop: {error}");
        }
    }
}

fn panic_in_drop_aborts_and_the_next_one_works(worker: &mut Worker<Connected>) -> Result<()> {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction(|tx| {
            let _dropped = OnDrop(tx, "select 1 / 0 /* panic */");
            Ok(())
        })
    }));
    ensure!(panic.is_err());
    works(worker)
}

fn server_error_in_drop(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        let _dropped = OnDrop(tx, "select 1 / 0");
        tx.execute("select 1", &[])
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::TransactionFailed);
    // While another error is on its way, and while a panic is.
    let failure = error(worker.transaction(|tx| {
        let _dropped = OnDrop(tx, "select 1 / 0");
        tx.execute("select nothing", &[])
    }))?;
    ensure_eq!(failure.sqlstate(), SqlState::new("42703"));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction::<()>(|tx| {
            let _dropped = OnDrop(tx, "select 1 / 0");
            panic!("outer");
        })
    }));
    ensure!(panic.is_err_and(|payload| payload.downcast_ref() == Some(&"outer")));
    works(worker)
}

fn deferred_constraint_fails_the_commit(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.execute("create table parent (id int primary key)", &[])?;
        tx.execute(
            "create table child (id int references parent deferrable initially deferred)",
            &[],
        )
    })?;
    let failure = error(worker.transaction(|tx| tx.execute("insert into child values (1)", &[])))?;
    ensure_eq!(failure.sqlstate(), SqlState::new("23503"));
    ensure!(
        failure
            .detail()
            .is_some_and(|detail| detail.contains("parent"))
    );
    works(worker)
}

fn read_only_refuses_to_write(worker: &mut Worker<Connected>) -> Result<()> {
    let mode = TransactionMode::new().read_only();
    let failure =
        error(worker.transaction_with(mode, |tx| tx.execute("create table forbidden ()", &[])))?;
    ensure!([ErrorKind::Server, ErrorKind::Invalid].contains(&failure.kind()));
    let read: String = worker.transaction_with(mode, |tx| {
        tx.query_one("select current_setting('transaction_read_only')", &[])
    })?;
    ensure_eq!(read, "on");
    let written: String = worker
        .transaction(|tx| tx.query_one("select current_setting('transaction_read_only')", &[]))?;
    ensure_eq!(written, "off");
    Ok(())
}

fn reading_takes_no_transaction_id(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        tx.query("select count(*) from pg_class", &[])?;
        // SAFETY: the transaction's token; the closure owns nothing.
        let id = unsafe { guard(|| ffi::GetCurrentTransactionIdIfAny()) }?;
        ensure_eq!(id, 0);
        tx.execute("create temporary table written () on commit drop", &[])?;
        // SAFETY: as above.
        let id = unsafe { guard(|| ffi::GetCurrentTransactionIdIfAny()) }?;
        ensure!(id != 0);
        Ok(())
    })
}

fn isolation_is_as_chosen(worker: &mut Worker<Connected>) -> Result<()> {
    for (level, name) in [
        (Isolation::ReadCommitted, "read committed"),
        (Isolation::RepeatableRead, "repeatable read"),
        (Isolation::Serializable, "serializable"),
    ] {
        let mode = TransactionMode::new().isolation(level);
        let shown: String = worker.transaction_with(mode, |tx| {
            tx.query_one("select current_setting('transaction_isolation')", &[])
        })?;
        ensure_eq!(shown, name);
    }
    Ok(())
}

fn transaction_control_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    for sql in ["commit", "rollback", "savepoint s"] {
        let failure = error(worker.transaction(|tx| tx.execute(sql, &[])))?;
        ensure_eq!(failure.kind(), ErrorKind::Invalid);
        ensure!(
            failure
                .hint()
                .is_some_and(|hint| hint.contains("Worker::transaction"))
        );
    }
    let failure = error(worker.transaction(|tx| tx.execute("copy pg_class to stdout", &[])))?;
    ensure!(failure.hint().is_some_and(|hint| hint.contains("client")));
    works(worker)
}

fn nul_is_refused_and_nothing_is_lost(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        ensure_eq!(
            error(tx.execute("select 1 \0 drop table x", &[]))?.kind(),
            ErrorKind::InteriorNul
        );
        ensure_eq!(
            error(tx.query_one::<String>("select $1", &[&"a\0b"]))?.kind(),
            ErrorKind::InteriorNul
        );
        tx.log("a NUL \0 in a message");
        ensure_eq!(tx.query_one::<i32>("select 1", &[])?, 1);
        Ok(())
    })
}

fn cancel_is_an_error_of_the_statement(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        tx.execute(
            "select pg_cancel_backend(pg_backend_pid()), pg_sleep(60)",
            &[],
        )
    }))?;
    ensure_eq!(failure.kind(), ErrorKind::Server);
    ensure_eq!(failure.sqlstate(), SqlState::QUERY_CANCELED);
    works(worker)
}

fn errors_carry_all_fields(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(worker.transaction(|tx| {
        tx.execute(
            "do $$ begin raise exception 'message' using errcode = 'ZZ123', detail = 'detail', hint = 'hint'; end $$",
            &[],
        )
    }))?;
    ensure_eq!(
        (failure.message(), failure.detail(), failure.hint()),
        ("message", Some("detail"), Some("hint"))
    );
    ensure_eq!(failure.sqlstate().to_string(), "ZZ123");
    ensure!(
        failure
            .context()
            .is_some_and(|context| context.contains("PL/pgSQL"))
    );
    Report::new(Level::Warning, "all fields")
        .sqlstate(SqlState::new("01ABC"))
        .detail("the detail")
        .hint("the hint")
        .context("the context")
        .emit(worker);
    Ok(())
}

/// A call that raises: nobody gets two gigabytes.
fn raise() -> Result<()> {
    // SAFETY: a worker's main thread; the closure owns nothing.
    unsafe { guard(|| ffi::palloc(1 << 31)) }.map(|_| ())
}

fn guard_catches_and_keeps_the_counts(_: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a counter of this process; put back below.
    unsafe { ffi::InterruptHoldoffCount += 1 };
    let failure = raise();
    // SAFETY: as above.
    let count = unsafe { ffi::InterruptHoldoffCount };
    // SAFETY: as above.
    unsafe { ffi::InterruptHoldoffCount = 0 };
    ensure!(
        error(failure)?
            .message()
            .starts_with("invalid memory alloc request size")
    );
    ensure_eq!(count, 1);
    Ok(())
}

fn guard_lets_a_panic_through(worker: &mut Worker<Connected>) -> Result<()> {
    let panic = catch_unwind(|| {
        // SAFETY: a worker's main thread; the closure owns nothing.
        unsafe { guard(|| panic!("through C")) }
    });
    ensure!(panic.is_err());
    // The handlers are those of before: an error finds its guard.
    ensure!(raise().is_err());
    works(worker)
}

fn guards_nest(worker: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a worker's main thread; the inner error is a value here, dropped before the outer call raises.
    let outer = unsafe {
        guard(|| {
            let inner_failed = raise().is_err();
            if inner_failed {
                ffi::palloc(1 << 31);
            }
        })
    };
    ensure!(outer.is_err());
    works(worker)
}

fn memory_context_is_the_same_afterwards(worker: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a read of a global.
    let before = unsafe { ffi::CurrentMemoryContext };
    works(worker)?;
    // SAFETY: as above.
    ensure!(before == unsafe { ffi::CurrentMemoryContext });
    let _ = worker.transaction(|tx| tx.execute("select 1 / 0", &[]));
    // SAFETY: as above.
    ensure!(before == unsafe { ffi::CurrentMemoryContext });
    Ok(())
}

const CHILD: postgres_bgworker::Main<NoDatabase> = worker_main!(child);

/// Stays until it is told to leave, or leaves at once when its argument says so.
fn child(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    if worker.argument::<bool>() {
        return Ok(Exit::Done);
    }
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}

fn launch(
    from: &impl postgres_bgworker::Launcher,
    leave_at_once: bool,
) -> Result<postgres_bgworker::DynamicWorker> {
    BackgroundWorker::new(postgres_bgworker::name!("child"), CHILD)?
        .argument(leave_at_once)
        .restart(Restart::after_secs(1))
        .launch(from)
}

const LONG: Duration = Duration::from_secs(30);

fn dynamic_worker_starts_and_stops(worker: &mut Worker<Connected>) -> Result<()> {
    let child = launch(worker, false)?;
    let started = child.wait_for_start(worker, LONG)?;
    ensure!(matches!(started, Status::Running(pid) if pid > 0));
    ensure!(child.wait_for_stop(worker, Duration::from_millis(50))? == started);
    child.terminate()?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, Status::Stopped);
    child.terminate()?;
    // One that is done is not started again although its restart policy would.
    let child = launch(worker, true)?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, Status::Stopped);
    let _ = worker.wait(Duration::from_millis(1500))?;
    ensure_eq!(child.status()?, Status::Stopped);
    Ok(())
}

fn dynamic_worker_outlives_its_transaction(worker: &mut Worker<Connected>) -> Result<()> {
    let child = worker.transaction(|tx| launch(tx, false))?;
    for _ in 0..100 {
        worker.transaction(|tx| tx.execute("select repeat('x', 10000)", &[]))?;
    }
    ensure!(matches!(
        child.wait_for_start(worker, LONG)?,
        Status::Running(_)
    ));
    child.terminate()?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, Status::Stopped);
    Ok(())
}

fn dynamic_workers_run_out_and_come_back(worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..2 {
        let mut children = Vec::new();
        let full = loop {
            match launch(worker, false) {
                Ok(child) => children.push(child),
                Err(error) => break error,
            }
        };
        ensure_eq!(full.kind(), ErrorKind::TooManyWorkers);
        ensure!(
            full.hint()
                .is_some_and(|hint| hint.contains("max_worker_processes"))
        );
        ensure!(children.len() >= 2);
        for child in &children {
            child.wait_for_start(worker, LONG)?;
            child.terminate()?;
        }
        for child in &children {
            ensure_eq!(child.wait_for_stop(worker, LONG)?, Status::Stopped);
        }
    }
    Ok(())
}

fn dynamic_worker_with_a_foreign_name_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    let refused = error(BackgroundWorker::new("wörker", CHILD)?.launch(worker))?;
    ensure_eq!(refused.kind(), ErrorKind::NotAscii);
    Ok(())
}

const READER: postgres_bgworker::Main<NoDatabase> = worker_main!(reader);

/// Says what it was given, and what it finds under another tag.
fn reader(worker: Worker<NoDatabase>) -> Result<Exit> {
    let bytes = worker.payload(1)?;
    let other = worker.payload(2).expect_err("another tag").kind();
    worker.log(format!("payload {bytes:?}, other {other:?}"));
    Ok(Exit::Done)
}

fn payload_arrives_or_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(error(worker.payload(1))?.kind(), ErrorKind::TypeMismatch);
    let launch = |bytes: &[u8]| {
        BackgroundWorker::new("reader", READER)?
            .payload(1, bytes)?
            .launch(worker)
    };
    ensure_eq!(
        error(launch(&[0; postgres_bgworker::MAX_PAYLOAD + 1]))?.kind(),
        ErrorKind::TooLong
    );
    let reader = launch(b"a\0b")?;
    ensure_eq!(reader.wait_for_stop(worker, LONG)?, Status::Stopped);
    Ok(())
}

fn exit_callbacks_are_limited(worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..8 {
        worker.before_exit(|_| Ok(()))?;
    }
    ensure_eq!(
        error(worker.before_exit(|_| Ok(())))?.kind(),
        ErrorKind::Invalid
    );
    Ok(())
}
