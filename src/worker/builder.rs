//! The values of a registration, and static registration. The values that the server would only
//! reject in its log are checked here first.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::module::library_file;
use crate::server::back_off::BackOff;
#[cfg(pg_has = "bgw_extra")]
use crate::server::children;
use crate::server::datum::ByValue;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::status_tables;
use crate::server::text::{self, Name};
#[cfg(pg_has = "dynamic")]
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::worker::entry::WorkerMain;
use crate::worker::last_words;
use crate::worker::payload;
use crate::worker::policy::{Restart, StartTime};
use crate::worker::restarts;
use crate::worker::state::{InitialState, Unconnected};
#[cfg(pg_has = "bgw_library_name")]
use std::ffi::CStr;
use std::ffi::c_int;
use std::mem::MaybeUninit;
#[cfg(pg_has = "bgw_library_name")]
use std::path::Path;

/// A worker to be registered (`BackgroundWorker` in `postmaster/bgworker.h`).
///
/// By default the worker starts when the server accepts writes and restarts 60 s after it exits
/// with an error. Its type is its name. The server looks it up in the library that called
/// [`worker_main!`](crate::worker_main).
///
/// The methods store values. [`register`](Self::register) and [`launch`](Self::launch) check all of
/// them, and return the first problem as an error that names the worker.
#[derive(Debug)]
#[must_use = "nothing happens before `register` or `launch`"]
#[doc(alias = "bgw_flags")]
pub struct BackgroundWorker<S> {
    name: String,
    worker_type: Option<String>,
    library: Option<String>,
    start_time: StartTime,
    restart: Restart,
    argument: ffi::Datum,
    payload: Option<(u32, Vec<u8>)>,
    #[cfg(pg_has = "bgw_extra")]
    ticket: Option<[u8; payload::TICKET]>,
    interruptible: bool,
    main: WorkerMain<S>,
}

impl BackgroundWorker<Unconnected> {
    /// Whether this server supports [`interruptible`](Self::interruptible) workers.
    pub const CAN_BE_INTERRUPTIBLE: bool = cfg!(pg_has = "interruptible");

    /// Lets `DROP DATABASE` and similar commands on the database of the worker terminate the
    /// worker. Otherwise such a command fails after 5 s. Since 19; on older servers, registering
    /// the worker fails with [`Unsupported`](ErrorKind::Unsupported) (see
    /// [`CAN_BE_INTERRUPTIBLE`](Self::CAN_BE_INTERRUPTIBLE)).
    ///
    /// The server terminates the worker permanently: it does not restart it, whatever its restart
    /// policy is, even if the command then fails. A launcher can launch it again. On every server,
    /// a worker can exit by itself: see [`Worker::watch_database`](crate::Worker::watch_database).
    #[doc(alias = "BGWORKER_INTERRUPTIBLE")]
    pub fn interruptible(mut self) -> Self {
        self.interruptible = true;
        self
    }
}

impl<S: InitialState> BackgroundWorker<S> {
    /// Creates a worker with this name that runs the function `main`.
    ///
    /// A name has 1 to 95 bytes (63 before 11) and no NUL.
    #[doc(alias = "bgw_name")]
    #[doc(alias = "BGW_MAXLEN")]
    pub fn new(name: impl Into<String>, main: WorkerMain<S>) -> Self {
        BackgroundWorker {
            name: name.into(),
            worker_type: None,
            library: None,
            start_time: StartTime::RecoveryFinished,
            restart: Restart::DEFAULT,
            argument: 0,
            payload: None,
            #[cfg(pg_has = "bgw_extra")]
            ticket: None,
            interruptible: false,
            main,
        }
    }

    /// Sets when the worker starts.
    pub fn start_at(mut self, start_time: StartTime) -> Self {
        self.start_time = start_time;
        self
    }

    /// Sets whether and when the worker is restarted.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Sets the value that [`Worker::argument`](crate::Worker::argument) returns, so that several
    /// workers can share a main function.
    #[doc(alias = "bgw_main_arg")]
    pub fn argument(mut self, argument: impl ByValue) -> Self {
        self.argument = argument.into_by_value().0;
        self
    }

    /// Sets the value of another registration.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn raw_argument(mut self, argument: ffi::Datum) -> Self {
        self.argument = argument;
        self
    }

    /// Sets the bytes that [`Worker::payload`](crate::Worker::payload) returns, at most
    /// [`MAX_PAYLOAD`](crate::worker::MAX_PAYLOAD). The caller chooses `tag`, which identifies the
    /// format and the version of the bytes. Since 9.5.
    #[doc(alias = "bgw_extra")]
    pub fn payload(mut self, tag: u32, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload = Some((tag, bytes.into()));
        self
    }

    /// Prepares the worker for what launches it: the ticket identifies a channel, or the place of a
    /// child. The worker runs only once.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn ticket(mut self, ticket: [u8; payload::TICKET]) -> Self {
        self.ticket = Some(ticket);
        self.restart = Restart::never();
        self
    }

    /// Names the place of a child, and its generation.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn child(self, ticket: children::Ticket) -> Self {
        self.ticket(ticket.pack())
    }

    /// Sets the type, which `pg_stat_activity` shows as `backend_type`. Workers of one kind share
    /// it. The limits are those of a name. Servers before 11 ignore it.
    #[doc(alias = "bgw_type")]
    #[doc(alias = "backend_type")]
    pub fn worker_type(mut self, worker_type: impl Into<String>) -> Self {
        self.worker_type = Some(worker_type.into());
        self
    }

    /// Sets the name of the library for the server to load. Needed if the path from which the
    /// library was loaded is too long or will change.
    #[doc(alias = "bgw_library_name")]
    pub fn library(mut self, library: impl Into<String>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Registers the worker. The postmaster starts it when the server reaches its start time.
    ///
    /// In binary upgrade mode (`pg_upgrade` runs `postgres -b`) this function registers nothing and
    /// returns `Ok`, because only `pg_upgrade` may write there.
    ///
    /// # Errors
    /// Problems that the server would only log: a name or type that is empty, too long or contains
    /// a NUL; database access together with [`StartTime::PostmasterStart`]; a restart interval
    /// longer than [`Restart::MAX`]; a payload that is too long; a library path that is too long or
    /// not ASCII; no free slot of `max_worker_processes`. Also an option that this server does not
    /// support, and two workers that [back off](Restart::backoff) and have the same name and
    /// argument.
    #[doc(alias = "RegisterBackgroundWorker")]
    #[doc(alias = "IsBinaryUpgrade")]
    pub fn register(self, preload: &Preload) -> Result<()> {
        let (name, mut worker) = self.fill()?;
        // SAFETY: cannot raise: reads a global that is set before libraries are loaded.
        if i64::from(unsafe { ffi::IsBinaryUpgrade }) != 0 {
            return Ok(());
        }
        // SAFETY: token: `Preload`; plain frames: a walk over the server's list.
        let free = unsafe { guard(|| ffi::shim::pgbgw_free_worker_slots()) }?;
        if free == 0 {
            return Err(too_many(&self.name));
        }
        if let Some((first, most)) = self.restart.back_off() {
            let plan = BackOff { first, most };
            restarts::remember(preload.server_thread(), name, self.argument, plan)?;
        }
        let registered = &raw mut worker;
        // SAFETY: token: `Preload`; plain frames; fixed text in every array.
        unsafe { guard(|| ffi::RegisterBackgroundWorker(registered)) }?;
        let thread = preload.server_thread();
        status_tables::map(thread, &library_file::name())?;
        last_words::reserve(thread, name, &worker);
        Ok(())
    }

    /// Checks the values for a dynamic worker. Back-off is not available: no process outlives a
    /// dynamic worker to keep its state.
    #[cfg(pg_has = "dynamic")]
    pub(crate) fn fill_dynamic(&self, thread: ServerThread<'_>) -> Result<ffi::BackgroundWorker> {
        let (name, worker) = self.fill()?;
        self.check(text::check_ascii(
            "the name of a dynamic worker",
            &self.name,
        ))?;
        if self.restart.back_off().is_some() {
            let error = Error::new(
                ErrorKind::Invalid,
                "Restart::backoff is not available for a launched worker",
            )
            .with_hint(
                "Launch the worker with Restart::never(), and pause in the launcher with a Backoff.",
            );
            return self.check(Err(error));
        }
        restarts::check_conflict(thread, name, self.argument, worker.bgw_restart_time)?;
        Ok(worker)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the registration in the server's form, and the checked name.
    fn fill(&self) -> Result<(Name, ffi::BackgroundWorker)> {
        let name = self.check(Name::new("the name", &self.name))?;
        // The field exists since 11. The type is checked on every server.
        let worker_type = match &self.worker_type {
            Some(worker_type) => self.check(Name::new("the worker type", worker_type))?,
            None => name,
        };
        self.check(self.check_start())?;
        // SAFETY: the type is plain data, for which all zeros is a value: empty texts, null
        // pointers, numbers.
        let mut worker: ffi::BackgroundWorker = unsafe { MaybeUninit::zeroed().assume_init() };
        text::fill(&mut worker.bgw_name, name.bytes());
        #[cfg(pg_has = "bgw_type")]
        text::fill(&mut worker.bgw_type, worker_type.bytes());
        #[cfg(not(pg_has = "bgw_type"))]
        let _ = worker_type;
        worker.bgw_flags = S::FLAGS | self.check(self.interruptible_flag())?;
        worker.bgw_start_time = self.start_time.raw();
        worker.bgw_restart_time = self.check(self.restart.raw())?;
        worker.bgw_main_arg = self.argument;
        let payload = self.check(self.pack())?;
        #[cfg(pg_has = "bgw_extra")]
        if let Some(payload) = payload {
            worker.bgw_extra = payload.map(|byte| byte as _);
        }
        #[cfg(not(pg_has = "bgw_extra"))]
        let _ = payload;
        #[cfg(pg_has = "bgw_library_name")]
        {
            let library = self.check(self.library_name(worker.bgw_library_name.len()))?;
            text::fill(&mut worker.bgw_library_name, library.as_bytes());
            text::fill(&mut worker.bgw_function_name, self.main.symbol.as_bytes());
        }
        #[cfg(not(pg_has = "bgw_library_name"))]
        {
            worker.bgw_main = Some(self.main.function);
        }
        Ok((name, worker))
    }

    /// Adds the name of the worker to an error about one of its values.
    fn check<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let message = format!("background worker \"{}\": {}", self.name, error.message());
            let mut named = Error::new(error.kind(), message);
            if let Some(detail) = error.detail() {
                named = named.with_detail(detail);
            }
            if let Some(hint) = error.hint() {
                named = named.with_hint(hint);
            }
            named
        })
    }

    fn check_start(&self) -> Result<()> {
        let needs_database = S::FLAGS & ffi::BGWORKER_BACKEND_DATABASE_CONNECTION != 0;
        if !needs_database || self.start_time != StartTime::PostmasterStart {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Invalid,
            "a worker with database access cannot start with the postmaster",
        )
        .with_detail("There is no database to connect to before a consistent state is reached.")
        .with_hint(
            "Use StartTime::ConsistentState or later, or a main function that takes Worker<NoDatabase>.",
        ))
    }

    fn interruptible_flag(&self) -> Result<c_int> {
        if !self.interruptible {
            return Ok(0);
        }
        #[cfg(pg_has = "interruptible")]
        return Ok(ffi::BGWORKER_INTERRUPTIBLE);
        #[cfg(not(pg_has = "interruptible"))]
        Err(Error::new(
            ErrorKind::Unsupported,
            "interruptible workers need PostgreSQL 19 or later",
        )
        .with_hint("Worker::watch_database lets a worker exit in time on older servers."))
    }

    /// Returns the content of `bgw_extra` if there is a payload or a ticket.
    fn pack(&self) -> Result<Option<[u8; payload::FIELD]>> {
        let packed = match &self.payload {
            Some((tag, bytes)) => Some(payload::pack(*tag, bytes)?),
            None => None,
        };
        #[cfg(pg_has = "bgw_extra")]
        if let Some(ticket) = self.ticket {
            return payload::with_ticket(packed, ticket).map(Some);
        }
        Ok(packed)
    }

    /// Returns a name from which the server can load this library again.
    #[cfg(pg_has = "bgw_library_name")]
    fn library_name(&self, field: usize) -> Result<String> {
        const WHAT: &str = "the name of the library";
        let name = match &self.library {
            Some(name) => name.clone(),
            None => {
                let path = loaded_from(self.main.function)?;
                if path.len() < field {
                    path
                } else {
                    below_libdir(&path).unwrap_or(path)
                }
            }
        };
        text::check_ascii(WHAT, &name)?;
        text::check(WHAT, &name, field).map_err(|error| {
            error.with_hint("Install the library under a shorter path, or set its name with BackgroundWorker::library.")
        })?;
        Ok(name)
    }
}

/// Returns the path from which the dynamic loader loaded the library that contains `function`.
#[cfg(pg_has = "bgw_library_name")]
fn loaded_from(function: unsafe extern "C-unwind" fn(ffi::Datum)) -> Result<String> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: cannot raise: libc fills the struct when it returns non-zero.
    let found = unsafe { libc::dladdr(function as *const libc::c_void, info.as_mut_ptr()) };
    // SAFETY: zeroed is a value of this plain struct, and dladdr may have filled it.
    let info = unsafe { info.assume_init() };
    if found == 0 || info.dli_fname.is_null() {
        return Err(Error::new(
            ErrorKind::Invalid,
            "could not determine the path of the library",
        )
        .with_hint("Set the name of the library with BackgroundWorker::library."));
    }
    // SAFETY: the loader's own string, which lives as long as the library is loaded.
    let path = unsafe { CStr::from_ptr(info.dli_fname) };
    let path = path.to_str().map_err(|_| {
        Error::new(
            ErrorKind::Encoding,
            format!(
                "path of the library is not ASCII: \"{}\"",
                path.to_string_lossy()
            ),
        )
        .with_hint("Install the library elsewhere, or set its name with BackgroundWorker::library.")
    })?;
    Ok(path.to_string())
}

/// Returns the path with `$libdir` if it is in the server's library directory.
#[cfg(pg_has = "bgw_library_name")]
fn below_libdir(path: &str) -> Option<String> {
    // SAFETY: server memory: a NUL-terminated global, written once at the server's start.
    let libdir = unsafe { CStr::from_ptr((&raw const ffi::pkglib_path).cast()) };
    let file = Path::new(path).strip_prefix(libdir.to_str().ok()?).ok()?;
    Some(format!("$libdir/{}", file.to_str()?))
}

fn too_many(name: &str) -> Error {
    // SAFETY: cannot raise: reads a setting.
    #[cfg(pg_has = "dynamic")]
    let limit = unsafe { ffi::max_worker_processes }.to_string();
    #[cfg(not(pg_has = "dynamic"))]
    let limit = "the limit";
    Error::new(
        ErrorKind::TooManyWorkers,
        format!("could not register background worker \"{name}\": no free slot"),
    )
    .with_detail(format!(
        "Other static workers use all slots of max_worker_processes ({limit})."
    ))
    .with_hint("Raise max_worker_processes and restart the server.")
}
