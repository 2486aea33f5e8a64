//! Libraries that the server does not load, and registrations that fail.

use crate::{Made, Mistake};

pub(super) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "no_module_macro",
        what: "`bgworker_module!` is missing",
        made: Made::Package {
            files: &[("src/lib.rs", "pub fn init() {}\n")],
            command: "cargo bgworker run --for 1s",
        },
        says: r#"error: the library has no magic block, so no server loads it
= library: …/libjobs.so
= help: write bgworker_module!(init) once in the crate, with the function that registers the workers"#,
        remedy: "Write `bgworker_module!(init);` once in the crate. A server says `incompatible library …: missing magic block` of such a library.",
    },
    Mistake {
        name: "not_preloaded",
        what: "The library is not in `shared_preload_libraries`",
        made: Made::Session("load 'jobs'"),
        says: r#"ERROR:  this library registers background workers, so it must be preloaded
HINT:  Add the library to shared_preload_libraries and restart the server."#,
        remedy: "Add the name of the library to `shared_preload_libraries` in `postgresql.conf`, and restart the server.",
    },
    Mistake {
        name: "library_of_another_name",
        what: "`shared_preload_libraries` has a name that no file has",
        made: Made::Run("", &["--preload", "libjobs"]),
        says: r#"error: PostgreSQL … did not start
… FATAL:  could not access file "libjobs": No such file or directory"#,
        remedy: "The name in `shared_preload_libraries` is that of the file in the server's library directory, without `.so`. `cargo bgworker install` copies `target/release/libjobs.so` there as `jobs.so`, so the name is `jobs`.",
    },
    Mistake {
        name: "panic_in_init",
        what: "A panic in `init`",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        let port: Option<u16> = None;
        port.unwrap();
        Ok(())
    }
"#,
            &[],
        ),
        says: r#"error: PostgreSQL … did not start
thread '…' (…) panicked at src/lib.rs:…
… FATAL:  panicked: called `Option::unwrap()` on a `None` value
… CONTEXT:  initialization of library "jobs""#,
        remedy: "Correct the code at the place that the line before the message names. Return an `Err` for what can fail.",
    },
    Mistake {
        name: "name_too_long",
        what: "The name of a worker is too long",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        BackgroundWorker::new("x".repeat(100), worker_main!(run)).register(preload)
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: PostgreSQL … did not start
… FATAL:  background worker "xxx…": the name is too long: 100 bytes (maximum 95)"#,
        remedy: "Shorten the name. The maximum is 63 bytes before PostgreSQL 11.",
    },
    Mistake {
        name: "name_with_a_nul",
        what: "The name of a worker contains a NUL",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        BackgroundWorker::new("jobs\0", worker_main!(run)).register(preload)
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: PostgreSQL … did not start
… FATAL:  background worker "jobs\0": the name contains a NUL"#,
        remedy: "Remove the NUL: a name is passed to the server as a C string.",
    },
    Mistake {
        name: "postmaster_start_with_database",
        what: "A worker with a database starts with the postmaster",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        BackgroundWorker::new("jobs", worker_main!(run)).start_at(StartTime::PostmasterStart).register(preload)
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: PostgreSQL … did not start
… FATAL:  background worker "jobs": a worker with database access cannot start with the postmaster
… HINT:  Use StartTime::ConsistentState or later, or a main function that takes Worker<NoDatabase>.
… CONTEXT:  initialization of library "jobs""#,
        remedy: "Leave out `start_at`, or take `Worker<NoDatabase>`.",
    },
    Mistake {
        name: "no_room",
        what: "More workers than `max_worker_processes`",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        for number in 0..4 {
            BackgroundWorker::new(format!("jobs {number}"), worker_main!(run)).register(preload)?;
        }
        Ok(())
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &["--set", "max_worker_processes=2"],
        ),
        says: r#"error: PostgreSQL … did not start
… FATAL:  could not register background worker "jobs 1": no free slot
… DETAIL:  Other static workers use all slots of max_worker_processes (2).
… HINT:  Raise max_worker_processes and restart the server.
… CONTEXT:  initialization of library "jobs""#,
        remedy: "Raise `max_worker_processes`. Parallel queries and other extensions use its slots, too.",
    },
    Mistake {
        name: "payload_too_long",
        what: "A payload of 200 bytes",
        made: Made::Run(
            r#"
    pub fn init(preload: &Preload) -> Result<()> {
        BackgroundWorker::new("jobs", worker_main!(run)).payload(1, vec![0; 200]).register(preload)
    }
    fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
"#,
            &[],
        ),
        says: r#"error: PostgreSQL … did not start
… FATAL:  background worker "jobs": payload is too long: 200 bytes (maximum 112)
… HINT:  Store the data in a table or in shared memory, and pass its key."#,
        remedy: "Pass a key, and store the data in a table. A [channel](channels.md) carries more.",
    },
];
