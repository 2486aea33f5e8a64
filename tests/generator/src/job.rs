//! What the driver and the library tell each other, by files in the data directory.
#![allow(dead_code)]

use crate::program::{Recipe, list, numbers};
use std::fs;
use std::io;
use std::path::Path;

/// Programs to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Each job has another one.
    pub id: u32,
    /// Processes that run programs at the same time.
    pub runners: u32,
    /// `number` is the first program's.
    pub recipe: Recipe,
    pub programs: u32,
}

pub const JOB: &str = "generator.job";
pub const BEGUN: &str = "generator.begun";
pub const DONE: &str = "generator.done";
pub const PROGRESS: &str = "generator.progress";
pub const VIOLATIONS: &str = "generator.violations";

impl Job {
    /// Written atomically, so a reader sees the complete file.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let Recipe {
            seed,
            number,
            length,
            without,
            keep,
        } = &self.recipe;
        let keep = keep.as_ref().map_or("all".to_owned(), list);
        let (id, runners, programs) = (self.id, self.runners, self.programs);
        let text = format!("{id} {runners} {seed} {number} {length} {without} {programs} {keep}\n");
        let draft = directory.join("generator.draft");
        fs::write(&draft, text)?;
        fs::rename(draft, directory.join(JOB))
    }

    pub fn read() -> Option<Job> {
        let text = fs::read_to_string(JOB).ok()?;
        let mut words = text.trim_end_matches('\n').split(' ');
        let mut number = || words.next()?.parse::<u128>().ok();
        let (id, runners, seed) = (number()?, number()?, number()?);
        let (first, length, without, programs) = (number()?, number()?, number()?, number()?);
        let keep = match words.next()? {
            "all" => None,
            list => Some(numbers(list)?),
        };
        Some(Job {
            id: u32::try_from(id).ok()?,
            runners: u32::try_from(runners).ok()?,
            recipe: Recipe {
                seed: u64::try_from(seed).ok()?,
                number: u32::try_from(first).ok()?,
                length: u32::try_from(length).ok()?,
                without,
                keep,
            },
            programs: u32::try_from(programs).ok()?,
        })
    }
}

/// The number of a job in one of the files.
pub fn job_in(file: &Path) -> Option<u32> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Where a process is; a slot each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub pid: u32,
    pub number: u32,
    pub step: u32,
    /// Changes with each step that is begun, in whatever process.
    pub total: u32,
}

pub const SLOT: usize = 16;

impl Progress {
    pub fn to_bytes(self) -> [u8; SLOT] {
        let words = [self.pid, self.number, self.step, self.total];
        let mut bytes = [0; SLOT];
        for (at, word) in words.iter().enumerate() {
            bytes[4 * at..4 * at + 4].copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The progress in each slot.
    pub fn read(directory: &Path) -> Vec<Progress> {
        let bytes = fs::read(directory.join(PROGRESS)).unwrap_or_default();
        let word = |slot: &[u8], at: usize| {
            u32::from_le_bytes([
                slot[4 * at],
                slot[4 * at + 1],
                slot[4 * at + 2],
                slot[4 * at + 3],
            ])
        };
        let progress = |slot: &[u8]| Progress {
            pid: word(slot, 0),
            number: word(slot, 1),
            step: word(slot, 2),
            total: word(slot, 3),
        };
        bytes.chunks_exact(SLOT).map(progress).collect()
    }
}
