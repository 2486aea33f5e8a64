//! A connection to a WAL sender, which the client library does not offer.

use pg_scratch::Cluster;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

/// A connection to a WAL sender with a database, which runs SQL since PostgreSQL 10.
#[derive(Debug)]
pub struct WalSender(UnixStream);

impl WalSender {
    /// Connects to the database `postgres` as the superuser.
    pub fn connect(cluster: &Cluster) -> Self {
        let socket = cluster.socket_dir().join(".s.PGSQL.5432");
        let mut sender = WalSender(UnixStream::connect(socket).unwrap());
        sender.0.set_read_timeout(Some(crate::LONG)).unwrap();
        let parameters = b"user\0postgres\0database\0postgres\0replication\0database\0\0";
        let mut startup = 196_608_u32.to_be_bytes().to_vec();
        startup.extend_from_slice(parameters);
        sender.send(&startup);
        sender.answer();
        sender
    }

    /// Runs a statement. Returns the first value of each row, or the SQLSTATE of its error.
    pub fn run(&mut self, sql: &str) -> Vec<String> {
        self.0.write_all(b"Q").unwrap();
        self.send(format!("{sql}\0").as_bytes());
        self.answer()
    }

    fn send(&mut self, body: &[u8]) {
        let length = u32::try_from(body.len() + 4).unwrap();
        self.0.write_all(&length.to_be_bytes()).unwrap();
        self.0.write_all(body).unwrap();
    }

    /// Reads until the server is ready for a statement.
    fn answer(&mut self) -> Vec<String> {
        let mut values = Vec::new();
        loop {
            let mut head = [0; 5];
            self.0.read_exact(&mut head).unwrap();
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; length as usize - 4];
            self.0.read_exact(&mut body).unwrap();
            match head[0] {
                b'D' => {
                    // The number of columns, then the length of the first value.
                    let length = u32::from_be_bytes([body[2], body[3], body[4], body[5]]);
                    let value = &body[6..6 + length as usize];
                    values.push(String::from_utf8_lossy(value).into_owned());
                }
                b'E' => {
                    let fields = body.split(|byte| *byte == 0);
                    let mut codes = fields.filter_map(|field| field.strip_prefix(b"C"));
                    let code = codes.next().unwrap_or_default();
                    values.push(String::from_utf8_lossy(code).into_owned());
                }
                b'Z' => return values,
                _ => {}
            }
        }
    }
}
