//! Which server to build for: find a `pg_config`, ask it, distrust its answers.

use crate::report::{Report, Result};
use crate::{vars, versions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A `pg_config` that hangs (a network mount, a wrapper that waits for input) stops the build this late.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Nobody's answers are longer; one that never stops printing is cut off here.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// What a `pg_config` said of its server.
#[derive(Debug)]
pub struct PgConfig {
    pub path: PathBuf,
    /// Which step of the search found it.
    pub found_by: String,
    /// The whole `--version` line, vendor's additions and all.
    pub version: String,
    pub major: String,
    pub bindir: String,
    pub includedir_server: String,
    pub pkglibdir: String,
    pub cppflags: String,
    pub cc: String,
}

/// The first usable one, in the documented order. One that the user named must be usable.
pub fn find() -> Result<PgConfig> {
    let target = vars::cargo("TARGET");
    for name in [
        format!("PG_CONFIG_{target}"),
        format!("PG_CONFIG_{}", target.replace('-', "_")),
        "PG_CONFIG".to_string(),
    ] {
        if let Some(path) = vars::get(&name) {
            if std::env::var(&name).is_err() {
                return Err(Report::new(format!(
                    "the path in {name} is not UTF-8, which cargo cannot pass on"
                ))
                .note(format!("path: {path}"))
                .help("give the directory another name, or a symbolic link with one"));
            }
            return ask(Path::new(&path), &name)?.with_headers();
        }
    }
    let mut tried = Vec::new();
    for (path, found_by) in candidates() {
        match ask(&path, &found_by).and_then(PgConfig::with_headers) {
            Ok(answer) => return Ok(answer),
            Err(error) => tried.push(format!("{found_by}: {}: {error}", path.display())),
        }
    }
    Err(not_found(&tried))
}

fn not_found(tried: &[String]) -> Report {
    let mut report = Report::new("no PostgreSQL server with headers was found")
        .note("looked at, in this order: PG_CONFIG_<TARGET>, PG_CONFIG, PATH, versioned directories, pkg-config");
    for line in tried {
        report = report.note(line.replace("error: ", ""));
    }
    report
        .help_install("NN")
        .help("in a checkout of this project: cargo bgworker servers install 18")
}

/// Every place to look at when the user named none: path, and how it was found.
fn candidates() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    vars::get("PATH");
    for dir in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        found.push((dir.join("pg_config"), "PATH".to_string()));
    }
    for pattern in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/usr/local/pgsql", ""),
    ] {
        found.extend(versioned(Path::new(pattern.0), pattern.1));
    }
    found.retain(|(path, _)| path.exists());
    if let Some(prefix) = pkg_config_hint() {
        found.push((
            prefix.join("bin/pg_config"),
            "pkg-config (libpq)".to_string(),
        ));
    }
    found
}

/// `<root>/<something with a version>/<bin>/pg_config`, newest version first.
fn versioned(root: &Path, bin: &str) -> Vec<(PathBuf, String)> {
    let version = |name: &str| -> Option<u32> {
        let digits = name
            .strip_prefix("postgresql@")
            .or_else(|| name.strip_prefix("pgsql-"))
            .unwrap_or(name);
        let mut parts = digits.split('.').map(|part| part.parse::<u32>().ok());
        let (first, second) = (parts.next()??, parts.next().flatten().unwrap_or(0));
        Some(first.saturating_mul(100).saturating_add(second))
    };
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = version(entry.file_name().to_str()?)?;
            Some((number, entry.path().join(bin).join("pg_config")))
        })
        .collect();
    if bin.is_empty() {
        found = vec![(0, root.join("bin/pg_config"))];
    }
    found.sort_by(|a, b| b.cmp(a));
    let label = format!("below {}", root.display());
    found
        .into_iter()
        .map(|(_, path)| (path, label.clone()))
        .collect()
}

/// libpq.pc knows nothing of the server; its prefix is a place where a `pg_config` may be.
fn pkg_config_hint() -> Option<PathBuf> {
    for name in [
        "PKG_CONFIG_PATH",
        "PKG_CONFIG_LIBDIR",
        "PKG_CONFIG_SYSROOT_DIR",
    ] {
        vars::get(name);
    }
    pkg_config::get_variable("libpq", "prefix")
        .ok()
        .map(PathBuf::from)
}

/// Ask one `pg_config` everything in one call.
fn ask(path: &Path, found_by: &str) -> Result<PgConfig> {
    const QUESTIONS: [&str; 6] = [
        "--version",
        "--bindir",
        "--includedir-server",
        "--pkglibdir",
        "--cppflags",
        "--cc",
    ];
    let output = run(path, &QUESTIONS, found_by)?;
    let text = String::from_utf8(output.stdout).map_err(|error| {
        complaint(path, found_by, "answers with a path that is not UTF-8, which cargo cannot pass on")
            .note(format!("it printed: {:?}", excerpt(&String::from_utf8_lossy(error.as_bytes()))))
            .help("install the server under another path, or name one that is: PG_CONFIG=/path/to/pg_config")
    })?;
    if text.is_empty() {
        return Err(complaint(path, found_by, "prints nothing")
            .help(format!("try it by hand: {} --version", path.display())));
    }
    let lines: Vec<&str> = text.lines().collect();
    let version = lines.first().copied().unwrap_or("").to_string();
    let Some(major) = parse_major(&version) else {
        return Err(
            complaint(path, found_by, "does not answer like a pg_config")
                .note(format!("--version printed: {:?}", excerpt(&text)))
                .help("a server's pg_config prints a line like \"PostgreSQL 18.1\""),
        );
    };
    if lines.len() != QUESTIONS.len() {
        return Err(
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
                    QUESTIONS.join(" ")
                )),
        );
    }
    if version_key(&major) < version_key("9.3") {
        return Err(complaint(
            path,
            found_by,
            &format!("belongs to PostgreSQL {major}, which has no background workers"),
        )
        .help("the interface came with PostgreSQL 9.3"));
    }
    Ok(PgConfig {
        path: path.to_path_buf(),
        found_by: found_by.to_string(),
        version,
        major,
        bindir: lines[1].to_string(),
        includedir_server: lines[2].to_string(),
        pkglibdir: lines[3].to_string(),
        cppflags: lines[4].to_string(),
        cc: lines[5].to_string(),
    })
}

impl PgConfig {
    /// Refuse a client-only installation.
    fn with_headers(self) -> Result<Self> {
        let header = Path::new(&self.includedir_server).join("postmaster/bgworker.h");
        if header.is_file() {
            return Ok(self);
        }
        Err(complaint(
            &self.path,
            &self.found_by,
            "belongs to an installation without server headers",
        )
        .note(format!("there is no {}", header.display()))
        .help_install(&self.major))
    }
}

/// Run a program, for so long.
fn run(path: &Path, arguments: &[&str], found_by: &str) -> Result<Output> {
    let mut command = Command::new(path);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // With a group of its own, what it starts ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|error| {
        complaint(path, found_by, &format!("cannot be run: {error}"))
            .help("PG_CONFIG must be the path of an executable pg_config")
    })?;
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(collect(child)));
    let by_hand = format!("try it by hand: {} --version", path.display());
    let output = receiver
        .recv_timeout(TIME_LIMIT)
        .map_err(|_| {
            kill_group(id);
            complaint(
                path,
                found_by,
                &format!("did not answer within {} seconds", TIME_LIMIT.as_secs()),
            )
            .help(&by_hand)
        })?
        .map_err(|error| {
            complaint(path, found_by, &format!("cannot be waited for: {error}")).help(&by_hand)
        })?;
    // One that was cut off did not end well, and what it printed says more.
    if !output.status.success() && (output.stdout.len() as u64) < LONGEST_ANSWER {
        return Err(
            complaint(path, found_by, &format!("failed ({})", output.status))
                .note(format!(
                    "it printed: {}",
                    excerpt(String::from_utf8_lossy(&output.stderr).trim())
                ))
                .help(by_hand),
        );
    }
    Ok(output)
}

/// Both outputs at once, until nobody can write to them any more, and the status.
fn collect(mut child: Child) -> io::Result<Output> {
    fn read(pipe: Option<impl Read>) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before an error is still an answer to judge.
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

/// End a program and whatever it has started.
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

/// As much of a program's output as fits in a message.
fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

fn complaint(path: &Path, found_by: &str, what: &str) -> Report {
    Report::new(format!("the pg_config named by {found_by} {what}"))
        .note(format!("path: {}", path.display()))
}

/// The major in a line like `PostgreSQL 15.18 (Debian …)`, `PostgreSQL 9.6.24`, `PostgreSQL 19rc1`.
fn parse_major(version: &str) -> Option<String> {
    let number = version
        .strip_prefix("PostgreSQL ")?
        .split_whitespace()
        .next()?;
    let mut parts = number
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let first: u32 = number
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()?;
    parts.next();
    Some(match first {
        0..=9 => format!("{first}.{}", parts.next()?),
        _ => first.to_string(),
    })
}

/// Majors in the order of their release.
fn version_key(major: &str) -> u32 {
    let mut parts = major
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let (first, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    first.saturating_mul(100).saturating_add(second)
}

impl PgConfig {
    /// A major that came out after this crate.
    pub fn is_future(&self) -> bool {
        version_key(&self.major) > version_key(versions::newest())
    }
}
