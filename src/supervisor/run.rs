//! The process of a supervisor.
#![forbid(unsafe_code)]

use super::child::Main;
use super::describe;
use super::entry::{End, Entry, Millis, Phase, WORDS};
use super::follow::{Bar, Followed, News};
use super::plan::{Action, Plan};
use super::start::Description;
use crate::error::{Error, ErrorKind, Result};
use crate::server::children::{Family, PLACES, Place, Ticket, step};
use crate::server::datum::Oid;
use crate::server::interrupts;
use crate::server::log_line::log_error;
use crate::server::process_signals::{monotonic_millis, terminate};
use crate::server::tokens::OnServerThread;
use crate::worker::last_words;
use crate::worker::{
    BackgroundWorker, DynamicWorker, Exit, Recovery, SharedCatalogs, Unconnected, Worker,
    WorkerStatus,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};
use std::time::Duration;

/// The time between two looks at everything, in case an event was missed.
const LOOK_AT_ALL: Millis = 300_000;

/// The same on a standby, where replay tells no events.
const LOOK_ON_STANDBY: Millis = 60_000;

/// The same while a role is missing, because no event tells that it was created.
const LOOK_FOR_ROLES: Millis = 5000;

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

struct Running {
    family: &'static Family,
    description: &'static Description,
    plan: Plan,
    /// The handles of the workers that this process has launched.
    handles: BTreeMap<usize, DynamicWorker>,
    followed: Followed,
    looked_at_all: Millis,
    /// The workers without a handle that were sent SIGTERM.
    signaled: BTreeSet<usize>,
    /// The role of a child may have changed.
    role_failed: bool,
    without_room: usize,
    /// The state of the slots that the log has told.
    told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
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
        let next = self.act(worker)?;
        self.save();
        Ok(if is_late {
            Some(next.unwrap_or(Millis::MAX).min(now + 10))
        } else {
            next
        })
    }

    /// Follows databases and extensions. Returns whether to look again soon.
    fn follow(&mut self, worker: &mut Worker<'_, SharedCatalogs>, now: Millis) -> Result<bool> {
        let Some(events) = self.description.events else {
            return Ok(false);
        };
        let mut news = self.followed.read(events, worker, now)?;
        if self.looked_at_all == 0 || now - self.looked_at_all >= self.look_interval() {
            (news.databases, self.looked_at_all) = (true, now.max(1));
            news.idle |= !self.plan.is_primary;
        }
        news.databases |= std::mem::take(&mut self.role_failed);
        let table = self.family.table;
        table.next_event.store(self.followed.next_event(), Relaxed);
        if news.databases {
            self.followed
                .list(worker, &self.family.name, self.description)?;
            let names = &self.followed.names;
            let existing: BTreeSet<u32> = names.keys().copied().collect();
            let bars = &self.followed.bars;
            let is_barred = |child, database| bars.contains_key(&(child, database));
            let without_room = self.plan.follow(&existing, is_barred, now);
            if without_room > self.without_room {
                worker.warning(format!(
                    "supervisor \"{}\": no room for {} more",
                    self.family.name,
                    describe::workers(without_room)
                ));
            }
            self.without_room = without_room;
        }
        if news.is_any() {
            self.tell_entries(&news, now);
        }
        Ok(news.late)
    }

    fn look_interval(&self) -> Millis {
        if !self.followed.missing_roles.is_empty() {
            LOOK_FOR_ROLES
        } else if self.plan.is_primary {
            LOOK_AT_ALL
        } else {
            LOOK_ON_STANDBY
        }
    }

    /// Tells the entries of databases what the events mean for them.
    fn tell_entries(&mut self, news: &News, now: Millis) {
        let (family, children) = (self.family, &self.description.children);
        for at in 0..self.plan.places() {
            let Some((entry, rules)) = self.plan.with_rules(at) else {
                continue;
            };
            if !children[entry.child as usize].1 {
                continue;
            }
            let database = entry.instance;
            let was_wanted = entry.hold.wanted;
            entry.hold.wanted = self.followed.is_wanted(database);
            if was_wanted && !entry.hold.wanted {
                entry.not_before = now + self.followed.pause(database);
            }
            let Some(place) = family.table.place(at) else {
                continue;
            };
            let bar = self.followed.bars.get(&(entry.child, database));
            place
                .reason
                .store(bar.copied().map_or(0, Bar::number), Relaxed);
            let found = place.extension.load(Relaxed);
            let needs = &family.children[entry.child as usize];
            let looks = needs.extension.is_some() || needs.condition.is_some();
            // A worker that has not looked yet may have missed the change.
            let depends = |extension: u32| {
                extension == 0 || found == 0 || found == extension || needs.condition.is_some()
            };
            let here = || news.extensions.iter().filter(|(at, _)| *at == database);
            let is_meant = news.all || here().any(|(_, extension)| depends(*extension));
            if looks && is_meant && entry.is_live() {
                entry.hold.renew = true;
            }
            let has_event = news.all || here().next().is_some();
            let waits = looks || matches!(entry.phase, Phase::Pausing(_));
            if (has_event && waits) || (news.idle && entry.phase == Phase::Absent) {
                entry.look_again(rules, now);
            }
        }
    }

    /// Looks which children have started and ended.
    fn look_at_children(&mut self, worker: &impl OnServerThread, now: Millis) -> Result<()> {
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
                self.ended(worker, at, end_of(step).unwrap_or(End::Failed), now);
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

    fn ended(&mut self, worker: &impl OnServerThread, at: usize, end: End, now: Millis) {
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
    }

    /// Does what the plan decides. Returns when to decide again.
    fn act(&mut self, worker: &mut Worker<'_, SharedCatalogs>) -> Result<Option<Millis>> {
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
        let role = self.followed.roles.get(entry.child as usize);
        let role = role.copied().flatten().unwrap_or(Oid::INVALID);
        let name = match per_database {
            true => child.name.clone(),
            false => child.number(entry.instance),
        };
        entry.launched(now);
        place.role.store(role.0, Relaxed);
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
        let launched = match child.main.0 {
            Main::Unconnected(main) => child
                .fill(BackgroundWorker::new(name, main))
                .child(ticket)
                .launch(worker),
            Main::NoDatabase(main) => child
                .fill(BackgroundWorker::new(name, main))
                .child(ticket)
                .launch(worker),
        };
        match launched {
            Ok(handle) => {
                self.handles.insert(at, handle);
                self.plan.launched(at, now);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::TooManyWorkers => {
                place.cancel();
                self.plan.no_slot(now);
                Ok(false)
            }
            Err(error) => {
                place.cancel();
                if worker.is_terminating() {
                    return Err(error);
                }
                log_error(worker.server_thread(), &error);
                self.plan.launched(at, now);
                self.ended(worker, at, End::Failed, now);
                Ok(true)
            }
        }
    }

    /// Sends SIGTERM once.
    fn stop_child(&mut self, at: usize) -> Result<()> {
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

    fn save(&self) {
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
