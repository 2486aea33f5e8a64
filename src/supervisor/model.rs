//! Drives the decisions of a supervisor through random histories, and checks the rules.
//!
//! `HISTORIES=1000000 cargo test --release --lib supervisor::model` runs a million of them.
#![forbid(unsafe_code)]

use super::entry::{ChildRules, End, Entry, MAX_FAILURES, Millis, Phase, SLOW_RETRY};
use super::plan::{Action, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// A generator of numbers: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % end
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// What the model remembers of a worker, beside the plan.
#[derive(Default, Clone)]
struct Memory {
    failures: Vec<Millis>,
    last_end: Option<(End, Millis)>,
}

struct World {
    random: Random,
    plan: Plan,
    rules: Vec<ChildRules>,
    rest_for_one: bool,
    now: Millis,
    free_slots: usize,
    databases: BTreeSet<u32>,
    barred: BTreeSet<u32>,
    wanted: BTreeSet<u32>,
    memory: BTreeMap<(u32, u32), Memory>,
    history: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let rules: Vec<ChildRules> = (0..1 + random.below(3))
            .map(|_| some_rules(&mut random))
            .collect();
        let rest_for_one = random.one_in(2);
        let mut plan = Plan::new(rules.clone(), rest_for_one, 12);
        plan.budget = random.below(5) as usize;
        plan.is_primary = !random.one_in(4);
        plan.add_copies(1000);
        let on_demand = plan.entries().map(|(_, entry)| entry);
        let on_demand = on_demand.filter(|entry| rules[entry.child as usize].on_demand);
        let memory = on_demand.map(|entry| {
            let memory = Memory {
                last_end: Some((End::Absent, 1000)),
                ..Memory::default()
            };
            ((entry.child, entry.instance), memory)
        });
        let memory = memory.collect();
        World {
            plan,
            rules,
            rest_for_one,
            now: 1000,
            free_slots: random.below(6) as usize,
            databases: BTreeSet::new(),
            barred: BTreeSet::new(),
            wanted: BTreeSet::new(),
            memory,
            history: Vec::new(),
            random,
        }
    }

    fn live(&self) -> usize {
        self.plan
            .entries()
            .filter(|(_, entry)| entry.is_live())
            .count()
    }

    fn some_entry(&mut self, is_meant: impl Fn(&Entry) -> bool) -> Option<usize> {
        let places: Vec<usize> = self
            .plan
            .entries()
            .filter(|(_, entry)| is_meant(entry))
            .map(|(at, _)| at)
            .collect();
        if places.is_empty() {
            return None;
        }
        Some(places[self.random.below(places.len() as u64) as usize])
    }

    fn end(&mut self, at: usize, end: End) {
        let entry = self.plan.get(at).unwrap().clone();
        let rules = &self.rules[entry.child as usize];
        let memory = self
            .memory
            .entry((entry.child, entry.instance))
            .or_default();
        let ran = match entry.phase {
            Phase::Running => self.now - entry.since,
            _ => 0,
        };
        if entry.hold.renew {
            memory.last_end = None;
        } else if entry.phase != Phase::Stopping
            || (end == End::Done && !rules.on_demand)
            || end == End::Absent
        {
            memory.last_end = Some((end, self.now));
            let good = rules.restart.map_or(0, |(_, most)| most.min(60_000));
            match end {
                End::Failed if ran >= good => memory.failures = vec![self.now],
                End::Failed => memory.failures.push(self.now),
                End::Done => memory.failures.clear(),
                _ => {}
            }
        }
        self.free_slots += 1;
        self.plan.ended(at, end, self.now);
        if self.plan.get(at).is_none() {
            self.memory.remove(&(entry.child, entry.instance));
        }
    }

    fn step(&mut self) {
        let what = self.random.below(16);
        match what {
            0..4 => {
                if let Some(at) = self.some_entry(|entry| entry.phase == Phase::Launched) {
                    let now = self.now;
                    self.plan.get_mut(at).unwrap().started(now);
                }
            }
            4..7 => {
                if let Some(at) = self.some_entry(Entry::is_live) {
                    let end = [
                        End::Done,
                        End::Restart,
                        End::Failed,
                        End::Failed,
                        End::Asked,
                        End::Absent,
                    ];
                    let end = end[self.random.below(6) as usize];
                    let may_be_absent = {
                        let entry = self.plan.get(at).unwrap();
                        self.rules[entry.child as usize].comes_and_goes()
                    };
                    if end != End::Absent || may_be_absent {
                        self.end(at, end);
                    }
                }
            }
            7 => {
                if let Some(at) = self.some_entry(|entry| entry.phase == Phase::Stopping) {
                    self.end(at, End::Asked);
                }
            }
            8 => {
                let database = 1 + self.random.below(5) as u32;
                if !self.databases.remove(&database) {
                    self.databases.insert(database);
                }
                self.follow();
            }
            9 => {
                let database = 1 + self.random.below(5) as u32;
                if !self.barred.remove(&database) {
                    self.barred.insert(database);
                }
                self.follow();
            }
            10 => {
                let database = 1 + self.random.below(5) as u32;
                let is_wanted = self.wanted.insert(database);
                if !is_wanted {
                    self.wanted.remove(&database);
                }
                let rules = self.rules.clone();
                for (_, entry) in self.plan.entries_mut() {
                    if rules[entry.child as usize].per_database && entry.instance == database {
                        entry.hold.wanted = is_wanted;
                    }
                }
            }
            11 => self.plan.budget = self.random.below(5) as usize,
            12 => self.free_slots = self.random.below(6) as usize,
            13 if self.random.one_in(4) => self.plan.is_primary = true,
            14 => {
                let now = self.now;
                if let Some(at) = self.some_entry(|_| true) {
                    let (entry, rules) = self.plan.with_rules(at).unwrap();
                    let key = (entry.child, entry.instance);
                    if entry.is_live() && rules_per_database(&self.rules, entry) {
                        entry.hold.renew = true;
                    } else if !entry.is_live() {
                        match rules.on_demand && self.random.one_in(2) {
                            true => entry.dismiss(now),
                            false => entry.look_again(rules, now),
                        }
                        if let Some(memory) = self.memory.get_mut(&key) {
                            memory.last_end = None;
                        }
                    }
                }
            }
            15 if self.random.one_in(8) => self.restart(),
            _ => {}
        }
        self.history.push(format!("{} {what}", self.now));
        self.decide();
        let random = self.random.below(4);
        self.now += match random {
            0 => 0,
            1 => self.random.below(100),
            2 => self.random.below(70_000),
            _ => self
                .plan
                .decide(self.now)
                .next
                .map_or(5, |next| next - self.now),
        };
        self.decide();
    }

    fn follow(&mut self) {
        let barred = self.barred.clone();
        let wanted = self.wanted.clone();
        self.plan.follow(
            &self.databases,
            |_, database| barred.contains(&database),
            self.now,
        );
        let rules = self.rules.clone();
        for (_, entry) in self.plan.entries_mut() {
            if rules[entry.child as usize].per_database {
                entry.hold.wanted = wanted.contains(&entry.instance);
            }
        }
        let plan = &self.plan;
        self.memory.retain(|key, _| {
            plan.entries()
                .any(|(_, entry)| (entry.child, entry.instance) == *key)
        });
    }

    /// A new supervisor takes over what the one before has kept.
    fn restart(&mut self) {
        let mut next = Plan::new(self.rules.clone(), self.rest_for_one, 12);
        next.budget = self.plan.budget;
        next.is_primary = self.plan.is_primary;
        for (at, entry) in self.plan.entries() {
            let mut kept = Entry::unpack(&entry.pack());
            kept.hold = entry.hold;
            next.restore(at, kept);
        }
        self.plan = next;
    }

    /// Does what is decided, until there is nothing to do. A launch that fails can have something
    /// else done, and one that succeeds lets the next worker start.
    fn decide(&mut self) {
        for _ in 0..3 + self.plan.places() {
            let decision = self.plan.decide(self.now);
            if decision.actions.is_empty() {
                let is_later = decision.next.is_none_or(|next| next > self.now);
                assert!(is_later, "does not sleep: {decision:?}, {}", self.tale());
                return;
            }
            self.act(&decision.actions);
        }
        panic!("does not come to rest: {}", self.tale());
    }

    fn act(&mut self, actions: &[Action]) {
        for action in actions {
            let at = match *action {
                Action::Stop(at) => {
                    self.check_stop(at);
                    continue;
                }
                Action::Launch(at) => at,
            };
            self.check_launch(at);
            if self.free_slots == 0 {
                self.plan.no_slot(self.now);
                return;
            }
            self.free_slots -= 1;
            self.plan.launched(at, self.now);
        }
    }

    fn check_stop(&self, at: usize) {
        let entry = self.plan.get(at).unwrap();
        assert_eq!(entry.phase, Phase::Stopping);
        let here = position(&self.rules, entry);
        // Of those that the order stops, the last one stops first.
        let is_last = !self.plan.entries().any(|(_, other)| {
            let is_late = self.plan.stops && self.now >= other.since + 1500;
            other.is_live()
                && position(&self.rules, other) > here
                && !(other.phase == Phase::Stopping && is_late)
        });
        let by_order = is_last && (self.plan.stops || self.rest_for_one);
        let has_reason = by_order
            || entry.hold.is_any()
            || self.rules[entry.child as usize].per_database
            || self.live() > self.plan.budget;
        assert!(
            has_reason,
            "stops without a reason: {entry:?}, {}",
            self.tale()
        );
    }

    fn check_launch(&self, at: usize) {
        let entry = self.plan.get(at).unwrap();
        let rules = &self.rules[entry.child as usize];
        assert!(!entry.is_live(), "a second process: {}", self.tale());
        assert!(
            self.live() < self.plan.budget,
            "more than the budget: {}",
            self.tale()
        );
        assert!(
            self.plan.is_primary || rules.on_standby,
            "writes on a standby"
        );
        if rules.per_database {
            let database = entry.instance;
            assert!(
                self.databases.contains(&database)
                    && !self.barred.contains(&database)
                    && !self.wanted.contains(&database),
                "a database without access: {}",
                self.tale()
            );
        }
        let none = Memory::default();
        let memory = self
            .memory
            .get(&(entry.child, entry.instance))
            .unwrap_or(&none);
        if let (Some((end, at)), Some((first, _))) = (memory.last_end, rules.restart) {
            let pause = self.now - at;
            match end {
                End::Failed => {
                    assert!(pause >= first, "a restart storm: {}", self.tale());
                    if let Some((most, period)) = rules.give_up {
                        let recent = memory
                            .failures
                            .iter()
                            .filter(|time| at - **time < period)
                            .count();
                        assert!(
                            recent <= most as usize || pause >= SLOW_RETRY,
                            "does not give up: {recent} of {most} in {period}, {}",
                            self.tale()
                        );
                    }
                }
                End::Restart | End::Asked => assert!(pause >= first, "{}", self.tale()),
                End::Done if rules.on_demand => assert!(pause >= first),
                End::Done => assert!(rules.every.is_some_and(|every| pause >= every)),
                End::Absent => panic!("launched where it is absent: {}", self.tale()),
            }
        }
        if self.rest_for_one && !rules.comes_and_goes() {
            let after = self.plan.entries().any(|(_, other)| {
                other.is_live() && position(&self.rules, other) > position(&self.rules, entry)
            });
            assert!(
                !(after && entry.broken),
                "those after it run: {}",
                self.tale()
            );
        }
    }

    /// From now on everything goes well: each worker that is to run runs in the end.
    fn calm_down(&mut self) {
        self.plan.budget = 100;
        self.plan.is_primary = true;
        self.free_slots = 100;
        self.barred.clear();
        self.wanted.clear();
        self.follow();
        for _ in 0..200 {
            self.decide();
            let (mut starts, mut stops) = (Vec::new(), Vec::new());
            for (at, entry) in self.plan.entries() {
                match entry.phase {
                    Phase::Launched => starts.push(at),
                    Phase::Stopping => stops.push(at),
                    _ => {}
                }
            }
            let is_calm = starts.is_empty() && stops.is_empty();
            for at in starts {
                let now = self.now;
                self.plan.get_mut(at).unwrap().started(now);
            }
            for at in stops {
                self.end(at, End::Asked);
            }
            let next = self.plan.decide(self.now).next;
            match next {
                Some(next) if is_calm => self.now = next,
                None if is_calm => break,
                _ => {}
            }
        }
        for (_, entry) in self.plan.entries() {
            let is_right = match entry.phase {
                Phase::Running | Phase::Absent => true,
                Phase::Finished(next) => next.is_none(),
                _ => false,
            };
            assert!(
                is_right,
                "does not run in the end: {entry:?}, {}",
                self.tale()
            );
        }
    }

    /// All workers stop, the last one first.
    fn stop(&mut self) {
        self.plan.stops = true;
        for _ in 0..1000 {
            self.decide();
            let live: Vec<(usize, Entry)> = self
                .plan
                .entries()
                .filter(|(_, entry)| entry.is_live())
                .map(|(at, entry)| (at, entry.clone()))
                .collect();
            let Some(last) = live
                .iter()
                .map(|(_, entry)| position(&self.rules, entry))
                .max()
            else {
                return;
            };
            let stopping: Vec<_> = live
                .iter()
                .filter(|(_, entry)| entry.phase == Phase::Stopping)
                .collect();
            let first = stopping
                .iter()
                .map(|(_, entry)| position(&self.rules, entry))
                .min();
            assert!(first.is_some(), "nothing stops");
            let before_stop = |entry: &Entry| position(&self.rules, entry) == last;
            let at = stopping
                .iter()
                .find(|(_, entry)| before_stop(entry))
                .or(stopping.first());
            let at = at.unwrap().0;
            self.end(at, End::Asked);
        }
        panic!("workers do not stop");
    }

    fn tale(&self) -> String {
        let last = self.history.len().saturating_sub(30);
        format!(
            "{:#?} {:?} {:?}",
            self.history[last..].join("; "),
            self.rules,
            self.plan
        )
    }
}

fn some_rules(random: &mut Random) -> ChildRules {
    let per_database = random.one_in(2);
    ChildRules {
        copies: if per_database {
            0
        } else {
            1 + random.below(2) as u32
        },
        per_database,
        on_demand: !per_database && random.one_in(3),
        priority: random.below(3) as i32,
        restart: (!random.one_in(6)).then(|| (1000, 1000 << random.below(6))),
        give_up: random.one_in(2).then(|| {
            (
                1 + random.below(MAX_FAILURES as u64) as u32,
                1000 << random.below(9),
            )
        }),
        every: random.one_in(2).then(|| 1 + random.below(100_000)),
        turn: random.below(60_000),
        on_standby: random.one_in(2),
    }
}

fn rules_per_database(rules: &[ChildRules], entry: &Entry) -> bool {
    rules[entry.child as usize].per_database
}

fn position(rules: &[ChildRules], entry: &Entry) -> (u32, u32) {
    match rules[entry.child as usize].comes_and_goes() {
        true => (entry.child, 0),
        false => (entry.child, entry.instance),
    }
}

#[test]
fn rules_hold_in_random_histories() {
    let wanted = std::env::var("HISTORIES").ok();
    let histories: u64 = wanted.map_or(20_000, |text| text.parse().unwrap());
    for seed in 1..=histories {
        let mut world = World::new(seed);
        world.decide();
        for _ in 0..10 + world.random.below(50) {
            world.step();
        }
        match seed % 2 {
            0 => world.calm_down(),
            _ => world.stop(),
        }
    }
}

/// Each database gets its turn, and the one that has waited longest is next.
#[test]
fn databases_take_turns() {
    let rules = ChildRules {
        turn: 1000,
        ..some_rules(&mut Random(1))
    };
    let rules = ChildRules {
        copies: 0,
        per_database: true,
        on_demand: false,
        restart: Some((1000, 1000)),
        every: None,
        on_standby: true,
        ..rules
    };
    let mut plan = Plan::new(vec![rules], false, 4000);
    plan.budget = 8;
    let databases: BTreeSet<u32> = (1..=1000).collect();
    let mut now = 1;
    assert_eq!(plan.follow(&databases, |_, _| false, now), 0);
    let mut launches = vec![0; 1001];
    while now < 300_000 {
        let decision = plan.decide(now);
        for action in decision.actions {
            match action {
                Action::Launch(at) => {
                    plan.launched(at, now);
                    let entry = plan.get_mut(at).unwrap();
                    entry.started(now);
                    launches[entry.instance as usize] += 1;
                }
                Action::Stop(at) => assert!(plan.ended(at, End::Asked, now).is_none()),
            }
        }
        now = plan.decide(now).next.unwrap_or(now + 1).max(now + 1);
    }
    let (least, most) = (
        launches[1..].iter().min().unwrap(),
        launches.iter().max().unwrap(),
    );
    assert!(*least >= 2 && most - least <= 1, "{least} to {most}");
}
