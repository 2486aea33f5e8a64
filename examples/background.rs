//! Functions that run a statement in a worker, and fetch its result.
//!
//! The library needs no preloading. Its extension is in `examples/background`:
//!
//! ```sql
//! create extension background;
//! select background_launch('vacuum (verbose) app.orders');
//! select * from background_result(1);
//! ```
//!
//! | Function | What it does |
//! |---|---|
//! | `background_launch(sql)` | starts the statements, and returns a handle |
//! | `background_result(handle)` | waits, and returns the rows of the last statement, or its tag |
//! | `background_cancel(handle)` | stops the statements |
//! | `background_detach(handle)` | forgets the handle; statements that have begun continue |
//!
//! A row is an array of texts: `select r[1]::int, r[2] from background_result(1) as r`. An error
//! and the notices of the statements are those of `background_result`, with all their fields.
//!
//! The worker connects to the database of the caller, as the current user of the caller. It has no
//! privilege that the caller lacks, and no statement in it can gain one. It takes over
//! `search_path`, and no other setting. Before 17, the user needs the attribute LOGIN.
//!
//! A handle is valid in the session that has launched the worker, and for users with the
//! privileges of the one who has launched it. The statements run in transactions of their own, and
//! are not rolled back with the transaction that has launched them. If the session waits for a
//! result and is canceled, the statements are canceled, too. The end of the session detaches all
//! its handles.
//!
//! Each worker takes a slot of `max_worker_processes`, so only superusers may call the functions.
//! Grant them to others:
//!
//! ```sql
//! grant execute on function background_launch(text), background_result(integer) to alice;
//! ```

// Calls need PostgreSQL 9.5.
#![cfg(pg_since = "9.5")]

use postgres_bgworker::Oid;
use postgres_bgworker::channel::{Call, Message, answer};
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Set};
use postgres_bgworker::sql::{AnyText, StatementResult};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

bgworker_module!();

const RUN: WorkerMain<Unconnected> = worker_main!(run);
const TAG: u32 = 1;

/// What this session has launched, by handle.
struct Launched {
    role: Oid,
    call: Call<Answer>,
}

thread_local! {
    static LAST: Cell<i32> = const { Cell::new(0) };
    static LAUNCHED: RefCell<BTreeMap<i32, Launched>> = const { RefCell::new(BTreeMap::new()) };
}

sql_function! {
    /// Runs statements in a worker, and returns a handle for their result.
    fn background_launch(session: &mut Session<'_>, sql: &str) -> Result<i32> {
        let caller = "select d.oid, r.oid, pg_catalog.current_setting('search_path')
            from pg_catalog.pg_database d, pg_catalog.pg_roles r
            where d.datname operator(pg_catalog.=) pg_catalog.current_database()
            and r.rolname operator(pg_catalog.=) current_user";
        let (database, role, search_path): (Oid, Oid, String) =
            session.transaction().query_one(caller, ())?.read()?;
        let target = [database.0.to_le_bytes(), role.0.to_le_bytes()].concat();
        let worker = BackgroundWorker::new("background", RUN)
            .restart(Restart::never())
            .payload(TAG, target);
        let input = format!("{search_path}\0{sql}");
        let call = Call::start(session, worker, &input, Duration::MAX)?;
        let handle = LAST.get().checked_add(1).ok_or_else(|| Error::other("too many handles"))?;
        LAST.set(handle);
        LAUNCHED.with_borrow_mut(|launched| launched.insert(handle, Launched { role, call }));
        Ok(handle)
    }

    /// Waits for the statements, and returns the rows of the last one, or its tag.
    fn background_result(
        session: &mut Session<'_>,
        handle: i32,
    ) -> Result<Set<'static, Vec<Option<String>>>> {
        let call = take(session, handle)?;
        let mut notices = Vec::new();
        let answer = session.transaction_mut().notices(
            |notice| notices.push(notice),
            |tx| call.finish(tx, Duration::MAX),
        );
        for notice in notices {
            let mut report = Report::new(notice.level(), notice.message()).sqlstate(notice.sqlstate());
            report = notice.detail().into_iter().fold(report, Report::detail);
            report = notice.hint().into_iter().fold(report, Report::hint);
            report = notice.context().into_iter().fold(report, Report::context);
            report.emit(session);
        }
        Ok(Set::new(answer?.0))
    }

    /// Stops the statements, and forgets the handle.
    fn background_cancel(session: &mut Session<'_>, handle: i32) -> Result<()> {
        let call = take(session, handle)?;
        call.worker().map_or(Ok(()), |worker| worker.terminate())
    }

    /// Forgets the handle. Statements that have begun continue.
    fn background_detach(session: &mut Session<'_>, handle: i32) -> Result<()> {
        take(session, handle).map(drop)
    }
}

/// Takes the call of a handle, if the current user may have it.
fn take(session: &Session<'_>, handle: i32) -> Result<Call<Answer>> {
    let unknown = || Error::new(ErrorKind::Invalid, format!("unknown handle: {handle}"));
    let role = LAUNCHED
        .with_borrow(|launched| launched.get(&handle).map(|launched| launched.role))
        .ok_or_else(unknown)?;
    let sql = "select pg_catalog.pg_has_role($1, 'usage')";
    if !session
        .transaction()
        .query_scalar::<bool, _>(sql, (role,))?
    {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("handle {handle} belongs to another user"),
        )
        .with_sqlstate(postgres_bgworker::error::SqlState::INSUFFICIENT_PRIVILEGE));
    }
    let launched = LAUNCHED.with_borrow_mut(|launched| launched.remove(&handle));
    launched.map(|launched| launched.call).ok_or_else(unknown)
}

fn run(worker: Worker) -> Result<Exit> {
    let target = worker.payload(TAG)?;
    let (database, role) = target
        .split_at_checked(4)
        .ok_or_else(|| Error::other("the payload is too short"))?;
    let oid = |bytes| u32::decode(bytes).map(Oid);
    let mut target = Connect::database_oid(oid(database)?).role_oid(oid(role)?);
    if cfg!(pg_has = "bypass_rolelogincheck") {
        target = target.bypass_role_login_check();
    }
    let mut worker = worker.connect(target)?;
    let done = answer(&mut worker, |worker, input: String| {
        let (search_path, sql) = input.split_once('\0').unwrap_or_default();
        let set = "select pg_catalog.set_config('search_path', $1, false)";
        worker.run_top_level(set, (search_path,))?;
        let results = worker.run_top_level(sql, ())?;
        match results.last() {
            Some(last) => read(worker, last),
            None => Ok(Answer(Vec::new())),
        }
    });
    match done {
        // The session has ended, or has forgotten the handle.
        Err(error) if error.kind() == ErrorKind::PeerGone => Ok(Exit::Done),
        done => done,
    }
}

/// Returns the rows of a statement as texts, or its tag.
fn read(worker: &mut Worker<Connected>, result: &StatementResult) -> Result<Answer> {
    worker.transaction(|tx| {
        let rows = result.rows(tx)?;
        let columns = rows.columns().count();
        if columns == 0 {
            return Ok(Answer(vec![vec![Some(result.command_tag().to_string())]]));
        }
        let texts = rows.iter().map(|row| {
            (0..columns)
                .map(|column| Ok(row.get::<Option<AnyText>>(column)?.map(|text| text.0)))
                .collect()
        });
        texts.collect::<Result<_>>().map(Answer)
    })
}

/// Rows of texts.
struct Answer(Vec<Vec<Option<String>>>);

impl Message for Answer {
    const NAME: &'static str = "background.rows/1";

    /// For each row, the number of its columns; for each column, its length plus one, or 0 for
    /// NULL, and its text.
    fn encode(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::new();
        for row in &self.0 {
            bytes.extend((row.len() as u32).to_le_bytes());
            for text in row {
                let length = text.as_ref().map_or(0, |text| text.len() as u32 + 1);
                bytes.extend(length.to_le_bytes());
                bytes.extend(text.as_deref().unwrap_or_default().as_bytes());
            }
        }
        bytes.into()
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let columns = part(&mut rest, 4).and_then(u32::decode)?;
            let row = (0..columns).map(|_| match part(&mut rest, 4).and_then(u32::decode)? {
                0 => Ok(None),
                length => part(&mut rest, length as usize - 1)
                    .and_then(String::decode)
                    .map(Some),
            });
            rows.push(row.collect::<Result<_>>()?);
        }
        Ok(Answer(rows))
    }
}

fn part<'b>(rest: &mut &'b [u8], length: usize) -> Result<&'b [u8]> {
    let (part, behind) = rest
        .split_at_checked(length)
        .ok_or_else(|| Error::other("the answer is incomplete"))?;
    *rest = behind;
    Ok(part)
}
