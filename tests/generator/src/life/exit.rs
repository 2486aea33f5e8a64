//! How a process leaves, and what its exit callbacks and the destructors of its thread-locals try
//! then.

use super::bombs::{self, Bomb, Unshown, caught};
use super::inside::KeptPlan;
use super::{Life, channels, violation};
use crate::common::{CHECKED, COMMON, Common, MADE, Made, Request};
use crate::program::{Leave, Op, Step};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    wait::{Interest, WaitSet, Waker},
    worker::{DynamicWorker, Exiting},
};
use std::cell::RefCell;
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;

/// What thread-locals keep until the end. A worker and what borrows from it cannot be kept.
#[derive(Default)]
struct Kept {
    channels: channels::Kept,
    children: Vec<DynamicWorker>,
    set: Option<WaitSet<UnixStream>>,
    wakers: Vec<Waker>,
    made: Option<&'static Made>,
    common: Option<&'static Common>,
    plans: Vec<KeptPlan>,
    /// Another thread has called `std::process::exit`.
    thread_exits: bool,
}

/// Its destructor runs the steps that it was given.
struct Late(Vec<Step>);

impl Drop for Late {
    fn drop(&mut self) {
        let steps = std::mem::take(&mut self.0);
        // A panic in a destructor of a thread-local always aborts.
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
        kept.plans.append(&mut life.plans);
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
            tx.execute("insert into scratch values (1)", ())?;
            let _rows = tx.query("select 1", ())?;
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
            let waker = worker.waker()?;
            KEPT.with_borrow_mut(|kept| {
                kept.channels = life.channels;
                kept.wakers.push(waker);
                (kept.children, kept.set) = life.top.into_kept();
            });
            Ok(Exit::Done)
        }
        Leave::LeakGuard => {
            let leaked = Box::leak(Box::new(worker));
            let mut guard = common.pair.write(leaked)?;
            guard.change(|| ());
            std::mem::forget(guard);
            Ok(Exit::Done)
        }
        Leave::LeakBytes => {
            let leaked = Box::leak(Box::new(channels::launch(&worker, 4096)?));
            let limit = Duration::from_secs(20);
            leaked.send(&mut worker, &vec![7; 500], limit)?;
            if leaked
                .receive_bytes(&mut worker, limit)?
                .iter()
                .any(|byte| *byte != 7)
            {
                violation("bytes of a leaked channel have changed");
            }
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
    if let (Op::ExitLog, Some(exiting)) = (step.op, exiting) {
        exiting.log("generator");
        let _ = CHECKED.get(exiting);
        let _ = (
            exiting.code(),
            COMMON.get(exiting)?,
            COMMON.generation(exiting)?,
        );
    }
    match step.op {
        Op::ExitTouch => {
            if let Some(made) = kept.made {
                made.counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        Op::ExitSpin => kept
            .common
            .iter()
            .for_each(|common| super::alone::spin(common)),
        Op::ExitPanic => panic!("on purpose"),
        Op::ExitBomb => return Err(bombs::error()),
        Op::ExitPlans => kept.plans.clear(),
        Op::ExitChannel => kept.channels.close(with),
        Op::ExitWake => kept.wakers.iter().for_each(Waker::wake),
        Op::ExitSet => {
            if let Some(exiting) = exiting {
                drop(WaitSet::<UnixStream>::new(exiting));
            }
            if let Some(set) = kept.set.as_mut().filter(|_| with % 2 == 0) {
                let key = set.add(UnixStream::pair()?.0, Interest::READ);
                set.modify(key, Interest::WRITE)?;
                drop(set.remove(key));
            } else {
                drop(kept.set.take());
            }
        }
        // Rust's runtime stops the second thread that calls this, forever.
        Op::ExitAgain if kept.thread_exits => {}
        Op::ExitAgain => std::process::exit(i32::from(with % 2 == 0)),
        Op::ExitThread if with % 3 > 0 => drop(std::thread::spawn(|| 1).join()),
        Op::ExitThread => {
            kept.thread_exits = true;
            drop(std::thread::spawn(|| std::process::exit(0)));
            std::thread::sleep(Duration::from_millis(5));
        }
        Op::ExitChild => match with % 3 {
            0 => drop(kept.children.pop()),
            1 => kept
                .children
                .iter()
                .try_for_each(DynamicWorker::terminate)?,
            _ => kept
                .children
                .iter()
                .try_for_each(|child| child.status().map(drop))?,
        },
        _ => {}
    }
    Ok(())
}
