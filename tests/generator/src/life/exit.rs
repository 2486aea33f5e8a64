//! How a process leaves, and what its exit callbacks and the destructors of its thread-locals try then.

use super::bombs::{self, Bomb, Unshown, caught};
use super::{Life, channels, violation};
use crate::common::{CHECKED, COMMON, Common, MADE, Made, Pair, Request};
use crate::helpers::CHILD;
use crate::program::{Leave, Op, Step};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{Channel, Exiting, Plan, WaitEventName, WaitSet, WriteGuard};
use std::cell::RefCell;
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;

/// What thread-locals keep until the end.
#[derive(Default)]
struct Kept {
    worker: Option<Worker<Connected>>,
    guard: Option<WriteGuard<'static, Pair>>,
    channel: Option<Channel<Vec<u8>, Vec<u8>>>,
    bytes: Option<&'static [u8]>,
    made: Option<&'static Made>,
    common: Option<&'static Common>,
    plans: Vec<Plan>,
}

/// Its destructor runs the steps that it was given.
struct Late(Vec<Step>);

impl Drop for Late {
    fn drop(&mut self) {
        let steps = std::mem::take(&mut self.0);
        // A panic in a destructor of a thread-local aborts, whatever anybody does.
        std::mem::forget(caught(|| run(&steps, None)));
    }
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
    static BODIES: RefCell<[Vec<Step>; 3]> = RefCell::default();
    static LATE: RefCell<Late> = const { RefCell::new(Late(Vec::new())) };
}

/// Destructors run in the order opposite to the first use: `Late` comes before what it needs.
pub fn prepare() {
    KEPT.with(|_| ());
    BODIES.with(|_| ());
    LATE.with(|_| ());
}

pub fn register(worker: &Worker<Connected>, step: &Step) -> Result<()> {
    let at = match step.op {
        Op::BeforeExit => 0,
        Op::OnShmemExit => 1,
        Op::OnProcExit => 2,
        _ => {
            LATE.with_borrow_mut(|late| late.0.extend(step.body.iter().cloned()));
            return Ok(());
        }
    };
    let first = BODIES.with_borrow_mut(|bodies| {
        let first = bodies[at].is_empty();
        bodies[at].extend(step.body.iter().cloned());
        first
    });
    match at {
        _ if !first => Ok(()),
        0 => worker.before_exit(|exiting| callback(0, exiting)),
        1 => worker.on_shmem_exit(|exiting| callback(1, exiting)),
        _ => worker.on_proc_exit(|exiting| callback(2, exiting)),
    }
}

fn callback(at: usize, exiting: &Exiting) -> Result<()> {
    let steps = BODIES.with_borrow_mut(|bodies| std::mem::take(&mut bodies[at]));
    run(&steps, Some(exiting))
}

pub fn leave(mut worker: Worker<Connected>, mut life: Life, leave: Leave) -> Result<Exit> {
    let common = life.common;
    KEPT.with_borrow_mut(|kept| {
        kept.common = Some(common);
        kept.made = MADE.get_or_make(&mut worker).ok();
        kept.plans
            .extend(life.plans.drain(..).map(|kept| kept.into_plan()));
    });
    match leave {
        Leave::Done => Ok(Exit::Done),
        Leave::Restart => Ok(Exit::Restart),
        Leave::Err => Err(Error::other("on purpose")),
        Leave::ErrBomb => Err(bombs::error()),
        Leave::Panic => panic!("on purpose"),
        Leave::PanicBomb => std::panic::panic_any(Bomb),
        Leave::Display => panic!("on purpose: {Unshown}"),
        Leave::Process => std::process::exit(i32::from(life.slot % 2 == 0)),
        Leave::ProcessInside => worker.transaction(|tx| {
            tx.execute("insert into scratch values (1)", &[])?;
            let _rows = tx.query("select 1", &[])?;
            std::process::exit(1)
        }),
        Leave::ProcessElsewhere => {
            let thread = std::thread::spawn(|| std::process::exit(1));
            let _ = thread.join();
            Ok(Exit::Done)
        }
        Leave::Terminated => {
            life.ask(Request::Terminate);
            worker.check_terminating()?;
            Ok(Exit::Done)
        }
        Leave::Keep => {
            KEPT.with_borrow_mut(|kept| {
                kept.channel = life.channels.take();
                kept.worker = Some(worker);
            });
            Ok(Exit::Done)
        }
        Leave::LeakGuard => {
            let leaked = Box::leak(Box::new(worker));
            let guard = common.pair.write(leaked)?;
            KEPT.with_borrow_mut(|kept| kept.guard = Some(guard));
            Ok(Exit::Done)
        }
        Leave::LeakBytes => {
            let leaked = Box::leak(Box::new(channels::launch(&worker, 4096)?));
            let limit = Duration::from_secs(20);
            leaked.send(&mut worker, &vec![7; 500], limit)?;
            let bytes = leaked.receive_bytes(&mut worker, limit)?;
            KEPT.with_borrow_mut(|kept| kept.bytes = Some(bytes));
            Ok(Exit::Done)
        }
    }
}

fn run(steps: &[Step], exiting: Option<&Exiting>) -> Result<()> {
    for step in steps {
        let result = KEPT.try_with(|kept| match kept.try_borrow_mut() {
            Ok(mut kept) => one(&mut kept, step, exiting),
            Err(_) => Ok(()),
        });
        if let Ok(Err(error)) = result {
            // What panics when it is dropped goes on to the caller.
            if step.op == Op::ExitBomb {
                return Err(error);
            }
        }
    }
    Ok(())
}

fn one(kept: &mut Kept, step: &Step, exiting: Option<&Exiting>) -> Result<()> {
    let with = step.with;
    let short = Duration::from_millis(2);
    if let Some(exiting) = exiting {
        match step.op {
            Op::ExitLog => {
                exiting.log("generator");
                let _ = CHECKED.get(exiting);
                let _ = exiting.code();
            }
            Op::ExitNotify if with % 2 == 0 => COMMON.get(exiting)?.changed.notify_all(exiting),
            Op::ExitNotify => COMMON.get(exiting)?.changed.notify_one(exiting),
            Op::ExitName => {
                WaitEventName::new(exiting, &format!("generator {}", with % 200))?;
            }
            Op::ExitWait => drop(WaitSet::<UnixStream>::new(exiting)),
            _ => {}
        }
    }
    let common = kept.common;
    match (step.op, common) {
        (Op::ExitHeld, _) => {
            if let Some(guard) = &mut kept.guard {
                guard.change(|| std::thread::sleep(Duration::from_millis(30)));
            }
        }
        (Op::ExitTouch, _) => {
            if let Some(made) = kept.made {
                made.counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        (Op::ExitBytes, _) => {
            let changed = |bytes: &[u8]| bytes.iter().any(|byte| *byte != 7);
            let violations = kept.bytes.filter(|bytes| changed(bytes));
            violations
                .iter()
                .for_each(|_| violation("bytes of a leaked channel have changed"));
        }
        (Op::ExitSpin, Some(common)) => super::alone::spin(common),
        (Op::ExitPanic, _) => panic!("on purpose"),
        (Op::ExitBomb, _) => return Err(bombs::error()),
        (Op::ExitPlans, _) => kept.plans.clear(),
        _ => {}
    }
    let Some(worker) = kept.worker.as_mut() else {
        return Ok(());
    };
    match (step.op, common) {
        (Op::ExitLog, _) => worker.log("generator"),
        (Op::ExitTransaction, _) => {
            worker.transaction(|tx| tx.execute("insert into scratch values (1)", &[]))?;
        }
        (Op::ExitLock, Some(common)) => {
            let mut guard = common.pair.write(worker)?;
            guard.change(|| std::thread::sleep(Duration::from_millis(10)));
        }
        (Op::ExitNotify, Some(common)) => common.changed.notify_all(worker),
        (Op::ExitCondition, Some(common)) => {
            let _ = common.changed.wait_until(worker, short, |_| Ok(false))?;
        }
        (Op::ExitWait, _) => {
            let _ = worker.wait(short)?;
            let mut set: WaitSet<UnixStream> = WaitSet::new(worker);
            let _ = worker.wait_on(&mut set, short)?;
        }
        (Op::ExitMake, _) => {
            MADE.get_or_make(worker)?
                .counter
                .fetch_add(1, Ordering::Relaxed);
        }
        (Op::ExitName, _) => {
            WaitEventName::new(worker, &format!("generator {}", with % 200))?;
        }
        (Op::ExitLaunch, _) => {
            let child = BackgroundWorker::new("generator child", CHILD)?
                .restart(Restart::Never)
                .argument(0)
                .launch(worker)?;
            child.terminate()?;
            let _ = child.wait_for_stop(worker, short)?;
        }
        (Op::ExitChannel, _) => {
            if let Some(channel) = &mut kept.channel {
                channel.try_send(worker, &vec![1; 10])?;
                let _ = channel.try_receive(worker)?;
            }
            let _ = channels::launch(worker, 1024)?;
        }
        _ => {}
    }
    Ok(())
}
