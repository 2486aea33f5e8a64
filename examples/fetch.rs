//! A queue of HTTP requests in a table: up to 1000 at a time, with retries.
//!
//! ```text
//! cargo bgworker run --example fetch --features tokio
//! insert into http.requests (url) values ('http://example.com/');
//! select id, state, status, octet_length(body), error from http.requests;
//! ```
//!
//! A request is a GET. Its answer, with any status below 500 except 429, is stored in its row, in
//! the state `done`. Other statuses and failures of the network are tried again, with a pause that
//! doubles from time to time, up to 5 attempts; then the state is `failed`. Answers that have
//! arrived together are stored in one transaction. After a crash, requests whose answers were not
//! stored are made again.
//!
//! Only public addresses are asked, so that no role reaches services of this machine or of its
//! network by a request. The name of a host is resolved once, and the connection goes to the
//! address that was checked. Redirections are not followed, but stored. There is no TLS: a worker
//! that needs it uses a client library such as reqwest in the same place. An answer longer than 1
//! MiB is an error.
//!
//! The worker connects as the role `fetch`, which owns the schema `http`. `cargo bgworker run`
//! creates the role. In another server, run
//!
//! ```sql
//! create role "fetch" login;
//! grant create on database postgres to "fetch";
//! ```
//!
//! No other role may insert or read by default. These statements let alice insert requests and
//! read all answers, including those of other roles:
//!
//! ```sql
//! grant usage on schema http to alice;
//! grant insert (url), select on http.requests to alice;
//! grant usage on sequence http.requests_id_seq to alice;
//! ```
//!
//! The worker looks for requests once per second. If a superuser creates this trigger, the commit
//! of requests wakes it instead, and an idle worker does nothing:
//!
//! ```sql
//! create function http.wake() returns trigger
//!     language c as 'fetch', 'bgworker_function_wake';
//! create trigger wake after insert on http.requests execute procedure http.wake();
//! ```

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Trigger};
use postgres_bgworker::settings::{BoolSetting, DurationSetting, SettingContext, TimeUnit};
use postgres_bgworker::sql::Plan;
use postgres_bgworker::sql_trigger;
use postgres_bgworker::task::{self, Either, Server, race};
use std::collections::HashSet;
use std::error::Error as StdError;
use std::future::pending;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;

bgworker_module!(init);

static ALLOW_LOOPBACK: BoolSetting = BoolSetting::new(
    c"fetch.allow_loopback",
    c"Whether addresses of this machine may be asked, too.",
    false,
)
.context(SettingContext::Postmaster);

static RETRY: DurationSetting = DurationSetting::new(
    c"fetch.retry_pause",
    c"Time before the second attempt of a request.",
    Duration::from_secs(1),
    Duration::from_millis(1)..=Duration::from_secs(3600),
    TimeUnit::Milliseconds,
)
.context(SettingContext::Postmaster);

/// Rings when requests are committed.
static BELL: Bell = Bell::new(c"fetch_requests");

/// The largest number of requests that wait for an answer.
const MOST: usize = 1000;
/// The number of times that a request is made.
const ATTEMPTS: i32 = 5;
/// The longest body of an answer that is stored, in bytes.
const LONGEST: usize = 1 << 20;
/// Time for a request and its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest time before an idle worker looks for requests, without and with the trigger.
const NAP: Duration = Duration::from_secs(1);
const LONG_NAP: Duration = Duration::from_secs(3600);

sql_trigger! {
    fn wake(session: &Session<'_>, _trigger: &Trigger<'_>) -> Result<()> {
        BELL.ring_at_commit(session)
    }
}

fn init(preload: &Preload) -> Result<()> {
    ALLOW_LOOPBACK.define(preload)?;
    RETRY.define(preload)?;
    BELL.reserve(preload)?;
    BackgroundWorker::new("fetch", worker_main!(work))
        .start_at(StartTime::RecoveryFinished)
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(60),
        ))
        .register(preload)
}

/// What became of a request.
struct Outcome {
    id: i64,
    answer: Result<(u16, Vec<u8>), String>,
}

fn work(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("fetch"))?;
    let queue = worker.transaction(Queue::open)?;
    // SIGTERM drops this at an await, and the requests with it.
    task::tokio(worker, async |server| {
        server.log("making the requests of http.requests");
        let loopback = ALLOW_LOOPBACK.get(&server);
        let mut requests = JoinSet::new();
        let mut waiting = HashSet::new();
        let mut look_at = Instant::now();
        let mut has_more = false;
        loop {
            let room = MOST - waiting.len();
            // A look takes longer than storing an answer, so a worker that has found more requests
            // than it has room for looks again when a quarter of the room is free.
            if look_at <= Instant::now() && room > 0 || has_more && room >= MOST / 4 {
                let found = server.transaction(|tx| queue.take(tx, &waiting))?;
                has_more = found.has_more;
                look_at = Instant::now() + found.nap;
                for (id, url) in found.new {
                    waiting.insert(id);
                    // On a thread of the runtime.
                    requests.spawn(request(id, url, loopback));
                }
            }
            // Without room, there is nothing to look for.
            let nap = if waiting.len() < MOST {
                look_at.saturating_duration_since(Instant::now())
            } else {
                LONG_NAP
            };
            let (outcomes, rung) = next(&server, &mut requests, nap).await?;
            for outcome in &outcomes {
                waiting.remove(&outcome.id);
            }
            let again = server.transaction(|tx| queue.store_all(tx, &outcomes))?;
            let sooner = if rung { Some(Duration::ZERO) } else { again };
            look_at = sooner.map_or(look_at, |pause| look_at.min(Instant::now() + pause));
        }
    })
}

/// Waits for answers, for a ring, or until the time is over. Returns all answers that are there,
/// and whether the bell has rung.
async fn next(
    server: &Server<'_>,
    requests: &mut JoinSet<Outcome>,
    nap: Duration,
) -> Result<(Vec<Outcome>, bool)> {
    let first = async {
        match requests.join_next().await {
            Some(outcome) => outcome.map_err(Error::other),
            None => pending().await,
        }
    };
    let rest = race(server.wait_for(&BELL), server.sleep(nap));
    let mut outcomes = Vec::new();
    let mut rung = false;
    match race(first, rest).await {
        Either::First(outcome) => outcomes.push(outcome?),
        Either::Second(Either::First(result)) => {
            result?;
            rung = true;
        }
        Either::Second(Either::Second(())) => {}
    }
    while let Some(outcome) = requests.try_join_next() {
        outcomes.push(outcome.map_err(Error::other)?);
    }
    Ok((outcomes, rung))
}

async fn request(id: i64, url: String, loopback: bool) -> Outcome {
    let answer = tokio::time::timeout(PATIENCE, get(&url, loopback)).await;
    let answer = answer.unwrap_or_else(|_| Err("no answer in time".into()));
    let answer = answer.map_err(|error| error.to_string());
    Outcome { id, answer }
}

type Failure = Box<dyn StdError + Send + Sync>;

/// Makes a request, over a connection of its own.
async fn get(url: &str, loopback: bool) -> Result<(u16, Vec<u8>), Failure> {
    let url: Uri = url.parse()?;
    if url.scheme_str() != Some("http") {
        return Err("the URL does not begin with http://".into());
    }
    let name = url.host().ok_or("the URL has no host")?;
    let authority = url.authority().map_or("", |it| it.as_str());
    // Without the name and the password of a user.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = lookup_host((name, url.port_u16().unwrap_or(80))).await?;
    let address = addresses
        .find(|at| is_public(at.ip()) || loopback && at.ip().is_loopback())
        .ok_or("the host has no public address")?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(url.path_and_query().map_or("/", |it| it.as_str()))
        .header(header::HOST, host)
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let answer = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LONGEST).collect().await?;
        Ok((status, body.to_bytes().to_vec()))
    };
    // The connection ends, with or without an error, when the answer has arrived.
    let connection = async {
        let _ = connection.await;
        pending().await
    };
    match race(answer, connection).await {
        Either::First(result) | Either::Second(result) => result,
    }
}

/// Returns whether an address belongs to the internet: neither to this machine, nor to a local
/// network, nor to a special purpose.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = match address.octets() {
        [0 | 10 | 127 | 240..=255, ..] => true,
        [100, second, ..] => second & 0xc0 == 64,
        [172, second, ..] => second & 0xf0 == 16,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..] | [169, 254, ..] => true,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    !is_special && !address.is_multicast()
}

/// Addresses that contain one of version 4 are not asked: translators and tunnels interpret it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocols, documentation and 6to4.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002 | 0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// What the worker finds in the table.
struct Found {
    new: Vec<(i64, String)>,
    /// Whether there are more requests that are due.
    has_more: bool,
    /// The time until there may be others.
    nap: Duration,
}

/// The statements of the worker, prepared once.
struct Queue {
    take: Plan<(i64,)>,
    has_trigger: Plan<()>,
    done: Plan<(i64, i32, &'static [u8])>,
    again: Plan<(i64, Option<i32>, &'static str, i32, f64)>,
}

const MAKE: &str = "
    create table if not exists http.requests (
        id bigserial primary key,
        url text not null,
        state text not null default 'waiting',
        attempts int not null default 0,
        due timestamptz not null default now(),
        status int,
        body bytea,
        error text)";

impl Queue {
    fn open(tx: &mut Transaction<'_>) -> Result<Self> {
        tx.own_schema("http")?;
        tx.execute(MAKE, ())?;
        let exists: bool = tx.query_scalar(
            "select exists (select 1 from pg_indexes where schemaname = 'http' and indexname = 'waiting')",
            (),
        )?;
        if !exists {
            tx.execute(
                "create index waiting on http.requests (due, id) where state = 'waiting'",
                (),
            )?;
        }
        Ok(Queue {
            take: tx.prepare::<(i64,)>(
                "select id, url,
                        extract(epoch from least(due, clock_timestamp() + '1 day') - clock_timestamp())::float8
                 from http.requests where state = 'waiting' order by due, id limit $1",
            )?,
            has_trigger: tx.prepare::<()>(
                "select exists (select 1 from pg_trigger where tgrelid = 'http.requests'::regclass
                 and tgname = 'wake' and tgenabled <> 'D')",
            )?,
            done: tx.prepare::<(i64, i32, &[u8])>(
                "update http.requests set state = 'done', attempts = attempts + 1, status = $2,
                 body = $3, error = null where id = $1",
            )?,
            again: tx.prepare::<(i64, Option<i32>, &str, i32, f64)>(
                "update http.requests set attempts = attempts + 1, status = $2, error = $3,
                 state = case when attempts + 1 < $4 then 'waiting' else 'failed' end,
                 due = clock_timestamp() + $5 * 2 ^ attempts * interval '1 second'
                 where id = $1
                 returning case when state = 'waiting' then extract(epoch from due - clock_timestamp())::float8 end",
            )?,
        })
    }

    /// Returns requests that are due, besides those that wait for an answer, up to [`MOST`] in all.
    fn take(&self, tx: &mut Transaction<'_>, waiting: &HashSet<i64>) -> Result<Found> {
        let has_trigger: bool = tx.query_scalar(&self.has_trigger, ())?;
        let mut found = Found {
            new: Vec::new(),
            has_more: false,
            nap: if has_trigger { LONG_NAP } else { NAP },
        };
        let rows = tx.query(&self.take, (i64::try_from(MOST)? + 1,))?;
        for row in rows.typed::<(i64, &str, f64)>()? {
            let (id, url, due) = row?;
            if waiting.contains(&id) {
                continue;
            }
            if due > 0.0 {
                let due = Duration::try_from_secs_f64(due).unwrap_or(LONG_NAP);
                found.nap = found.nap.min(due);
                break;
            }
            if waiting.len() + found.new.len() == MOST {
                found.has_more = true;
                break;
            }
            found.new.push((id, url.to_owned()));
        }
        if found.has_more {
            // Answers may come slowly.
            found.nap = found.nap.min(NAP);
        }
        Ok(found)
    }

    /// Stores answers. Returns the time until the first request of these is due again, if any.
    fn store_all(
        &self,
        tx: &mut Transaction<'_>,
        outcomes: &[Outcome],
    ) -> Result<Option<Duration>> {
        let mut first = None;
        for outcome in outcomes {
            let pause = self.store(tx, outcome)?;
            first = first.into_iter().chain(pause).min();
        }
        Ok(first)
    }

    fn store(&self, tx: &mut Transaction<'_>, outcome: &Outcome) -> Result<Option<Duration>> {
        let id = outcome.id;
        let (status, error) = match &outcome.answer {
            Ok((status, body)) if *status < 500 && *status != 429 => {
                tx.execute(&self.done, (id, i32::from(*status), &body[..]))?;
                return Ok(None);
            }
            Ok((status, _)) => (
                Some(i32::from(*status)),
                "the server asks for another attempt",
            ),
            Err(error) => (None, &error[..]),
        };
        let error = tx.storable(error);
        let pause = RETRY.get(tx).as_secs_f64();
        // No row: someone has deleted the request.
        let due: Option<Option<f64>> =
            tx.query_scalar_opt(&self.again, (id, status, &*error, ATTEMPTS, pause))?;
        Ok(due
            .flatten()
            .map(|due| Duration::try_from_secs_f64(due).unwrap_or_default()))
    }
}
