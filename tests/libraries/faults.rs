//! Workers for the fault matrix (`cargo bgworker faults`), which registers their main functions itself: `mixed` is in
//! the middle of something whenever something happens to it; the others do something wicked to themselves, say what
//! came of it, and leave to be started again.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    error::SqlState,
    settings::{IntSetting, Unit},
    worker::{Unconnected, WorkerMain},
};

bgworker_module!(init);

static ECHO: IntSetting = IntSetting::new(
    c"faults.echo",
    c"A number that the first worker shows.",
    0,
    0..=i32::MAX,
    Unit::None,
);

/// Nothing is registered here, but everything exported.
const MAINS: [WorkerMain<Unconnected>; 12] = [
    worker_main!(mixed),
    worker_main!(reads),
    worker_main!(errors),
    worker_main!(error_in_main),
    worker_main!(error_at_exit),
    worker_main!(panic_in_main),
    worker_main!(panic_in_transaction),
    worker_main!(panic_in_destructor),
    worker_main!(panic_in_thread),
    worker_main!(stack),
    worker_main!(memory),
    worker_main!(threads_at_exit),
];

fn init(preload: &Preload) -> Result<()> {
    let _ = MAINS;
    ECHO.define(preload)
}

fn connect(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )
}

const OUT_OF_MEMORY: SqlState = SqlState::new("53200");

/// The argument says in the middle of what it is: a nap, a statement that sleeps, one that computes, a transaction that
/// does neither, and writes.
fn mixed(worker: Worker) -> Result<Exit> {
    let what = worker.argument::<i32>() % 4;
    let mut worker = connect(worker)?;
    if what == 0 {
        worker.transaction(|tx| {
            tx.execute(
                "create table if not exists faults_seen (pid int, value int)",
                &[],
            )
        })?;
    }
    let mut seen = -1;
    while worker.wait(Duration::from_millis(20))?.keep_going() {
        let now = ECHO.get(&worker);
        let result = worker.transaction(|tx| match what {
            0 if now == seen => tx.execute("select 1", &[]),
            0 => {
                let pid = std::process::id() as i32;
                tx.execute("delete from faults_seen where pid = $1", &[&pid])?;
                tx.execute("insert into faults_seen values ($1, $2)", &[&pid, &now])
            }
            1 => {
                let pid = std::process::id();
                // It needs space on the disk.
                let rows = "select generate_series(1, 1000)";
                tx.execute(&format!("create table left_behind_{pid} as {rows}"), &[])?;
                // Before 12 it takes no notice of the postmaster's death, in any backend.
                let sleep = "select pg_sleep(case when current_setting('server_version_num')::int < 120000 then 2 else 600 end)";
                tx.execute(sleep, &[])
            }
            // A short one: a query that computes takes no notice of the postmaster's death, in any backend.
            // Before, it needs memory in one piece; now, space for a temporary file.
            2 => {
                tx.execute("select octet_length(repeat('x', 34000000))", &[])?;
                tx.execute("select count(*) from generate_series(1, 3000000)", &[])
            }
            _ => {
                tx.execute("select pg_logical_emit_message(true, 'faults', '')", &[])?;
                std::thread::sleep(Duration::from_millis(50));
                tx.execute("select 1", &[])
            }
        });
        match result {
            Ok(_) => seen = now,
            // Each time the server writes all of its memory contexts into the log.
            Err(error) if error.sqlstate() == OUT_OF_MEMORY => {
                worker.log(error.message());
                let _ = worker.wait(Duration::from_secs(1))?;
            }
            // Somebody cancelled the statement; there will be another.
            Err(error) if error.kind() != ErrorKind::Terminating => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Exit::Done)
}

/// On a standby too: naps, and keeps a snapshot that replay may find in its way.
fn reads(worker: Worker) -> Result<Exit> {
    let sleeps = worker.argument::<i32>() % 2 == 1;
    let mut worker = connect(worker)?;
    while worker.wait(Duration::from_millis(20))?.keep_going() {
        let query = if sleeps {
            "select pg_sleep(2) from pg_class limit 1"
        } else {
            "select count(*) from pg_class"
        };
        match worker.transaction(|tx| tx.execute(query, &[])) {
            // A conflict with recovery ends a statement; there will be another.
            Err(error) if error.kind() != ErrorKind::Terminating => {}
            result => drop(result?),
        }
    }
    Ok(Exit::Done)
}

/// A statement in a destructor, while an error or a panic is on its way.
struct Works<'w>(&'w Transaction<'w>);

impl Drop for Works<'_> {
    fn drop(&mut self) {
        let _ = self.0.execute("select 1 / 0", &[]);
    }
}

fn errors(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let plain = worker.transaction(|tx| tx.execute("select 1 / 0", &[]));
    let nested = worker.transaction(|tx| {
        tx.execute(
            "do $$ begin begin perform 1 / 0; exception when others then perform 'x'::int; end; end $$",
            &[],
        )
    });
    let dropped = worker.transaction(|tx| {
        let _works = Works(tx);
        tx.execute("select no_such_column", &[])
    });
    let second = worker.transaction(|tx| {
        let first = tx.execute("select 1 / 0", &[]);
        assert!(first.is_err());
        tx.execute("select 1 / 0", &[])
    });
    assert!(plain.is_err() && nested.is_err() && dropped.is_err() && second.is_err());
    let one: i32 = worker.transaction(|tx| tx.query_one("select 1", &[]))?;
    assert_eq!(one, 1);
    worker.log("errors: held");
    Ok(Exit::Restart)
}

fn error_in_main(worker: Worker) -> Result<Exit> {
    connect(worker)?.transaction(|tx| tx.execute("select 1 / 0", &[]))?;
    Ok(Exit::Restart)
}

fn error_at_exit(worker: Worker) -> Result<Exit> {
    let worker = connect(worker)?;
    worker.before_exit(|_| {
        Err(postgres_bgworker::Error::new(
            ErrorKind::Other,
            "error in a callback",
        ))
    })?;
    Ok(Exit::Restart)
}

fn panic_in_main(worker: Worker) -> Result<Exit> {
    let _worker = connect(worker)?;
    panic!("in main")
}

fn panic_in_transaction(worker: Worker) -> Result<Exit> {
    connect(worker)?.transaction(|tx| {
        let _works = Works(tx);
        tx.execute("create table left_behind ()", &[])?;
        panic!("in a transaction")
    })
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in a destructor")
    }
}

fn panic_in_destructor(worker: Worker) -> Result<Exit> {
    connect(worker)?.transaction(|tx| {
        let _bomb = Bomb;
        tx.execute("create table left_behind ()", &[])?;
        panic!("first")
    })
}

fn panic_in_thread(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let ended = std::thread::spawn(|| panic!("in a thread")).join();
    assert!(ended.is_err());
    worker.transaction(|tx| tx.execute("select 1", &[]))?;
    worker.log("panic_in_thread: held");
    Ok(Exit::Restart)
}

/// Recursion of the server ends in an error. That of Rust code ends in a signal, as everywhere.
fn stack(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let result = worker.transaction(|tx| {
        tx.execute(
            "create function pg_temp.deeper(int) returns int language plpgsql as 'begin return pg_temp.deeper($1 + 1); end'",
            &[],
        )?;
        tx.execute("select pg_temp.deeper(0)", &[])
    });
    let error = result.expect_err("a stack ends");
    assert!(error.message().contains("stack depth"), "{error}");
    worker.transaction(|tx| tx.execute("select 1", &[]))?;
    worker.log("stack: held");
    Ok(Exit::Restart)
}

fn memory(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    let result = worker
        .transaction(|tx| tx.execute("select length(repeat(repeat('x', 1000000), 1100))", &[]));
    assert!(result.is_err());
    assert!(Vec::<u8>::new().try_reserve(isize::MAX as usize).is_err());
    worker.transaction(|tx| tx.execute("select 1", &[]))?;
    worker.log("memory: held");
    Ok(Exit::Restart)
}

/// Threads that take no notice of anything. They call nothing of the server.
fn threads_at_exit(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    for _ in 0..4 {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
    }
    let _ = worker.wait(Duration::from_millis(5))?;
    worker.log("threads_at_exit: leaving");
    Ok(Exit::Restart)
}
