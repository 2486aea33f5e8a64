//! The values of a registration, and static registration: what the server would only write to its log is checked before.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::back_off::BackOff;
use crate::server::datum::ByValue;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::text::{self, Name};
#[cfg(pg_has = "dynamic")]
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::worker::entry::WorkerMain;
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
/// By default the worker starts when the server accepts writes, restarts 60 s after it left with an error, has its
/// name as its type, and is looked up in the library that called [`worker_main!`](crate::worker_main).
///
/// The methods store values. [`register`](Self::register) and [`launch`](Self::launch) check all of them, and
/// report the first problem as an error that names the worker.
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
    /// Whether this server knows [`interruptible`](Self::interruptible) workers.
    pub const CAN_BE_INTERRUPTIBLE: bool = cfg!(pg_has = "interruptible");

    /// Lets `DROP DATABASE` and similar commands on the worker's database end the worker, instead of failing after
    /// 5 s. Since 19; before, registering the worker fails with [`Unsupported`](ErrorKind::Unsupported) (see
    /// [`CAN_BE_INTERRUPTIBLE`](Self::CAN_BE_INTERRUPTIBLE)).
    ///
    /// The server ends the worker for good: it is not restarted, whatever its restart policy says, even where the
    /// command then fails. A launcher can bring it back. On every server a worker can leave by itself:
    /// [`Worker::watch_database`](crate::Worker::watch_database).
    #[doc(alias = "BGWORKER_INTERRUPTIBLE")]
    pub fn interruptible(mut self) -> Self {
        self.interruptible = true;
        self
    }
}

impl<S: InitialState> BackgroundWorker<S> {
    /// A worker of this name that runs this function.
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

    /// Sets a value for [`Worker::argument`](crate::Worker::argument), so that several workers can share a function.
    #[doc(alias = "bgw_main_arg")]
    pub fn argument(mut self, argument: impl ByValue) -> Self {
        self.argument = argument.into_by_value().0;
        self
    }

    /// Sets bytes for [`Worker::payload`](crate::Worker::payload), at most
    /// [`MAX_PAYLOAD`](crate::worker::MAX_PAYLOAD), with a tag of your choice that says what the bytes are and in
    /// which version. Since 9.5.
    #[doc(alias = "bgw_extra")]
    pub fn payload(mut self, tag: u32, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload = Some((tag, bytes.into()));
        self
    }

    /// Prepares the worker for a channel: the ticket says where the segment is. The worker runs once, because the
    /// channel does.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn ticket(mut self, ticket: [u8; payload::TICKET]) -> Self {
        self.ticket = Some(ticket);
        self.restart = Restart::never();
        self
    }

    /// Sets the type, which `pg_stat_activity` shows as `backend_type`: the same for all workers of one kind. Its
    /// length has the limits of a name. Servers before 11 ignore it.
    #[doc(alias = "bgw_type")]
    #[doc(alias = "backend_type")]
    pub fn worker_type(mut self, worker_type: impl Into<String>) -> Self {
        self.worker_type = Some(worker_type.into());
        self
    }

    /// Sets the library as the server should look for it, where the path it was loaded from is too long or will
    /// change.
    #[doc(alias = "bgw_library_name")]
    pub fn library(mut self, library: impl Into<String>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Registers the worker. The postmaster starts it when its start time has come.
    ///
    /// In a server that `pg_upgrade` has started (`postgres -b`) nothing is registered, and that is no error: only
    /// `pg_upgrade` may write there.
    ///
    /// # Errors
    /// Problems that the server would only log: a name or type that is empty, too long or contains a NUL, database
    /// access from [`StartTime::PostmasterStart`] on, a restart interval over [`Restart::MAX`], a payload that is too
    /// long, a library path that is too long or not ASCII, no free slot of `max_worker_processes`. Also an option
    /// that this server lacks, and two workers that [back off](Restart::backoff) with the same name and argument.
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
        let worker = &raw mut worker;
        // SAFETY: token: `Preload`; plain frames; fixed text in every array.
        unsafe { guard(|| ffi::RegisterBackgroundWorker(worker)) }
    }

    /// Checks the values for a dynamic worker. No process outlives a launched worker to keep the state of its
    /// back-off.
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
                "Launch the worker with Restart::never(), and let its launcher pause with a Backoff.",
            );
            return self.check(Err(error));
        }
        restarts::refuse_namesake(thread, name, self.argument, worker.bgw_restart_time)?;
        Ok(worker)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The registration as the server takes it, with the checked name.
    fn fill(&self) -> Result<(Name, ffi::BackgroundWorker)> {
        let name = self.check(Name::new("the name", &self.name))?;
        // The field exists since 11; a mistake is one on every server.
        let worker_type = match &self.worker_type {
            Some(worker_type) => self.check(Name::new("the worker type", worker_type))?,
            None => name,
        };
        self.check(self.check_start())?;
        // SAFETY: the type is plain data, for which all zeros is a value: empty texts, null pointers, numbers.
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

    /// Puts the name of the worker into an error about one of its values.
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
        .with_hint("Worker::watch_database lets a worker leave in time on older servers."))
    }

    /// The field for payload and ticket, if there is either.
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

    /// A name under which the server finds this library again.
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
            error.with_hint("Install the library under a shorter path, or name it with BackgroundWorker::library.")
        })?;
        Ok(name)
    }
}

/// The path the dynamic loader took this function from.
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
            "the path of this library is unknown to the dynamic loader",
        )
        .with_hint("Name it with BackgroundWorker::library."));
    }
    // SAFETY: the loader's own string, which lives as long as the library is loaded.
    let path = unsafe { CStr::from_ptr(info.dli_fname) };
    let path = path.to_str().map_err(|_| {
        Error::new(
            ErrorKind::Encoding,
            format!(
                "the path of this library is not ASCII: {}",
                path.to_string_lossy()
            ),
        )
        .with_hint("Install it elsewhere, or name it with BackgroundWorker::library.")
    })?;
    Ok(path.to_string())
}

/// The short way to say a path in the server's own library directory.
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
        format!("no room for background worker \"{name}\""),
    )
    .with_detail(format!(
        "All slots of max_worker_processes ({limit}) are taken by other static workers."
    ))
    .with_hint("Raise max_worker_processes and restart the server.")
}
