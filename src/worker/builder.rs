//! Static registration, which checks beforehand whatever the server would only write to its log.

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
use std::mem::MaybeUninit;
#[cfg(pg_has = "bgw_library_name")]
use std::path::Path;

/// A worker to be registered (`BackgroundWorker` in `postmaster/bgworker.h`).
///
/// Unless told otherwise it starts when the server accepts writes, restarts 60 s after it left with an error, has its
/// name as its type, and is looked for in the library that called [`worker_main!`](crate::worker_main).
#[derive(Debug)]
#[must_use = "nothing happens before `register`"]
#[doc(alias = "bgw_flags")]
pub struct BackgroundWorker<S> {
    name: Name,
    kind: Name,
    library: Option<String>,
    start_time: StartTime,
    restart: Restart,
    argument: ffi::Datum,
    payload: Option<[u8; payload::FIELD]>,
    interruptible: bool,
    main: WorkerMain<S>,
}

impl BackgroundWorker<Unconnected> {
    /// Whether this server knows [`interruptible`](Self::interruptible) workers.
    pub const CAN_BE_INTERRUPTIBLE: bool = cfg!(pg_has = "interruptible");

    /// `DROP DATABASE` and its kin on the worker's database end it, instead of failing after 5 s. Since 19.
    ///
    /// The server ends it for good: it is not restarted, whatever its restart policy says, even where the command then fails. A
    /// launcher brings it back. On any server a worker can leave by itself: [`Worker::watch_database`](crate::Worker::watch_database).
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) before 19; see [`CAN_BE_INTERRUPTIBLE`](Self::CAN_BE_INTERRUPTIBLE).
    #[doc(alias = "BGWORKER_INTERRUPTIBLE")]
    pub fn interruptible(mut self) -> Result<Self> {
        if !Self::CAN_BE_INTERRUPTIBLE {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "interruptible workers need PostgreSQL 19 or later",
            )
            .with_hint("Worker::watch_database lets a worker leave in time on older servers."));
        }
        self.interruptible = true;
        Ok(self)
    }
}

impl<S: InitialState> BackgroundWorker<S> {
    /// A worker of this name that runs this function. A literal in [`name!`](crate::name) is checked at compile time.
    ///
    /// # Errors
    /// The name is empty, too long for this server, or contains a NUL.
    pub fn new<N>(name: N, main: WorkerMain<S>) -> Result<Self>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = name.try_into()?;
        Ok(BackgroundWorker {
            name,
            kind: name,
            library: None,
            start_time: StartTime::RecoveryFinished,
            restart: Restart::DEFAULT,
            argument: 0,
            payload: None,
            interruptible: false,
            main,
        })
    }

    /// When to start it.
    pub fn start_at(mut self, start_time: StartTime) -> Self {
        self.start_time = start_time;
        self
    }

    /// Whether and when to start it again.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// A value for [`Worker::argument`](crate::Worker::argument): several workers may share a function.
    #[doc(alias = "bgw_main_arg")]
    pub fn argument(mut self, argument: impl ByValue) -> Self {
        self.argument = argument.into_by_value().0;
        self
    }

    /// Bytes for [`Worker::payload`](crate::Worker::payload), at most [`MAX_PAYLOAD`](crate::worker::MAX_PAYLOAD), with a tag of your choice that
    /// says what they are and in which version. Since 9.5.
    ///
    /// # Errors
    /// There are too many.
    #[doc(alias = "bgw_extra")]
    pub fn payload(mut self, tag: u32, bytes: &[u8]) -> Result<Self> {
        if !cfg!(pg_has = "bgw_extra") {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a payload needs PostgreSQL 9.5 or later",
            ));
        }
        self.payload = Some(payload::pack(tag, bytes)?);
        Ok(self)
    }

    /// For a worker that gets a channel: where it finds the segment. It runs once, because the channel does.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn ticket(mut self, ticket: [u8; payload::TICKET]) -> Result<Self> {
        self.payload = Some(payload::with_ticket(self.payload, ticket)?);
        self.restart = Restart::Never;
        Ok(self)
    }

    /// The type, shown as `backend_type` in `pg_stat_activity` and the same for workers of one kind. Servers before 11 do not
    /// know it.
    #[doc(alias = "bgw_type")]
    pub fn kind<N>(mut self, kind: N) -> Result<Self>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        self.kind = kind.try_into()?;
        Ok(self)
    }

    /// The library as the server should look for it, where the path it was loaded from is too long or will change.
    #[doc(alias = "bgw_library_name")]
    pub fn library(mut self, library: impl Into<String>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Register it. The postmaster starts it when its time has come.
    ///
    /// In a server that `pg_upgrade` has started (`postgres -b`) nothing is registered, and that is no error: nobody but
    /// `pg_upgrade` may write there.
    ///
    /// # Errors
    /// Whatever the server would only log: database access from [`StartTime::PostmasterStart`] on, a restart interval
    /// over [`Restart::MAX_SECS`], a library path that is too long or not ASCII, no free slot of `max_worker_processes`.
    /// Two workers that [back off](Restart::backing_off_secs) have the same name and argument.
    #[doc(alias = "RegisterBackgroundWorker")]
    #[doc(alias = "IsBinaryUpgrade")]
    pub fn register(self, preload: &Preload) -> Result<()> {
        let mut worker = self.fill()?;
        // SAFETY: cannot raise: reads a global that is set before libraries are loaded.
        if i64::from(unsafe { ffi::IsBinaryUpgrade }) != 0 {
            return Ok(());
        }
        // SAFETY: token: `Preload`; plain frames: a walk over the server's list.
        let free = unsafe { guard(|| ffi::shim::pgbgw_free_worker_slots()) }?;
        if free == 0 {
            return Err(too_many(self.name));
        }
        if let Restart::BackingOff { first, most } = self.restart {
            let plan = BackOff { first, most };
            restarts::remember(preload.server_thread(), self.name, self.argument, plan)?;
        }
        let worker = &raw mut worker;
        // SAFETY: token: `Preload`; plain frames; fixed text in every array.
        unsafe { guard(|| ffi::RegisterBackgroundWorker(worker)) }
    }

    /// Launched workers have nobody who remembers their runs.
    #[cfg(pg_has = "dynamic")]
    pub(crate) fn refuse_to_back_off(&self, thread: ServerThread<'_>) -> Result<()> {
        match self.restart {
            Restart::BackingOff { .. } => Err(Error::new(
                ErrorKind::Invalid,
                format!("background worker \"{}\" cannot back off, because it is launched", self.name_for_people()),
            )
            .with_hint("Launch it with Restart::Never, and pause with a Backoff before it is launched again.")),
            _ => restarts::refuse_namesake(thread, self.name, self.argument, self.restart.raw()?),
        }
    }

    #[cfg(pg_has = "dynamic")]
    pub(crate) fn name_for_people(&self) -> String {
        String::from_utf8_lossy(self.name.bytes()).into_owned()
    }

    pub(crate) fn fill(&self) -> Result<ffi::BackgroundWorker> {
        let needs_database = S::FLAGS & ffi::BGWORKER_BACKEND_DATABASE_CONNECTION != 0;
        if needs_database && self.start_time == StartTime::PostmasterStart {
            return Err(Error::new(ErrorKind::Invalid, "a worker with database access cannot start with the postmaster")
                .with_detail("There is no database to connect to before a consistent state is reached.")
                .with_hint("Use StartTime::ConsistentState or later, or a main function that takes Worker<NoDatabase>."));
        }
        // SAFETY: the type is plain data, for which all zeros is a value: empty texts, null pointers, numbers.
        let mut worker: ffi::BackgroundWorker = unsafe { MaybeUninit::zeroed().assume_init() };
        text::fill(&mut worker.bgw_name, self.name.bytes());
        #[cfg(pg_has = "bgw_type")]
        text::fill(&mut worker.bgw_type, self.kind.bytes());
        worker.bgw_flags = S::FLAGS;
        #[cfg(pg_has = "interruptible")]
        if self.interruptible {
            worker.bgw_flags |= ffi::BGWORKER_INTERRUPTIBLE;
        }
        worker.bgw_start_time = self.start_time.raw();
        worker.bgw_restart_time = self.restart.raw()?;
        worker.bgw_main_arg = self.argument;
        #[cfg(pg_has = "bgw_extra")]
        if let Some(payload) = &self.payload {
            worker.bgw_extra = payload.map(|byte| byte as _);
        }
        #[cfg(pg_has = "bgw_library_name")]
        {
            let library = self.library_name(worker.bgw_library_name.len())?;
            text::fill(&mut worker.bgw_library_name, library.as_bytes());
            text::fill(&mut worker.bgw_function_name, self.main.symbol.as_bytes());
        }
        #[cfg(not(pg_has = "bgw_library_name"))]
        {
            worker.bgw_main = Some(self.main.function);
        }
        Ok(worker)
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
            ErrorKind::NotAscii,
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

fn too_many(name: Name) -> Error {
    // SAFETY: cannot raise: reads a setting.
    #[cfg(pg_has = "dynamic")]
    let limit = unsafe { ffi::max_worker_processes }.to_string();
    #[cfg(not(pg_has = "dynamic"))]
    let limit = "the limit";
    Error::new(
        ErrorKind::TooManyWorkers,
        format!(
            "no room for background worker \"{}\"",
            String::from_utf8_lossy(name.bytes())
        ),
    )
    .with_detail(format!(
        "All slots of max_worker_processes ({limit}) are taken by other static workers."
    ))
    .with_hint("Raise max_worker_processes and restart the server.")
}
