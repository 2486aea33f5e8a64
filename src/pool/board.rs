//! What the processes of a pool agree on: the jobs that wait, and the worker in each seat. The
//! decisions call neither the server nor a clock.

use crate::shareable;

/// The largest number of jobs that wait.
const JOBS: usize = 1024;

/// The largest number of jobs of one database that wait.
pub(super) const MOST_JOBS: usize = 256;

/// The largest number of workers.
pub(super) const SEATS: usize = 64;

shareable! {
    /// A job that waits.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Waiting {
        /// The number in the order of submission. 0: there is no job here.
        pub(super) number: u64,
        pub(super) database: u32,
        /// The channel to the process that waits for the result.
        pub(super) handle: u32,
        pub(super) nonce: u32,
        padding: u32,
    }
}

shareable! {
    /// A worker. What an empty seat has is not read.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Seat {
        /// When its process got this database, and when it last had a job, in milliseconds.
        since: u64,
        last_job: u64,
        /// The number of the process, plus one. 0: the seat is empty.
        process: u32,
        /// 0: it is not connected.
        database: u32,
        /// 1: it runs a job.
        busy: u32,
        padding: u32,
    }
}

shareable! {
    /// When a database last got a worker for a job, as the number of that time.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Served {
        order: u64,
        database: u32,
        padding: u32,
    }
}

shareable! {
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Board {
        jobs: [Waiting; JOBS],
        seats: [Seat; SEATS],
        served: [Served; SEATS],
        last_number: u64,
        last_order: u64,
        /// The numbers of workers that the settings want.
        fewest: u32,
        most: u32,
        /// The number of workers for which there are slots.
        limit: u32,
        padding: u32,
    }
}

/// The rules of a pool, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// A worker without a job ends after this time.
    pub(super) linger: u64,
    /// A worker leaves its database after this time, if others wait.
    pub(super) turn: u64,
}

/// What a worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Take(Waiting),
    /// It ends, and has left its seat.
    Leave,
    /// It waits for so many milliseconds, or until it is woken.
    Wait(u64),
}

/// What the supervisor does for the jobs that wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Demand {
    /// The number of workers to start.
    pub(super) start: usize,
    /// The processes to wake. One that was woken before may have left.
    pub(super) wake: Vec<u32>,
}

const NO_JOB: Waiting = Waiting {
    number: 0,
    database: 0,
    handle: 0,
    nonce: 0,
    padding: 0,
};

const NO_SEAT: Seat = Seat {
    since: 0,
    last_job: 0,
    process: 0,
    database: 0,
    busy: 0,
    padding: 0,
};

const NOT_SERVED: Served = Served {
    order: 0,
    database: 0,
    padding: 0,
};

impl Board {
    pub(super) const fn new() -> Self {
        Board {
            jobs: [NO_JOB; JOBS],
            seats: [NO_SEAT; SEATS],
            served: [NOT_SERVED; SEATS],
            last_number: 0,
            last_order: 0,
            fewest: 0,
            most: 0,
            limit: 0,
            padding: 0,
        }
    }

    /// Adds a job. Returns its number, or `None` if there is no room.
    pub(super) fn add(&mut self, database: u32, handle: u32, nonce: u32) -> Option<u64> {
        let of_database = self.jobs().filter(|job| job.database == database);
        if of_database.count() >= MOST_JOBS {
            return None;
        }
        let place = self.jobs.iter_mut().find(|job| job.number == 0)?;
        self.last_number += 1;
        *place = Waiting {
            number: self.last_number,
            database,
            handle,
            nonce,
            padding: 0,
        };
        Some(self.last_number)
    }

    /// Puts back a job that a worker has taken, and could not begin.
    pub(super) fn put_back(&mut self, job: Waiting) {
        if let Some(place) = self.jobs.iter_mut().find(|job| job.number == 0) {
            *place = job;
        }
    }

    /// Lets a worker that has not connected go to any database again.
    pub(super) fn release(&mut self, seat: usize) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.database = 0;
        }
    }

    /// Removes a job that no worker has taken. Returns whether it was there.
    pub(super) fn withdraw(&mut self, number: u64) -> bool {
        let place = self.jobs.iter_mut().find(|job| job.number == number);
        place.map(|job| *job = NO_JOB).is_some()
    }

    /// Returns the process of a worker that has nothing to do, for a job in this database: one that
    /// is connected to it, or to no database, or one that can leave another database for it.
    pub(super) fn idle_for(&self, database: u32) -> Option<u32> {
        let idle = |wanted: &dyn Fn(u32) -> bool| {
            self.seats
                .iter()
                .find(|seat| seat.process != 0 && seat.busy == 0 && wanted(seat.database))
                .map(|seat| seat.process - 1)
        };
        idle(&|at| at == database)
            .or_else(|| idle(&|at| at == 0))
            .or_else(|| idle(&|_| self.is_full()))
    }

    pub(super) fn waiting(&self) -> usize {
        self.jobs().count()
    }

    fn jobs(&self) -> impl Iterator<Item = &Waiting> {
        self.jobs.iter().filter(|job| job.number != 0)
    }

    fn seated(&self) -> usize {
        self.seats.iter().filter(|seat| seat.process != 0).count()
    }

    fn is_full(&self) -> bool {
        self.seated() >= self.limit as usize
    }

    /// Gives a process its seat.
    pub(super) fn sit(&mut self, seat: usize, process: u32, now: u64) {
        if let Some(seat) = self.seats.get_mut(seat) {
            *seat = Seat {
                since: now,
                last_job: now,
                process: process + 1,
                ..NO_SEAT
            };
        }
    }

    /// Empties the seat of a worker that has ended.
    pub(super) fn vacate(&mut self, seat: usize) {
        if let Some(seat) = self.seats.get_mut(seat) {
            *seat = NO_SEAT;
        }
    }

    /// Sets the numbers of workers that are wanted, of which so many are live.
    pub(super) fn demand(
        &mut self,
        fewest: usize,
        most: usize,
        live: usize,
        has_room: bool,
    ) -> Demand {
        let most = most.min(SEATS);
        let limit = if has_room { most } else { most.min(live) };
        (self.fewest, self.most) = (fewest.min(most) as u32, most as u32);
        self.limit = limit as u32;
        // A worker that starts takes one job, and an idle one takes those of its database.
        let starting = live.saturating_sub(self.seated());
        let idle = self.seats.iter().filter(|s| s.process != 0 && s.busy == 0);
        let mut idle: Vec<Seat> = idle.copied().collect();
        let (mut wake, mut wanting) = (Vec::new(), 0);
        for job in self.jobs() {
            let can_take = |seat: &Seat| [0, job.database].contains(&seat.database);
            match idle.iter().position(can_take) {
                Some(at) => wake.push(idle.swap_remove(at).process - 1),
                None => wanting += 1,
            }
        }
        let needed = live + usize::saturating_sub(wanting, starting);
        let start = needed.max(fewest).min(most).saturating_sub(live);
        // The others can only leave their databases.
        let will_start = if has_room { start } else { 0 };
        if wanting > starting + will_start || self.seated() > most {
            wake.extend(idle.iter().map(|seat| seat.process - 1));
        }
        // Without room, one waits for it.
        let start = if has_room { start } else { start.min(1) };
        Demand { start, wake }
    }

    /// Decides what the worker in this seat does next. It has no job.
    pub(super) fn next(&mut self, seat: usize, rules: Rules, now: u64) -> Next {
        let Some(own) = self.seats.get_mut(seat) else {
            return Next::Leave;
        };
        if own.busy != 0 {
            (own.busy, own.last_job) = (0, now);
        }
        let own = *own;
        let job = if self.seated() > self.most as usize || self.is_wanted_elsewhere(own, rules, now)
        {
            None
        } else if own.database == 0 {
            self.fairest()
        } else {
            self.oldest(own.database)
        };
        if let Some(job) = job {
            self.take(seat, job, now);
            return Next::Take(job);
        }
        let can_leave = self.seated() > self.fewest as usize;
        let idle_until = own.last_job.saturating_add(rules.linger);
        let others_wait = own.database != 0 && self.jobs().any(|job| !self.is_served(job));
        if self.seated() > self.most as usize
            || (others_wait && self.is_full())
            || (can_leave && idle_until <= now)
        {
            self.vacate(seat);
            return Next::Leave;
        }
        Next::Wait(match can_leave {
            true => idle_until - now,
            false => rules.linger,
        })
    }

    /// Returns whether a worker has had its turn, and another database has waiting jobs and fewer
    /// workers.
    fn is_wanted_elsewhere(&self, own: Seat, rules: Rules, now: u64) -> bool {
        own.database != 0
            && self.is_full()
            && own.since.saturating_add(rules.turn) <= now
            && self.jobs().any(|job| {
                !self.is_served(job) && self.workers(job.database) < self.workers(own.database)
            })
    }

    /// Returns whether an idle worker can take the job.
    fn is_served(&self, job: &Waiting) -> bool {
        let mut seats = self.seats.iter();
        seats.any(|seat| {
            seat.process != 0 && seat.busy == 0 && [0, job.database].contains(&seat.database)
        })
    }

    fn workers(&self, database: u32) -> usize {
        let seats = self.seats.iter();
        seats
            .filter(|seat| seat.process != 0 && seat.database == database)
            .count()
    }

    fn oldest(&self, database: u32) -> Option<Waiting> {
        let jobs = self.jobs().filter(|job| job.database == database);
        jobs.min_by_key(|job| job.number).copied()
    }

    /// Returns the job for a worker that can go to any database: one in the database with the
    /// fewest workers, then in the one that got a worker longest ago.
    fn fairest(&self) -> Option<Waiting> {
        let served = |database| {
            let known = self
                .served
                .iter()
                .find(|served| served.database == database);
            known.map_or(0, |served| served.order)
        };
        self.jobs()
            .min_by_key(|job| {
                let database = job.database;
                (self.workers(database), served(database), job.number)
            })
            .copied()
    }

    fn take(&mut self, seat: usize, job: Waiting, now: u64) {
        self.withdraw(job.number);
        let seat = &mut self.seats[seat];
        (seat.busy, seat.last_job) = (1, now);
        if seat.database == job.database {
            return;
        }
        (seat.database, seat.since) = (job.database, now);
        // The place of this database, or the one that was served longest ago.
        let places = self.served.iter_mut();
        let place = places.min_by_key(|served| (served.database != job.database, served.order));
        if let Some(place) = place {
            self.last_order += 1;
            (place.database, place.order) = (job.database, self.last_order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        linger: 10_000,
        turn: 1000,
    };

    fn board(fewest: usize, most: usize) -> Board {
        let mut board = Board::new();
        board.demand(fewest, most, 0, true);
        board
    }

    fn database_of(next: Next) -> u32 {
        match next {
            Next::Take(job) => job.database,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn workers_are_started_for_jobs_that_no_worker_takes() {
        let mut board = board(0, 4);
        assert_eq!(board.demand(0, 4, 0, true).start, 0);
        for _ in 0..3 {
            board.add(7, 1, 1).unwrap();
        }
        assert_eq!(board.demand(0, 4, 0, true).start, 3);
        assert_eq!(board.demand(0, 4, 2, true).start, 1);
        assert_eq!(board.demand(0, 2, 2, true).start, 0);
        board.sit(0, 5, 0);
        assert_eq!(database_of(board.next(0, RULES, 0)), 7);
        assert_eq!(board.demand(0, 4, 1, true).start, 2);
        // One that is idle in the database takes a job without a new process.
        board.sit(1, 6, 0);
        assert_eq!(database_of(board.next(1, RULES, 0)), 7);
        assert_eq!(board.demand(0, 4, 2, true).start, 1);
        assert_eq!(board.waiting(), 1);
    }

    #[test]
    fn fewest_workers_stay() {
        let mut board = board(1, 4);
        assert_eq!(board.demand(1, 4, 0, true).start, 1);
        board.sit(0, 5, 0);
        board.sit(1, 6, 0);
        assert_eq!(board.next(0, RULES, 9_999), Next::Wait(1));
        assert_eq!(board.next(0, RULES, 10_000), Next::Leave);
        assert_eq!(board.next(1, RULES, 10_000), Next::Wait(10_000));
        assert_eq!(board.next(1, RULES, 90_000), Next::Wait(10_000));
    }

    #[test]
    fn too_many_workers_leave() {
        let mut board = board(0, 2);
        for seat in 0..3 {
            board.sit(seat, 5, 0);
        }
        board.add(7, 1, 1).unwrap();
        assert_eq!(board.next(0, RULES, 1), Next::Leave);
        assert_eq!(database_of(board.next(1, RULES, 1)), 7);
    }

    #[test]
    fn databases_take_turns_whatever_the_number_of_jobs() {
        let mut board = board(0, 1);
        for _ in 0..100 {
            board.add(1, 1, 1).unwrap();
        }
        for database in [2, 3] {
            board.add(database, 1, 1).unwrap();
        }
        let (mut now, mut visits) = (0, Vec::new());
        for _ in 0..5 {
            board.sit(0, 5, now);
            loop {
                match board.next(0, RULES, now) {
                    Next::Take(job) if visits.last() != Some(&job.database) => {
                        visits.push(job.database);
                    }
                    Next::Take(_) => {}
                    Next::Leave => break,
                    Next::Wait(_) => return assert_eq!(visits, [1, 2, 3, 1]),
                }
                now += 300;
            }
        }
        assert_eq!(visits, [1, 2, 3, 1]);
    }

    #[test]
    fn idle_worker_leaves_for_another_database_if_there_is_no_other() {
        let mut board = board(0, 1);
        board.add(1, 1, 1).unwrap();
        board.sit(0, 5, 0);
        assert_eq!(database_of(board.next(0, RULES, 0)), 1);
        assert_eq!(board.idle_for(2), None);
        assert_eq!(board.next(0, RULES, 1), Next::Wait(10_000));
        board.add(2, 1, 1).unwrap();
        assert_eq!(board.idle_for(2), Some(5));
        assert_eq!(board.demand(0, 1, 1, true).start, 0);
        assert_eq!(board.next(0, RULES, 2), Next::Leave);
        assert_eq!(board.demand(0, 1, 0, true).start, 1);
    }

    #[test]
    fn each_job_wakes_a_worker_of_its_own() {
        let mut board = board(0, 4);
        for (seat, process) in [(0, 5), (1, 6)] {
            board.add(1, 1, 1).unwrap();
            board.sit(seat, process, 0);
            assert_eq!(database_of(board.next(seat, RULES, 0)), 1);
            assert_eq!(board.next(seat, RULES, 1), Next::Wait(10_000));
        }
        board.add(1, 1, 1).unwrap();
        board.add(1, 1, 1).unwrap();
        let demand = board.demand(0, 4, 2, true);
        assert_eq!((demand.start, demand.wake), (0, vec![5, 6]));
    }

    #[test]
    fn job_that_is_withdrawn_is_not_taken() {
        let mut board = board(0, 1);
        let number = board.add(1, 1, 1).unwrap();
        assert!(board.withdraw(number));
        assert!(!board.withdraw(number));
        board.sit(0, 5, 0);
        assert_eq!(board.next(0, RULES, 0), Next::Wait(10_000));
        let added = (0..=JOBS).filter_map(|_| board.add(1, 1, 1)).count();
        assert_eq!(added, MOST_JOBS);
        assert!(board.add(2, 1, 1).is_some());
    }
}
