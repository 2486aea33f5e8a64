//! Drives a board through random histories of jobs, workers and settings: each job is taken once,
//! and soon.
#![forbid(unsafe_code)]

use super::board::{Board, Next, Rules, SEATS};
use std::collections::BTreeMap;

const RULES: Rules = Rules {
    linger: 10_000,
    turn: 500,
};

/// The longest time that a job may wait after the last change of a setting.
const SOON: u64 = 8000;

/// A generator of numbers: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % end
    }
}

/// What a process does until a time.
#[derive(Debug, Clone, Copy)]
enum Does {
    Starts(u64),
    Job(u64),
    Waits(u64),
    Exits(u64),
}

struct World {
    random: Random,
    board: Board,
    fewest: usize,
    most: usize,
    /// The number of slots.
    room: usize,
    now: u64,
    workers: BTreeMap<usize, Does>,
    /// The database of each worker, as a server has it: it never changes.
    databases: BTreeMap<usize, u32>,
    /// The jobs that wait, with their time and database.
    waiting: BTreeMap<u64, (u64, u32)>,
    changed: u64,
}

impl World {
    /// The supervisor looks.
    fn demand(&mut self) {
        let live = self.workers.len();
        let has_room = live < self.room;
        let demand = self.board.demand(self.fewest, self.most, live, has_room);
        for process in demand.wake {
            self.wake(process);
        }
        for _ in 0..demand.start.min(self.room.saturating_sub(live)) {
            let copy = (0..SEATS).find(|copy| !self.workers.contains_key(copy));
            let starts = self.now + 1 + self.random.below(20);
            self.workers.insert(copy.unwrap(), Does::Starts(starts));
        }
    }

    fn add(&mut self) {
        let database = 1 + self.random.below(4) as u32;
        let Some(number) = self.board.add(database, 0, 0) else {
            return;
        };
        self.waiting.insert(number, (self.now, database));
        if let Some(process) = self.board.idle_for(database) {
            self.wake(process);
        }
        self.demand();
    }

    fn wake(&mut self, process: u32) {
        let seat = process as usize;
        assert!(matches!(self.workers[&seat], Does::Waits(_)));
        self.workers.insert(seat, Does::Waits(self.now));
    }

    /// A process does what comes next.
    fn act(&mut self, seat: usize) {
        let does = self.workers[&seat];
        match does {
            Does::Starts(_) => {
                self.board.sit(seat, seat as u32, self.now);
                self.databases.remove(&seat);
            }
            Does::Exits(_) => {
                self.workers.remove(&seat);
                self.board.vacate(seat);
                return self.demand();
            }
            Does::Job(_) | Does::Waits(_) => {}
        }
        let next = match self.board.next(seat, RULES, self.now) {
            Next::Take(job) => {
                let (_, database) = self.waiting.remove(&job.number).expect("it waits");
                assert_eq!(database, job.database);
                assert_eq!(*self.databases.entry(seat).or_insert(database), database);
                Does::Job(self.now + 1 + self.random.below(40))
            }
            Next::Leave => Does::Exits(self.now + 1 + self.random.below(5)),
            Next::Wait(time) => Does::Waits(self.now + time),
        };
        self.workers.insert(seat, next);
        if matches!(does, Does::Starts(_)) {
            // A worker that has started wakes the supervisor.
            self.demand();
        }
    }

    /// Returns the next process that does something, and when.
    fn next(&self) -> Option<(u64, usize)> {
        let times = self.workers.iter().map(|(seat, does)| match *does {
            Does::Starts(at) | Does::Job(at) | Does::Waits(at) | Does::Exits(at) => (at, *seat),
        });
        times.min()
    }

    fn check(&self) {
        assert!(self.workers.len() <= 4.min(self.room));
        for (number, (since, database)) in &self.waiting {
            assert!(
                self.now - since.max(&self.changed) < SOON,
                "job {number} of {database} waits: {} {:?} {:?} {:?}",
                self.now,
                self.workers,
                self.databases,
                self.waiting
            );
        }
    }
}

#[test]
fn jobs_do_not_wait_long_in_random_histories() {
    for seed in 1..=500_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let most = 1 + random.below(4) as usize;
        let mut world = World {
            fewest: random.below(2) as usize,
            room: 1 + random.below(4) as usize,
            most,
            random,
            board: Board::new(),
            now: 1,
            workers: BTreeMap::new(),
            databases: BTreeMap::new(),
            waiting: BTreeMap::new(),
            changed: 1,
        };
        world.demand();
        for _ in 0..400 {
            match world.random.below(20) {
                0..4 => world.add(),
                4 => {
                    // Fewer jobs than the workers can run in the time that is allowed.
                    for _ in 0..world.random.below(15) {
                        world.add();
                    }
                }
                5 => {
                    let waiting = world.waiting.keys().next().copied();
                    if let Some(number) = waiting {
                        world.waiting.remove(&number);
                        assert!(world.board.withdraw(number));
                    }
                }
                6 => {
                    (world.most, world.changed) = (1 + world.random.below(4) as usize, world.now);
                    world.demand();
                }
                _ => {}
            }
            let pause = world.now + world.random.below(300);
            while let Some((at, seat)) = world.next().filter(|(at, _)| *at <= pause) {
                world.now = world.now.max(at);
                world.act(seat);
                world.check();
            }
            world.now = pause;
            world.check();
        }
        // Without jobs, those that are not wanted leave.
        while let Some((at, seat)) = world.next().filter(|(at, _)| *at < world.changed + 200_000) {
            world.now = world.now.max(at);
            world.act(seat);
            world.check();
        }
        assert!(world.waiting.is_empty());
        assert_eq!(
            world.workers.len(),
            world.fewest.min(world.most).min(world.room),
            "seed {seed}"
        );
    }
}
