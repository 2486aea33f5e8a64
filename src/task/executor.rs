//! The executor's loop.
#![forbid(unsafe_code)]

use super::events::{Events, Kind};
use super::jobs::Jobs;
use super::rings::Rings;
use super::server::{Inner, Server};
use super::sources::Sources;
use super::spawn::Turn;
use super::stop::Stop;
use super::tasks::{JOBS, MAIN, RESERVED, Tasks};
use super::turns::Turns;
use super::wakers::{Ready, Wakeup};
use crate::error::{Error, ErrorKind, Result};
use crate::server::log_line::Level;
use crate::server::panic;
use crate::server::report::Report;
use crate::server::tokens::OnServerThread;
use crate::wait::{Handlers, Wake};
use crate::worker::{ConnectionState, Exit, Recovery, Worker};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// The default of [`Server::set_poll_limit`].
const POLL_LIMIT: Duration = Duration::from_secs(1);

/// Time between two interrupt checks after SIGTERM, when the server does not wait.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs an async main function, and the tasks that it spawns, until it returns or the worker must
/// leave. See the [module](super).
///
/// Returns what main returns. Returns [`Exit::Done`] if the worker must leave and main was dropped.
///
/// # Errors
/// Those of main, and those of [`Worker::wait`]; [`Invalid`](ErrorKind::Invalid) if a task has
/// replaced a signal handler of the server. A panic of main continues after the tasks were
/// dropped.
#[track_caller]
pub fn run<'w, S: ConnectionState, E: From<Error>>(
    worker: Worker<'w, S>,
    main: impl AsyncFnOnce(Server<'w, S>) -> Result<Exit, E>,
) -> Result<Exit, E> {
    run_inside(worker, main, |turn| turn())
}

/// Like [`run`]. Every turn of a task runs inside `context`.
#[track_caller]
pub(super) fn run_inside<'w, S: ConnectionState, E: From<Error>>(
    mut worker: Worker<'w, S>,
    main: impl AsyncFnOnce(Server<'w, S>) -> Result<Exit, E>,
    context: impl Fn(&mut dyn FnMut()),
) -> Result<Exit, E> {
    let location = Location::caller();
    let thread = worker.server_thread().lasting();
    let ready = Arc::new(Ready::new(worker.waker()?));
    let events = Rc::new(Events::default());
    let recovery = worker.recovery()?;
    if recovery != Recovery::Recovering {
        events.happened(Kind::Consistent);
    }
    if recovery == Recovery::Finished {
        events.happened(Kind::Promoted);
    }
    let inner = Rc::new(Inner {
        thread,
        worker: RefCell::new(Some(worker)),
        borrower: Cell::new(location),
        tasks: Tasks::default(),
        timers: Rc::default(),
        events,
        sources: Rc::new(Sources::new(thread)),
        jobs: Arc::new(Jobs::new(Arc::new(Wakeup::new(JOBS, ready.clone())))),
        ready,
        rings: Rings::new(thread),
        poll_limit: Cell::new(POLL_LIMIT),
    });
    let server = Server(inner.clone());
    let stops_for_database = Cell::new(false);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut executor = Executor {
            inner: &inner,
            context: &context,
            turns: Turns::new(),
            stop: Stop::default(),
            handlers: Handlers::new(thread),
        };
        // The first wait returns at once. That is no event for main.
        executor.wait(Duration::ZERO)?;
        let result = executor.drive(location, pin!(main(server)));
        stops_for_database.set(executor.stop.for_database());
        result
    }));
    // Destructors of tasks can use the server as long as the worker is there.
    inner.jobs.close();
    for (location, error) in inner.tasks.close() {
        report_panic(&Server(inner.clone()), location, &error);
    }
    inner.sources.close();
    inner.rings.close();
    if stops_for_database.get() {
        thread.process().steps_aside.set(true);
    }
    let worker = inner.worker.take();
    drop(worker);
    match outcome {
        Ok(Ok(Some(result))) => result,
        Ok(Ok(None)) => Ok(Exit::Done),
        Ok(Err(error)) => Err(error.into()),
        Err(payload) => resume_unwind(payload),
    }
}

fn report_panic<S>(server: &Server<'_, S>, location: &'static Location<'static>, error: &Error) {
    let mut report = Report::new(Level::Warning, error.message())
        .detail(format!("The task was spawned at {location}."));
    if let Some(context) = error.context() {
        report = report.context(context);
    }
    report.emit(server);
}

struct Executor<'a, 'w, S> {
    inner: &'a Rc<Inner<'w, S>>,
    context: &'a dyn Fn(&mut dyn FnMut()),
    turns: Turns,
    stop: Stop,
    handlers: Handlers,
}

impl<S: ConnectionState> Executor<'_, '_, S> {
    /// Runs main and the tasks. Returns `None` if the worker must leave.
    fn drive<T>(
        &mut self,
        location: &'static Location<'static>,
        mut main: Pin<&mut impl Future<Output = T>>,
    ) -> Result<Option<T>> {
        let inner = self.inner;
        let wakeup = Arc::new(Wakeup::new(MAIN, inner.ready.clone()));
        let waker = Waker::from(wakeup.clone());
        wakeup.wake();
        let mut batch = Vec::new();
        while !self.stop.is_over() {
            inner.ready.take(&mut batch);
            for id in batch.drain(..) {
                match id {
                    MAIN => {
                        wakeup.begin();
                        let mut result = Poll::Pending;
                        (self.context)(&mut || {
                            result = main.as_mut().poll(&mut Context::from_waker(&waker));
                        });
                        if let Poll::Ready(value) = result {
                            return Ok(Some(value));
                        }
                        self.end_turn(location)?;
                    }
                    JOBS => self.run_jobs()?,
                    task => self.run_task(task - RESERVED)?,
                }
                if self.stop.is_over() {
                    return Ok(None);
                }
            }
            self.fire_timers();
            if inner.ready.park() {
                self.check_handlers()?;
                let left = self.stop.left();
                let time = inner.timers.next().map_or(left, |at| {
                    at.saturating_duration_since(Instant::now()).min(left)
                });
                let waited = self.wait(time);
                inner.ready.unpark();
                waited?;
            }
        }
        Ok(None)
    }

    fn run_task(&mut self, at: usize) -> Result<()> {
        let inner = self.inner;
        // A waker of a task that has ended.
        let Some(mut entry) = inner.tasks.take(at) else {
            return Ok(());
        };
        entry.wakeup.begin();
        let location = entry.location;
        let mut turn = Turn::Pending;
        (self.context)(&mut || {
            turn = entry.task.run(&mut Context::from_waker(&entry.waker));
        });
        match turn {
            Turn::Pending => inner.tasks.put(at, entry),
            Turn::Done => inner.tasks.free(at),
            Turn::Unheard(error) => {
                inner.tasks.free(at);
                report_panic(&Server(inner.clone()), location, &error);
                panic::drop_contained(error);
            }
        }
        self.end_turn(location)
    }

    fn run_jobs(&mut self) -> Result<()> {
        let inner = self.inner;
        for job in inner.jobs.take() {
            let location = job.location;
            let server = Server(inner.clone());
            let mut run = Some(job.run);
            (self.context)(&mut || {
                let Some(run) = run.take() else { return };
                // The result of a caller that is gone may panic when it is dropped.
                let called = catch_unwind(AssertUnwindSafe(|| {
                    let mut worker = inner.worker.borrow_mut();
                    inner.borrower.set(location);
                    if let Some(worker) = worker.as_mut() {
                        run(worker);
                    }
                }));
                if let Err(payload) = called {
                    report_panic(&server, location, &panic::into_error(payload));
                }
            });
            self.end_turn(location)?;
            if self.stop.is_over() {
                break;
            }
        }
        Ok(())
    }

    /// Accounts for a turn of a task. After some turns, the server has one.
    fn end_turn(&mut self, location: &'static Location<'static>) -> Result<()> {
        let limit = self.inner.poll_limit.get();
        if let Some(time) = self.turns.end(location, limit) {
            Report::new(
                Level::Warning,
                format!("a task ran for {} ms without an await", time.as_millis()),
            )
            .detail(format!("The task was spawned at {location}."))
            .hint(
                "Other tasks and the server's interrupts wait meanwhile. Await more often, or use \
                 spawn_thread.",
            )
            .emit(&Server(self.inner.clone()));
        }
        if self.turns.server_is_due() {
            self.wait(Duration::ZERO)?;
            self.fire_timers();
        }
        Ok(())
    }

    /// A library that installs a handler for SIGTERM would make the worker one that cannot be
    /// stopped.
    fn check_handlers(&self) -> Result<()> {
        if self.handlers.restore() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a task has replaced a signal handler of the server",
            )
            .with_detail("The handler of the server was restored.")
            .with_hint(
                "Use stopping() and reloaded() of the task's server instead of the signals of a \
                 library, such as tokio::signal.",
            ));
        }
        Ok(())
    }

    fn fire_timers(&self) {
        let timers = &self.inner.timers;
        if timers.next().is_some() {
            timers.fire(Instant::now());
        }
    }

    /// Waits for the server, up to `time`, and reports what has happened.
    fn wait(&mut self, time: Duration) -> Result<()> {
        let inner = self.inner;
        let flush = !time.is_zero() || self.turns.statistics_are_due();
        let is_rung = inner.rings.before_wait();
        let time = if is_rung { Duration::ZERO } else { time };
        let waited = inner.sources.with_reactor(|reactor, is_used| {
            let mut worker = inner.worker.borrow_mut();
            let Some(worker) = worker.as_mut() else {
                unreachable!("the worker is there until the executor ends")
            };
            let wake = if self.stop.terminating() {
                let outside = worker.waits.wait_outside(reactor, time.min(LOOK_AGAIN))?;
                outside | worker.wait_for_tasks(None, Duration::ZERO, flush)?
            } else {
                worker.wait_for_tasks(is_used.then_some(reactor), time, flush)?
            };
            Ok::<_, Error>((wake | worker.waits.take_seen(), worker.waits.stop_timeout()))
        });
        self.turns.server_had_one();
        inner.rings.after_wait();
        let (wake, budget) = waited?;
        self.tell(wake);
        if !wake.keep_going() {
            self.stop.begin(wake, budget, &inner.events);
        }
        Ok(())
    }

    fn tell(&self, wake: Wake) {
        let events = &self.inner.events;
        let happened = [
            (wake.latch_set(), Kind::Latch),
            (wake.reloaded(), Kind::Reloaded),
            (wake.consistent() || wake.promoted(), Kind::Consistent),
            (wake.promoted(), Kind::Promoted),
        ];
        for (happened, kind) in happened {
            if happened {
                events.happened(kind);
            }
        }
        if wake.sockets_ready() {
            self.inner.sources.wake();
        }
    }
}
