//! How a supervisor does what its plan decides.
#![forbid(unsafe_code)]

use super::child::Main;
use super::demand::role_of;
use super::describe;
use super::entry::{End, Entry, Millis, WORDS};
use super::plan::Action;
use super::run::{Running, Told};
use crate::error::{ErrorKind, Result};
use crate::server::children::{Place, Ticket};
use crate::server::datum::Oid;
use crate::server::log_line::log_error;
use crate::server::process_signals::{monotonic_millis, terminate};
use crate::server::tokens::OnServerThread;
use crate::worker::{BackgroundWorker, SharedCatalogs, Worker};
use std::sync::atomic::Ordering::{Relaxed, Release};

impl Running {
    /// Does what the plan decides. Returns when to decide again.
    pub(super) fn act(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
    ) -> Result<Option<Millis>> {
        loop {
            let now = monotonic_millis();
            let decision = self.plan.decide(now);
            let mut has_slots = true;
            for action in &decision.actions {
                match *action {
                    Action::Stop(at) => self.stop_child(at)?,
                    Action::Launch(at) => has_slots = has_slots && self.launch(worker, at, now)?,
                }
            }
            if decision.actions.is_empty() {
                self.tell_slots(worker, decision.waiting);
                return Ok(decision.next);
            }
        }
    }

    /// Launches a worker. Returns false if the server has no free slot.
    fn launch(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
        at: usize,
        now: Millis,
    ) -> Result<bool> {
        let (Some(entry), Some(place)) = (self.plan.get(at), self.family.table.place(at)) else {
            return Ok(true);
        };
        let mut entry = entry.clone();
        let (child, per_database) = &self.description.children[entry.child as usize];
        let role = match child.crew {
            Some(_) => role_of(worker, child),
            None => {
                let role = self.followed.roles.get(entry.child as usize);
                Ok(role.copied().flatten().unwrap_or(Oid::INVALID))
            }
        };
        let name = match per_database {
            true => child.name.clone(),
            false => child.number(entry.instance),
        };
        entry.launched(now);
        if let Ok(role) = &role {
            place.role.store(role.0, Relaxed);
        }
        if entry.failures == 0 {
            place.set_text("");
        }
        self.save_entry(at, &entry);
        let ticket = Ticket {
            family: self.description.number,
            place: u16::try_from(at)?,
            child: u16::try_from(entry.child)?,
            generation: place.launch(),
        };
        let launched = role.and_then(|_| match child.main.0 {
            Main::Unconnected(main) => child
                .fill(BackgroundWorker::new(name, main))
                .child(ticket)
                .launch(worker),
            Main::NoDatabase(main) => child
                .fill(BackgroundWorker::new(name, main))
                .child(ticket)
                .launch(worker),
        });
        match launched {
            Ok(handle) => {
                self.handles.insert(at, handle);
                self.plan.launched(at, now);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::TooManyWorkers => {
                refuse(place, ticket.generation);
                self.plan.no_slot(now);
                Ok(false)
            }
            Err(error) => {
                refuse(place, ticket.generation);
                if worker.is_terminating() {
                    return Err(error);
                }
                log_error(worker.server_thread(), &error);
                self.plan.launched(at, now);
                self.ended(worker, at, End::Failed, now)?;
                Ok(true)
            }
        }
    }

    /// Sends SIGTERM once.
    pub(super) fn stop_child(&mut self, at: usize) -> Result<()> {
        if self.signaled.contains(&at) {
            return Ok(());
        }
        if let Some(handle) = self.handles.get(&at) {
            handle.terminate()?;
            self.signaled.insert(at);
            return Ok(());
        }
        // An earlier supervisor has launched it. It wakes this one when it has stored its number.
        let pid = self
            .family
            .table
            .place(at)
            .map_or(0, |place| place.pid.load(Relaxed));
        if pid > 0 {
            terminate(pid);
            self.signaled.insert(at);
        }
        Ok(())
    }

    /// Logs once that there are no slots, and once that there are some again.
    fn tell_slots(&mut self, worker: &impl OnServerThread, waiting: usize) {
        let state = if waiting == 0 {
            Told::Nothing
        } else if self.plan.budget == 0 {
            Told::NoBudget
        } else if self.plan.lacks_slots() {
            Told::NoSlot
        } else {
            return;
        };
        if state == self.told {
            return;
        }
        self.told = state;
        let name = &self.family.name;
        match state {
            Told::Nothing => worker.log(format!("supervisor \"{name}\": all workers have slots")),
            Told::NoBudget => worker.log(format!(
                "supervisor \"{name}\": waiting with {}, because its number of slots is 0",
                describe::workers(waiting)
            )),
            Told::NoSlot => worker.log(format!(
                "supervisor \"{name}\": waiting for a free slot of max_worker_processes for {}",
                describe::workers(waiting)
            )),
        }
    }

    pub(super) fn save(&self) {
        for at in 0..self.plan.places() {
            match self.plan.get(at) {
                Some(entry) => self.save_entry(at, entry),
                None => {
                    let place = self.family.table.place(at);
                    if let Some(place) = place.filter(|place| place.words()[5] != 0) {
                        place.save(&[0; WORDS]);
                        place.set_text("");
                    }
                }
            }
        }
    }

    fn save_entry(&self, at: usize, entry: &Entry) {
        let table = self.family.table;
        if let Some(place) = table.place(at) {
            let mut words = entry.pack();
            words[5] = 1;
            place.save(&words);
            table.used.fetch_max(at as u32 + 1, Release);
        }
    }
}

/// Records that a launch has failed, and that no process will come of it.
fn refuse(place: &Place, generation: u32) {
    if place.cancel() {
        place.leave(generation);
    }
}
