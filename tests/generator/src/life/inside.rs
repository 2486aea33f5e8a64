//! Steps in a transaction or a savepoint, next to values that are kept from it.

use super::bombs::{self, Bomb, caught};
use super::nested::KeptNested;
use super::rows::KeptRows;
use super::{
    Depth, Life, alone, copies, corpus, limits, mail, nested, rows, savepoints, values, violation,
};
use crate::common::Request;
use crate::program::{End, Op, Place, Random, Step};
use postgres_bgworker::prelude::*;
use postgres_bgworker::sql::{Cursor, Plan};
use std::panic::panic_any;

/// What a closure returns.
pub enum Product {
    Nothing,
    /// Panics when other code drops it.
    Bomb(Bomb),
}

/// What lives as long as a part of the transaction, and is dropped in any order.
pub struct Frame<'t> {
    pub rows: Vec<KeptRows<'t>>,
    pub nested: Vec<KeptNested<'t>>,
    cursors: Vec<KeptCursor<'t>>,
    /// Of the level around.
    pub outer: Option<&'t Frame<'t>>,
}

struct KeptCursor<'t> {
    cursor: Cursor<'t>,
    next: i32,
    last: i32,
}

#[derive(Debug)]
pub enum KeptPlan {
    Sum(Plan<(i32, i32)>),
    Insert(Plan<(i64,)>),
    Query(Plan<(i32,)>),
}

/// The steps, then nothing: what is kept is gone when this returns.
pub fn body(
    tx: &mut Transaction<'_>,
    life: &mut Life,
    steps: &[Step],
    end: End,
    outer: Option<&Frame<'_>>,
) -> Result<()> {
    let alone = |step: &Step| step.op.description().place == Place::Alone;
    let mut left = steps;
    while let Some(first) = left.first() {
        if alone(first) {
            life.begin(first.id);
            let result = alone::step(tx, life, first, outer);
            go_on(result, end)?;
            left = &left[1..];
            continue;
        }
        let count = left.iter().position(alone).unwrap_or(left.len());
        let (now, later) = left.split_at(count);
        together(tx, life, now, end, outer)?;
        left = later;
    }
    Ok(())
}

/// Most programs swallow the errors of their statements.
fn go_on(result: Result<()>, end: End) -> Result<()> {
    match result {
        Err(error) if end == End::Question => Err(error),
        _ => Ok(()),
    }
}

fn together(
    tx: &Transaction<'_>,
    life: &mut Life,
    steps: &[Step],
    end: End,
    outer: Option<&Frame<'_>>,
) -> Result<()> {
    let mut frame = Frame {
        rows: Vec::new(),
        nested: Vec::new(),
        cursors: Vec::new(),
        outer,
    };
    for step in steps {
        life.begin(step.id);
        let result = one(tx, life, &mut frame, step);
        go_on(result, end)?;
    }
    let Frame {
        rows,
        nested,
        cursors,
        ..
    } = frame;
    match steps.len() % 3 {
        0 => drop((rows, nested, cursors)),
        1 => drop((cursors, nested, rows)),
        _ => {
            let mut random = Random::new(steps.len() as u64, 0);
            let mut cursors = cursors;
            while !cursors.is_empty() {
                let at = random.next() as usize % cursors.len();
                drop(cursors.swap_remove(at));
            }
        }
    }
    Ok(())
}

pub fn ending(end: End) -> Result<Product> {
    match end {
        End::Ok | End::Question => Ok(Product::Nothing),
        End::Err => Err(Error::other("on purpose")),
        End::Panic => panic!("on purpose"),
        End::Bomb => Ok(Product::Bomb(Bomb)),
        End::ErrBomb => Err(bombs::error()),
        End::PanicBomb => panic_any(Bomb),
    }
}

fn one<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    step: &Step,
) -> Result<()> {
    let with = step.with;
    match step.op {
        Op::Execute => execute(tx, life, &corpus::text(corpus::STATEMENTS, with)),
        Op::Fail => execute(tx, life, &corpus::text(corpus::FAILURES, with)),
        Op::FailAtCommit => execute(tx, life, &corpus::text(corpus::AT_COMMIT, with)),
        Op::Open => execute(tx, life, &corpus::text(corpus::OPEN, with)),
        Op::Insert => insert(tx, life, i64::from(with % 1000)),
        Op::CopyIn => copies::into_table(tx, life, frame, with),
        Op::CopyOut => copies::out_of_query(tx, life, frame, with),
        Op::InsertAll => copies::by_arrays(tx, life, with),
        Op::Query => rows::query(tx, life, frame, with),
        Op::Read => rows::read(life, frame, with),
        Op::DropRows => {
            if !frame.rows.is_empty() {
                drop(frame.rows.swap_remove(with as usize % frame.rows.len()));
            }
            Ok(())
        }
        Op::ForgetRows => {
            frame.rows.drain(..).for_each(std::mem::forget);
            Ok(())
        }
        Op::RoundTrip => values::round_trip(tx, life, with),
        Op::Cursor => open_cursor(tx, life, frame, with),
        Op::Fetch => fetch(life, frame, with),
        Op::DropCursor | Op::ForgetCursor => {
            if !frame.cursors.is_empty() {
                let cursor = frame
                    .cursors
                    .swap_remove(with as usize % frame.cursors.len());
                if step.op == Op::ForgetCursor {
                    std::mem::forget(cursor);
                }
            }
            Ok(())
        }
        Op::Prepare => prepare(tx, life, with),
        Op::RunPlan => run_plan(tx, life, with),
        Op::Savepoint | Op::RunAs => savepoints::run(tx, life, frame, step),
        Op::RaiseNotice => limits::notice(tx, life, with),
        Op::Handle => limits::handle(tx, life, with),
        Op::CancelByHandle => limits::cancel_by_handle(tx, life),
        Op::MailInside => mail::inside(tx, life, with),
        Op::QueryNested => nested::query(tx, life, frame, with),
        Op::ReadNested => nested::read(life, frame, with),
        Op::Alter => nested::alter(tx, life, with),
        Op::AlterByOther => {
            life.ask(Request::Alter);
            Ok(())
        }
        Op::LogInside => {
            tx.log("generator");
            tx.report_activity("generator")
        }
        Op::AdvisoryLock => {
            let result = tx.advisory_lock_shared(i64::from(with % 4));
            life.note(result)
        }
        Op::NotifyInside => {
            let result = tx.notify("generator", "payload");
            life.note(result)
        }
        Op::CancelLog => {
            let mut usable = usable(tx, life);
            usable &= life.ask(Request::Cancel);
            tx.log("generator");
            let result = tx.execute("select 1", ());
            if usable && result.is_ok() {
                violation("a cancel was lost while a line was logged");
            }
            life.note(result).map(drop)
        }
        Op::CancelSleep => {
            let mut usable = usable(tx, life);
            usable &= life.ask(Request::CancelSoon);
            let result = tx.execute("select pg_sleep(15)", ());
            if usable && result.is_ok() {
                violation("a cancel was lost in a statement");
            }
            life.note(result).map(drop)
        }
        Op::Set => execute(
            tx,
            life,
            &format!("set local generator.checked = {}", 16 + with % 4),
        ),
        Op::SetBomb => {
            let text = format!("set local generator.checked = {}", 13 + with % 3);
            let result = caught(|| execute(tx, life, &text));
            if result.is_none() {
                violation("a panic of a check function came through the server");
            }
            result.unwrap_or(Ok(()))
        }
        Op::Panic => panic!("on purpose"),
        _ => Ok(()),
    }
}

/// Whether a statement runs now.
fn usable(tx: &Transaction<'_>, life: &mut Life) -> bool {
    let result = tx.execute("select 1", ());
    life.note(result).is_ok()
}

fn execute(tx: &Transaction<'_>, life: &mut Life, text: &str) -> Result<()> {
    for statement in text.split(" ;; ") {
        let result = tx.execute(statement, ());
        life.note(result)?;
    }
    Ok(())
}

fn insert(tx: &Transaction<'_>, life: &mut Life, id: i64) -> Result<()> {
    let result = tx.execute("insert into counted values ($1)", [&id]);
    life.note(result)?;
    life.counted(id);
    Ok(())
}

impl Life {
    pub fn counted(&mut self, id: i64) {
        if let Some(Depth { counted, .. }) = self.levels.last_mut() {
            counted.rows += 1;
            counted.sum += id;
        }
    }
}

fn open_cursor<'t>(
    tx: &'t Transaction<'_>,
    life: &mut Life,
    frame: &mut Frame<'t>,
    with: u32,
) -> Result<()> {
    let (first, last) = (1, 1 + i32::try_from(with >> 8 & 31)?);
    let result = match with % 4 {
        0 => tx.cursor(
            "select 1 / (20 - g) from generate_series($1::int, $2::int) g",
            (&first, &last),
        ),
        _ => tx.cursor(
            "select g from generate_series($1::int, $2::int) g",
            (&first, &last),
        ),
    };
    let cursor = life.note(result)?;
    let next = if with % 4 == 0 { i32::MIN } else { first };
    frame.cursors.push(KeptCursor { cursor, next, last });
    Ok(())
}

fn fetch<'t>(life: &mut Life, frame: &mut Frame<'t>, with: u32) -> Result<()> {
    if frame.cursors.is_empty() {
        return Ok(());
    }
    let at = with as usize % frame.cursors.len();
    let kept = &mut frame.cursors[at];
    let count = (with >> 8) as usize % 12;
    let result = kept.cursor.fetch(count);
    let rows = life.note(result)?;
    if kept.next != i32::MIN {
        for row in rows.iter().flat_map(|rows| rows.iter()) {
            let value: i32 = row.get(0)?;
            if value != kept.next {
                violation(&format!(
                    "a cursor returned {value} instead of {}",
                    kept.next
                ));
            }
            kept.next += 1;
        }
        if rows.is_none() && kept.next <= kept.last {
            violation(&format!("a cursor ended before {}", kept.next));
        }
    }
    if let Some(rows) = rows.filter(|_| with % 2 == 0) {
        frame.rows.push(KeptRows { rows, first: None });
    }
    Ok(())
}

fn prepare(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let result = match with % 4 {
        0 => tx.prepare("select $1 + $2").map(KeptPlan::Sum),
        1 => tx
            .prepare("insert into counted values ($1)")
            .map(KeptPlan::Insert),
        2 => tx
            .prepare("select body from small where id = $1")
            .map(KeptPlan::Query),
        _ => tx
            .prepare("select count(*) from scratch where id < $1")
            .map(KeptPlan::Query),
    };
    let plan = life.note(result)?;
    if life.plans.len() >= 16 {
        life.plans.swap_remove(with as usize % 16);
    }
    life.plans.push(plan);
    Ok(())
}

fn run_plan(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    if life.plans.is_empty() {
        return Ok(());
    }
    let number = i32::try_from(with >> 8 & 1023)?;
    match &life.plans[with as usize % life.plans.len()] {
        KeptPlan::Sum(plan) => {
            let result = tx.query_scalar::<i32, _>(plan, (number, 1));
            if let Ok(sum) = &result {
                if *sum != number + 1 {
                    violation(&format!("{number} + 1 is {sum}"));
                }
            }
            life.note(result).map(drop)
        }
        KeptPlan::Insert(plan) => {
            let result = tx.execute(plan, [i64::from(number)]);
            life.note(result)?;
            life.counted(number.into());
            Ok(())
        }
        KeptPlan::Query(plan) => {
            let result = tx.query(plan, [number]).map(|rows| rows.len());
            life.note(result).map(drop)
        }
    }
}
