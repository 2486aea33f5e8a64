//! Runs a `pg_config` program once, with a time limit, and validates its output.

use crate::pg_config::{Kind, PgConfig, QUESTIONS, complaint, parse_major};
use crate::report::Result;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The time limit. A `pg_config` may hang (a network mount, a wrapper that waits for input).
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The maximum length of the output in bytes. Longer output is cut off.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Reads all values with one call.
pub fn ask(path: &Path, found_by: &str) -> Result<PgConfig> {
    let arguments = QUESTIONS.map(|name| format!("--{}", name.to_lowercase()));
    let output = run(path, &arguments, found_by)?;
    let text = String::from_utf8(output.stdout).map_err(|error| {
        complaint(path, found_by, "answers with a path that is not UTF-8, which cargo cannot pass on")
            .note(format!("it printed: {:?}", excerpt(&String::from_utf8_lossy(error.as_bytes()))))
            .help("install the server under another path, or name another server: PG_CONFIG=/path/to/pg_config")
    })?;
    if text.is_empty() {
        return Err(complaint(path, found_by, "prints nothing").help(by_hand(path)));
    }
    let lines: Vec<String> = text.lines().map(str::to_string).collect();
    if lines.first().and_then(|line| parse_major(line)).is_none() {
        return Err(
            complaint(path, found_by, "does not answer like a pg_config")
                .note(format!("--version printed: {:?}", excerpt(&text)))
                .help("a server's pg_config prints a line like \"PostgreSQL 18.1\""),
        );
    }
    let answers = lines.try_into().map_err(|lines: Vec<String>| {
        complaint(path, found_by, "does not answer like a pg_config")
            .note(format!(
                "{} answers to {} questions: {:?}",
                lines.len(),
                QUESTIONS.len(),
                excerpt(&text)
            ))
            .help(format!(
                "it was asked: {} {}",
                path.display(),
                arguments.join(" ")
            ))
    })?;
    PgConfig::new(Kind::Program, path, found_by, answers)
}

fn by_hand(path: &Path) -> String {
    format!("run it by hand: {} --version", path.display())
}

fn run(path: &Path, arguments: &[String], found_by: &str) -> Result<Output> {
    let child = command(path, arguments).spawn().map_err(|error| {
        complaint(path, found_by, &format!("cannot be run: {error}"))
            .help("PG_CONFIG must be the path of an executable pg_config, or of a text file with its output")
    })?;
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(collect(child)));
    let output = receiver
        .recv_timeout(TIME_LIMIT)
        .map_err(|_| {
            kill_group(id);
            let what = format!("did not answer within {} seconds", TIME_LIMIT.as_secs());
            complaint(path, found_by, &what).help(by_hand(path))
        })?
        .map_err(|error| {
            complaint(path, found_by, &format!("cannot be waited for: {error}")).help(by_hand(path))
        })?;
    // A program whose output was cut off fails, and its output is the better explanation.
    if !output.status.success() && (output.stdout.len() as u64) < LONGEST_ANSWER {
        let printed = String::from_utf8_lossy(&output.stderr);
        return Err(
            complaint(path, found_by, &format!("failed ({})", output.status))
                .note(format!("it printed: {}", excerpt(printed.trim())))
                .help(by_hand(path)),
        );
    }
    Ok(output)
}

fn command(path: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(path);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A separate process group, so that its children are killed with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Reads both outputs concurrently until all writers have closed them, and returns the status.
fn collect(mut child: Child) -> io::Result<Output> {
    fn read(pipe: Option<impl Read>) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // The output before an error is still validated.
            let _ = pipe.take(LONGEST_ANSWER).read_to_end(&mut bytes);
        }
        bytes
    }
    let stderr = child.stderr.take();
    let stderr = thread::spawn(move || read(stderr));
    let stdout = read(child.stdout.take());
    let status = child.wait()?;
    Ok(Output {
        status,
        stdout,
        stderr: stderr.join().unwrap_or_default(),
    })
}

/// Kills a program and its children.
#[cfg(unix)]
fn kill_group(leader: u32) {
    use std::ffi::c_int;
    const SIGKILL: c_int = 9;
    unsafe extern "C" {
        safe fn kill(pid: c_int, signal: c_int) -> c_int;
    }
    if let Ok(leader) = c_int::try_from(leader) {
        kill(-leader, SIGKILL);
    }
}

#[cfg(not(unix))]
fn kill_group(leader: u32) {
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID"])
        .arg(leader.to_string())
        .output();
}

/// Shortens a program's output to fit in a message.
fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}
