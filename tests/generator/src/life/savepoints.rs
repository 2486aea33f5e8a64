//! Savepoints, and the calls that run in one.

use super::bombs::caught;
use super::inside::{Frame, Product, body, ending};
use super::{Counted, Depth, Life, excused, limits, violation};
use crate::program::{End, Op, Step};
use postgres_bgworker::prelude::*;

pub fn run<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    step: &Step,
) -> Result<()> {
    let end = End::of(step.with, life.without);
    let depth = life.levels.len();
    let around: &Frame<'_> = frame;
    let mut ran = false;
    let (before, mark) = (life.around.mark(), life.mail.mark());
    let role = step.op == Op::RunAs;
    let mut run = || {
        let inside = |tx: &mut Transaction<'_>| {
            ran = true;
            life.levels.push(Depth::default());
            if role {
                life.around.roles += 1;
                limits::check_role(tx, life)?;
            }
            body(tx, life, &step.body, end, Some(around))?;
            ending(end)
        };
        match role {
            true => tx.run_as(limits::ROLE, inside),
            false => tx.savepoint(inside),
        }
    };
    // Half of the panics end the transaction too.
    let result = match step.with >> 16 & 1 {
        0 => Some(run()),
        _ => caught(run),
    };
    let level = life.levels.get(depth).copied().unwrap_or_default();
    life.levels.truncate(depth);
    life.around.restore(before);
    if !matches!(result, Some(Ok(_))) {
        life.mail.roll_back(mark);
    }
    let result = after(life, result, ran, role, level);
    if role && !life.has_failed() {
        limits::check_role(tx, life)?;
    }
    result
}

fn after(
    life: &mut Life,
    result: Option<Result<Product>>,
    ran: bool,
    role: bool,
    level: Depth,
) -> Result<()> {
    match result {
        Some(Ok(product)) => {
            std::mem::forget(product);
            if level.failed {
                violation("a savepoint was released that a statement had failed in");
            }
            if let Some(Depth {
                counted: Counted { rows, sum },
                ..
            }) = life.levels.last_mut()
            {
                *rows += level.counted.rows;
                *sum += level.counted.sum;
            }
            Ok(())
        }
        Some(Err(error)) => {
            if !ran {
                // `run_as` looks up the role in the savepoint, which an error rolls back.
                return match role {
                    true => Err(error),
                    false => life.note(Err(error)),
                };
            }
            let _ = excused(&error);
            std::mem::forget(error);
            Ok(())
        }
        None => Ok(()),
    }
}
