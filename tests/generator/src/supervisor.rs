//! Launches a process for each program of a job, a limited number at a time.

use crate::job::{self, Job};
use crate::{helpers, life};
use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::{DynamicWorker, WorkerMain, WorkerStatus};
use std::path::Path;

const RUNNER: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(runner);

/// The tag of a runner's payload.
pub const TAG: u32 = 1;

fn runner(worker: Worker) -> Result<Exit> {
    life::run(worker)
}

pub fn run(mut worker: Worker<Connected>) -> Result<Exit> {
    helpers::prepare(&mut worker)?;
    loop {
        if !worker.wait(Duration::from_millis(10))?.keep_going() {
            return Ok(Exit::Done);
        }
        // One that was begun before the server was started again is over: the driver decides what
        // comes next.
        if let Some(job) =
            Job::read().filter(|job| job::job_in(Path::new(job::BEGUN)) != Some(job.id))
        {
            std::fs::write(job::BEGUN, job.id.to_string())?;
            if !run_job(&mut worker, &job)? {
                return Ok(Exit::Done);
            }
            std::fs::write(job::DONE, job.id.to_string())?;
        }
    }
}

/// Whether it is over.
fn run_job(worker: &mut Worker<Connected>, job: &Job) -> Result<bool> {
    let mut numbers = job.recipe.number..job.recipe.number.saturating_add(job.programs);
    let mut slots: Vec<Option<DynamicWorker>> = (0..job.runners).map(|_| None).collect();
    loop {
        for (slot, place) in slots.iter_mut().enumerate() {
            if let Some(launched) = place {
                if launched.status()? == WorkerStatus::Stopped {
                    *place = None;
                }
            }
            if place.is_none() {
                if let Some(number) = numbers.next() {
                    *place = Some(launch(worker, u32::try_from(slot)?, number)?);
                }
            }
        }
        if slots.iter().all(Option::is_none) {
            return Ok(true);
        }
        if !worker.wait(Duration::from_millis(100))?.keep_going() {
            return Ok(false);
        }
    }
}

fn launch(worker: &Worker<Connected>, slot: u32, number: u32) -> Result<DynamicWorker> {
    let payload = [slot.to_le_bytes(), number.to_le_bytes()].concat();
    BackgroundWorker::new(format!("generator {slot}"), RUNNER)
        .restart(Restart::never())
        .payload(TAG, payload)
        .launch(worker)
}
