//! The loop that all waits of a worker use.

use super::commands::Commands;
use super::reactor::Reactor;
use super::server_set::ServerSet;
use super::wake::Wake;
use super::waker::Waker;
use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::recovery::Recovery;
use crate::server::status_writer;
use crate::server::thread::ServerThread;
use crate::wait::timer::Deadline;
use std::ffi::{c_int, c_long};
use std::time::Duration;

/// Time between two checks for changes that send no signal: the end of recovery, and, in a library
/// that does not watch events, a session that waits for the database.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Time between two checks of the lock on the database, while a command is in progress that may
/// take it.
const SHORT_INTERVAL: Duration = Duration::from_millis(100);

/// The default time between SIGTERM and `die`.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time that the server sleeps per call.
const LONGEST: Duration = Duration::from_millis(c_int::MAX as u64);

/// The state that all waits of a worker share.
#[derive(Debug)]
pub(crate) struct Waits {
    thread: ServerThread<'static>,
    recovery: Recovery,
    watches_database: bool,
    /// Reports when a session may want the database. Without it, each wait looks once per second.
    commands: Option<Commands>,
    /// The set for waits without other sockets, which contains the worker's waker.
    alarm: Option<(Waker, ServerSet)>,
    /// Events that internal waits have seen, for the next wait of the user.
    news: Wake,
    /// Events that any wait has seen since the executor of tasks looked.
    seen: Wake,
    stop_timeout: Duration,
}

impl Waits {
    pub(crate) fn new(thread: ServerThread<'_>) -> Result<Self> {
        Ok(Waits {
            thread: thread.lasting(),
            recovery: Recovery::now(thread)?,
            watches_database: false,
            commands: None,
            alarm: None,
            news: Wake::NOTHING,
            seen: Wake::NOTHING,
            stop_timeout: STOP_TIMEOUT,
        })
    }

    pub(crate) fn watch_database(&mut self) {
        self.watches_database = true;
        if self.commands.is_none() {
            self.commands = Commands::listen(self.thread).ok().flatten();
        }
    }

    /// Ends what [`watch_database`](Self::watch_database) has begun, until its next call.
    #[cfg(pg_has = "named_lwlock_tranche")]
    pub(crate) fn ignore_database(&mut self) {
        self.watches_database = false;
    }

    /// Returns the worker's waker, if it has one.
    pub(super) fn waker(&self) -> Option<&Waker> {
        self.alarm.as_ref().map(|(waker, _)| waker)
    }

    /// Returns the worker's waker, and creates it on the first call. From then on every wait
    /// includes it.
    pub(crate) fn make_waker(&mut self) -> Result<Waker> {
        if let Some(waker) = self.waker() {
            return Ok(waker.clone());
        }
        let waker = Waker::new()?;
        let set = ServerSet::new(self.thread, Some(&waker), &[])?;
        self.alarm = Some((waker.clone(), set));
        Ok(waker)
    }

    /// Takes the events of all waits since the last call.
    pub(crate) fn take_seen(&mut self) -> Wake {
        std::mem::replace(&mut self.seen, Wake::NOTHING)
    }

    /// Returns the time between SIGTERM and `die`.
    pub(crate) fn stop_timeout(&self) -> Duration {
        self.stop_timeout
    }

    pub(crate) fn set_stop_timeout(&mut self, timeout: Duration) {
        self.stop_timeout = timeout;
    }

    /// Keeps the events of this wait for the next one.
    pub(crate) fn keep_news(&mut self, wake: Wake) {
        self.news |= wake.news();
    }

    /// Takes the kept events, so that they do not end an internal wait.
    pub(crate) fn take_news(&mut self) -> Wake {
        std::mem::replace(&mut self.news, Wake::NOTHING)
    }

    /// Waits on this reactor, or on the default set.
    pub(crate) fn wait(
        &mut self,
        reactor: Option<&mut Reactor>,
        timeout: Duration,
        event: u32,
    ) -> Result<Wake> {
        let event = match event {
            0 => self.thread.process().spans.get().event,
            event => event,
        };
        let has_news = self.news != Wake::NOTHING;
        let expected = if has_news { Duration::ZERO } else { timeout };
        let sleeps = status_writer::begin_wait(self.thread, expected);
        let wake = self.wait_without_status(reactor, timeout, event);
        let was_woken = !matches!(wake, Ok(Wake::TIMEOUT));
        status_writer::end_wait(self.thread, sleeps, was_woken);
        wake
    }

    fn wait_without_status(
        &mut self,
        mut reactor: Option<&mut Reactor>,
        timeout: Duration,
        event: u32,
    ) -> Result<Wake> {
        if let Some(reactor) = reactor.as_deref_mut() {
            reactor.prepare(self.alarm.as_ref().map(|(waker, _)| waker))?;
        }
        let has_news = self.news != Wake::NOTHING;
        let mut left = if has_news { Duration::ZERO } else { timeout };
        // A wait that fits into one call of the server needs no clock here: the server reports the
        // timeout.
        let may_be_short = self.commands.is_some() && !left.is_zero();
        let deadline = (may_be_short || left > self.longest_turn()).then(|| Deadline::after(left));
        loop {
            let has_event = self.commands.as_ref().is_some_and(Commands::before_sleep);
            let longest = match has_event {
                true => Duration::ZERO,
                false => self.longest_turn(),
            };
            let turn = millis(left.min(longest));
            let slept = match (reactor.as_deref_mut(), &mut self.alarm) {
                (Some(reactor), _) => reactor.wait(turn, event),
                (None, Some((_, set))) => set.wait(turn, event),
                (None, None) => wait_for_latch(self.thread, turn, event),
            };
            if let Some(commands) = &self.commands {
                commands.awake();
            }
            let mut wake = slept?;
            self.seen |= wake.news();
            match self.look() {
                Ok(seen) => {
                    wake |= seen;
                    self.seen |= seen.news();
                }
                Err(error) => {
                    self.keep_news(wake);
                    return Err(error);
                }
            }
            left = deadline.map_or(Duration::ZERO, Deadline::left);
            if wake != Wake::TIMEOUT || left.is_zero() {
                self.thread
                    .process()
                    .steps_aside
                    .set(wake.database_wanted());
                if has_news {
                    wake = wake.without_timeout() | self.news;
                    self.news = Wake::NOTHING;
                }
                return Ok(wake);
            }
        }
    }

    /// Waits for sources and the waker only, up to `time`. After SIGTERM, the server does not wait.
    pub(crate) fn wait_outside(&mut self, reactor: &mut Reactor, time: Duration) -> Result<Wake> {
        reactor.prepare(self.waker())?;
        reactor.wait_outside(millis(time))
    }

    /// Waits for the latch, and for the waker if there is one.
    pub(crate) fn wait_for_latch(&mut self, timeout: Duration, event: u32) -> Result<Wake> {
        self.wait(None, timeout, event)
    }

    fn longest_turn(&self) -> Duration {
        let for_database = match &self.commands {
            _ if !self.watches_database => LONGEST,
            None => CHECK_INTERVAL,
            Some(commands) if commands.are_in_progress() => SHORT_INTERVAL,
            Some(_) => LONGEST,
        };
        match self.recovery {
            Recovery::Finished => for_database,
            _ => for_database.min(CHECK_INTERVAL),
        }
    }

    /// Returns the changes that send no signal.
    fn look(&mut self) -> Result<Wake> {
        let mut wake = Wake::NOTHING;
        if self.watches_database {
            // SAFETY: token: `self.thread`; plain frames.
            let wanted = unsafe { guard(|| ffi::shim::pgbgw_database_is_wanted()) }? != 0;
            if wanted {
                wake |= Wake::DATABASE_WANTED;
            }
        }
        // This check is last, because each change is reported only once.
        if self.recovery != Recovery::Finished {
            let now = Recovery::now(self.thread)?;
            if now > self.recovery {
                self.recovery = now;
                wake |= match now {
                    Recovery::Finished => Wake::PROMOTED,
                    _ => Wake::CONSISTENT,
                };
            }
        }
        Ok(wake)
    }
}

fn wait_for_latch(_thread: ServerThread<'_>, timeout: c_int, event: u32) -> Result<Wake> {
    let timeout = c_long::from(timeout);
    // SAFETY: token: `_thread`, and the worker is borrowed mutably, so no transaction is open;
    // plain frames.
    unsafe { guard(|| ffi::shim::pgbgw_wait(timeout, event)) }.map(Wake)
}

/// Waits inside a transaction: a cancel request is an error, and the configuration is not reread.
pub(crate) fn wait_in_transaction(_thread: ServerThread<'_>, timeout: Duration) -> Result<Wake> {
    let timeout = c_long::from(millis(timeout));
    // SAFETY: token: `_thread`, and the caller has a transaction; plain frames.
    unsafe { guard(|| ffi::shim::pgbgw_wait_in_transaction(timeout, 0)) }.map(Wake)
}

/// Returns whole milliseconds, rounded up, limited to what the server accepts.
pub(crate) fn millis(time: Duration) -> c_int {
    let part = u64::from(time.subsec_nanos().div_ceil(1_000_000));
    let millis = time.as_secs().saturating_mul(1000).saturating_add(part);
    c_int::try_from(millis).unwrap_or(c_int::MAX)
}
