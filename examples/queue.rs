//! Jobs in a table, and workers that run them: each job once, a failing one recorded, none lost.
//!
//! ```text
//! cargo bgworker run --example queue --set queue.workers=2
//! ```
//!
//! A job is a statement. What it did and that it is done are committed together; when it fails,
//! what it did is undone, and the error is kept beside it. A job whose worker was stopped in the
//! middle is waiting again.
//!
//! A job runs as whoever inserted it, its owner, and never with the rights of the queue: see
//! `Transaction::run_as`. A trigger sets the owner, so nobody inserts a job in the name of somebody
//! else. Names in a job need their schema, because `search_path` is that of the worker.
//!
//! The workers connect as the role `queue`, which owns everything in the schema `queue`. `cargo
//! bgworker run` makes it; on a server of your own, run
//!
//! ```sql
//! create role queue login;
//! grant create on database postgres to queue;
//! ```
//!
//! Nobody may insert jobs until you say so. The last line lets the queue run SQL as alice; without
//! it, her jobs fail and say why.
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

use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, Oid, settings::IntSetting, sql::Plan};

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"queue.workers",
    c"How many workers take jobs from the queue.",
    2,
    1..=100,
);

/// How long a job can wait before somebody looks.
const NAP: Duration = Duration::from_millis(500);

fn init(preload: &Preload) -> Result<()> {
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
    while worker.wait(NAP)?.keep_going() {
        while worker.transaction(|tx| queue.run_one(tx))? {}
    }
    Ok(Exit::Done)
}

/// What a worker does with the table again and again, prepared once.
struct Queue {
    take: Plan<()>,
    finish: Plan<(i64, &'static str, Option<&'static str>)>,
}

/// Alone in its transaction, in a schema that nobody else may create anything in. The trigger looks
/// up who inserts: as an OID, because a name can be given to another role later.
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
        // Until the transaction ends, this locks the schema against the same command, which only
        // its owner may give. So the first worker makes the table, and the others wait for it.
        tx.execute("comment on schema queue is 'Jobs and their outcomes'", ())?;
        let there = "select exists (select 1 from pg_tables where schemaname = 'queue' and tablename = 'jobs')";
        if !tx.query_scalar(there, ())? {
            tx.execute(MAKE, ())?;
        }
        Ok(Queue {
            take: tx.prepare::<()>(
                "select id, owner, statement from queue.jobs where state = 'waiting'
                 order by id limit 1 for update skip locked",
            )?,
            finish: tx.prepare::<(i64, &str, Option<&str>)>(
                "update queue.jobs set state = $2, error = $3 where id = $1",
            )?,
        })
    }

    /// Whether there was a job.
    fn run_one(&self, tx: &mut Transaction<'_>) -> Result<bool> {
        let Some(job) = tx.query_opt(&self.take, ())? else {
            return Ok(false);
        };
        let (id, owner, statement) = job.read::<(i64, Oid, String)>()?;
        drop(job);
        match tx.run_as(owner, |tx| tx.execute(&statement, ())) {
            Ok(_) => tx.execute(&self.finish, (id, "done", None::<&str>))?,
            // The worker is told to leave: somebody else will run this one.
            Err(error) if error.kind() == ErrorKind::Terminating => return Err(error),
            Err(error) => self.fail(tx, id, &error)?,
        };
        Ok(true)
    }

    /// Record an error, whatever it says: its owner has chosen the text. What the database cannot
    /// store is stored as far as it can be.
    fn fail(&self, tx: &Transaction<'_>, id: i64, error: &Error) -> Result<u64> {
        let text = error.to_string();
        let finish =
            |text: &str| tx.savepoint(|tx| tx.execute(&self.finish, (id, "failed", Some(text))));
        finish(&text).or_else(|error| {
            if error.kind() == ErrorKind::Terminating {
                return Err(error);
            }
            let text: String = text
                .chars()
                .take(1000)
                .flat_map(char::escape_default)
                .collect();
            finish(&text)
        })
    }
}
