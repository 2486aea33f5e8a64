//! What a supervisor decides: which workers to launch and to stop, in which order. It calls neither
//! the server nor a clock. The caller says what has happened and when, and does what is decided.
#![forbid(unsafe_code)]

use super::entry::{ChildRules, End, Entry, Millis, Notice, Phase};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The pauses after a launch that failed because the server has no free slot.
const NO_SLOT: (Millis, Millis) = (500, 30_000);

/// The time after which a worker that does not stop no longer counts: the ones before it are
/// stopped when the supervisor stops, and others end their turns for those that wait.
const PATIENCE: Millis = 1500;

#[derive(Debug)]
pub(crate) struct Plan {
    children: Vec<ChildRules>,
    rest_for_one: bool,
    /// The number of workers that may run.
    pub(crate) budget: usize,
    /// The server accepts writes.
    pub(crate) is_primary: bool,
    /// All workers are to stop.
    pub(crate) stops: bool,
    entries: Vec<Option<Entry>>,
    /// The largest number of entries.
    room: usize,
    no_slot_until: Millis,
    no_slot_pause: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Launch(usize),
    Stop(usize),
}

/// What to do now, and when to decide again if nothing happens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) actions: Vec<Action>,
    pub(crate) next: Option<Millis>,
    /// The number of workers that wait for a slot.
    pub(crate) waiting: usize,
}

/// The place in the order of starts: the number of the child, and that of the copy.
type Position = (u32, u32);

impl Plan {
    pub(crate) fn new(children: Vec<ChildRules>, rest_for_one: bool, room: usize) -> Self {
        Plan {
            children,
            rest_for_one,
            budget: usize::MAX,
            is_primary: true,
            stops: false,
            entries: Vec::new(),
            room,
            no_slot_until: 0,
            no_slot_pause: 0,
        }
    }

    /// Puts an entry of an earlier supervisor into its place.
    pub(crate) fn restore(&mut self, at: usize, entry: Entry) {
        if self.entries.len() <= at {
            self.entries.resize_with(at + 1, || None);
        }
        self.entries[at] = Some(entry);
    }

    /// Adds the entries of the children that are not per database.
    pub(crate) fn add_copies(&mut self, now: Millis) {
        let wanted: Vec<(u32, u32)> = self
            .children
            .iter()
            .zip(0..)
            .filter(|(rules, _)| !rules.per_database)
            .flat_map(|(rules, child)| (0..rules.copies).map(move |copy| (child, copy)))
            .collect();
        for (child, copy) in wanted {
            let on_demand = self.children[child as usize].on_demand;
            let is_new = self.find(child, copy).is_none();
            if let Some(entry) = self.add(child, copy, now) {
                if on_demand && is_new {
                    entry.enter(Phase::Absent, now);
                }
            }
        }
    }

    /// Follows the databases that exist now. `is_barred` tells whether a worker of this child
    /// cannot connect to this database. Returns the number of workers for which there is no room.
    pub(crate) fn follow(
        &mut self,
        databases: &BTreeSet<u32>,
        is_barred: impl Fn(u32, u32) -> bool,
        now: Millis,
    ) -> usize {
        for entry in self.entries.iter_mut().flatten() {
            if self.children[entry.child as usize].per_database {
                entry.hold.gone = !databases.contains(&entry.instance);
                entry.hold.barred = is_barred(entry.child, entry.instance);
            }
        }
        self.remove_gone();
        let known: BTreeSet<(u32, u32)> = self
            .entries()
            .map(|(_, entry)| (entry.child, entry.instance))
            .collect();
        let mut without_room = 0;
        for child in 0..self.children.len() as u32 {
            if !self.children[child as usize].per_database {
                continue;
            }
            for database in databases {
                if known.contains(&(child, *database)) {
                    continue;
                }
                match self.add(child, *database, now) {
                    Some(entry) => entry.hold.barred = is_barred(child, *database),
                    None => without_room += 1,
                }
            }
        }
        without_room
    }

    fn find(&self, child: u32, instance: u32) -> Option<usize> {
        self.entries()
            .find(|(_, entry)| (entry.child, entry.instance) == (child, instance))
            .map(|(at, _)| at)
    }

    fn add(&mut self, child: u32, instance: u32, now: Millis) -> Option<&mut Entry> {
        let place = match self.find(child, instance) {
            Some(known) => return self.entries[known].as_mut(),
            None => self.entries.iter().position(Option::is_none),
        };
        let place = place.unwrap_or(self.entries.len());
        if place >= self.room {
            return None;
        }
        self.restore(place, Entry::new(child, instance, now));
        self.entries[place].as_mut()
    }

    fn remove_gone(&mut self) {
        for entry in &mut self.entries {
            if entry
                .as_ref()
                .is_some_and(|entry| entry.hold.gone && !entry.is_live())
            {
                *entry = None;
            }
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let places = self.entries.iter().enumerate();
        places.filter_map(|(at, entry)| Some((at, entry.as_ref()?)))
    }

    #[cfg(test)]
    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = (usize, &mut Entry)> {
        let places = self.entries.iter_mut().enumerate();
        places.filter_map(|(at, entry)| Some((at, entry.as_mut()?)))
    }

    /// Returns an entry and the rules for it.
    pub(crate) fn with_rules(&mut self, at: usize) -> Option<(&mut Entry, &ChildRules)> {
        let entry = self.entries.get_mut(at)?.as_mut()?;
        let rules = &self.children[entry.child as usize];
        Some((entry, rules))
    }

    /// Returns the number of places, some of which may be empty.
    pub(crate) fn places(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Entry> {
        self.entries.get_mut(at)?.as_mut()
    }

    pub(crate) fn rules(&self, entry: &Entry) -> &ChildRules {
        &self.children[entry.child as usize]
    }

    /// Records that the server has accepted a launch.
    pub(crate) fn launched(&mut self, at: usize, now: Millis) {
        (self.no_slot_until, self.no_slot_pause) = (0, 0);
        if let Some(entry) = self.get_mut(at) {
            entry.launched(now);
        }
    }

    /// Records that the server has no free slot.
    pub(crate) fn no_slot(&mut self, now: Millis) {
        let (first, most) = NO_SLOT;
        self.no_slot_pause = (2 * self.no_slot_pause).clamp(first, most);
        self.no_slot_until = now.saturating_add(self.no_slot_pause);
    }

    /// Returns the number of workers that have a process, or will have one.
    pub(crate) fn live(&self) -> usize {
        self.entries().filter(|(_, entry)| entry.is_live()).count()
    }

    /// Returns whether a launch could succeed now.
    pub(crate) fn has_room(&self, now: Millis) -> bool {
        self.no_slot_until <= now && self.live() < self.budget
    }

    /// Returns whether the state of the server lets this child run.
    pub(crate) fn permits(&self, child: u32) -> bool {
        self.is_primary || self.children[child as usize].on_standby
    }

    /// Returns whether the last launch has failed for want of a slot.
    pub(crate) fn lacks_slots(&self) -> bool {
        self.no_slot_pause > 0
    }

    /// Records the end of a run. Its slot is free.
    pub(crate) fn ended(&mut self, at: usize, end: End, now: Millis) -> Option<Notice> {
        self.no_slot_until = 0;
        let entry = self.entries.get_mut(at)?.as_mut()?;
        let notice = entry.ended(end, &self.children[entry.child as usize], now);
        self.remove_gone();
        notice
    }

    /// Decides what to do.
    pub(crate) fn decide(&mut self, now: Millis) -> Decision {
        let mut actions = self.stops(now);
        for action in &actions {
            if let Action::Stop(at) = *action {
                if let Some(entry) = self.get_mut(at) {
                    entry.enter(Phase::Stopping, now);
                }
            }
        }
        let mut candidates = self.candidates(now);
        let live = self.live();
        let free = match self.no_slot_until > now {
            true => 0,
            false => self.budget.saturating_sub(live),
        };
        let launched = candidates.len().min(free);
        let waiting = candidates.split_off(launched);
        actions.extend(candidates.into_iter().map(Action::Launch));
        let (turns, turn) = self.turns(&waiting, now);
        for at in turns {
            if let Some(entry) = self.get_mut(at) {
                entry.enter(Phase::Stopping, now);
            }
            actions.push(Action::Stop(at));
        }
        let no_slot = (!waiting.is_empty() && self.no_slot_until > now && self.budget > live)
            .then_some(self.no_slot_until);
        let patience = self.entries().filter_map(|(_, entry)| {
            let is_stopping = entry.phase == Phase::Stopping;
            is_stopping.then(|| entry.since + PATIENCE)
        });
        let next = self
            .entries()
            .filter_map(|(_, entry)| self.due(entry))
            .chain(patience)
            .filter(|due| *due > now)
            .chain(turn)
            .chain(no_slot)
            .min();
        Decision {
            actions,
            next,
            waiting: waiting.len(),
        }
    }

    /// Returns when this entry is to run, if it is to.
    fn due(&self, entry: &Entry) -> Option<Millis> {
        if self.stops || entry.hold.is_any() || !self.is_permitted(entry) {
            return None;
        }
        let due = match entry.phase {
            Phase::Waiting => entry.since,
            Phase::Pausing(until) | Phase::Finished(Some(until)) => until,
            _ => return None,
        };
        Some(due.max(entry.not_before))
    }

    fn is_permitted(&self, entry: &Entry) -> bool {
        self.permits(entry.child)
    }

    fn position(&self, entry: &Entry) -> Position {
        match self.rules(entry).comes_and_goes() {
            true => (entry.child, 0),
            false => (entry.child, entry.instance),
        }
    }

    /// Returns the position of the first worker that does not run, if that stops those after it.
    fn first_down(&self) -> Option<Position> {
        if !self.rest_for_one {
            return None;
        }
        let is_up = |entry: &Entry| match entry.phase {
            Phase::Running | Phase::Finished(_) => true,
            Phase::Launched => !entry.broken,
            _ => !self.is_permitted(entry),
        };
        self.entries()
            .filter(|(_, entry)| !self.rules(entry).comes_and_goes() && !is_up(entry))
            .map(|(_, entry)| self.position(entry))
            .min()
    }

    /// Returns the workers to stop now, except for turns.
    fn stops(&self, now: Millis) -> Vec<Action> {
        let first_down = self.first_down();
        let is_after = |entry: &Entry| first_down.is_some_and(|down| self.position(entry) > down);
        // Those that the order of starts stops, from the last one on.
        let blocks = |entry: &Entry| {
            let is_patient = !self.stops || now.saturating_sub(entry.since) < PATIENCE;
            entry.phase != Phase::Stopping || is_patient
        };
        let last = self
            .entries()
            .filter(|(_, entry)| entry.is_live() && (self.stops || is_after(entry)))
            .filter(|(_, entry)| blocks(entry))
            .map(|(_, entry)| self.position(entry))
            .max();
        let runs = |entry: &Entry| matches!(entry.phase, Phase::Launched | Phase::Running);
        let is_stopped = |entry: &Entry| {
            let by_order = (self.stops || is_after(entry))
                && last.is_some_and(|at| self.position(entry) >= at);
            by_order || entry.hold.is_any()
        };
        let (stopped, going_on): (Vec<_>, Vec<_>) = self
            .entries()
            .filter(|(_, entry)| runs(entry))
            .partition(|(_, entry)| is_stopped(entry));
        let mut actions: Vec<_> = stopped
            .into_iter()
            .map(|(at, _)| Action::Stop(at))
            .collect();
        // The budget may have become smaller.
        let excess = going_on.len().saturating_sub(self.budget);
        let mut going_on = going_on;
        going_on.sort_by_key(|(_, entry)| {
            let rules = self.rules(entry);
            (rules.priority, Reverse(self.position(entry)), entry.since)
        });
        actions.extend(going_on[..excess].iter().map(|(at, _)| Action::Stop(*at)));
        actions
    }

    /// Returns the workers that can be launched now, the most urgent one first.
    fn candidates(&self, now: Millis) -> Vec<usize> {
        if self.stops {
            return Vec::new();
        }
        let first_down = self.first_down();
        let last_live = self
            .entries()
            .filter(|(_, entry)| entry.is_live())
            .map(|(_, entry)| self.position(entry))
            .max();
        let has_its_place = |entry: &Entry| {
            let position = self.position(entry);
            !self.rest_for_one
                || (first_down.is_none_or(|down| position <= down)
                    && (!entry.broken
                        || self.rules(entry).comes_and_goes()
                        || last_live.is_none_or(|last| last <= position)))
        };
        let mut candidates: Vec<(usize, &Entry)> = self
            .entries()
            .filter(|(_, entry)| self.due(entry).is_some_and(|due| due <= now))
            .filter(|(_, entry)| has_its_place(entry))
            .collect();
        candidates.sort_by_key(|(_, entry)| {
            let waits_since = self.due(entry);
            let priority = Reverse(self.rules(entry).priority);
            (priority, waits_since, self.position(entry), entry.instance)
        });
        candidates.into_iter().map(|(at, _)| at).collect()
    }

    /// Returns the workers whose turn is over while these wait, and when the next turn is over.
    fn turns(&self, waiting: &[usize], now: Millis) -> (Vec<usize>, Option<Millis>) {
        let waiting: Vec<i32> = waiting
            .iter()
            .filter_map(|at| self.get(*at))
            .map(|entry| self.rules(entry).priority)
            .collect();
        // A worker that does not stop has no slot to give.
        let stopping = self
            .entries()
            .filter(|(_, entry)| entry.phase == Phase::Stopping && entry.since + PATIENCE > now)
            .count();
        let mut wanted = waiting
            .get(stopping..)
            .unwrap_or_default()
            .iter()
            .peekable();
        if self.budget == 0 {
            return (Vec::new(), None);
        }
        let mut running: Vec<(Millis, usize, i32)> = self
            .entries()
            .filter(|(_, entry)| entry.phase == Phase::Running)
            .map(|(at, entry)| (at, entry, self.rules(entry)))
            .filter(|(_, _, rules)| rules.per_database)
            .map(|(at, entry, rules)| (entry.since.saturating_add(rules.turn), at, rules.priority))
            .collect();
        running.sort_unstable();
        let (mut stopped, mut next) = (Vec::new(), None);
        for (end, at, priority) in running {
            let Some(highest) = wanted.peek() else {
                break;
            };
            if priority > **highest {
                continue;
            }
            if end > now {
                next = Some(end);
                break;
            }
            wanted.next();
            stopped.push(at);
        }
        (stopped, next)
    }
}
