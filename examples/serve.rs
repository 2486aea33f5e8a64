//! An HTTP server in a worker, with a page of metrics and a look-up by key.
//!
//! ```text
//! cargo bgworker run --example serve --set serve.port=9187
//! curl http://127.0.0.1:9187/metrics
//! curl http://127.0.0.1:9187/keys/answer
//! ```
//!
//! The server listens on the loopback address only. It has no encryption and no passwords: anyone
//! who can connect may read the table `serve.entries`. Keys consist of letters, digits, `-` and
//! `_`.
//!
//! The worker connects as the role `serve`, which owns the schema `serve`. `cargo bgworker run`
//! creates the role. In another server, run
//!
//! ```sql
//! create role serve login;
//! grant create on database postgres to serve;
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::{IntSetting, SettingContext};
use postgres_bgworker::sql::Plan;
use postgres_bgworker::task::{self, Either, Server, Socket, race};
use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::rc::Rc;

bgworker_module!(init);

static PORT: IntSetting = IntSetting::new(
    c"serve.port",
    c"TCP port of the HTTP server, on the loopback address.",
    9187,
    1..=65535,
)
.context(SettingContext::Postmaster);

/// The longest request, without a body.
const LONGEST: usize = 8192;

/// Time for a client to send a request.
const PATIENCE: Duration = Duration::from_secs(30);

fn init(preload: &Preload) -> Result<()> {
    PORT.define(preload)?;
    BackgroundWorker::new("serve", worker_main!(serve))
        .start_at(StartTime::RecoveryFinished)
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(60),
        ))
        .register(preload)
}

fn serve(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("serve"))?;
    let pages = Rc::new(worker.transaction(Pages::open)?);
    task::run(worker, async |server| {
        let port = u16::try_from(PORT.get(&server))?;
        let listener = server.socket(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?)?;
        server.log(format!("serves http://127.0.0.1:{port}"));
        let mut clients = Vec::new();
        while let Either::Second(accepted) = race(server.stopping(), listener.accept()).await {
            match accepted {
                Ok((client, _)) => {
                    let talk = talk(server.clone(), server.socket(client)?, pages.clone());
                    clients.push(server.spawn(talk));
                    clients.retain(|client| !client.is_finished());
                }
                // No file descriptors, for example: those of other clients become free.
                Err(error) => {
                    server.warning(format!("could not accept a connection: {error}"));
                    server.sleep(Duration::from_millis(100)).await;
                }
            }
        }
        server.log(format!("leaves after {} requests", pages.served.get()));
        Ok(Exit::Done)
    })
}

/// Answers the requests of one connection.
async fn talk(server: Server<'_>, client: Socket<TcpStream>, pages: Rc<Pages>) {
    let mut received = Vec::new();
    while let Ok(Ok(Some(head))) = server
        .timeout(PATIENCE, request(&client, &mut received))
        .await
    {
        let (status, body) = pages.answer(&server, &head);
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if client.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Returns the head of the next request, or `None` at the end of the connection.
async fn request(client: &Socket<TcpStream>, received: &mut Vec<u8>) -> io::Result<Option<String>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut buffer = [0; 1024];
    loop {
        if let Some(at) = received.windows(END.len()).position(|part| part == END) {
            let head: Vec<u8> = received.drain(..at + END.len()).collect();
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        if received.len() > LONGEST {
            return Ok(None);
        }
        match client.read(&mut buffer).await? {
            0 => return Ok(None),
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
}

type Answer = (&'static str, String);

struct Pages {
    /// The number of requests.
    served: Cell<u64>,
    /// Prepared once, because planning takes longer than looking up.
    look_up: Plan<(&'static str,)>,
}

impl Pages {
    fn open(tx: &mut Transaction<'_>) -> Result<Self> {
        tx.own_schema("serve")?;
        tx.execute(
            "create table if not exists serve.entries (key text primary key, value text not null)",
            (),
        )?;
        Ok(Pages {
            served: Cell::new(0),
            look_up: tx.prepare::<(&str,)>("select value from serve.entries where key = $1")?,
        })
    }

    fn answer(&self, server: &Server<'_>, head: &str) -> Answer {
        self.served.set(self.served.get() + 1);
        let mut words = head.split(' ');
        let (method, path) = (words.next(), words.next().unwrap_or_default());
        if method != Some("GET") {
            return ("405 Method Not Allowed", "use GET\n".to_owned());
        }
        if path == "/metrics" {
            return self.metrics(server).unwrap_or_else(failed(server));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match path.strip_prefix("/keys/") {
            Some(key) if key.chars().all(is_plain) => {
                self.value(server, key).unwrap_or_else(failed(server))
            }
            _ => ("404 Not Found", "no such page\n".to_owned()),
        }
    }

    fn value(&self, server: &Server<'_>, key: &str) -> Result<Answer> {
        let value: Option<String> =
            server.transaction(|tx| tx.query_scalar_opt(&self.look_up, (key,)))?;
        Ok(match value {
            Some(value) => ("200 OK", value + "\n"),
            None => ("404 Not Found", "no such key\n".to_owned()),
        })
    }

    fn metrics(&self, server: &Server<'_>) -> Result<Answer> {
        let (commits, sessions): (i64, i64) = server.transaction(|tx| {
            let sql =
                "select coalesce(sum(xact_commit), 0)::int8, coalesce(sum(numbackends), 0)::int8
                       from pg_stat_database";
            tx.query_one(sql, ())?.read()
        })?;
        let served = self.served.get();
        let text = format!(
            "# TYPE serve_requests_total counter\nserve_requests_total {served}\n\
             # TYPE pg_commits_total counter\npg_commits_total {commits}\n\
             # TYPE pg_sessions gauge\npg_sessions {sessions}\n"
        );
        Ok(("200 OK", text))
    }
}

/// A client learns nothing of an error. The log has it.
fn failed(server: &Server<'_>) -> impl Fn(Error) -> Answer {
    move |error| {
        server.warning(format!("a request failed: {error}"));
        (
            "500 Internal Server Error",
            "see the server log\n".to_owned(),
        )
    }
}
