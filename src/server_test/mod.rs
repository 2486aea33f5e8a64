//! Tests that run inside a server: [`server_tests!`](crate::server_tests) and what it calls.
#![forbid(unsafe_code)]

#[cfg(pg_has = "bgw_extra")]
use crate::channel::{Call, answer};
use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::Oid;
use crate::session::Session;
use crate::worker::policy::Exit;
use crate::worker::state::{Connected, Unconnected};
use crate::worker::{BackgroundWorker, Connect, Restart, Worker, WorkerMain};
#[cfg(pg_has = "bgw_extra")]
use std::time::Duration;

/// Defines tests that run inside a server, in a worker or in a session.
///
/// ```no_run
/// # fn main() {}
/// #[cfg(feature = "server-tests")]
/// mod server_tests {
///     use postgres_bgworker::prelude::*;
///     use postgres_bgworker::server_tests;
///     use postgres_bgworker::session::Session;
///
///     server_tests! {
///         /// Runs in a worker, which is connected to a database as a superuser.
///         fn a_worker_has_transactions(worker: &mut Worker<'_, Connected>) -> Result<()> {
///             let two: i32 = worker.transaction(|tx| tx.query_scalar("select 1 + 1", ()))?;
///             assert_eq!(two, 2);
///             Ok(())
///         }
///
///         /// Runs in a session, and its transaction is rolled back.
///         fn a_session_has_a_user(session: &Session<'_>) -> Result<()> {
///             let sql = "select current_user::text";
///             let user: String = session.transaction().query_scalar(sql, ())?;
///             assert!(!user.is_empty());
///             Ok(())
///         }
///     }
/// }
/// ```
///
/// The argument of a test is `&mut Worker<'_, Connected>`, `&Session<'_>` or `&mut Session<'_>`.
/// Its result is `()`, or a `Result<()>` with any error that converts into [`Error`]. A test fails
/// if it returns an error or panics, as a failed `assert!` does. The next test runs nevertheless.
///
/// The macro expands to nothing unless the crate that calls it has the feature `server-tests`, so
/// that a library for production contains no tests:
///
/// ```toml
/// [features]
/// server-tests = []
///
/// [dev-dependencies]
/// pg-scratch = { version = "0.1", features = ["server-tests"] }
///
/// [[test]]
/// name = "server"
/// harness = false
/// ```
///
/// `tests/server.rs` builds the library with this feature, starts a scratch server that preloads
/// it, and reports each test like an ordinary one:
///
/// ```text
/// fn main() -> std::process::ExitCode {
///     pg_scratch::server_tests::main()
/// }
/// ```
///
/// Each test exports two symbols, which contain its name and its module. A test in a worker needs
/// PostgreSQL 9.5.
#[macro_export]
macro_rules! server_tests {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident ($token:ident : $type:ty) $(-> $result:ty)? $body:block
    )*) => {$(
        #[cfg(feature = "server-tests")]
        const _: () = {
            use $crate::__private::{server_test as support, session};

            $(#[$attribute])*
            fn $name($token: $type) $(-> $result)? $body

            fn main(worker: $crate::Worker<'_>) -> $crate::Result<$crate::Exit> {
                support::run_in_worker($name, worker)
            }
            const MAIN: $crate::worker::WorkerMain<$crate::worker::Unconnected> = $crate::__worker_main!(
                (main),
                ::core::concat!("bgworker_main_test.", ::core::module_path!(), "::", ::core::stringify!($name))
            );
            static FUNCTION: session::FunctionInfo = session::FunctionInfo {
                name: ::core::stringify!($name),
                signature: ::core::concat!(::core::stringify!($name), "() returns void"),
                arguments: &[],
                is_strict: true,
            };

            #[unsafe(export_name = ::core::concat!("bgworker_test.", ::core::module_path!(), "::", ::core::stringify!($name)))]
            extern "C-unwind" fn exported(call: $crate::ffi::FunctionCallInfo) -> $crate::ffi::Datum {
                // SAFETY: the server calls this, and no other code can name it.
                unsafe {
                    session::call_function(call, &FUNCTION, |session, _, output| {
                        output.put(support::run_in_session($name, session, MAIN))
                    })
                }
            }

            #[unsafe(export_name = ::core::concat!("pg_finfo_bgworker_test.", ::core::module_path!(), "::", ::core::stringify!($name)))]
            extern "C" fn info() -> *const $crate::ffi::Pg_finfo_record {
                static INFO: $crate::ffi::Pg_finfo_record = $crate::ffi::Pg_finfo_record { api_version: 1 };
                &raw const INFO
            }
        };
    )*};
}

/// Only [`server_tests!`](crate::server_tests) uses these items.
#[doc(hidden)]
pub mod support {
    pub use super::{run_in_session, run_in_worker};
}

/// The result of a test.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a server test",
    note = "the result is `()` or `Result<()>`"
)]
pub trait TestResult {
    #[doc(hidden)]
    fn into_result(self) -> Result<()>;
}

impl TestResult for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> TestResult for Result<(), E> {
    fn into_result(self) -> Result<()> {
        self.map_err(Into::into)
    }
}

/// A function that is a test. `Place` tells the implementations apart.
#[diagnostic::on_unimplemented(
    message = "this function cannot be a server test",
    note = "the argument is `&mut Worker<'_, Connected>`, `&Session<'_>` or `&mut Session<'_>`"
)]
pub trait ServerTest<Place> {
    #[doc(hidden)]
    fn in_session(self, session: &mut Session<'_>, main: WorkerMain<Unconnected>) -> Result<()>;

    #[doc(hidden)]
    fn in_worker(self, worker: &mut Worker<'_, Connected>) -> Result<()>
    where
        Self: Sized,
    {
        let _ = worker;
        Err(Error::new(
            ErrorKind::Invalid,
            "this test runs in a session",
        ))
    }
}

#[derive(Debug)]
#[doc(hidden)]
pub struct InSession(());
#[derive(Debug)]
#[doc(hidden)]
pub struct InMutableSession(());
#[derive(Debug)]
#[doc(hidden)]
pub struct InWorker(());

impl<F, R: TestResult> ServerTest<InSession> for F
where
    F: Fn(&Session<'_>) -> R,
{
    fn in_session(self, session: &mut Session<'_>, _: WorkerMain<Unconnected>) -> Result<()> {
        self(session).into_result()
    }
}

impl<F, R: TestResult> ServerTest<InMutableSession> for F
where
    F: Fn(&mut Session<'_>) -> R,
{
    fn in_session(self, session: &mut Session<'_>, _: WorkerMain<Unconnected>) -> Result<()> {
        self(session).into_result()
    }
}

impl<F, R: TestResult> ServerTest<InWorker> for F
where
    F: Fn(&mut Worker<'_, Connected>) -> R,
{
    fn in_session(self, session: &mut Session<'_>, main: WorkerMain<Unconnected>) -> Result<()> {
        launch(session, main)
    }

    fn in_worker(self, worker: &mut Worker<'_, Connected>) -> Result<()> {
        self(worker).into_result()
    }
}

/// Runs a test that a session has called.
#[doc(hidden)]
pub fn run_in_session<P>(
    test: impl ServerTest<P>,
    session: &mut Session<'_>,
    main: WorkerMain<Unconnected>,
) -> Result<()> {
    test.in_session(session, main)
}

/// Launches the worker of a test into the database of the session, and waits for its result.
#[cfg(pg_has = "bgw_extra")]
fn launch(session: &mut Session<'_>, main: WorkerMain<Unconnected>) -> Result<()> {
    let sql = "select oid from pg_catalog.pg_database
        where datname operator(pg_catalog.=) pg_catalog.current_database()";
    let database: Oid = session.transaction().query_scalar(sql, ())?;
    let worker = BackgroundWorker::new("server test", main)
        .restart(Restart::never())
        .argument(database.0);
    let call: Call<String> = Call::start(session, worker, &String::new(), Duration::MAX)?;
    call.finish(session, Duration::MAX).map(drop)
}

#[cfg(not(pg_has = "bgw_extra"))]
fn launch(session: &mut Session<'_>, main: WorkerMain<Unconnected>) -> Result<()> {
    let _ = (
        session,
        BackgroundWorker::new("server test", main).restart(Restart::never()),
    );
    Err(Error::new(
        ErrorKind::Unsupported,
        "a server test in a worker needs PostgreSQL 9.5 or later",
    ))
}

/// The main function of the worker of a test.
#[doc(hidden)]
pub fn run_in_worker<P>(test: impl ServerTest<P>, worker: Worker<'_>) -> Result<Exit> {
    let database = Oid(worker.argument());
    let target = Connect::database_oid(database).as_superuser();
    let mut worker = worker.connect(target)?;
    #[cfg(pg_has = "bgw_extra")]
    return answer(&mut worker, |worker, _: String| {
        test.in_worker(worker).map(|()| String::new())
    });
    #[cfg(not(pg_has = "bgw_extra"))]
    test.in_worker(&mut worker).map(|()| Exit::Done)
}
