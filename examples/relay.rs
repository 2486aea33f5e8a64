//! An outbox table whose rows go to a stream of Redis, each at least once.
//!
//! ```text
//! cargo bgworker run --example relay --set relay.broker=127.0.0.1:6379
//! insert into relay.outbox (payload) values ('hello');
//! redis-cli xrange events - +
//! ```
//!
//! A transaction inserts its messages into the table `relay.outbox` together with its other
//! changes, so there are messages of committed transactions only. The worker sends the rows in
//! batches, and deletes them after Redis has confirmed the batch. If the worker, the server or
//! Redis fails in between, the batch is sent again. Each message has the `id` of its row, by which
//! a consumer recognizes a message that it has had. Messages are sent in the order of their ids.
//! Of two transactions at the same time, the one with the smaller ids may commit later.
//!
//! The connection to Redis has neither encryption nor a password, so the broker should be on the
//! same machine or in a trusted network.
//!
//! The worker connects as the role `relay`, which owns the schema `relay`. `cargo bgworker run`
//! creates the role. In another server, run
//!
//! ```sql
//! create role relay login;
//! grant create on database postgres to relay;
//! ```
//!
//! No other role may insert messages by default. These statements let alice do so:
//!
//! ```sql
//! grant usage on schema relay to alice;
//! grant insert (payload) on relay.outbox to alice;
//! grant usage on sequence relay.outbox_id_seq to alice;
//! ```
//!
//! The worker looks for messages once per second. If a superuser creates this trigger, the commit
//! of messages wakes it instead, and an idle worker does nothing:
//!
//! ```sql
//! create function relay.wake() returns trigger
//!     language c as 'relay', 'bgworker_function_wake';
//! create trigger wake after insert on relay.outbox execute procedure relay.wake();
//! ```

use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Trigger};
use postgres_bgworker::settings::{SettingContext, StringSetting};
use postgres_bgworker::sql_trigger;
use postgres_bgworker::task::{self, Server, Socket, race};
use postgres_bgworker::wait::Backoff;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};

bgworker_module!(init);

static BROKER: StringSetting = StringSetting::new(
    c"relay.broker",
    c"Address and port of Redis.",
    c"127.0.0.1:6379",
)
.context(SettingContext::Postmaster);

static STREAM: StringSetting = StringSetting::new(
    c"relay.stream",
    c"Key of the stream that the messages are added to.",
    c"events",
)
.context(SettingContext::Postmaster);

/// Rings when messages are committed.
static BELL: Bell = Bell::new(c"relay_outbox");

/// The number of messages that are sent together.
const BATCH: i64 = 500;

/// Time for Redis to accept a connection, and to confirm a batch.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest time before an idle worker looks for messages, without and with the trigger.
const NAP: Duration = Duration::from_secs(1);
const LONG_NAP: Duration = Duration::from_secs(3600);

/// The longest line of an answer. Those of XADD have some 20 bytes.
const LONGEST: usize = 8192;

sql_trigger! {
    fn wake(session: &Session<'_>, _trigger: &Trigger<'_>) -> Result<()> {
        BELL.ring_at_commit(session)
    }
}

fn init(preload: &Preload) -> Result<()> {
    BROKER.define(preload)?;
    STREAM.define(preload)?;
    BELL.reserve(preload)?;
    BackgroundWorker::new("relay", worker_main!(relay))
        .start_at(StartTime::RecoveryFinished)
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(60),
        ))
        .register(preload)
}

fn relay(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("relay"))?;
    worker.transaction(|tx| {
        tx.own_schema("relay")?;
        tx.execute(
            "create table if not exists relay.outbox (id bigserial primary key, payload text not null)",
            (),
        )
    })?;
    task::run(worker, async |server| {
        let broker = BROKER.get(&server).parse().map_err(Error::other)?;
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(30));
        // SIGTERM drops this at an await.
        loop {
            match send_rows(&server, broker, &mut backoff).await {
                Failure::Server(error) => return Err(error),
                Failure::Broker(error) => {
                    let pause = backoff.failed();
                    server.warning(format!(
                        "could not send messages to {broker}: {error}; trying again in {pause:?}"
                    ));
                    server.sleep(pause).await;
                }
            }
        }
    })
}

/// Why a connection was given up.
enum Failure {
    Broker(io::Error),
    Server(Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Broker(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Server(error)
    }
}

/// Sends messages over a new connection until something fails.
async fn send_rows(server: &Server<'_>, broker: SocketAddr, backoff: &mut Backoff) -> Failure {
    let sending = async {
        let connect = server.timeout(PATIENCE, server.connect(broker)).await;
        let mut redis = Redis::new(connect.map_err(timed_out)??);
        let stream = STREAM.get(server);
        server.log(format!(
            "sending messages to the stream {stream} of {broker}"
        ));
        loop {
            let rows: Vec<(i64, String)> = server.transaction(|tx| {
                tx.query_as(
                    "select id, payload from relay.outbox order by id limit $1",
                    (BATCH,),
                )
            })?;
            if rows.is_empty() {
                let nap = server.transaction(nap)?;
                let rung = race(server.wait_for(&BELL), server.sleep(nap)).await;
                if let task::Either::First(result) = rung {
                    result?;
                }
                continue;
            }
            let added = server.timeout(PATIENCE, redis.add(&stream, &rows)).await;
            added.map_err(timed_out)??;
            backoff.worked();
            let ids: Vec<i64> = rows.into_iter().map(|(id, _)| id).collect();
            server.transaction(|tx| {
                tx.execute("delete from relay.outbox where id = any($1)", (ids,))
            })?;
        }
        #[expect(unreachable_code)]
        Ok::<(), Failure>(())
    };
    match sending.await {
        Err(failure) => failure,
        Ok(()) => unreachable!("it ends with a failure"),
    }
}

fn timed_out(error: Error) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, error)
}

fn nap(tx: &mut Transaction<'_>) -> Result<Duration> {
    let has_trigger: bool = tx.query_scalar(
        "select exists (select 1 from pg_trigger where tgrelid = 'relay.outbox'::regclass
         and tgname = 'wake' and tgenabled <> 'D')",
        (),
    )?;
    Ok(if has_trigger { LONG_NAP } else { NAP })
}

/// A connection to Redis.
struct Redis {
    socket: Socket<TcpStream>,
    /// What was received and not read yet.
    received: Vec<u8>,
}

impl Redis {
    fn new(socket: Socket<TcpStream>) -> Self {
        Redis {
            socket,
            received: Vec::new(),
        }
    }

    /// Adds messages to a stream, and waits until all of them are confirmed.
    async fn add(&mut self, stream: &str, rows: &[(i64, String)]) -> io::Result<()> {
        let mut request = Vec::new();
        for (id, payload) in rows {
            let id = id.to_string();
            command(
                &mut request,
                &["XADD", stream, "*", "id", &id, "payload", payload],
            );
        }
        self.socket.write_all(&request).await?;
        for _ in rows {
            let line = self.line().await?;
            match line.strip_prefix('$') {
                // The id in the stream follows.
                Some(_) => drop(self.line().await?),
                None => return Err(io::Error::other(format!("unexpected answer: {line}"))),
            }
        }
        Ok(())
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.received.len() > LONGEST {
                return Err(io::Error::other("the answer is too long"));
            }
            match self.socket.read(&mut buffer).await? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => self.received.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

/// Appends a command in the protocol of Redis: each word after its length.
fn command(request: &mut Vec<u8>, words: &[&str]) {
    request.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        request.extend_from_slice(word.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
}
