//! An extension with a queue: a session adds jobs, and workers do them.

use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Trigger};
use postgres_bgworker::settings::IntSetting;

#[cfg(feature = "server-tests")]
mod server_tests;

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"my_extension.workers",
    c"Number of workers.",
    2,
    1..=20,
);

/// Rings for all workers when a transaction with new jobs is committed.
static JOBS: Bell = Bell::for_all(c"my_extension_jobs");

/// Time after which a worker looks for jobs that are due again.
const PAUSE: Duration = Duration::from_secs(10);

/// Runs while the server starts, because the library is in shared_preload_libraries.
fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    JOBS.reserve(preload)?;
    (1..=WORKERS.get(preload)).try_for_each(|number| worker(number).register(preload))
}

fn worker(number: i32) -> BackgroundWorker<Unconnected> {
    const MAIN: WorkerMain<Unconnected> = worker_main!(run);
    BackgroundWorker::new(format!("my_extension {number}"), MAIN).restart(Restart::backoff(
        Duration::from_secs(1),
        Duration::from_secs(300),
    ))
}

/// The main function of a worker's process.
fn run(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("my_extension"))?;
    loop {
        while worker.transaction(do_one)? {}
        if !worker.wait_for(&JOBS, PAUSE)?.keep_going() {
            return Ok(Exit::Done);
        }
    }
}

/// Does one job. Returns whether there was one. A worker skips the jobs of other workers.
fn do_one(tx: &mut Transaction<'_>) -> Result<bool> {
    let is_absent = "select not exists
        (select 1 from pg_catalog.pg_extension where extname = 'my_extension')";
    if tx.query_scalar(is_absent, ())? {
        return Ok(false);
    }
    let take = "select id, input from my_extension.jobs where result is null and due <= now()
        order by due limit 1 for update skip locked";
    let Some(job) = tx.query_opt(take, ())? else {
        return Ok(false);
    };
    let (id, input) = job.read::<(i64, String)>()?;
    drop(job);
    match answer(&input) {
        Ok(result) => {
            let done = "update my_extension.jobs set result = $2, error = null where id = $1";
            tx.execute(done, (id, result))?;
        }
        Err(error) => {
            let later = "update my_extension.jobs set error = $2, due = now() + interval '1 minute'
                where id = $1";
            tx.execute(later, (id, error.message()))?;
        }
    }
    Ok(true)
}

/// The work: the sum of the numbers in the input.
fn answer(input: &str) -> Result<i64> {
    let mut sum: i64 = 0;
    for word in input.split_whitespace() {
        let number: i64 = word
            .parse()
            .map_err(|_| Error::other(format!("not a number: \"{word}\"")))?;
        sum = number
            .checked_add(sum)
            .ok_or_else(|| Error::other("the sum is too large"))?;
    }
    Ok(sum)
}

sql_function! {
    /// Adds a job, and returns its number.
    fn add(session: &Session<'_>, input: &str) -> Result<i64> {
        let sql = "insert into my_extension.jobs (input) values ($1) returning id";
        session.transaction().query_scalar(sql, (input,))
    }
}

sql_trigger! {
    /// Wakes the workers when the transaction commits.
    fn wake(session: &Session<'_>, _trigger: &Trigger<'_>) -> Result<()> {
        JOBS.ring_at_commit(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_added() {
        assert_eq!(answer("1 2 39").unwrap(), 42);
        assert!(answer("one").unwrap_err().message().contains("one"));
        assert!(answer("9223372036854775807 1").is_err());
    }

    #[test]
    fn workers_are_numbered() {
        assert!(format!("{:?}", worker(2)).contains("my_extension 2"));
    }
}
