//! Load on the examples.

use crate::bench::free_port;
use pg_scratch::{Error, Result};
use postgres::Client;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A server that takes connections and never answers, and clients that ask the example `serve`.
pub(super) struct Load {
    silent_port: u16,
    serve_port: u16,
    enough: Arc<AtomicBool>,
}

/// The clients of `serve`.
const CLIENTS: usize = 2;

impl Load {
    /// Starts the threads. They end with the program, if `stop` is not called.
    pub(super) fn start() -> Result<Self> {
        let failed = |error| Error::io("127.0.0.1", &error);
        let silent = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let load = Load {
            silent_port: silent.local_addr().map_err(failed)?.port(),
            serve_port: free_port()?,
            enough: Arc::default(),
        };
        thread::spawn(move || {
            for stream in silent.incoming().flatten() {
                thread::spawn(move || keep(stream));
            }
        });
        for _ in 0..CLIENTS {
            let (port, enough) = (load.serve_port, load.enough.clone());
            thread::spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    // The worker is stopped meanwhile, again and again.
                    if ask(port, &enough).is_err() {
                        thread::sleep(Duration::from_millis(20));
                    }
                }
            });
        }
        Ok(load)
    }

    pub(super) fn serve_port(&self) -> u16 {
        self.serve_port
    }

    /// Gives the workers something to do for the next second.
    pub(super) fn add(&self, client: &mut Client) -> Result<()> {
        client.batch_execute(&format!(
            "delete from http.requests;
             insert into queue.jobs (statement)
                 select 'select pg_catalog.pg_sleep(0.002)' from generate_series(1, 500);
             insert into http.requests (url)
                 select 'http://127.0.0.1:{}/' from generate_series(1, 20)",
            self.silent_port
        ))?;
        Ok(())
    }

    pub(super) fn stop(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

/// Reads until the other side has closed the connection, and answers nothing.
fn keep(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).is_ok_and(|length| length > 0) {}
}

/// Asks until the connection ends.
fn ask(port: u16, enough: &AtomicBool) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut answer = [0; 4096];
    while !enough.load(Ordering::Relaxed) {
        stream.write_all(b"GET /keys/1 HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        if stream.read(&mut answer)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
