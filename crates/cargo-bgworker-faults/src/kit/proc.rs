//! Observes processes from outside.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pg_scratch::{Error, Result};
use std::path::Path;
use std::time::{Duration, Instant};

/// A process, distinguished by its start time from a later one with the same process ID.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProcessId {
    pub(crate) pid: u32,
    started: u64,
}

impl ProcessId {
    /// Returns `None` if it has already exited.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let started = started(pid)?;
        Some(Self { pid, started })
    }

    pub(crate) fn alive(&self) -> bool {
        started(self.pid) == Some(self.started)
    }

    /// Sends a signal. Ignores a process that has already exited.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.alive() {
            let _ = kill(Pid::from_raw(self.pid as i32), signal);
        }
    }

    /// Waits up to `limit` for it to exit, and returns how long that took.
    pub(crate) fn gone_within(&self, limit: Duration) -> Result<Duration> {
        let begin = Instant::now();
        while self.alive() {
            if begin.elapsed() > limit {
                return Err(Error::new(format!(
                    "process {} is still running after {} s",
                    self.pid,
                    limit.as_secs_f32()
                )));
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(begin.elapsed())
    }
}

/// Returns the start time of a process in ticks since boot; `None` if it has exited or is a zombie.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat).into_owned();
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // The first field after the name is field 3.
    (*fields.first()? != "Z" && *fields.first()? != "X").then(|| fields.get(19)?.parse().ok())?
}

/// The resources of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// File descriptors, except those of the data directory, which the server opens and closes as
    /// needed.
    pub(crate) descriptors: usize,
    /// Private resident memory, in KiB.
    pub(crate) memory: u64,
}

impl Footprint {
    pub(crate) fn of(pid: u32, data: &Path) -> Option<Self> {
        let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        let outside = entries
            .flatten()
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .filter(|target| !target.starts_with(data));
        let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        let mut pages = statm
            .split(' ')
            .skip(1)
            .map(|field| field.trim().parse::<u64>());
        let (resident, shared) = (pages.next()?.ok()?, pages.next()?.ok()?);
        Some(Self {
            descriptors: outside.count(),
            memory: resident.saturating_sub(shared) * 4,
        })
    }

    /// Returns the minimum of several samples, to ignore short peaks.
    pub(crate) fn settled(pid: u32, data: &Path) -> Option<Self> {
        let looks = (0..5).map_while(|number| {
            if number > 0 {
                std::thread::sleep(Duration::from_millis(20));
            }
            Self::of(pid, data)
        });
        looks.reduce(|a, b| Self {
            descriptors: a.descriptors.min(b.descriptors),
            memory: a.memory.min(b.memory),
        })
    }
}

/// The activity of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Time on a processor or waiting for one, which is the same on a busy machine.
    pub(crate) ran: Duration,
    /// Time on a processor.
    pub(crate) computed: Duration,
    /// Number of voluntary context switches.
    pub(crate) pauses: u64,
}

impl Effort {
    /// Returns the activity since its start; `None` if it has exited.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let times = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
        let mut times = times.split(' ').map(|time| time.trim().parse::<u64>());
        let (computed, waited) = (times.next()?.ok()?, times.next()?.ok()?);
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let pauses = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some(Self {
            ran: Duration::from_nanos(computed + waited),
            computed: Duration::from_nanos(computed),
            pauses: pauses.trim().parse().ok()?,
        })
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            ran: self.ran.saturating_sub(before.ran),
            computed: self.computed.saturating_sub(before.computed),
            pauses: self.pauses.saturating_sub(before.pauses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_itself_until_it_is_gone() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let who = ProcessId::of(child.id()).unwrap();
        assert!(who.alive());
        assert!(who.gone_within(Duration::from_millis(20)).is_err());
        who.signal(Signal::SIGTERM);
        // A zombie that is not reaped yet counts as exited.
        who.gone_within(Duration::from_secs(30)).unwrap();
        child.wait().unwrap();
        assert!(!who.alive());
    }

    #[test]
    fn descriptors_of_the_data_directory_do_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let pid = std::process::id();
        let count = || Footprint::of(pid, directory.path()).unwrap().descriptors as i64;
        let before = count();
        let files: Vec<_> = (0..50)
            .map(|number| std::fs::File::create(directory.path().join(number.to_string())).unwrap())
            .collect();
        let inside = count();
        let others: Vec<_> = (0..50)
            .map(|_| std::fs::File::open("/dev/null").unwrap())
            .collect();
        let outside = count();
        // Other tests open files meanwhile.
        assert!((inside - before).abs() < 25, "{before} {inside}");
        assert!((outside - inside - 50).abs() < 25, "{inside} {outside}");
        drop((files, others));
    }
}
