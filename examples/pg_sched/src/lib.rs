//! Runs statements at regular times. A launcher looks which jobs are due. Each job runs in a worker
//! of its own, as the role that has scheduled it.
//!
//! ```sql
//! create role sched login;
//! create extension pg_sched;
//! insert into sched.jobs (command, every) values ('vacuum', '1 day');
//! select sched.run_now(1);
//! select * from sched.runs;
//! ```

use postgres_bgworker::Oid;
use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Trigger};
use postgres_bgworker::settings::{IntSetting, StringSetting};
use postgres_bgworker::sql::TimestampTz;
use postgres_bgworker::worker::{DynamicWorker, WorkerStatus};

bgworker_module!(init);

static DATABASE: StringSetting = StringSetting::new(
    c"pg_sched.database",
    c"The database with the jobs.",
    c"postgres",
);
static MOST: IntSetting = IntSetting::new(
    c"pg_sched.max_jobs",
    c"Jobs that run at the same time.",
    4,
    1..=100,
);

/// Rings when jobs have changed.
static CHANGED: Bell = Bell::new(c"pg_sched");

const JOB: WorkerMain<Unconnected> = worker_main!(job);
const JOB_TAG: u32 = 1;
const LONGEST: Duration = Duration::from_secs(3600);

fn init(preload: &Preload) -> Result<()> {
    DATABASE.define(preload)?;
    MOST.define(preload)?;
    CHANGED.reserve(preload)?;
    BackgroundWorker::new("pg_sched launcher", worker_main!(launcher))
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(300),
        ))
        .register(preload)
}

/// A job whose worker runs, or has ended.
struct Running {
    id: i64,
    started: TimestampTz,
    worker: Result<DynamicWorker>,
}

fn launcher(worker: Worker) -> Result<Exit> {
    let database = Connect::database(DATABASE.get(&worker));
    let mut worker = worker.connect(database.role("sched"))?;
    let mut running: Vec<Running> = Vec::new();
    loop {
        record(&mut worker, &mut running)?;
        let pause = start(&mut worker, &mut running)?;
        // The end of a worker that this one has launched wakes it, too.
        if !worker.wait_for(&CHANGED, pause)?.keep_going() {
            return Ok(Exit::Restart);
        }
    }
}

/// Writes down how workers have ended.
fn record(worker: &mut Worker<Connected>, running: &mut Vec<Running>) -> Result<()> {
    let (ended, others): (Vec<Running>, _) = running.drain(..).partition(|job| match &job.worker {
        Ok(worker) => worker
            .status()
            .is_ok_and(|status| status == WorkerStatus::Stopped),
        Err(_) => true,
    });
    *running = others;
    if ended.is_empty() {
        return Ok(());
    }
    worker.transaction(|tx| {
        let insert = "insert into sched.runs select id, $2, pg_catalog.clock_timestamp(), $3
            from sched.jobs where id = $1";
        for job in &ended {
            let error = match &job.worker {
                Ok(worker) => worker.last_error().map(|error| error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            tx.execute(insert, (job.id, job.started, error))?;
        }
        Ok(())
    })
}

/// Starts the jobs that are due. Returns the time until the next one is.
fn start(worker: &mut Worker<Connected>, running: &mut Vec<Running>) -> Result<Duration> {
    let most = usize::try_from(MOST.get(worker)).unwrap_or(1);
    let free = most.saturating_sub(running.len()) as i64;
    let busy: Vec<i64> = running.iter().map(|job| job.id).collect();
    let (due, pause) = worker.transaction(|tx| {
        let exists = "select pg_catalog.to_regclass('sched.jobs') is not null";
        if !tx.query_scalar::<bool, _>(exists, ())? {
            return Ok((Vec::new(), LONGEST));
        }
        let take = "update sched.jobs set next_run = pg_catalog.now() + every
            where id in (select id from sched.jobs
                where next_run <= pg_catalog.now() and id <> all ($1) order by next_run limit $2)
            returning id, owner::oid, pg_catalog.now(), (select oid
                from pg_catalog.pg_database where datname = pg_catalog.current_database())";
        let due: Vec<(i64, Oid, TimestampTz, Oid)> = tx.query_as(take, (&busy, free))?;
        let next = "select extract(epoch from pg_catalog.min(next_run) - pg_catalog.now())::float8
            from sched.jobs where id <> all ($1)";
        let next: Option<f64> = tx.query_scalar(next, (&busy,))?;
        Ok((
            due,
            next.map_or(LONGEST, |next| {
                Duration::from_secs_f64(next.clamp(0.0, 3600.0))
            }),
        ))
    })?;
    for (id, owner, started, database) in due {
        let worker = BackgroundWorker::new(format!("pg_sched job {id}"), JOB)
            .worker_type("pg_sched job")
            .payload(
                JOB_TAG,
                [id as u64, owner.0.into(), database.0.into()]
                    .map(u64::to_le_bytes)
                    .concat(),
            )
            .launch(worker);
        running.push(Running {
            id,
            started,
            worker,
        });
    }
    // The end of a job wakes the launcher.
    Ok(if running.len() >= most {
        LONGEST
    } else {
        pause
    })
}

/// Runs one job, as its owner. An error ends the worker, and the launcher writes it down.
fn job(worker: Worker) -> Result<Exit> {
    let payload = worker.payload(JOB_TAG)?;
    let mut words = payload
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default()));
    let mut next = || words.next().unwrap_or(0);
    let (id, owner, database) = (next() as i64, Oid(next() as u32), Oid(next() as u32));
    let target = Connect::database_oid(database).role_oid(owner);
    let mut worker = worker.connect(target.search_path("\"$user\", public"))?;
    let sql = "select command, pg_catalog.ceil(1000 * extract(epoch from timeout))::bigint
        from sched.jobs where id = $1";
    let found =
        worker.transaction(|tx| tx.query_opt(sql, (id,))?.map(|row| row.read()).transpose())?;
    let Some((command, timeout)): Option<(String, i64)> = found else {
        return Ok(Exit::Done);
    };
    worker.run_top_level(
        format!("set statement_timeout = {}", timeout.min(i32::MAX.into())),
        (),
    )?;
    // Statements that commit, and VACUUM, run outside a transaction.
    worker.run_top_level(command, ())?;
    Ok(Exit::Done)
}

sql_trigger! {
    fn wake(session: &Session<'_>, _trigger: &Trigger<'_>) -> Result<()> {
        CHANGED.ring_at_commit(session)
    }
}

sql_function! {
    /// Lets a job run as soon as this transaction commits.
    fn run_now(session: &Session<'_>, job: i64) -> Result<()> {
        let now = "update sched.jobs set next_run = pg_catalog.now() where id = $1";
        match session.transaction().execute(now, (job,))? {
            0 => Err(Error::new(ErrorKind::NotFound, format!("you have no job {job}"))),
            _ => Ok(()),
        }
    }
}
