//! Steps that borrow a token exclusively: locks, conditions, shared memory. In a transaction nothing of it is kept meanwhile.

use super::inside::Frame;
use super::{Life, limits, mail, violation};
use crate::common::{COMMON, Common, MADE, Pair, Request, TWIN};
use crate::helpers::CHILD;
use crate::program::{Op, Step};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    shmem::LockHolder,
    wait::{Wait, WaitEventName},
    worker::Running,
};
use std::sync::atomic::Ordering;
use std::time::Instant;

pub fn step(
    tx: &mut Transaction<'_>,
    life: &mut Life,
    step: &Step,
    outer: Option<&Frame<'_>>,
) -> Result<()> {
    let with = step.with;
    match step.op {
        Op::LockInside | Op::ForgetLockInside | Op::PanicUnderLock => lock(tx, life, step),
        Op::SleepUnderForgotten => sleep_under_forgotten(tx, life, with),
        Op::Limit => limits::limit(tx, life, step, outer),
        Op::SleepIntoLimit => limits::sleep_into_limit(tx, life, with),
        Op::Notices => limits::notices(tx, life, step, outer),
        Op::MailAlone => mail::alone(tx, life, with),
        Op::ConditionInside => {
            condition(tx, life, with, Duration::from_millis(u64::from(with % 4)))
        }
        Op::CancelCondition => {
            let mut usable = usable(tx, life);
            usable &= life.ask(Request::CancelSoon);
            let start = Instant::now();
            let result = condition(tx, life, with & LEAKS_LOCK, Duration::from_secs(15));
            if usable && start.elapsed() >= Duration::from_secs(14) {
                violation("a cancel was lost or late in a wait for a condition in a transaction");
            }
            result
        }
        Op::NameInside => {
            let result = names(tx, with);
            life.note(result).map(drop)
        }
        Op::MakeInside => {
            let result = make(tx, life, with);
            life.note(result)
        }
        Op::LaunchInside => {
            let child = BackgroundWorker::new("generator child", CHILD)
                .restart(Restart::never())
                .argument(i32::try_from(with % 4)?);
            let result = child.launch(tx);
            let child = life.note(result)?;
            if with % 8 < 4 {
                let result = child.wait_for_start(tx, Duration::from_secs(5));
                life.note(result)?;
            }
            life.top.add_child(child);
            Ok(())
        }
        Op::ChannelInside => {
            let result = life.channels.exchange(tx, with);
            life.note(result)
        }
        _ => Ok(()),
    }
}

/// Whether a statement runs now.
fn usable(tx: &Transaction<'_>, life: &mut Life) -> bool {
    let result = tx.execute("select 1", ());
    life.note(result).is_ok()
}

/// Write both numbers of the pair, or read them.
pub fn lock(holder: &mut impl LockHolder, life: &mut Life, step: &Step) -> Result<()> {
    life.forgot_lock |= step.op == Op::ForgetLockInside;
    let pair = &life.common.pair;
    let write = |pair: &mut Pair| pair.change(|| ());
    let read = |pair: &Pair| {
        pair.look();
    };
    match (step.op, step.with % 4) {
        (Op::PanicUnderLock, _) => {
            let result = pair.write(holder);
            let mut guard = life.note(result)?;
            write(&mut guard);
            panic!("on purpose");
        }
        (Op::ForgetLock | Op::ForgetLockInside, 0) => {
            let result = pair.read(holder);
            let guard = life.note(result)?;
            std::mem::forget(guard);
        }
        (Op::ForgetLock | Op::ForgetLockInside, _) => {
            let result = pair.write(holder);
            let mut guard = life.note(result)?;
            write(&mut guard);
            std::mem::forget(guard);
        }
        (_, 0) => {
            let result = pair.read(holder);
            read(&*life.note(result)?);
        }
        (_, 1) => {
            let result = pair.try_write(holder);
            if let Some(mut guard) = life.note(result)? {
                read(&guard);
                write(&mut guard);
            }
        }
        _ => {
            let result = pair.write(holder);
            let mut guard = life.note(result)?;
            read(&guard);
            guard.change(|| {
                for _ in 0..step.with >> 8 & 63 {
                    std::hint::spin_loop();
                }
            });
        }
    }
    Ok(())
}

/// One name, or more than the server has room for.
pub fn names(process: &impl Running, with: u32) -> Result<WaitEventName> {
    if with >> 8 & 7 == 0 {
        for number in 0..150 {
            WaitEventName::new(process, &format!("generator {number}"))?;
        }
    }
    WaitEventName::new(process, &format!("generator {}", with % 200))
}

pub fn spin(common: &Common) {
    let after = common
        .cell
        .update(|numbers| numbers.map(|number| number.wrapping_add(1)));
    if after.iter().any(|number| *number != after[0]) {
        violation(&format!("a cell under a spinlock was torn: {after:?}"));
    }
}

/// The closure of the condition leaks the lock before each sleep. A notification would end the
/// sleep, and the next look at the condition releases the lock, so there is none.
const LEAKS_LOCK: u32 = 1 << 8;

pub fn condition(
    waiting: &mut impl Wait,
    life: &mut Life,
    with: u32,
    time: Duration,
) -> Result<()> {
    let common = life.common;
    let until = common.turns.load(Ordering::Relaxed) + u64::from(with % 3);
    let forever = time > Duration::from_secs(1);
    let condvar = match with & LEAKS_LOCK {
        0 => &common.changed,
        _ => &common.silent,
    };
    let result = condvar.wait_until(waiting, time, |sleeping| {
        let pair = common.pair.get(sleeping)?;
        pair.look();
        if with & LEAKS_LOCK != 0 {
            std::mem::forget(common.pair.try_write(sleeping)?);
        }
        Ok(!forever && common.turns.load(Ordering::Relaxed) > until)
    });
    life.note(result).map(drop)
}

pub fn make(waiting: &mut impl Wait, life: &mut Life, with: u32) -> Result<()> {
    if with % 4 > 0 {
        let made = MADE.get_or_make(waiting)?;
        made.counter.fetch_add(1, Ordering::Relaxed);
        let common = COMMON.get_or_make(waiting)?;
        if !std::ptr::eq(common, life.common) {
            violation("shared memory has moved");
        }
        return Ok(());
    }
    MADE.get_or_make(waiting)?;
    TWIN.get_or_make(waiting)?;
    violation("shared memory was found with another layout");
    Ok(())
}

/// A leaked guard must not keep a cancel away.
fn sleep_under_forgotten(tx: &mut Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let mut usable = usable(tx, life);
    let result = life.common.pair.write(tx);
    std::mem::forget(life.note(result)?);
    usable &= life.ask(Request::CancelSoon);
    let start = Instant::now();
    let result = match with % 2 {
        0 => tx.execute("select pg_sleep(25)", ()).map(drop),
        _ => condition(tx, life, 0, Duration::from_secs(25)),
    };
    if usable && start.elapsed() >= Duration::from_secs(15) {
        violation("a cancel was kept away by a guard that was forgotten");
    }
    life.note(result)
}
