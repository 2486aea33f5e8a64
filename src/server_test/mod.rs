//! Tests that run inside a server: [`server_tests!`](crate::server_tests) and what it calls.
#![forbid(unsafe_code)]

mod declare;

#[cfg(pg_has = "bgw_extra")]
use crate::channel::{self, answer};
use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::Oid;
use crate::session::Session;
use crate::worker::policy::Exit;
use crate::worker::state::{Connected, Unconnected};
use crate::worker::{BackgroundWorker, Connect, Restart, Worker, WorkerMain};
#[cfg(pg_has = "bgw_extra")]
use std::time::Duration;

/// Only [`server_tests!`](crate::server_tests) uses these items.
#[doc(hidden)]
pub mod support {
    pub use super::{Call, Tests, main, run_in_session, run_in_worker};
}

/// The tests of one call of the macro, with their names.
#[doc(hidden)]
pub type Tests = &'static [(&'static str, fn(&mut Worker<'_, Connected>) -> Result<()>)];

/// What a session needs to run a test in a worker.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub name: &'static str,
    pub main: WorkerMain<Unconnected>,
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
    fn in_session(self, session: &mut Session<'_>, call: Call) -> Result<()>;

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
    fn in_session(self, session: &mut Session<'_>, _: Call) -> Result<()> {
        self(session).into_result()
    }
}

impl<F, R: TestResult> ServerTest<InMutableSession> for F
where
    F: Fn(&mut Session<'_>) -> R,
{
    fn in_session(self, session: &mut Session<'_>, _: Call) -> Result<()> {
        self(session).into_result()
    }
}

impl<F, R: TestResult> ServerTest<InWorker> for F
where
    F: Fn(&mut Worker<'_, Connected>) -> R,
{
    fn in_session(self, session: &mut Session<'_>, call: Call) -> Result<()> {
        launch(session, call)
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
    call: Call,
) -> Result<()> {
    test.in_session(session, call)
}

/// Launches the worker of a test into the database of the session, and waits for its result.
#[cfg(pg_has = "bgw_extra")]
fn launch(session: &mut Session<'_>, call: Call) -> Result<()> {
    let sql = "select oid from pg_catalog.pg_database
        where datname operator(pg_catalog.=) pg_catalog.current_database()";
    let database: Oid = session.transaction().query_scalar(sql, ())?;
    let worker = BackgroundWorker::new("server test", call.main)
        .restart(Restart::never())
        .argument(database.0);
    let name = call.name.to_owned();
    let call: channel::Call<String> = channel::Call::start(session, worker, &name, Duration::MAX)?;
    call.finish(session, Duration::MAX).map(drop)
}

#[cfg(not(pg_has = "bgw_extra"))]
fn launch(session: &mut Session<'_>, call: Call) -> Result<()> {
    let worker = BackgroundWorker::new(call.name, call.main).restart(Restart::never());
    let _ = (session, worker);
    Err(Error::new(
        ErrorKind::Unsupported,
        "a server test in a worker needs PostgreSQL 9.5 or later",
    ))
}

/// The main function of the worker of a test. The session sends the name of the test.
#[doc(hidden)]
pub fn main(tests: Tests, worker: Worker<'_>) -> Result<Exit> {
    let database = Oid(worker.argument());
    let target = Connect::database_oid(database).as_superuser();
    let mut worker = worker.connect(target)?;
    let run = |worker: &mut Worker<'_, Connected>, name: String| {
        let test = tests.iter().find(|(known, _)| *known == name);
        let (_, test) = test
            .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("no server test \"{name}\"")))?;
        test(worker).map(|()| String::new())
    };
    #[cfg(pg_has = "bgw_extra")]
    return answer(&mut worker, run);
    #[cfg(not(pg_has = "bgw_extra"))]
    run(&mut worker, String::new()).map(|_| Exit::Done)
}

/// Runs a test in its worker.
#[doc(hidden)]
pub fn run_in_worker<P>(
    test: impl ServerTest<P>,
    worker: &mut Worker<'_, Connected>,
) -> Result<()> {
    test.in_worker(worker)
}
