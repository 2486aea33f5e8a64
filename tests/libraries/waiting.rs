//! Workers that wait, watch and launch. The setting `waiting.run` chooses; what must be seen is in `tests/waiting.rs`.

// Launches need 9.4.
#![cfg(pg_has = "dynamic")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    Oid, name,
    settings::{IntSetting, Unit},
    wait::{Interest, WaitEventName, WaitSet},
    worker::{DynamicWorker, PreflightIssue, WorkerMain, WorkerStatus},
};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

bgworker_module!(init);

static RUN: IntSetting = IntSetting::new(c"waiting.run", c"Which worker.", 0, 0..=100, Unit::None);

const LONG: Duration = Duration::from_secs(3600);

fn init(preload: &Preload) -> Result<()> {
    RUN.define(preload)?;
    let obstacles = preload.obstacles();
    for obstacle in &obstacles {
        let error = Error::from(obstacle.clone());
        Report::new(Level::Log, format!("init found: {error}"))
            .hint(error.hint().unwrap_or_default())
            .emit(preload);
    }
    if obstacles.contains(&PreflightIssue::BinaryUpgrade)
        || obstacles.contains(&PreflightIssue::SingleUser)
    {
        return Ok(());
    }
    match RUN.get(preload) {
        0 => BackgroundWorker::new(name!("echo"), worker_main!(echo))?.register(preload),
        1 => BackgroundWorker::new(name!("named"), worker_main!(named))?.register(preload),
        2 => BackgroundWorker::new(name!("parent"), worker_main!(parent))?.register(preload),
        3 => BackgroundWorker::new(name!("keeper"), worker_main!(keeper))?
            .restart(Restart::after_secs(1))
            .register(preload),
        4 => BackgroundWorker::new(name!("early"), worker_main!(early))?
            .start_at(StartTime::PostmasterStart)
            .register(preload),
        5 => BackgroundWorker::new(name!("looks"), LOOKS)?
            .start_at(StartTime::ConsistentState)
            .restart(Restart::DEFAULT)
            .register(preload),
        6 => BackgroundWorker::new(name!("static guest"), worker_main!(static_guest))?
            .restart(Restart::after_secs(1))
            .register(preload),
        7 => BackgroundWorker::new(name!("stranger's parent"), worker_main!(strangers_parent))?
            .register(preload),
        8 => BackgroundWorker::new(name!("patient"), worker_main!(patient))?
            .start_at(StartTime::ConsistentState)
            .register(preload),
        _ => Ok(()),
    }
}

/// What the echo server listens to.
enum Source {
    Door(TcpListener),
    Guest(TcpStream),
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Source::Door(listener) => listener.as_fd(),
            Source::Guest(stream) => stream.as_fd(),
        }
    }
}

/// Sends back what it gets, from any number of connections.
fn echo(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let door = TcpListener::bind("127.0.0.1:0")?;
    door.set_nonblocking(true)?;
    let port = door.local_addr()?.port();
    let event = WaitEventName::new(&worker, "EchoWaits")?;
    let mut set = WaitSet::new(&worker).wait_event(event);
    set.add(Source::Door(door), Interest::READ);
    worker.log(format!("listening on port {port}."));
    loop {
        let wake = worker.wait_on(&mut set, LONG)?;
        if !wake.keep_going() {
            worker.log(format!("leaving with {} sources", set.len()));
            return Ok(Exit::Done);
        }
        if wake.reloaded() {
            worker.log("echo has read its settings");
        }
        let ready: Vec<_> = set.ready().collect();
        for (key, interest) in ready {
            assert!(interest.readable() && !interest.writable());
            let mut buffer = [0; 1024];
            match &set[key] {
                Source::Door(door) => {
                    let (guest, _) = door.accept()?;
                    guest.set_nonblocking(true)?;
                    set.add(Source::Guest(guest), Interest::READ);
                }
                Source::Guest(guest) => match (&*guest).read(&mut buffer) {
                    Ok(0) => drop(set.remove(key)),
                    Ok(count) => (&*guest).write_all(&buffer[..count])?,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => drop(set.remove(key)),
                },
            }
        }
    }
}

fn named(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let event = WaitEventName::new(&worker, "WaitingForGodot")?;
    while worker.wait_as(event, LONG)?.keep_going() {}
    Ok(Exit::Done)
}

/// A worker without a database, which gets no notices of the postmaster unless it asks for them, waits for its child.
fn parent(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let limit = Duration::from_secs(30);
    let child = BackgroundWorker::new(name!("child"), CHILD)?.launch(&worker)?;
    let WorkerStatus::Running(_) = child.wait_for_start(&mut worker, limit)? else {
        panic!("the child did not start");
    };
    // What came during that wait is not lost: settings are read once at the start.
    let wake = worker.wait(LONG)?;
    worker.log(format!(
        "the child runs; reloaded: {}, timed out: {}",
        wake.reloaded(),
        wake.timed_out()
    ));
    child.terminate()?;
    let status = child.wait_for_stop(&mut worker, limit)?;
    worker.log(format!("the child is {status:?}"));
    let late = BackgroundWorker::new(name!("late"), LATE)?
        .start_at(StartTime::RecoveryFinished)
        .launch(&worker)?;
    let status = late.wait_for_stop(&mut worker, limit)?;
    worker.log(format!("the late one is {status:?}"));
    Ok(Exit::Done)
}

const CHILD: WorkerMain<NoDatabase> = worker_main!(child);

fn child(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    while worker.wait(LONG)?.keep_going() {}
    Ok(Exit::Done)
}

const LATE: WorkerMain<NoDatabase> = worker_main!(late);

fn late(worker: Worker<NoDatabase>) -> Result<Exit> {
    worker.log("late");
    Ok(Exit::Done)
}

/// Keeps one guest in database `own`, an interruptible one where the server knows that.
fn keeper(worker: Worker) -> Result<Exit> {
    const GUEST: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(guest);
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    if !BackgroundWorker::CAN_BE_INTERRUPTIBLE {
        let error = BackgroundWorker::new(name!("guest"), GUEST)?
            .interruptible()
            .expect_err("not before 19");
        worker.log(format!("refused: {:?}: {error}", error.kind()));
        return Ok(Exit::Done);
    }
    let mut guest: Option<DynamicWorker> = None;
    while worker.wait(Duration::from_millis(200))?.keep_going() {
        if let Some(known) = &guest {
            if known.status()? != WorkerStatus::Stopped {
                continue;
            }
        }
        let own: Option<Oid> = worker.transaction(|tx| {
            tx.query_one(
                "select max(oid) from pg_database where datname = 'own'",
                &[],
            )
        })?;
        let Some(own) = own else { continue };
        if worker.transaction(|tx| tx.accepts_connections(own))? {
            let launched = BackgroundWorker::new(name!("guest"), GUEST)?
                .argument(own)
                .interruptible()?
                .launch(&worker)?;
            guest = Some(launched);
        }
    }
    Ok(Exit::Done)
}

fn guest(worker: Worker) -> Result<Exit> {
    let own = worker.argument();
    let mut worker = worker.connect(Connect::database_oid(own).as_superuser())?;
    worker.log("a guest is in database own");
    while worker.wait(LONG)?.keep_going() {}
    Ok(Exit::Done)
}

/// Says what it sees of recovery, from the start of the server.
fn early(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    worker.log(format!("early: {:?}", worker.recovery()?));
    loop {
        let wake = worker.wait(LONG)?;
        if wake.consistent() {
            worker.log("early: can be read now");
        }
        if wake.promoted() {
            worker.log("early: can be written now");
        }
        if !wake.keep_going() {
            return Ok(Exit::Done);
        }
    }
}

const LOOKS: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(looks);

/// Says what stands in its way.
fn looks(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let found = worker.obstacles_with(&["plpgsql", "missing"])?;
    worker.log(format!("in the way: {found:?}"));
    for obstacle in found {
        match obstacle {
            PreflightIssue::Standby => worker.log("nothing will be written"),
            PreflightIssue::NotPreloaded => worker.log(format!("{obstacle}: {}", obstacle.hint())),
            PreflightIssue::ExtensionMissing(_) => {}
            serious => return Err(serious.into()),
        }
    }
    Ok(Exit::Done)
}

/// Launches a worker of a library that was not preloaded: a copy of this one, under another name.
fn strangers_parent(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let stranger = BackgroundWorker::new(name!("stranger"), LOOKS)?
        .library("stranger")
        .launch(&worker)?;
    stranger.wait_for_stop(&mut worker, LONG)?;
    Ok(Exit::Done)
}

/// On a standby, launches a worker that starts after the promotion.
fn patient(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let heir = BackgroundWorker::new(name!("heir"), CHILD)?
        .start_at(StartTime::RecoveryFinished)
        .launch(&worker)?;
    let status = heir.wait_for_start(&mut worker, Duration::from_millis(500))?;
    if status == WorkerStatus::Starting {
        worker.log("the heir waits");
    }
    if let WorkerStatus::Running(_) = heir.wait_for_start(&mut worker, LONG)? {
        worker.log("the heir runs");
    }
    heir.terminate()?;
    let status = heir.wait_for_stop(&mut worker, LONG)?;
    worker.log(format!("the heir is {status:?}"));
    Ok(Exit::Done)
}

/// A static worker in database `template1`, which steps aside.
fn static_guest(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("template1").as_superuser())?;
    worker.watch_database();
    worker.log("a static guest is in template1");
    while worker.wait(LONG)?.keep_going() {}
    Ok(Exit::Done)
}
