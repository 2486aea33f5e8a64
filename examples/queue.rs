//! A job queue in a table. The workers run each job once, record a failure, and lose no job.
//!
//! ```text
//! cargo bgworker run --example queue --set queue.workers=2
//! ```
//!
//! A job is a statement. Its changes and its state `done` are committed together. If it fails, its
//! changes are rolled back, and its error is stored in its row. If the worker is stopped during a
//! job, the job is `waiting` again. A worker skips the jobs of other workers by `SKIP LOCKED`, so
//! the server is PostgreSQL 9.5 or later.
//!
//! A job runs with the privileges of the role that inserted it, its owner, and never with those of
//! the queue: see `Transaction::run_as`. A trigger sets the owner, so a role cannot insert a job
//! for another role. Names in a job must be schema-qualified, because the `search_path` is that of
//! the worker.
//!
//! The workers connect as the role `queue`, which owns all objects in the schema `queue`.
//! `cargo bgworker run` creates the role. In another server, run
//!
//! ```sql
//! create role queue login;
//! grant create on database postgres to queue;
//! ```
//!
//! A worker that has nothing to do looks for jobs every half second. If a superuser creates this
//! trigger, the commit of new jobs wakes the workers instead, and idle workers do nothing:
//!
//! ```sql
//! create function queue.wake() returns trigger
//!     language c as 'queue', 'bgworker_function_wake';
//! create trigger wake after insert on queue.jobs execute procedure queue.wake();
//! ```
//!
//! No other role may insert jobs by default. The following statements let alice insert jobs. The
//! last one lets the queue run SQL as alice; without it, her jobs fail with an error.
//!
//! ```sql
//! create role alice;
//! grant usage on schema queue to alice;
//! grant insert (statement) on queue.jobs to alice;
//! grant usage on sequence queue.jobs_id_seq to alice;
//! grant alice to queue;
//! ```
//!
//! ```sql
//! set role alice;
//! insert into queue.jobs (statement) values ('select pg_sleep(1)'), ('select 1 / 0');
//! reset role;
//! select * from queue.jobs;
//! ```

// SKIP LOCKED needs PostgreSQL 9.5.
#![cfg(pg_since = "9.5")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Trigger};
use postgres_bgworker::{ErrorKind, Oid, bell::Bell, settings::IntSetting, sql::Plan, sql_trigger};

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"queue.workers",
    c"Number of workers that run jobs.",
    2,
    1..=100,
);

/// Rings when new jobs are committed, for all workers.
static BELL: Bell = Bell::for_all(c"queue_jobs");

/// The longest time before an idle worker looks for a job, without and with the trigger.
const NAP: Duration = Duration::from_millis(500);
const LONG_NAP: Duration = Duration::from_secs(3600);

sql_trigger! {
    fn wake(session: &Session<'_>, _trigger: &Trigger<'_>) -> Result<()> {
        BELL.ring_at_commit(session)
    }
}

fn init(preload: &Preload) -> Result<()> {
    BELL.reserve(preload)?;
    const MAIN: postgres_bgworker::worker::WorkerMain<postgres_bgworker::worker::Unconnected> =
        worker_main!(work);
    WORKERS.define(preload)?;
    (1..=WORKERS.get(preload)).try_for_each(|number| {
        BackgroundWorker::new(format!("queue {number}"), MAIN)
            .worker_type("queue")
            .restart(Restart::backoff(
                Duration::from_secs(1),
                Duration::from_secs(300),
            ))
            .register(preload)
    })
}

fn work(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("queue"))?;
    let queue = worker.transaction(Queue::open)?;
    worker.log("taking jobs from the queue");
    loop {
        while worker.transaction(|tx| queue.run_one(tx))? {}
        let nap = worker.transaction(|tx| queue.nap(tx))?;
        if !worker.wait_for(&BELL, nap)?.keep_going() {
            return Ok(Exit::Done);
        }
    }
}

/// The statements that a worker runs repeatedly, prepared once.
struct Queue {
    has_trigger: Plan<()>,
    take: Plan<()>,
    read: Plan<(i64,)>,
    finish: Plan<(i64, &'static str, Option<&'static str>)>,
}

/// Creates the table and its trigger, in a schema in which no other role may create objects. The
/// trigger stores the owner as an OID, because another role can get the same name later.
const MAKE: &str = "
    create table queue.jobs (
        id bigserial primary key,
        owner oid not null,
        statement text not null,
        state text not null default 'waiting',
        error text);
    create function queue.stamp() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$ begin
        select oid into strict new.owner from pg_roles where rolname = current_user;
        new.state := 'waiting';
        new.error := null;
        return new;
    end $$;
    revoke all on function queue.stamp() from public;
    create trigger stamp before insert on queue.jobs for each row execute procedure queue.stamp()";

impl Queue {
    fn open(tx: &mut Transaction<'_>) -> Result<Self> {
        tx.own_schema("queue")?;
        // This command locks the schema until the end of the transaction, and only its owner may
        // run it. The first worker creates the table while the others wait.
        tx.execute("comment on schema queue is 'Jobs and their outcomes'", ())?;
        let exists = "select exists (select 1 from pg_tables where schemaname = 'queue' and tablename = 'jobs')";
        if !tx.query_scalar(exists, ())? {
            tx.execute(MAKE, ())?;
        }
        Ok(Queue {
            has_trigger: tx.prepare::<()>(
                "select exists (select 1 from pg_trigger where tgrelid = 'queue.jobs'::regclass
                 and tgname = 'wake' and tgenabled <> 'D')",
            )?,
            take: tx.prepare::<()>(
                "select id, owner from queue.jobs where state = 'waiting'
                 order by id limit 1 for update skip locked",
            )?,
            read: tx.prepare::<(i64,)>("select statement from queue.jobs where id = $1")?,
            finish: tx.prepare::<(i64, &str, Option<&str>)>(
                "update queue.jobs set state = $2, error = $3 where id = $1",
            )?,
        })
    }

    /// Returns how long a worker without a job may wait.
    fn nap(&self, tx: &mut Transaction<'_>) -> Result<Duration> {
        let has_trigger: bool = tx.query_scalar(&self.has_trigger, ())?;
        Ok(if has_trigger { LONG_NAP } else { NAP })
    }

    /// Runs one job. Returns whether there was one.
    fn run_one(&self, tx: &mut Transaction<'_>) -> Result<bool> {
        let Some(job) = tx.query_opt(&self.take, ())? else {
            return Ok(false);
        };
        let (id, owner) = job.read::<(i64, Oid)>()?;
        drop(job);
        // Not every text of the database has an equivalent in UTF-8, so this may fail, too.
        let statement = tx.savepoint(|tx| tx.query_scalar::<String, _>(&self.read, (id,)));
        let outcome =
            statement.and_then(|statement| tx.run_as(owner, |tx| tx.execute(&statement, ())));
        match outcome {
            Ok(_) => tx.execute(&self.finish, (id, "done", None::<&str>))?,
            // The worker received SIGTERM. Another one will run this job.
            Err(error) if error.kind() == ErrorKind::Terminating => return Err(error),
            Err(error) => self.fail(tx, id, &error)?,
        };
        Ok(true)
    }

    /// Records an error. The owner of the job controls its text, so it may be long, and it may
    /// contain what the database cannot store.
    fn fail(&self, tx: &Transaction<'_>, id: i64, error: &Error) -> Result<u64> {
        let text: String = error.message().chars().take(1000).collect();
        let text = tx.storable(&text);
        tx.execute(&self.finish, (id, "failed", Some(&*text)))
    }
}
