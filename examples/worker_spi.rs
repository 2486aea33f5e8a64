//! Workers that count, and a function that launches more of them.
//!
//! ```text
//! cargo bgworker run --example worker_spi --set worker_spi.role=worker_spi
//! ```
//!
//! This replaces the server's sample module of the same name: it has the same settings, the same
//! function and the same tables, and passes the tests of the sample (see CONTRIBUTING.md).
//! Each worker creates a table in a schema of its own. It removes the rows of type `delta`, and
//! adds their values to the row of type `total`, if there is one.
//!
//! ```sql
//! insert into schema1.counted values ('total', 0), ('delta', 40), ('delta', 2);
//! select * from schema1.counted;
//! ```
//!
//! Without `worker_spi.role`, the workers are superusers, as those of the sample are. Set it to a
//! role that may only create schemas. `cargo bgworker run` creates one. In another server, run
//!
//! ```sql
//! create role worker_spi login;
//! grant create on database postgres to worker_spi;
//! ```
//!
//! Some things are safer than in the sample:
//!
//! * A worker accepts no schema that another role owns, and no `search_path` of the database.
//! * Only superusers may call `worker_spi_launch`, unless it is granted to others. Who may call it
//!   chooses the role of a worker.
//! * Static workers restart after an error, later and later.
//!
//! The extension, which needs no preloading, is in `examples/worker_spi`:
//!
//! ```sql
//! create extension worker_spi;
//! select worker_spi_launch(4);
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::session::Session;
use postgres_bgworker::settings::{
    DurationSetting, IntSetting, SettingContext, StringSetting, TimeUnit,
};
use postgres_bgworker::wait::WaitEventName;
use postgres_bgworker::worker::WorkerStatus;
use postgres_bgworker::{Load, Oid};

bgworker_module!(load = load, init = init);

static NAPTIME: DurationSetting = DurationSetting::new(
    c"worker_spi.naptime",
    c"Time between two counts.",
    Duration::from_secs(10),
    Duration::from_secs(1)..=Duration::from_secs(i32::MAX as u64),
    TimeUnit::Seconds,
);
static DATABASE: StringSetting = StringSetting::new(
    c"worker_spi.database",
    c"Database that the workers connect to.",
    c"postgres",
);
static ROLE: StringSetting = StringSetting::new(
    c"worker_spi.role",
    c"Role that the workers connect as, or empty for the bootstrap superuser.",
    c"",
);
static TOTAL_WORKERS: IntSetting = IntSetting::new(
    c"worker_spi.total_workers",
    c"Number of workers that start with the server.",
    2,
    1..=100,
)
.context(SettingContext::Postmaster);

const STATIC: WorkerMain<Unconnected> = worker_main!(static_main);
const DYNAMIC: WorkerMain<Unconnected> = worker_main!(dynamic_main);
const DYNAMIC_TYPE: &str = "worker_spi dynamic";

fn load(library: &Load) -> Result<()> {
    NAPTIME.define(library)?;
    DATABASE.define(library)?;
    ROLE.define(library)
}

fn init(preload: &Preload) -> Result<()> {
    TOTAL_WORKERS.define(preload)?;
    preload.reserve_prefix(c"worker_spi")?;
    for number in 1..=TOTAL_WORKERS.get(preload) {
        BackgroundWorker::new(format!("worker_spi worker {number}"), STATIC)
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

sql_function! {
    /// Launches a worker, and returns its process ID, or NULL if no slot is free.
    fn worker_spi_launch(
        session: &mut Session<'_>,
        index: i32,
        dboid: Oid,
        roleoid: Oid,
        flags: Vec<Option<String>>,
        interruptible: bool,
    ) -> Result<Option<i32>> {
        let target = Target::new(session, dboid, roleoid, &flags)?;
        let mut worker = BackgroundWorker::new(format!("worker_spi dynamic worker {index}"), DYNAMIC)
            .worker_type(DYNAMIC_TYPE)
            .restart(Restart::never())
            .argument(index)
            .payload(Target::TAG, target.encode());
        if interruptible {
            worker = worker.interruptible();
        }
        let worker = match worker.launch(session) {
            Err(error) if error.kind() == ErrorKind::TooManyWorkers => return Ok(None),
            worker => worker?,
        };
        match worker.wait_for_start(session, Duration::MAX)? {
            WorkerStatus::Running(pid) => Ok(Some(pid)),
            _ => Err(Error::new(ErrorKind::NotReady, "the worker did not start")
                .with_hint("The server log may have the reason.")),
        }
    }
}

/// What a launched worker connects to.
struct Target {
    database: Oid,
    /// 0 for the bootstrap superuser.
    role: Oid,
    bypasses_allow_connections: bool,
    bypasses_login_check: bool,
}

impl Target {
    const TAG: u32 = 1;

    /// Replaces what is 0 by what the settings say.
    fn new(
        session: &Session<'_>,
        database: Oid,
        role: Oid,
        flags: &[Option<String>],
    ) -> Result<Target> {
        let tx = session.transaction();
        let mut target = Target {
            database,
            role,
            bypasses_allow_connections: false,
            bypasses_login_check: false,
        };
        for flag in flags {
            match flag.as_deref() {
                Some("ALLOWCONN") => target.bypasses_allow_connections = true,
                Some("ROLELOGINCHECK") => target.bypasses_login_check = true,
                flag => {
                    let message = format!("unrecognized flag: {}", flag.unwrap_or("null"));
                    return Err(Error::new(ErrorKind::Unsupported, message)
                        .with_hint("The flags are ALLOWCONN and ROLELOGINCHECK."));
                }
            }
        }
        if database == Oid::INVALID {
            let sql = "select oid from pg_catalog.pg_database where datname operator(pg_catalog.=) $1::name";
            target.database = find(tx, "database", sql, &DATABASE.get(session))?;
        }
        let name = ROLE.get(session);
        if role == Oid::INVALID && !name.is_empty() {
            let sql =
                "select oid from pg_catalog.pg_roles where rolname operator(pg_catalog.=) $1::name";
            target.role = find(tx, "role", sql, &name)?;
        }
        Ok(target)
    }

    fn encode(&self) -> Vec<u8> {
        let flags = [self.bypasses_allow_connections, self.bypasses_login_check];
        [
            &self.database.0.to_le_bytes()[..],
            &self.role.0.to_le_bytes(),
            &flags.map(u8::from),
        ]
        .concat()
    }

    fn connect(bytes: &[u8]) -> Option<Connect> {
        let (database, rest) = bytes.split_first_chunk()?;
        let (role, flags) = rest.split_first_chunk()?;
        let database = Connect::database_oid(Oid(u32::from_le_bytes(*database)));
        let mut target = match u32::from_le_bytes(*role) {
            0 => database.as_superuser(),
            role => database.role_oid(Oid(role)),
        };
        if flags.first()? == &1 {
            target = target.bypass_allow_connections();
        }
        if flags.get(1)? == &1 {
            target = target.bypass_role_login_check();
        }
        Some(target)
    }
}

fn find(tx: &Transaction<'_>, what: &str, sql: &str, name: &str) -> Result<Oid> {
    tx.query_scalar_opt(sql, (name,))?.ok_or_else(|| {
        Error::new(
            ErrorKind::Invalid,
            format!("{what} \"{name}\" does not exist"),
        )
    })
}

fn static_main(worker: Worker) -> Result<Exit> {
    let database = Connect::database(DATABASE.get(&worker));
    let target = match ROLE.get(&worker) {
        role if role.is_empty() => database.as_superuser(),
        role => database.role(role),
    };
    count(worker, target, "worker_spi", "worker_spi worker")
}

fn dynamic_main(worker: Worker) -> Result<Exit> {
    let target = Target::connect(&worker.payload(Target::TAG)?)
        .ok_or_else(|| Error::new(ErrorKind::Invalid, "the payload names no database"))?;
    count(worker, target, DYNAMIC_TYPE, "worker_spi dynamic worker")
}

fn count(worker: Worker, target: Connect, worker_type: &str, name: &str) -> Result<Exit> {
    let number: i32 = worker.argument();
    let (name, schema) = (format!("{name} {number}"), format!("schema{number}"));
    let mut worker = worker.connect(target)?;
    // SIGTERM ends a wait, or a transaction with an error.
    match count_until_stopped(&mut worker, &name, &schema) {
        Err(error) if error.kind() != ErrorKind::Terminating => return Err(error),
        _ => {}
    }
    worker.log(format!(
        "terminating background worker \"{worker_type}\" due to administrator command"
    ));
    Ok(Exit::Done)
}

fn count_until_stopped(worker: &mut Worker<'_, Connected>, name: &str, schema: &str) -> Result<()> {
    worker.transaction(|tx| create(tx, schema))?;
    worker.log(format!("{name} initialized with {schema}.counted"));
    let count = format!(
        "with taken as (delete from {schema}.counted where type = 'delta' returning value),
              added as (select coalesce(sum(value), 0)::int as value from taken)
         update {schema}.counted set value = counted.value + added.value
         from added where type = 'total' returning counted.value"
    );
    let event = WaitEventName::new(&*worker, "WorkerSpiMain")?;
    while worker.wait_as(event, NAPTIME.get(&*worker))?.keep_going() {
        worker.transaction(|tx| {
            if let Some(total) = tx.query_scalar_opt::<Option<i32>, _>(&count, ())?.flatten() {
                tx.log(format!("{name}: count in {schema}.counted is now {total}"));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Creates what is missing. The schema belongs to the worker afterwards.
fn create(tx: &Transaction<'_>, schema: &str) -> Result<()> {
    tx.own_schema(schema)?;
    let exists =
        "select exists (select 1 from pg_class c join pg_namespace n on n.oid = relnamespace
                  where nspname = $1 and relname = 'counted')";
    if tx.query_scalar(exists, (schema,))? {
        return Ok(());
    }
    let table = format!("{schema}.counted");
    tx.execute(
        format!(
            "create table {table} (type text check (type in ('total', 'delta')), value integer)"
        ),
        (),
    )?;
    tx.execute(
        format!("create unique index counted_unique_total on {table} (type) where type = 'total'"),
        (),
    )?;
    Ok(())
}
