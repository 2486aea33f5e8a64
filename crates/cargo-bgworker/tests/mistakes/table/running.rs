//! Workers that fail, and workers that do not do what they should.

use crate::{Made, Mistake};

pub(super) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "panic_in_main",
        what: "A panic in the main function",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        panic!("oh no")
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … ERROR:  panicked: oh no
CONTEXT:  panic at src/lib.rs:…"#,
        remedy: "Correct the code at the place in CONTEXT.",
    },
    Mistake {
        name: "missing_database",
        what: "The database does not exist",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        worker.connect(Connect::database("nowhere").role("jobs"))?;
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … FATAL:  database "nowhere" does not exist"#,
        remedy: "Create the database, or connect to another one. A [setting](settings.md) lets users choose it.",
    },
    Mistake {
        name: "missing_role",
        what: "The role does not exist",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        worker.connect(Connect::database("postgres").role("no one"))?;
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … FATAL:  role "no one" does not exist"#,
        remedy: "`CREATE ROLE jobs LOGIN;` `cargo bgworker run` creates the role with the name of the library.",
    },
    Mistake {
        name: "missing_table",
        what: "A statement fails",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        worker.transaction(|tx| tx.execute("insert into nowhere values (1)", ()).map(drop))?;
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … ERROR:  relation "nowhere" does not exist at character 13
QUERY:  insert into nowhere values (1)"#,
        remedy: "Correct the statement, or create the table first. `search_path` is `pg_catalog, pg_temp` in a worker: write the schema before the name of a table.",
    },
    Mistake {
        name: "another_type",
        what: "A column is read as another type",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        let count = worker.transaction(|tx| tx.query_scalar::<i32, _>("select count(*) from pg_class", ()))?;
        worker.log(format!("{count:?}"));
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … ERROR:  column "count" of type bigint cannot be read as i32
HINT:  Cast the column in the query, or read it as another Rust type."#,
        remedy: "Read `i64`, or write `count(*)::int`. [SQL](sql.md) has the table of types.",
    },
    Mistake {
        name: "error_swallowed",
        what: "An error in a transaction is ignored",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        worker.transaction(|tx| {
            let _ = tx.execute("select 1 / 0", ());
            tx.execute("select 1", ()).map(drop)
        })?;
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … ERROR:  transaction or savepoint is aborted because an earlier statement failed
DETAIL:  The statement failed with: division by zero
HINT:  Return the error of the statement from the closure, and start a new transaction or savepoint."#,
        remedy: "Return the error from the closure: `tx.execute(…)?`. For a statement that may fail, use `tx.savepoint`.",
    },
    Mistake {
        name: "umlaut_in_a_dynamic_name",
        what: "The name of a launched worker is not ASCII",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        BackgroundWorker::new("dünn", worker_main!(run)).launch(&worker)?;
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … ERROR:  background worker "dünn": the name of a dynamic worker must be printable ASCII"#,
        remedy: "Use ASCII in the names of workers.",
    },
    Mistake {
        name: "payload_of_another_tag",
        what: "A payload is read with another tag",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        BackgroundWorker::new("jobs", worker_main!(run)).restart(Restart::never()).payload(1, [7]).register(preload)
    }

    fn run(worker: Worker) -> Result<Exit> {
        worker.payload(2)?;
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: worker "jobs" failed at its only start
= … ERROR:  payload has tag 0x1, expected 0x2"#,
        remedy: "Launch and run the worker with the same version of the library, and read the payload with the tag that it was made with.",
    },
    Mistake {
        name: "prints",
        what: "`println!` in a worker",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        println!("hello");
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"> hello"#,
        remedy: "Use `worker.log(…)`: the line gets a time, a level and the number of the process. What a worker prints goes to the standard output of the server, and many servers discard it.",
    },
    Mistake {
        name: "panic_in_a_thread",
        what: "A thread of a worker panics",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        drop(std::thread::spawn(|| panic!("oh no")).join());
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"> thread '<unnamed>' (…) panicked at src/lib.rs:…
> oh no"#,
        remedy: "A panic of a thread ends the thread, not the worker. Look at the result of `join`. See [Waiting and threads](waiting.md).",
    },
    Mistake {
        name: "process_exit",
        what: "`std::process::exit` in a worker",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        std::process::exit(3)
    }
"#,
            &[],
        ),
        says: r#"error: a process crashed the server
= … background worker "jobs" (PID …) exited with exit code 3"#,
        remedy: "Return `Ok(Exit::Done)` or `Ok(Exit::Restart)`. The server takes an exit without its own cleanup for a crash, and restarts all sessions.",
    },
    Mistake {
        name: "never_waits",
        what: "A worker blocks, and does not react to SIGTERM",
        made: Made::Run(
            r#"
    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        worker.log("it blocks from here on");
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
"#,
            &[],
        ),
        says: r#"error: the server did not stop (fast) within 10 s
= processes still running:
… jobs
WARNING:  background worker "jobs" [… has not ended after SIGTERM: its main function blocks outside the server
= help: a worker that does not react to SIGTERM holds up the whole server"#,
        remedy: "Wait with `worker.wait(…)`, which SIGTERM ends. Move code that blocks into a thread: `Worker::run_thread`. See [Signals and stopping](signals.md).",
    },
    Mistake {
        name: "setting_without_define",
        what: "A setting is read, but `define` was never called",
        made: Made::Run(
            r#"
    static NAPTIME: IntSetting = IntSetting::new(c"jobs.naptime", c"Seconds.", 1, 0..=5);

    fn run(worker: Worker) -> Result<Exit> {
        let mut worker = worker.connect(Connect::database("postgres").role("jobs"))?;
        worker.log(format!("naptime {}", NAPTIME.get(&worker)));
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"… WARNING: setting "jobs.naptime" is read before it is defined
… DETAIL: The default is used instead of the configured value.
… HINT: Call define in a function given to bgworker_module!. The function given as init runs only if the library is preloaded."#,
        remedy: "Call `NAPTIME.define(preload)?` in `init`.",
    },
    Mistake {
        name: "setting_out_of_range",
        what: "The value of a setting is out of its range",
        made: Made::Run(
            r#"
    static NAPTIME: IntSetting = IntSetting::new(c"jobs.naptime", c"Seconds.", 1, 0..=5);

    pub fn init(preload: &Preload) -> Result<()> {
        NAPTIME.define(preload)?;
        BackgroundWorker::new("jobs", worker_main!(run)).register(preload)
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &["--set", "jobs.naptime=400"],
        ),
        says: r#"… WARNING: 400 is outside the valid range for parameter "jobs.naptime" (0 .. 5)"#,
        remedy: "Correct the value. The server uses the default.",
    },
    Mistake {
        name: "setting_misspelled",
        what: "The name of a setting is misspelled",
        made: Made::Run(
            r#"
    static NAPTIME: IntSetting = IntSetting::new(c"jobs.naptime", c"Seconds.", 1, 0..=5);

    pub fn init(preload: &Preload) -> Result<()> {
        NAPTIME.define(preload)?;
        BackgroundWorker::new("jobs", worker_main!(run)).register(preload)
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &["--set", "jbos.naptime=3"],
        ),
        says: r#"warning: jbos.naptime has no effect, because no library has defined it
= help: there is jobs.naptime"#,
        remedy: "Correct the name. A server accepts each name with a dot, and says nothing. `preload.reserve_prefix` lets it warn of other names with the prefix of the library.",
    },
];
