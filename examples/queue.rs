//! Jobs in a table, and workers that run them: each job once, a failing one recorded, none lost.
//!
//! ```text
//! cargo bgworker run --example queue --set queue.workers=2
//! ```
//!
//! A job is a statement. What it did and that it is done are committed together; when it fails, what it did is undone, and the
//! error is kept beside it. A job whose worker was stopped in the middle is waiting again.
//!
//! ```sql
//! insert into queue (statement) values ('create table made_by_a_job ()'), ('select 1 / 0');
//! select * from queue;
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, IntSetting, Plan, Unit};

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"queue.workers",
    c"How many workers take jobs from the queue.",
    2,
    1..=100,
    Unit::None,
);

/// How long a job can wait before somebody looks.
const NAP: Duration = Duration::from_millis(500);

fn init(preload: &Preload) -> Result<()> {
    const MAIN: postgres_bgworker::Main<postgres_bgworker::CanConnect> = worker_main!(work);
    WORKERS.define(preload)?;
    (1..=WORKERS.get(preload)).try_for_each(|number| {
        BackgroundWorker::new(format!("queue {number}"), MAIN)?
            .kind("queue")?
            .restart(Restart::backing_off_secs(1, 300))
            .register(preload)
    })
}

fn work(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let queue = worker.transaction(Queue::open)?;
    worker.log("taking jobs from the queue");
    while worker.wait(NAP)?.keep_going() {
        while worker.transaction(|tx| queue.run_one(tx))? {}
    }
    Ok(Exit::Done)
}

/// What a worker does with the table again and again, prepared once.
struct Queue {
    take: Plan,
    finish: Plan,
}

impl Queue {
    fn open(tx: &mut Transaction<'_>) -> Result<Self> {
        // The first worker makes the table; the others wait for it.
        tx.query("select pg_advisory_xact_lock(hashtext('queue'))", &[])?;
        tx.execute(
            "create table if not exists queue (
                id bigserial primary key,
                statement text not null,
                state text not null default 'waiting',
                error text)",
            &[],
        )?;
        Ok(Queue {
            take: tx.prepare::<()>(
                "select id, statement from queue where state = 'waiting'
                 order by id limit 1 for update skip locked",
            )?,
            finish: tx.prepare::<(i64, &str, Option<&str>)>(
                "update queue set state = $2, error = $3 where id = $1",
            )?,
        })
    }

    /// Whether there was a job.
    fn run_one(&self, tx: &mut Transaction<'_>) -> Result<bool> {
        let jobs = tx.query_as::<(i64, String)>(&self.take, &[])?;
        let Some((id, statement)) = jobs.into_iter().next() else {
            return Ok(false);
        };
        let (state, error) = match tx.savepoint(|tx| tx.execute(&statement, &[])) {
            Ok(_) => ("done", None),
            // The worker is told to leave: somebody else will run this one.
            Err(error) if error.kind() == ErrorKind::Terminating => return Err(error),
            Err(error) => ("failed", Some(error.to_string())),
        };
        tx.execute(&self.finish, &[&id, &state, &error])?;
        Ok(true)
    }
}
