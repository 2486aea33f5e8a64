//! Bells and queues. Each runner has its own, so that a model knows what must arrive; one queue is
//! for all.

use super::{Life, excused, limits, violation};
use crate::common::{BELLS, QUEUES, SHARED};
use postgres_bgworker::ErrorKind;
use postgres_bgworker::prelude::*;
use postgres_bgworker::wait::Wait;
use postgres_bgworker::worker::Running;
use std::collections::VecDeque;
use std::time::Instant;

/// What must arrive.
#[derive(Debug, Default)]
pub struct Mail {
    next: u32,
    arrived: VecDeque<Letter>,
    /// In the transaction, in the order in which they were sent.
    pending: Vec<Letter>,
    /// How often the bell was rung and not waited for, and rings at commit.
    rung: bool,
    pending_rings: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Letter {
    number: u32,
    length: usize,
}

/// Where a level of a transaction began.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    letters: usize,
    rings: usize,
}

/// The longest message of a runner's queue: it needs all of the memory.
const LONGEST: usize = crate::common::QUEUE_BYTES / 128 * 96;

impl Letter {
    fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.number as u8; self.length];
        bytes[..4].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }
}

impl Mail {
    fn letter(&mut self, with: u32) -> Letter {
        self.next += 1;
        let longest = if with >> 20 & 15 == 0 { 1500 } else { 200 };
        Letter {
            number: self.next,
            length: 4 + (with >> 8) as usize % longest,
        }
    }

    pub fn mark(&self) -> Mark {
        Mark {
            letters: self.pending.len(),
            rings: self.pending_rings,
        }
    }

    pub fn roll_back(&mut self, mark: Mark) {
        self.pending.truncate(mark.letters);
        self.pending_rings = mark.rings;
    }

    pub fn end(&mut self, committed: bool) {
        let pending = std::mem::take(&mut self.pending);
        let rings = std::mem::take(&mut self.pending_rings);
        if committed {
            self.arrived.extend(pending);
            self.rung |= rings > 0;
        }
    }
}

/// All of the memory is there, whatever the previous process of this slot has left.
pub fn begin(worker: &mut Worker<Connected>, slot: usize) -> Result<()> {
    let _ = worker.wait_for(&BELLS[slot], Duration::ZERO)?;
    while QUEUES[slot].try_receive(worker)?.is_some() {}
    match QUEUES[slot].try_send(worker, &vec![7; LONGEST]) {
        Ok(()) => drop(QUEUES[slot].try_receive(worker)?),
        Err(error) => violation(&format!("an empty queue has no room: {error:?}")),
    }
    Ok(())
}

pub fn between(worker: &mut Worker<Connected>, life: &mut Life, with: u32) -> Result<()> {
    let slot = life.slot;
    match with % 8 {
        0 => {
            BELLS[slot].ring(worker)?;
            life.mail.rung = true;
            Ok(())
        }
        1 | 2 => listen(worker, life),
        3 => shared(worker, with),
        _ => now(worker, life, with),
    }
}

/// The bell was rung if it must have been.
fn listen(worker: &mut Worker<Connected>, life: &mut Life) -> Result<()> {
    let limit = Duration::from_secs(if life.mail.rung { 20 } else { 0 });
    let start = Instant::now();
    let wake = worker.wait_for(&BELLS[life.slot], limit)?;
    if wake.rung() && !life.mail.rung {
        violation("a bell was rung by a transaction that was rolled back");
    }
    if life.mail.rung && start.elapsed() >= Duration::from_secs(15) {
        violation("a ring was lost");
    }
    life.mail.rung &= !wake.rung();
    Ok(())
}

/// Sends or receives now.
fn now(waiting: &mut impl Wait, life: &mut Life, with: u32) -> Result<()> {
    let queue = &QUEUES[life.slot];
    let limit = Duration::from_millis(u64::from(with >> 4 & 3));
    match with >> 4 & 7 {
        0..=2 => {
            let letter = life.mail.letter(with);
            let result = match with >> 6 & 1 {
                0 => queue.try_send(waiting, &letter.bytes()),
                _ => queue.send(waiting, &letter.bytes(), limit),
            };
            sent(life, &result);
            result.map(|()| life.mail.arrived.push_back(letter))
        }
        3 => {
            let result = queue.receive(waiting, limit);
            came(life, result.map(Some))
        }
        _ => {
            let result = queue.try_receive(waiting);
            came(life, result)
        }
    }
}

pub fn inside(tx: &Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let slot = life.slot;
    match with % 8 {
        0 => {
            let result = BELLS[slot].ring(tx);
            life.note(result)?;
            life.mail.rung = true;
            Ok(())
        }
        1 | 2 => {
            let result = BELLS[slot].ring_at_commit(tx);
            life.note(result)?;
            life.mail.pending_rings += 1;
            Ok(())
        }
        3 => {
            let result = QUEUES[slot].try_receive(tx);
            came(life, result)
        }
        4 => {
            let bytes = vec![with as u8; (with >> 8) as usize % 300];
            let result = SHARED.try_send_at_commit(tx, &bytes);
            life.note(result)
        }
        _ => {
            let letter = life.mail.letter(with);
            let result = QUEUES[slot].try_send_at_commit(tx, &letter.bytes());
            sent(life, &result);
            life.note(result)?;
            life.mail.pending.push(letter);
            Ok(())
        }
    }
}

/// With a time limit, in a transaction.
pub fn alone(tx: &mut Transaction<'_>, life: &mut Life, with: u32) -> Result<()> {
    let limit = Duration::from_millis(u64::from(with >> 4 & 3));
    match with % 4 {
        0 => {
            let letter = life.mail.letter(with);
            let result = QUEUES[life.slot].send_at_commit(tx, &letter.bytes(), limit);
            sent(life, &result);
            life.note(result)?;
            life.mail.pending.push(letter);
            Ok(())
        }
        1 => {
            let result = shared(tx, with);
            life.note(result)
        }
        _ => {
            let result = now(tx, life, with >> 2);
            life.note(result)
        }
    }
}

/// One for all runners: each message is complete.
fn shared(waiting: &mut impl Wait, with: u32) -> Result<()> {
    let limit = Duration::from_millis(u64::from(with >> 4 & 3));
    let check = |bytes: Vec<u8>| {
        if bytes.iter().any(|byte| *byte != bytes[0]) {
            violation("a message of the shared queue is not one that was sent");
        }
    };
    let bytes = vec![with as u8; (with >> 8) as usize % 300];
    match with >> 6 & 3 {
        0 => SHARED.try_send(waiting, &bytes),
        1 => SHARED.send(waiting, &bytes, limit),
        2 => SHARED.receive(waiting, limit).map(check),
        _ => drained(waiting).map(|all| all.into_iter().for_each(check)),
    }
}

fn drained(process: &impl Running) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    while let (Some(bytes), true) = (SHARED.try_receive(process)?, all.len() < 20) {
        all.push(bytes);
    }
    Ok(all)
}

/// A queue that is full has messages.
fn sent(life: &Life, result: &Result<()>) {
    let empty = life.mail.arrived.is_empty() && life.mail.pending.is_empty();
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock && empty => {
            violation("an empty queue is full");
        }
        Err(error) if !is_meant(error) => violation(&format!("a queue failed: {error:?}")),
        _ => {}
    }
}

/// The next one that was sent, or nothing.
fn came(life: &mut Life, result: Result<Option<Vec<u8>>>) -> Result<()> {
    match result {
        Ok(Some(bytes)) => {
            let letter = life.mail.arrived.pop_front();
            if letter.map(Letter::bytes).as_deref() != Some(&*bytes) {
                let (start, length) = (&bytes[..bytes.len().min(4)], bytes.len());
                violation(&format!(
                    "a message {start:?} of {length} bytes came instead of {letter:?}"
                ));
            }
            Ok(())
        }
        Ok(None) => {
            if let Some(letter) = life.mail.arrived.pop_front() {
                violation(&format!("a message was lost: {letter:?}"));
            }
            Ok(())
        }
        Err(error) => {
            let over = error.kind() == ErrorKind::TimedOut && !limits::is_limit(&error);
            if over && !life.mail.arrived.is_empty() {
                violation(&format!("messages were lost: {:?}", life.mail.arrived));
            }
            if !is_meant(&error) {
                violation(&format!("a queue failed: {error:?}"));
            }
            Err(error)
        }
    }
}

fn is_meant(error: &Error) -> bool {
    excused(error)
        || matches!(
            error.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Server | ErrorKind::Invalid
        )
}
