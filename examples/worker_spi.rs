//! Several workers with the same code, each with a schema and a table of its own.
//!
//! ```text
//! cargo bgworker run --example worker_spi --set worker_spi.workers=3
//! ```
//!
//! The workers connect as the role `worker_spi`, which owns their schemas. `cargo bgworker run`
//! makes it; on a server of your own, run
//!
//! ```sql
//! create role worker_spi login;
//! grant create on database postgres to worker_spi;
//! ```
//!
//! Nobody but that role and superusers may insert. To let alice do it, run, as `worker_spi` or as
//! superuser,
//!
//! ```sql
//! grant usage on schema worker_spi_1 to alice;
//! grant insert on worker_spi_1.counted to alice;
//! ```
//!
//! Our counterpart of PostgreSQL's sample worker of that name. Each worker keeps a running total:
//! whoever inserts rows of kind `delta` into its table `counted` finds them added to the row of
//! kind `total` a moment later.
//!
//! ```sql
//! insert into worker_spi_1.counted values ('delta', 40), ('delta', 2);
//! select * from worker_spi_1.counted;
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::{DurationSetting, IntSetting, TimeUnit};

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"worker_spi.workers",
    c"How many workers to start.",
    2,
    1..=100,
);
static NAPTIME: DurationSetting = DurationSetting::new(
    c"worker_spi.naptime",
    c"Time between two counts.",
    Duration::from_secs(1),
    Duration::from_millis(10)..=Duration::from_secs(600),
    TimeUnit::Milliseconds,
);

fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    NAPTIME.define(preload)?;
    for number in 1..=WORKERS.get(preload) {
        BackgroundWorker::new(format!("worker_spi {number}"), worker_main!(count))
            .worker_type("worker_spi")
            .argument(number)
            .restart(Restart::backoff(
                Duration::from_secs(1),
                Duration::from_secs(300),
            ))
            .register(preload)?;
    }
    Ok(())
}

fn count(worker: Worker) -> Result<Exit> {
    let schema = format!("worker_spi_{}", worker.argument::<i32>());
    let mut worker = worker.connect(Connect::database("postgres").role("worker_spi"))?;
    worker.transaction(|tx| {
        tx.own_schema(&schema)?;
        tx.execute(format!("create table if not exists {schema}.counted (kind text not null, amount bigint not null)"), ())?;
        tx.execute(
            format!("insert into {schema}.counted select 'total', 0 where not exists (select 1 from {schema}.counted where kind = 'total')"),
            (),
        )
    })?;
    worker.log(format!("counting in {schema}.counted"));
    let roll_up = format!(
        "with taken as (delete from {schema}.counted where kind = $1 returning amount)
         update {schema}.counted set amount = amount + (select sum(taken.amount) from taken)
         where kind = $2 and exists (select 1 from taken) returning amount"
    );
    while worker.wait(NAPTIME.get(&worker))?.keep_going() {
        worker.transaction(|tx| {
            for row in tx.query(&roll_up, ("delta", "total"))?.iter() {
                tx.log(format!(
                    "the total of {schema} is {}",
                    row.get::<i64>("amount")?
                ));
            }
            Ok(())
        })?;
    }
    Ok(Exit::Done)
}
