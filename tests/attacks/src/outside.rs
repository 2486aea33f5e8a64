//! The line to the observer. It is a socket in the data directory, so it works in every state of the process.

use crate::prelude::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::time::Instant;

static LINE: OnceLock<UnixStream> = OnceLock::new();

/// The server's working directory is its data directory.
const SOCKET: &str = "observer.sock";

/// The observer opens its socket once the server is there.
pub(crate) fn connect<S: postgres_bgworker::worker::ConnectionState>(
    worker: &mut Worker<S>,
    greeting: &str,
) -> Result<UnixStream> {
    let stream = loop {
        match UnixStream::connect(SOCKET) {
            Ok(stream) => break stream,
            Err(_) => {
                let _ = worker.wait(Duration::from_millis(20))?;
                worker.check_terminating()?;
            }
        }
    };
    let copy = stream.try_clone()?;
    let _ = LINE.set(stream);
    say(greeting);
    Ok(copy)
}

/// One line; tabs separate its fields.
pub(crate) fn say(text: &str) {
    if let Some(mut line) = LINE.get() {
        let text = text.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = line.write_all(format!("{text}\n").as_bytes());
    }
}

/// Something that is as it must be.
pub(crate) fn good(text: &str) {
    say(&format!("good\t{text}"));
}

/// Something that must not be.
pub(crate) fn bad(text: &str) {
    say(&format!("bad\t{text}"));
}

/// What an attack ended with.
pub(crate) fn result(outcome: &Result<()>) {
    match outcome {
        Ok(()) => say("value"),
        Err(error) => say(&format!(
            "error\t{:?}\t{}\t{}",
            error.kind(),
            error.sqlstate(),
            error.message().chars().take(300).collect::<String>()
        )),
    }
}

/// A statement in a session of the observer's, which is over when this returns: the error's message, if there was one.
pub(crate) fn sql(text: &str) -> Result<String> {
    ask(&format!("sql\t{text}"))
}

/// The same, so much later.
pub(crate) fn later(millis: u64, text: &str) {
    say(&format!("later\t{millis}\t{text}"));
}

/// Set a parameter in the configuration file and have the server read it.
pub(crate) fn set(name: &str, value: &str) -> Result<String> {
    ask(&format!("set\t{name}\t{value}"))
}

fn ask(question: &str) -> Result<String> {
    let mut line = LINE.get().ok_or_else(|| Error::other("no line"))?;
    say(question);
    line.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut answer = Vec::new();
    let mut byte = [0];
    // A signal may interrupt the read.
    let begin = Instant::now();
    while begin.elapsed() < LONG {
        match line.read(&mut byte) {
            Ok(1) if byte[0] == b'\n' => {
                return Ok(String::from_utf8_lossy(&answer).into_owned());
            }
            Ok(1) => answer.push(byte[0]),
            Ok(_) => break,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::other("the observer is gone"))
}

/// This process, for statements about it.
pub(crate) fn pid() -> u32 {
    std::process::id()
}

/// A query cancel from another session. It has arrived when this returns.
pub(crate) fn cancel_now() -> Result<()> {
    sql(&format!("select pg_cancel_backend({})", pid()))?;
    std::thread::sleep(Duration::from_millis(20));
    Ok(())
}

/// A query cancel from another session, so much later.
pub(crate) fn cancel_later(millis: u64) {
    later(millis, &format!("select pg_cancel_backend({})", pid()));
}
