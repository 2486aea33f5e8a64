//! Sessions over the server's socket, for statements without parameters.

use super::running::Cluster;
use crate::error::{Error, Result};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The version of the protocol, 3.0, which all majors have.
const PROTOCOL: u32 = 3 << 16;

/// A server that does not answer by then has not started.
const LIMIT: Duration = Duration::from_secs(10);

/// A row of the result: the columns as text, `None` for NULL.
pub type Row = Vec<Option<String>>;

/// A session of the superuser `postgres`, which sends statements as text and reads values as text.
#[derive(Debug)]
pub struct Session {
    stream: BufReader<UnixStream>,
    pid: u32,
}

impl Cluster {
    /// Opens a session in `database` as the superuser `postgres`.
    pub fn session(&self, database: &str) -> Result<Session> {
        let socket = self.socket_dir().join(".s.PGSQL.5432");
        Session::open(&socket, database)
            .map_err(|error| error.context(format!("could not connect to database {database:?}")))
    }
}

impl Session {
    fn open(socket: &Path, database: &str) -> Result<Self> {
        let stream = UnixStream::connect(socket).map_err(broken)?;
        stream.set_read_timeout(Some(LIMIT)).map_err(broken)?;
        let mut session = Self {
            stream: BufReader::new(stream),
            pid: 0,
        };
        let mut body = PROTOCOL.to_be_bytes().to_vec();
        let parameters = [
            ("user", "postgres"),
            ("database", database),
            ("client_encoding", "UTF8"),
            // A user may delay the start of workers with the first one. `quoted` needs the second.
            (
                "options",
                "-c post_auth_delay=0 -c standard_conforming_strings=on",
            ),
        ];
        for word in parameters.iter().flat_map(|(name, value)| [name, value]) {
            body.extend_from_slice(word.as_bytes());
            body.push(0);
        }
        body.push(0);
        session.send(&[], &body)?;
        session.answer()?;
        let stream = session.stream.get_ref();
        stream.set_read_timeout(None).map_err(broken)?;
        Ok(session)
    }

    /// Returns the process of the session.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Runs statements, separated by semicolons. Returns the rows of all of them.
    pub fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        self.send(b"Q", format!("{sql}\0").as_bytes())?;
        self.answer()
    }

    fn send(&mut self, tag: &[u8], body: &[u8]) -> Result<()> {
        // The length counts itself.
        let length = u32::try_from(body.len() + 4)
            .map_err(|_| Error::new("a statement is longer than 4 GiB"))?;
        let message = [tag, &length.to_be_bytes(), body].concat();
        self.stream.get_mut().write_all(&message).map_err(broken)
    }

    /// Reads up to the end of an answer. Returns its rows, or its error.
    fn answer(&mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut failed = None;
        loop {
            let (tag, body) = match self.message() {
                Ok(message) => message,
                // After a FATAL error nothing more is sent.
                Err(error) => return Err(failed.unwrap_or_else(|| broken(error))),
            };
            match tag {
                b'D' => rows.push(row(&body).ok_or_else(garbled)?),
                b'E' => failed = Some(error(&body)),
                b'K' => self.pid = number(&mut &*body).ok_or_else(garbled)?,
                b'R' if body != [0; 4] => {
                    return Err(Error::new("the server asks for a password"));
                }
                b'Z' => return failed.map_or(Ok(rows), Err),
                _ => {}
            }
        }
    }

    fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let [tag, length @ ..] = head;
        let length = u64::from(u32::from_be_bytes(length)).saturating_sub(4);
        let mut body = Vec::new();
        let read = self.stream.by_ref().take(length).read_to_end(&mut body)?;
        match read as u64 == length {
            true => Ok((tag, body)),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Drop for Session {
    /// Tells the server, which logs an unexpected end otherwise.
    fn drop(&mut self) {
        let _ = self.send(b"X", &[]);
    }
}

/// Quotes a value for SQL.
pub fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn row(body: &[u8]) -> Option<Row> {
    let mut rest = body.get(2..)?;
    let mut columns = Row::new();
    while !rest.is_empty() {
        let length = number(&mut rest)?;
        if length == u32::MAX {
            columns.push(None);
            continue;
        }
        let (value, others) = rest.split_at_checked(length as usize)?;
        columns.push(Some(String::from_utf8_lossy(value).into_owned()));
        rest = others;
    }
    Some(columns)
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

/// The fields of an error: a letter and text each.
fn error(body: &[u8]) -> Error {
    let field = |name: u8| {
        let mut fields = body.split(|byte| *byte == 0);
        let found = fields.find_map(|field| field.strip_prefix(&[name]));
        String::from_utf8_lossy(found.unwrap_or_default()).into_owned()
    };
    Error::new(format!("{}: {}", field(b'S'), field(b'M')))
        .note(format!("SQLSTATE {}", field(b'C')))
}

fn broken(error: io::Error) -> Error {
    Error::io("connection to the server", &error)
}

fn garbled() -> Error {
    Error::new("connection to the server: an invalid message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_errors_are_read() {
        let body = b"\0\x03\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\0";
        let columns = [Some("ab".to_owned()), None, Some(String::new())];
        assert_eq!(row(body).unwrap(), columns);
        assert!(row(&body[..7]).is_none() && row(b"").is_none());
        let error = error(b"SERROR\0VERROR\0C42P01\0Mno table\0\0").to_string();
        assert_eq!(error, "ERROR: no table\n  = SQLSTATE 42P01");
        assert_eq!(quoted("it's"), "'it''s'");
    }
}
