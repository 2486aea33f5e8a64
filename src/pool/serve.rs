//! The side of the worker: it takes jobs, runs them, and sends their results.
#![forbid(unsafe_code)]

use super::board::{Next, Waiting};
use super::declared::Pool;
use super::jobs::Jobs;
use crate::channel::Asked;
use crate::error::{ErrorKind, Result};
use crate::message::Message;
use crate::server::children::{OwnPlace, step};
use crate::server::datum::Oid;
use crate::server::process_signals::{monotonic_millis, process_number};
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::supervisor::Crew;
use crate::worker::{Connect, Connected, ConnectionState, Exit, Unconnected, Worker};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The seat of this worker. It is empty when this is dropped.
struct Seat<'a> {
    jobs: &'static Jobs,
    copy: usize,
    thread: ServerThread<'a>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let copy = self.copy;
        self.jobs.in_drop(self.thread, |board| board.vacate(copy));
    }
}

impl<I: Message, O: Message> Pool<I, O> {
    /// Runs jobs with `function` until this worker has none for a while, or is asked to stop. The
    /// main function of a pool's child returns what this returns.
    ///
    /// The worker connects to the database of its first job, as the role of the child. If that
    /// fails, the process that waits for the job gets the error, or finds that the worker has
    /// ended; the child does not count as failing.
    ///
    /// # Errors
    /// * [`Invalid`](ErrorKind::Invalid): this process is not a worker of this pool. Add it with
    ///   [`Supervisor::pool`](crate::supervisor::Supervisor::pool).
    /// * [`Terminating`](ErrorKind::Terminating) after SIGTERM, and those of [`Worker::connect`].
    pub fn serve<'w>(
        &'static self,
        mut worker: Worker<'w, Unconnected>,
        mut function: impl FnMut(&mut Worker<'w, Connected>, I) -> Result<O>,
    ) -> Result<Exit> {
        let own = self.own_place(&worker)?;
        let [identity, ..] = own.place.words();
        let process = process_number(worker.server_thread());
        let seat = Seat {
            jobs: &self.jobs,
            copy: identity as u32 as usize,
            thread: worker.server_thread().lasting(),
        };
        self.jobs
            .lock(&mut worker)?
            .sit(seat.copy, process, monotonic_millis());
        let Some((job, mut asked)) = self.take(&mut worker, &seat, false)? else {
            return Ok(ends(own));
        };
        // Whatever ends the process now says nothing about other databases.
        own.place.end(own.generation, step::ABSENT);
        let mut worker = match connect(worker, own, Oid(job.database)) {
            Ok(worker) => worker,
            Err(error) => {
                asked.fail(&error);
                return Err(error);
            }
        };
        own.place.resume(own.generation);
        loop {
            asked.answer(&mut worker, &mut function)?;
            match self.take(&mut worker, &seat, true)? {
                Some((_, next)) => asked = next,
                None => return Ok(ends(own)),
            }
        }
    }

    fn own_place(&'static self, worker: &impl OnServerThread) -> Result<OwnPlace> {
        let own = worker.server_thread().process().own_place.get();
        let own = own.filter(|own| {
            let [identity, ..] = own.place.words();
            let needs = own.family.children.get((identity >> 32) as usize);
            needs.is_some_and(|needs| needs.crew == Some(self.jobs.address()))
        });
        own.ok_or_else(|| {
            self.jobs
                .error(ErrorKind::Invalid, "this process is not one of its workers")
                .with_hint("Add the worker to a supervisor with Supervisor::pool.")
        })
    }

    /// Waits for a job. Returns `None` if this worker is to end.
    fn take<S: ConnectionState>(
        &'static self,
        worker: &mut Worker<'_, S>,
        seat: &Seat<'_>,
        is_connected: bool,
    ) -> Result<Option<(Waiting, Asked<I, O>)>> {
        if is_connected {
            worker.waits.watch_database();
        }
        // Settings, interrupts and statistics get their turn between two jobs.
        let mut time = Duration::ZERO;
        loop {
            if !worker.wait(time)?.keep_going() {
                return Ok(None);
            }
            let next = self
                .jobs
                .lock(worker)?
                .next(seat.copy, self.jobs.rules, monotonic_millis());
            let job = match next {
                Next::Take(job) => job,
                Next::Leave => return Ok(None),
                Next::Wait(millis) => {
                    time = Duration::from_millis(millis);
                    continue;
                }
            };
            match Asked::attach(worker.server_thread(), job.handle, job.nonce) {
                Ok(asked) => {
                    // A command that wants the database waits for a job, as for any session.
                    worker.waits.ignore_database();
                    return Ok(Some((job, asked)));
                }
                // No process waits for it.
                Err(error) if error.kind() == ErrorKind::PeerGone => {
                    if !is_connected {
                        self.jobs.lock(worker)?.release(seat.copy);
                    }
                    time = Duration::ZERO;
                }
                Err(error) => {
                    self.jobs.lock(worker)?.put_back(job);
                    return Err(error);
                }
            }
        }
    }
}

/// Records that the supervisor need not start this worker again before there are jobs.
fn ends(own: OwnPlace) -> Exit {
    own.place.end(own.generation, step::ABSENT);
    Exit::Done
}

fn connect<'w>(
    worker: Worker<'w, Unconnected>,
    own: OwnPlace,
    database: Oid,
) -> Result<Worker<'w, Connected>> {
    let [identity, ..] = own.place.words();
    let needs = own.family.children.get((identity >> 32) as usize);
    let target = Connect::database_oid(database);
    worker.connect(match needs.is_some_and(|needs| needs.as_superuser) {
        true => target.as_superuser(),
        // An invalid OID is refused.
        false => target.role_oid(Oid(own.place.role.load(Relaxed))),
    })
}
