//! Workers that other roles attack: `tests/privilege.rs` prepares the attack, chooses the worker by
//! the setting `privilege.worker`, and looks at what the attacker has gained.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    settings::{SettingContext, StringSetting},
    worker::{PreflightIssue, Unconnected, WorkerMain},
};

#[path = "privilege/run_as.rs"]
mod run_as;
use run_as::{run_as_member, run_as_superuser};

bgworker_module!(init);

static WORKER: StringSetting =
    StringSetting::new(c"privilege.worker", c"Which worker to start.", c"fixed")
        .context(SettingContext::Postmaster);

const MAINS: &[(&str, WorkerMain<Unconnected>)] = &[
    ("fixed", worker_main!(fixed)),
    ("as_role", worker_main!(as_role)),
    ("chosen", worker_main!(chosen)),
    ("calls_of_the_crate", worker_main!(calls_of_the_crate)),
    ("opted_out", worker_main!(opted_out)),
    ("creates_in_public", worker_main!(creates_in_public)),
    ("runs_jobs_itself", worker_main!(runs_jobs_itself)),
    ("schemas", worker_main!(schemas)),
    ("run_as_member", worker_main!(run_as_member)),
    ("run_as_superuser", worker_main!(run_as_superuser)),
];

fn init(preload: &Preload) -> Result<()> {
    WORKER.define(preload)?;
    let wanted = WORKER.get(preload);
    for (name, main) in MAINS {
        if wanted == *name {
            BackgroundWorker::new(*name, *main)?
                .restart(Restart::after_secs(1))
                .register(preload)?;
        }
    }
    Ok(())
}

/// The search path at the start, and after each statement that might bring another one back.
fn paths(worker: &mut Worker<Connected>) -> Result<()> {
    let show = |tx: &Transaction<'_>| {
        tx.query_one::<String>(
            "select pg_catalog.current_setting('search_path')::pg_catalog.text",
            &[],
        )
    };
    let start = worker.transaction(|tx| show(tx))?;
    let local = worker.transaction(|tx| {
        tx.execute("set local search_path = public", &[])?;
        show(tx)
    })?;
    let after = worker.transaction(|tx| show(tx))?;
    let reset = worker.transaction(|tx| {
        tx.execute("set search_path = public", &[])?;
        tx.execute("reset search_path", &[])?;
        show(tx)
    })?;
    let reset_all = worker.transaction(|tx| {
        tx.execute("set search_path = public", &[])?;
        tx.execute("reset all", &[])?;
        show(tx)
    })?;
    let unqualified: i64 =
        worker.transaction(|tx| tx.query_one("select count(*) from pg_extension", &[]))?;
    let role: String = worker.transaction(|tx| {
        tx.execute("reset role", &[])?;
        tx.query_one(
            "select current_user::text || ' of ' || session_user::text",
            &[],
        )
    })?;
    worker.log(format!("the worker is {role}"));
    worker.log(format!(
        "search_path is <{start}>, local <{local}>, then <{after}>, reset <{reset}>, all <{reset_all}>; {unqualified} extensions"
    ));
    Ok(())
}

fn idle(worker: &mut Worker<Connected>) -> Result<Exit> {
    while worker.wait(Duration::from_secs(60))?.keep_going() {}
    Ok(Exit::Done)
}

fn fixed(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("victim").as_superuser())?;
    paths(&mut worker)?;
    idle(&mut worker)
}

fn as_role(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("victim").role("careful"))?;
    paths(&mut worker)?;
    idle(&mut worker)
}

fn chosen(worker: Worker) -> Result<Exit> {
    let target = Connect::database("victim").as_superuser();
    let mut worker = worker.connect(target.search_path("pg_catalog, chosen, pg_temp"))?;
    paths(&mut worker)?;
    idle(&mut worker)
}

/// The search path is the attacker's, and only the crate's own SQL runs.
fn calls_of_the_crate(worker: Worker) -> Result<Exit> {
    let target = Connect::database("victim").as_superuser();
    let mut worker = worker.connect(target.search_path_of_database())?;
    let missing = worker.obstacles_with(&["plpgsql", "no such extension"])?;
    assert_eq!(
        missing,
        [PreflightIssue::ExtensionMissing(
            "no such extension".to_string()
        )]
    );
    let accepts = worker.transaction(|tx| {
        let own = tx.query_one(
            "select oid from pg_catalog.pg_database
             where datname operator(pg_catalog.=) pg_catalog.current_database()",
            &[],
        )?;
        tx.notify("a channel", "a payload")?;
        tx.own_schema("own of the crate")?;
        tx.run_as("careful", |_| Ok(()))?;
        let refused = tx.run_as("nobody has this name", |_| Ok(()));
        assert!(refused.is_err_and(|error| error.kind() == ErrorKind::NotFound));
        tx.accepts_connections(own)
    })?;
    worker.obstacles_in("own of the crate")?;
    worker.log(format!("the crate's own SQL has run: {accepts}"));
    idle(&mut worker)
}

/// What `Connect` keeps from happening.
fn opted_out(worker: Worker) -> Result<Exit> {
    let target = Connect::database("victim").as_superuser();
    let mut worker = worker.connect(target.search_path_of_database())?;
    let name: String = worker
        .transaction(|tx| tx.query_one("select max(extname::text) from pg_extension", &[]))?;
    worker.log(format!("unqualified: {name}"));
    idle(&mut worker)
}

/// What `own_schema` keeps from happening.
fn creates_in_public(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    while worker.wait(Duration::from_millis(100))?.keep_going() {
        worker.transaction(|tx| {
            tx.execute(
                "create table if not exists public.heartbeat (at timestamptz not null)",
                &[],
            )?;
            tx.execute("insert into public.heartbeat values (now())", &[])
        })?;
    }
    Ok(Exit::Done)
}

/// What `run_as` keeps from happening: jobs of others as the worker's own statements.
fn runs_jobs_itself(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    while worker.wait(Duration::from_millis(100))?.keep_going() {
        worker.transaction(|tx| {
            let jobs = "delete from public.jobs returning statement";
            for (job,) in tx.query_as::<(String,)>(jobs, &[])? {
                tx.savepoint(|tx| {
                    tx.execute("set local role eve", &[])?;
                    tx.execute(&job, &[])
                })?;
                tx.execute("reset role", &[])?;
            }
            Ok(())
        })?;
    }
    Ok(Exit::Done)
}

/// Which schemas this worker may call its own, and what stands in its way in them.
fn schemas(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("careful"))?;
    for name in [
        "fresh",
        "fresh",
        "squatted",
        "shared",
        "to alice",
        "planted",
        "Ünder \"quotes\"",
    ] {
        let outcome = match worker.transaction(|tx| tx.own_schema(name)) {
            Ok(()) => "ok".to_string(),
            Err(error) => format!("{error}; {}", error.detail().unwrap_or_default()),
        };
        let found = worker.obstacles_in(name)?;
        worker.log(format!("schema {name}: {outcome} {found:?}"));
    }
    worker.log("schemas done");
    idle(&mut worker)
}
