//! The child processes of a postmaster.

use std::process::Command;

/// A child process of the postmaster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The process ID.
    pub pid: u32,
    /// The title without `postgres: `. For a worker, this is its name since 11, `bgworker: NAME`
    /// before.
    pub title: String,
}

impl Process {
    /// Returns the worker's name, if this is a background worker other than the server's own.
    pub(crate) fn worker_name(&self, version_num: u32) -> Option<&str> {
        let name = match self.title.strip_prefix("bgworker: ") {
            Some(name) => name,
            // Before 11, the title of a worker has this prefix. Since 11, the title is the name.
            None if version_num < 110_000 => return None,
            None => &self.title,
        };
        let others = name.is_empty()
            // A process that has just been forked still has the postmaster's command line.
            || name.starts_with('/')
            || name.contains("[local]")
            || OTHERS.iter().any(|other| name.starts_with(other));
        (!others).then_some(name)
    }
}

/// The prefixes of the titles of a postmaster's other children since 11.
const OTHERS: &[&str] = &[
    "archiver",
    "autovacuum",
    "background writer",
    "checkpointer",
    "datachecksum",
    "io worker",
    "logger",
    "logical replication",
    "parallel worker",
    "slotsync",
    "startup",
    "stats collector",
    "walreceiver",
    "walsender",
    "walsummarizer",
    "walwriter",
];

/// Returns the direct children of `parent`, ordered by PID.
pub(crate) fn of(parent: u32) -> Vec<Process> {
    let mut found = if cfg!(target_os = "linux") {
        from_proc(parent)
    } else {
        from_ps(parent)
    };
    found.sort_by_key(|process| process.pid);
    found
}

fn from_proc(parent: u32) -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            // A process may end during the search. It is omitted then.
            let stat = std::fs::read(entry.path().join("stat")).ok()?;
            let (state, ppid) = state_and_parent(&String::from_utf8_lossy(&stat))?;
            if ppid != parent || state == 'Z' {
                return None;
            }
            let title = std::fs::read(entry.path().join("cmdline")).ok()?;
            Some(Process {
                pid,
                title: clean(&String::from_utf8_lossy(&title)),
            })
        })
        .collect()
}

/// Returns the title of a running process.
pub(super) fn title_of(pid: u32) -> Option<String> {
    let title = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(clean(&String::from_utf8_lossy(&title))).filter(|title| !title.is_empty())
}

/// Parses the fields after the command name, which is in parentheses and may contain any character.
fn state_and_parent(stat: &str) -> Option<(char, u32)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

fn from_ps(parent: u32) -> Vec<Process> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,args="])
        .output();
    let text = output
        .map(|o| String::from_utf8_lossy(&o.stdout).into_owned())
        .unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let (pid, rest) = line.trim().split_once(char::is_whitespace)?;
            let (ppid, title) = rest.trim().split_once(char::is_whitespace)?;
            (ppid.parse() == Ok(parent)).then_some(Process {
                pid: pid.parse().ok()?,
                title: clean(title),
            })
        })
        .collect()
}

fn clean(title: &str) -> String {
    let title = title.replace('\0', " ");
    let title = title.trim();
    title
        .strip_prefix("postgres: ")
        .unwrap_or(title)
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_the_command_name_does_not_confuse() {
        assert_eq!(state_and_parent("12 (a) b) S 7 12 12"), Some(('S', 7)));
        assert_eq!(state_and_parent("nonsense"), None);
    }

    #[test]
    fn titles_lose_their_padding() {
        assert_eq!(
            clean("postgres: bgworker: heartbeat   \0\0"),
            "bgworker: heartbeat"
        );
    }

    #[test]
    fn workers_are_told_from_the_rest() {
        let name = |title: &str, version| {
            let process = Process {
                pid: 1,
                title: title.to_owned(),
            };
            process.worker_name(version).map(str::to_owned)
        };
        assert_eq!(name("heartbeat", 110_000).as_deref(), Some("heartbeat"));
        assert_eq!(
            name("bgworker: heartbeat", 90_624).as_deref(),
            Some("heartbeat")
        );
        for (title, version) in [
            ("checkpointer process", 90_624),
            ("checkpointer", 150_000),
            ("io worker 0", 180_000),
            ("logical replication launcher", 150_000),
            ("bgworker: logical replication launcher", 100_000),
            ("postgres postgres [local] idle", 150_000),
            ("/usr/lib/postgresql/15/bin/postgres -D /tmp/x", 150_000),
            ("", 150_000),
        ] {
            assert_eq!(name(title, version), None, "{title}");
        }
    }

    #[test]
    fn our_own_child_is_found() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let found = of(std::process::id());
        let seen = found.iter().any(|p| p.pid == child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen, "{found:?}");
    }
}
