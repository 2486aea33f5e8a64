//! A session: a client that sends texts with the simple protocol, as psql does.

use crate::outcome::{Failure, Outcome};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    stream: BufReader<UnixStream>,
    /// Whether a transaction block is open.
    pub(crate) is_in_block: bool,
}

struct Message {
    kind: u8,
    body: Vec<u8>,
}

impl Session {
    /// Connects to the server with this socket as the superuser `postgres`.
    pub(crate) fn connect(sockets: &Path, database: &str, limit: Duration) -> io::Result<Self> {
        let stream = UnixStream::connect(sockets.join(".s.PGSQL.5432"))?;
        stream.set_read_timeout(Some(limit))?;
        let mut session = Session {
            stream: BufReader::new(stream),
            is_in_block: false,
        };
        let mut startup = vec![0, 3, 0, 0];
        for word in ["user", "postgres", "database", database, ""] {
            startup.extend_from_slice(word.as_bytes());
            startup.push(0);
        }
        session.send(None, &startup)?;
        let outcomes = session.answers(&mut || String::new())?;
        match outcomes.into_iter().find_map(|outcome| outcome.failure) {
            Some(failure) => Err(io::Error::other(failure.message)),
            None => Ok(session),
        }
    }

    /// Runs a text, and returns what came of its statements. `data` returns what COPY reads.
    pub(crate) fn run(
        &mut self,
        sql: &str,
        data: &mut dyn FnMut() -> String,
    ) -> io::Result<Vec<Outcome>> {
        self.send(Some(b'Q'), format!("{sql}\0").as_bytes())?;
        self.answers(data)
    }

    fn send(&mut self, kind: Option<u8>, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
        let mut message: Vec<u8> = kind.into_iter().collect();
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(body);
        self.stream.get_mut().write_all(&message)
    }

    fn receive(&mut self) -> io::Result<Message> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body)?;
        Ok(Message {
            kind: head[0],
            body,
        })
    }

    /// Reads everything up to the message that says that the server waits for the next text.
    fn answers(&mut self, data: &mut dyn FnMut() -> String) -> io::Result<Vec<Outcome>> {
        let (mut outcomes, mut outcome) = (Vec::new(), Outcome::default());
        loop {
            let message = self.receive()?;
            let mut body = Fields(&message.body);
            match message.kind {
                b'T' => {
                    let count = body.number();
                    outcome.columns = (0..count)
                        .map(|_| {
                            let name = body.text();
                            body.skip(18);
                            name
                        })
                        .collect();
                }
                b'D' => {
                    let count = body.number();
                    outcome
                        .rows
                        .push((0..count).map(|_| body.value()).collect());
                }
                b'G' => {
                    self.send(Some(b'd'), data().as_bytes())?;
                    self.send(Some(b'c'), &[])?;
                }
                b'd' => outcome.data += &String::from_utf8_lossy(&message.body),
                b'C' => {
                    let tag = body.text();
                    outcome.count = Outcome::count_of(&tag);
                    outcome.tag = Some(tag);
                    outcomes.push(std::mem::take(&mut outcome));
                }
                b'E' => {
                    outcome = Outcome::default();
                    outcome.failure = Some(body.failure());
                    // FATAL: the server closes the connection.
                    if body_is_fatal(&message.body) {
                        return Err(io::Error::other(outcome.to_string()));
                    }
                    outcomes.push(std::mem::take(&mut outcome));
                }
                b'Z' => {
                    self.is_in_block = message.body != b"I";
                    return Ok(outcomes);
                }
                _ => {}
            }
        }
    }
}

fn body_is_fatal(body: &[u8]) -> bool {
    body.starts_with(b"SFATAL\0") || body.starts_with(b"SPANIC\0")
}

/// The fields of a message that are still to be read.
struct Fields<'m>(&'m [u8]);

impl Fields<'_> {
    fn skip(&mut self, length: usize) {
        self.0 = &self.0[length..];
    }

    fn number(&mut self) -> usize {
        let number = u16::from_be_bytes([self.0[0], self.0[1]]);
        self.skip(2);
        number.into()
    }

    fn text(&mut self) -> String {
        let length = self
            .0
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(self.0.len());
        let text = String::from_utf8_lossy(&self.0[..length]).into_owned();
        self.skip((length + 1).min(self.0.len()));
        text
    }

    fn value(&mut self) -> Option<String> {
        let length = i32::from_be_bytes([self.0[0], self.0[1], self.0[2], self.0[3]]);
        self.skip(4);
        // -1 is NULL.
        let length = usize::try_from(length).ok()?;
        let value = String::from_utf8_lossy(&self.0[..length]).into_owned();
        self.skip(length);
        Some(value)
    }

    fn failure(&mut self) -> Failure {
        let mut failure = Failure {
            sqlstate: String::new(),
            message: String::new(),
        };
        while let Some(kind) = self.0.first().copied().filter(|kind| *kind != 0) {
            self.skip(1);
            let text = self.text();
            match kind {
                b'C' => failure.sqlstate = text,
                b'M' => failure.message = text,
                _ => {}
            }
        }
        failure
    }
}
