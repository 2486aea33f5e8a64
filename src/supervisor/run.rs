//! The process of a supervisor.
#![forbid(unsafe_code)]

use super::describe;
use super::entry::{End, Entry, Millis, Phase};
use super::follow::Followed;
use super::plan::Plan;
use super::start::Description;
use crate::error::{Error, ErrorKind, Result};
use crate::server::children::{Family, PLACES, Place, step};
use crate::server::interrupts;
use crate::server::process_signals::monotonic_millis;
use crate::server::tokens::OnServerThread;
use crate::worker::last_words;
use crate::worker::{
    DynamicWorker, Exit, Recovery, SharedCatalogs, Unconnected, Worker, WorkerStatus,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::Duration;

/// The longest wait.
const LONG: Duration = Duration::from_secs(3600);

/// The main function of every supervisor.
#[doc(hidden)]
pub fn __supervise(worker: Worker<'_, Unconnected>) -> Result<Exit> {
    let number: i32 = worker.argument();
    let family: Option<&'static Family> = {
        let families = worker.server_thread().process().families.borrow();
        usize::try_from(number)
            .ok()
            .and_then(|number| families.get(number).copied())
    };
    let described =
        family.and_then(|family| Some((family, family.description.downcast_ref::<Description>()?)));
    let Some((family, description)) = described else {
        return Err(Error::new(
            ErrorKind::Invalid,
            "the description of this supervisor is unknown",
        )
        .with_detail("The library was replaced after the server had loaded it.")
        .with_hint("Restart the server after installing a new build of the library."));
    };
    last_words::supervises(worker.server_thread());
    let mut worker = worker.connect_shared()?;
    let mut running = Running::begin(family, description, &mut worker)?;
    let result = running.supervise(&mut worker);
    // SIGTERM may have come during a call that has failed with it.
    if worker.is_terminating() {
        running.stop(&mut worker)?;
        return Ok(Exit::Restart);
    }
    result.map(|()| Exit::Restart)
}

pub(super) struct Running {
    pub(super) family: &'static Family,
    pub(super) description: &'static Description,
    pub(super) plan: Plan,
    /// The handles of the workers that this process has launched.
    pub(super) handles: BTreeMap<usize, DynamicWorker>,
    pub(super) followed: Followed,
    pub(super) looked_at_all: Millis,
    /// The workers that were sent SIGTERM.
    pub(super) signaled: BTreeSet<usize>,
    /// The role of a child may have changed.
    pub(super) role_failed: bool,
    pub(super) without_room: usize,
    /// The state of the slots that the log has told.
    pub(super) told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    NoBudget,
    NoSlot,
}

impl Running {
    /// Takes over what an earlier supervisor has kept.
    fn begin(
        family: &'static Family,
        description: &'static Description,
        worker: &mut Worker<'_, SharedCatalogs>,
    ) -> Result<Self> {
        let mut running = Running {
            family,
            description,
            plan: Plan::new(description.rules(), description.rest_for_one, PLACES),
            handles: BTreeMap::new(),
            followed: Followed::default(),
            looked_at_all: 0,
            signaled: BTreeSet::new(),
            role_failed: false,
            without_room: 0,
            told: Told::Nothing,
        };
        let own_number = process_number(worker);
        family.table.supervisor.store(own_number + 1, SeqCst);
        let start = description.start.generation(worker)?;
        let is_same_start = family.table.start.load(Relaxed) == start;
        let now = monotonic_millis();
        let used = family.table.used.load(Relaxed) as usize;
        let kept = (0..used).filter_map(|at| Some((at, family.table.place(at)?)));
        for (at, place) in kept.filter(|(_, place)| place.words()[5] != 0) {
            running.take_over(at, place, is_same_start, now);
        }
        running.plan.add_copies(now);
        if let Some(events) = description.events {
            let next = family.table.next_event.load(Relaxed);
            running
                .followed
                .begin(events, worker, is_same_start.then_some(next))?;
        }
        running.save();
        family.table.start.store(start, Relaxed);
        Ok(running)
    }

    fn take_over(&mut self, at: usize, place: &Place, is_same_start: bool, now: Millis) {
        let mut entry = Entry::unpack(&place.words());
        let was_live = entry.is_live();
        if was_live && is_same_start {
            // A process that has not started is refused from now on.
            if place.cancel() {
                entry.enter(Phase::Waiting, now);
            } else {
                // Its end may have come, and is noticed like that of others.
                entry.phase = Phase::Running;
            }
        }
        self.plan.restore(at, entry);
        if was_live && !is_same_start {
            place.crashed();
            self.plan.ended(at, End::Failed, now);
        }
    }

    /// Supervises until SIGTERM.
    fn supervise(&mut self, worker: &mut Worker<'_, SharedCatalogs>) -> Result<()> {
        loop {
            let next = self.turn(worker)?;
            let now = monotonic_millis();
            let next = next.map_or(LONG, |next| Duration::from_millis(next.saturating_sub(now)));
            let wake = match self.description.events {
                Some(events) => {
                    let look = self.looked_at_all + self.look_interval();
                    let look = Duration::from_millis(look.saturating_sub(now));
                    worker.wait_for(events, next.min(look))?
                }
                None => worker.wait(next)?,
            };
            if !wake.keep_going() {
                return Ok(());
            }
        }
    }

    /// Looks what has happened, and does what is to be done. Returns when to look again.
    fn turn(&mut self, worker: &mut Worker<'_, SharedCatalogs>) -> Result<Option<Millis>> {
        let now = monotonic_millis();
        let is_primary = worker.recovery()? == Recovery::Finished;
        if is_primary && !self.plan.is_primary {
            // Replay runs no hooks, so nothing told of changes.
            self.followed.look_at_all();
        }
        self.plan.is_primary = is_primary;
        self.plan.budget = match self.description.slots {
            Some(setting) => usize::try_from(setting.get(worker)).unwrap_or(0),
            None => usize::MAX,
        };
        let is_late = self.follow(worker, now)?;
        self.look_at_children(worker, now)?;
        self.follow_work(worker, now)?;
        let next = self.act(worker)?;
        self.save();
        Ok(if is_late {
            Some(next.unwrap_or(Millis::MAX).min(now + 10))
        } else {
            next
        })
    }

    /// Looks which children have started and ended.
    fn look_at_children(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
        now: Millis,
    ) -> Result<()> {
        let live: Vec<(usize, Phase)> = self
            .plan
            .entries()
            .filter(|(_, entry)| entry.is_live())
            .map(|(at, entry)| (at, entry.phase))
            .collect();
        for (at, phase) in live {
            let Some(place) = self.family.table.place(at) else {
                continue;
            };
            let has_process = match self.handles.get(&at) {
                Some(handle) => handle.status()? != WorkerStatus::Stopped,
                None => !place.has_left(),
            };
            if !has_process {
                place.cancel();
                let (_, step) = place.step();
                self.signaled.remove(&at);
                self.ended(worker, at, end_of(step).unwrap_or(End::Failed), now)?;
            } else if phase == Phase::Stopping {
                self.stop_child(at)?;
            } else if place.step().1 == step::RUNNING {
                if let Some(entry) = self.plan.get_mut(at) {
                    entry.started(now);
                }
            }
        }
        Ok(())
    }

    pub(super) fn ended(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
        at: usize,
        end: End,
        now: Millis,
    ) -> Result<()> {
        if let Some(entry) = self.plan.get(at) {
            if let Some(crew) = self.description.children[entry.child as usize].0.crew {
                crew.vacate(worker, entry.instance)?;
            }
        }
        let handle = self.handles.remove(&at);
        if let (Some(place), End::Failed) = (self.family.table.place(at), end) {
            let error = handle.and_then(|handle| handle.last_error());
            place.set_text(&error.map_or_else(
                || "the process ended without an error".to_string(),
                |error| error.to_string(),
            ));
            self.role_failed |= self.description.events.is_some();
        }
        let notice = self.plan.ended(at, end, now);
        if let (Some(notice), Some(entry)) = (notice, self.plan.get(at)) {
            let name = describe::worker(self.description, entry, &self.followed.names);
            describe::notice(&self.family.name, &name, notice, entry).emit(worker);
        }
        Ok(())
    }

    /// Stops the children in reverse order, after SIGTERM.
    fn stop(&mut self, worker: &mut Worker<'_, SharedCatalogs>) -> Result<()> {
        if !self.description.keeps_children {
            self.plan.stops = true;
            let budget = Duration::from_millis(500).max(worker.stop_timeout() * 3 / 4);
            let end = monotonic_millis() + budget.as_millis() as Millis;
            loop {
                let now = monotonic_millis();
                self.look_at_children(worker, now)?;
                self.act(worker)?;
                self.save();
                let left = self
                    .plan
                    .entries()
                    .filter(|(_, entry)| entry.is_live())
                    .count();
                if left == 0 {
                    break;
                }
                if now >= end {
                    worker.warning(format!(
                        "supervisor \"{}\": could not stop {}",
                        self.family.name,
                        describe::workers(left)
                    ));
                    break;
                }
                // The latch is set all the time.
                std::thread::sleep(Duration::from_millis(2));
                let _ = interrupts::check_terminating(worker.server_thread());
            }
        }
        self.family.table.supervisor.store(0, SeqCst);
        Ok(())
    }
}

fn end_of(step: u32) -> Option<End> {
    Some(match step {
        step::DONE => End::Done,
        step::RESTART => End::Restart,
        step::FAILED => End::Failed,
        step::ASKED => End::Asked,
        step::ABSENT => End::Absent,
        _ => return None,
    })
}

fn process_number(worker: &impl OnServerThread) -> u32 {
    crate::server::process_signals::process_number(worker.server_thread())
}
