//! Steps between transactions.

use super::bombs::caught;
use super::{Counted, Depth, Life, alone, excused, exit, inside, limits, mail, session, violation};
use crate::common::{CHECKED, COMMON, MADE, Request};
use crate::helpers::CHILD;
use crate::program::{End, Op, Step};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    sql::Isolation,
    wait::{Interest, SourceKey, WaitEventName, WaitSet},
    worker::{DynamicWorker, WorkerStatus},
};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// What lives longer than a step.
pub struct Kept {
    children: Vec<DynamicWorker>,
    set: WaitSet<UnixStream>,
    /// The other ends, by the keys of the set.
    peers: Vec<(SourceKey, UnixStream)>,
    name: Option<WaitEventName>,
    threads: u32,
}

impl Kept {
    pub fn new(worker: &Worker<Connected>) -> Self {
        Kept {
            children: Vec::new(),
            set: WaitSet::new(worker),
            peers: Vec::new(),
            name: None,
            threads: 0,
        }
    }

    /// What can be kept until the exit.
    pub fn into_kept(self) -> (Vec<DynamicWorker>, Option<WaitSet<UnixStream>>) {
        (self.children, Some(self.set))
    }

    pub fn add_child(&mut self, child: DynamicWorker) {
        self.children.push(child);
    }
}

pub fn step(worker: &mut Worker<Connected>, life: &mut Life, step: &Step) {
    if step.op == Op::Transaction {
        return transaction(worker, life, step);
    }
    match caught(|| one(worker, life, step)) {
        Some(Err(error)) if !excused(&error) && error.kind() == ErrorKind::Server => {
            // Errors of the server have no place here, but for what was asked for with a name that
            // is taken.
            let meant = matches!(
                step.op,
                Op::MakeMemory | Op::Name | Op::Launch | Op::OpenChannel
            );
            if !meant {
                violation(&format!("{:?} failed: {error:?}", step.op));
            }
        }
        _ => {}
    }
}

fn one(worker: &mut Worker<Connected>, life: &mut Life, step: &Step) -> Result<()> {
    let with = step.with;
    match step.op {
        Op::Compare => compare(worker, life),
        Op::Outside => {
            let file = format!("generator.look.{}", life.slot);
            life.ask(Request::Look);
            if let Ok(bad) = std::fs::read_to_string(&file) {
                let _ = std::fs::remove_file(&file);
                violation(&bad);
            }
            Ok(())
        }
        Op::TakeLock | Op::ForgetLock | Op::PanicUnderLock => alone::lock(worker, life, step),
        Op::Spin => {
            alone::spin(life.common);
            Ok(())
        }
        Op::Notify => match with % 2 {
            0 => life.common.changed.notify_one(worker),
            _ => life.common.changed.notify_all(worker),
        },
        Op::AwaitCondition => alone::condition(
            worker,
            life,
            with,
            Duration::from_millis(u64::from(with % 4)),
        ),
        Op::Wait => wait(worker, life, with),
        Op::Sockets => sockets(worker, life, with),
        Op::Wake => {
            let waker = worker.waker()?;
            let thread = worker.spawn("wakes", move || waker.wake())?;
            let _ = worker.wait(Duration::from_millis(1))?;
            if with % 2 == 0 && thread.join().is_err() {
                violation("a thread has panicked");
            }
            Ok(())
        }
        Op::Count => count(worker, life),
        Op::Name => {
            life.top.name = Some(alone::names(worker, with)?);
            Ok(())
        }
        Op::MakeMemory => alone::make(worker, life, with),
        Op::Launch => {
            let child = BackgroundWorker::new("generator child", CHILD)
                .restart(Restart::never())
                .argument(i32::try_from(with % 4)?)
                .launch(worker)?;
            life.top.add_child(child);
            Ok(())
        }
        Op::Child => child(worker, life, with),
        Op::OpenChannel => life.channels.open(worker, with),
        Op::UseChannel => life.channels.exchange(worker, with),
        Op::CloseChannel => {
            life.channels.close(with);
            Ok(())
        }
        Op::Log => {
            Report::new(Level::Debug1, "generator")
                .detail("Nothing.")
                .emit(worker);
            worker.log("generator");
            Ok(())
        }
        Op::Look => {
            let _ = CHECKED.get(worker);
            let _ = (worker.recovery()?, COMMON.generation(worker)?);
            worker.report_activity("generator")?;
            worker.report_idle()?;
            worker.set_process_title(&format!("step {}", step.id))?;
            worker.set_application_name("generator")
        }
        Op::DropPlan => {
            if !life.plans.is_empty() {
                let at = with as usize % life.plans.len();
                drop(life.plans.swap_remove(at));
            }
            Ok(())
        }
        Op::Mail => mail::between(worker, life, with),
        Op::OldHandle => limits::between(worker, life, with),
        Op::TopLevel => session::top_level(worker, life, with),
        Op::SessionLock => session::session_lock(worker, with),
        Op::Ignore => ignore(worker, life, with),
        Op::BeforeExit | Op::OnShmemExit | Op::OnProcExit | Op::AtDestructor => {
            exit::register(worker, step)
        }
        _ => Ok(()),
    }
}

fn transaction(worker: &mut Worker<Connected>, life: &mut Life, step: &Step) {
    let end = End::of(step.with, life.without);
    let mode = match step.with >> 8 & 31 {
        0 => TransactionMode::new().read_only(),
        1 => TransactionMode::new().isolation(Isolation::RepeatableRead),
        2 => TransactionMode::new().isolation(Isolation::Serializable),
        3 => TransactionMode::new()
            .read_only()
            .deferrable()
            .isolation(Isolation::Serializable),
        _ => TransactionMode::new(),
    };
    life.forgot_lock = false;
    life.levels.clear();
    life.levels.push(Depth::default());
    life.begin_limits();
    let result = caught(|| {
        worker.transaction_with(mode, |tx| {
            inside::body(tx, life, &step.body, end, None)?;
            inside::ending(end)
        })
    });
    let level = life.levels.first().copied().unwrap_or_default();
    life.levels.clear();
    life.mail.end(matches!(result, Some(Ok(_))));
    match result {
        Some(Ok(product)) => {
            std::mem::forget(product);
            if level.failed {
                violation("a transaction was committed that a statement had failed in");
            }
            if !matches!(end, End::Ok | End::Question | End::Bomb) {
                violation("a transaction was committed that had failed");
            }
            life.committed.rows += level.counted.rows;
            life.committed.sum += level.counted.sum;
        }
        Some(Err(error)) => std::mem::forget(error),
        None => {}
    }
}

/// The table has what transactions have committed, and nothing else.
fn compare(worker: &mut Worker<Connected>, life: &mut Life) -> Result<()> {
    let result = worker.transaction(|tx| {
        let rows = tx.query_scalar::<i64, _>("select count(*) from counted", ())?;
        let sum =
            tx.query_scalar::<i64, _>("select coalesce(sum(id), 0)::bigint from counted", ())?;
        if rows > 300 {
            tx.execute("truncate counted", ())?;
        }
        Ok((rows, sum))
    });
    match result {
        Ok((rows, sum)) => {
            let Counted {
                rows: wanted,
                sum: total,
            } = life.committed;
            if (rows, sum) != (wanted, total) {
                violation(&format!(
                    "the table has {rows} rows, {sum} in all; {wanted} rows, {total} were committed"
                ));
            }
            life.committed = match rows > 300 {
                true => Counted::default(),
                false => Counted { rows, sum },
            };
        }
        Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Canceled) => {
            violation(&format!("a limit of another transaction: {error:?}"));
        }
        Err(error) if excused(&error) => {}
        Err(error) => violation(&format!("the comparison failed: {error:?}")),
    }
    Ok(())
}

fn wait(worker: &mut Worker<Connected>, life: &Life, with: u32) -> Result<()> {
    let time = Duration::from_micros(u64::from(with >> 4) % 2000);
    match life.top.name {
        Some(name) if with % 2 == 0 => drop(worker.wait_as(name, time)?),
        _ => drop(worker.wait(time)?),
    }
    Ok(())
}

fn sockets(worker: &mut Worker<Connected>, life: &mut Life, with: u32) -> Result<()> {
    let kept = &mut life.top;
    let some = |count: usize| (with >> 8) as usize % count.max(1);
    match with % 16 {
        0..=3 if kept.peers.len() < 20 => {
            let (here, there) = UnixStream::pair()?;
            there.set_nonblocking(true)?;
            let key = kept.set.add(here, Interest::READ);
            kept.peers.push((key, there));
        }
        4 | 5 if !kept.peers.is_empty() => {
            let (key, peer) = kept.peers.swap_remove(some(kept.peers.len()));
            if kept.set.remove(key).is_none() {
                violation("a source of a wait set is not in it");
            }
            drop(peer);
        }
        6 | 7 if !kept.peers.is_empty() => {
            let (_, peer) = &kept.peers[some(kept.peers.len())];
            let _ = (&mut &*peer).write(b"x");
        }
        8 if !kept.peers.is_empty() => {
            let (key, _) = kept.peers[some(kept.peers.len())];
            let interest = [
                Interest::READ,
                Interest::WRITE,
                Interest::READ | Interest::WRITE,
            ];
            kept.set.modify(key, interest[some(3)])?;
        }
        9 => {
            kept.peers.clear();
            let old = std::mem::replace(&mut kept.set, WaitSet::new(worker));
            if with >> 8 & 7 == 0 {
                std::mem::forget(old);
            }
        }
        _ => {
            let time = Duration::from_micros(u64::from(with >> 4) % 1000);
            let _ = worker.wait_on(&mut kept.set, time)?;
            let ready: Vec<SourceKey> = kept.set.ready().map(|(key, _)| key).collect();
            for key in ready {
                match kept.set.get(key) {
                    Some(stream) => {
                        stream.set_nonblocking(true)?;
                        let _ = (&mut &*stream).read(&mut [0; 16]);
                    }
                    None => violation("a source is ready that is not in the set"),
                }
            }
        }
    }
    Ok(())
}

/// A thread that ends with the process.
fn count(worker: &mut Worker<Connected>, life: &mut Life) -> Result<()> {
    if life.top.threads >= 2 {
        return Ok(());
    }
    let (counter, other) = match MADE.get_or_make(worker) {
        Ok(made) => (&made.counter, &life.common.turns),
        Err(_) => (&life.common.turns, &life.common.turns),
    };
    life.top.threads += 1;
    worker.spawn("counts", move || {
        loop {
            for _ in 0..200 {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            let _ = other.load(Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(50));
        }
    })?;
    Ok(())
}

fn child(worker: &mut Worker<Connected>, life: &mut Life, with: u32) -> Result<()> {
    let children = &mut life.top.children;
    if children.is_empty() {
        return Ok(());
    }
    let at = (with >> 8) as usize % children.len();
    match with % 8 {
        0 => drop(children.swap_remove(at)),
        1 => std::mem::forget(children.swap_remove(at)),
        2 => children[at].terminate()?,
        3 => drop(children[at].wait_for_start(worker, Duration::from_secs(5))?),
        4 => {
            children[at].terminate()?;
            let status = children[at].wait_for_stop(worker, Duration::from_secs(20))?;
            if status != WorkerStatus::Stopped {
                violation(&format!(
                    "a worker that was terminated is {status:?} after 20 s"
                ));
            }
            drop(children.swap_remove(at));
        }
        _ => drop(children[at].status()?),
    }
    Ok(())
}

/// Longer than the stop budget by far.
const PATIENCE: Duration = Duration::from_secs(10);

/// Continues after SIGTERM. The server's `die` ends the process after the stop timeout.
fn ignore(worker: &mut Worker<Connected>, life: &mut Life, with: u32) -> Result<()> {
    life.ask(Request::Terminate);
    let start = Instant::now();
    let pause = Duration::from_millis(5);
    match with % 5 {
        0 => {
            while start.elapsed() < PATIENCE {
                let _ = worker.transaction(|tx| tx.execute("select 1", ()));
                std::thread::sleep(pause);
            }
        }
        1 => {
            while start.elapsed() < PATIENCE {
                let _ = worker.wait(pause);
            }
        }
        2 => {
            let _ = worker.transaction(|tx| {
                while start.elapsed() < PATIENCE {
                    let _ = tx.query("select 1", ());
                    std::thread::sleep(pause);
                }
                Ok(())
            });
        }
        3 => {
            let common = life.common;
            while start.elapsed() < PATIENCE {
                let _ = common.changed.wait_until(worker, pause, |_| Ok(false));
            }
        }
        _ => {
            while start.elapsed() < PATIENCE {
                let _ = life.channels.exchange(worker, with);
                let _ = worker.check_terminating();
                let _ = worker.transaction(|_| Ok(()));
                std::thread::sleep(pause);
            }
        }
    }
    if start.elapsed() >= PATIENCE {
        violation("not ended by the stop timeout after SIGTERM");
        std::process::exit(1);
    }
    Ok(())
}
