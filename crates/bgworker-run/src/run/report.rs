//! Reports the end of a run: how the workers ended, and whether that is a success.

use super::failures::failures;
use super::follow::{Follower, Worker};
use bgworker_cli::build::Choice;
use bgworker_cli::term::{self, BAD, GOOD, paint, table};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Serialize;
use std::time::Duration;

/// The maximum number of worker processes in the report. A restart loop makes thousands.
const MOST_ROWS: usize = 20;

/// The maximum number of log lines per problem. A line may repeat with each restart.
const MOST_LINES: usize = 5;

#[derive(Serialize)]
pub(super) struct Report {
    library: String,
    server: String,
    workers: Vec<Ended>,
    /// The time from the stop request to the exit, in seconds.
    stop_seconds: Option<f64>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Ended {
    name: String,
    pid: u32,
    seconds: f64,
    ended: String,
    failed: bool,
}

#[derive(Serialize)]
struct Problem {
    what: String,
    log: Vec<String>,
}

impl Report {
    pub(super) fn new(
        choice: &Choice,
        server: &Server,
        follower: Follower,
        stopped: Result<Duration>,
    ) -> Self {
        let stop_seconds = stopped.as_ref().ok().map(Duration::as_secs_f64);
        let problems = problems(&follower, stopped.err());
        let workers = follower
            .workers
            .into_iter()
            .map(|(pid, worker)| row(pid, worker))
            .collect();
        Self {
            library: choice.name.clone(),
            server: server.version.full.clone(),
            workers,
            stop_seconds,
            problems,
        }
    }

    pub(super) fn ok(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn print(&self, as_json: bool) {
        for problem in &self.problems {
            let error = Error::new(problem.what.clone());
            let more = problem.log.len().saturating_sub(MOST_LINES);
            let more = (more > 0).then(|| format!("and {more} more like these"));
            let lines = problem.log.iter().take(MOST_LINES).cloned().chain(more);
            term::error(&lines.fold(error, Error::note));
        }
        if as_json {
            let mut data = serde_json::json!(self);
            data["ok"] = self.ok().into();
            println!("{data}");
            return;
        }
        let skipped = self.workers.len().saturating_sub(MOST_ROWS);
        let shown = self
            .workers
            .iter()
            .skip(skipped)
            .map(Ended::cells)
            .collect::<Vec<_>>();
        if !shown.is_empty() {
            anstream::println!("{}", table(&["worker", "pid", "ran", "ended"], &shown));
        }
        if skipped > 0 {
            anstream::println!("(and {skipped} earlier ones)");
        }
        let verdict = if self.ok() {
            paint(GOOD, "ok")
        } else {
            paint(BAD, "failed")
        };
        let stop = match self.stop_seconds {
            Some(seconds) => format!("the server stopped within {seconds:.2} s"),
            None => "the server did not stop cleanly".to_owned(),
        };
        anstream::println!(
            "{verdict}: {} on PostgreSQL {}; {stop}",
            self.library,
            self.server
        );
    }
}

impl Ended {
    fn cells(&self) -> Vec<String> {
        let seconds = format!("{:.1} s", self.seconds);
        vec![
            self.name.clone(),
            self.pid.to_string(),
            seconds,
            self.ended.clone(),
        ]
    }
}

fn row(pid: u32, worker: Worker) -> Ended {
    let ended = worker.ended.unwrap_or_else(|| match worker.alive {
        true => "did not exit; killed".to_owned(),
        false => "exited; the log does not say how".to_owned(),
    });
    let failed = worker.failed.is_some();
    Ended {
        name: worker.name,
        pid,
        seconds: worker.ran.as_secs_f64(),
        ended: match failed {
            true => format!("failed: {ended}"),
            false => ended,
        },
        failed,
    }
}

fn problems(seen: &Follower, not_stopped: Option<Error>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |what: &str, log: &[String]| {
        problems.push(Problem {
            what: what.to_owned(),
            log: log.to_vec(),
        });
    };
    if !seen.crash.is_empty() {
        add("a process crashed the server", &seen.crash);
    }
    let by = |lines: &[(u32, String)], is_worker: bool| -> Vec<String> {
        let known = |pid| seen.workers.contains_key(pid);
        let lines = lines.iter().filter(|(pid, _)| known(pid) == is_worker);
        lines.map(|(_, line)| line.clone()).collect()
    };
    // A worker's own messages begin like those of the server.
    let refused = by(&seen.refused, false);
    if !refused.is_empty() {
        add("the server rejected a registration", &refused);
    }
    // A failed load in a client's session is not a problem of the worker.
    let unloadable = by(&seen.unloadable, true);
    if !unloadable.is_empty() {
        add("the code of a worker could not be loaded", &unloadable);
    }
    for failure in failures(seen) {
        add(&failure.what, &failure.log);
    }
    for name in seen.registered.difference(&seen.started) {
        add(
            &format!("worker {name:?} was registered, but never started"),
            &[],
        );
    }
    if seen.workers.is_empty() && seen.started.is_empty() && !seen.has_functions {
        let what = match seen.has_extension {
            true => "no worker was started, and the extension has no function of the library",
            false => "no worker was started; make sure that _PG_init registers one",
        };
        add(what, &[]);
    }
    if let Some(why) = &seen.unprepared {
        add(why, &[]);
    }
    if let Some(error) = not_stopped {
        add(&error.to_string(), &[]);
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Args;
    use bgworker_cli::term::Progress;

    fn verdict(lines: &[&str], stopped: Option<Error>) -> String {
        let mut follower = follower();
        let lines = lines
            .iter()
            .map(|text| format!("2026-01-02 03:04:05.678 UTC {text}"));
        follower.note_all(&lines.collect::<Vec<_>>());
        let problems = problems(&follower, stopped);
        problems
            .into_iter()
            .map(|problem| problem.what + "\n" + &problem.log.join("\n"))
            .collect()
    }

    fn follower() -> Follower {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: Args,
        }
        let cli = <Cli as clap::Parser>::parse_from(["run", "--json"]);
        Follower::new(Progress::hidden(), &cli.args)
    }

    const STARTED: [&str; 2] = [
        "[1] DEBUG:  registering background worker \"w\"",
        "[1] DEBUG:  starting background worker process \"w\"",
    ];

    #[test]
    fn a_worker_that_ended_on_request_is_no_problem() {
        let end = "[1] LOG:  background worker \"w\" (PID 7) exited with exit code 1";
        assert_eq!(verdict(&[STARTED[0], STARTED[1], end], None), "");
        let session = "[9] ERROR:  could not access file \"x\": No such file or directory";
        assert_eq!(verdict(&[STARTED[0], STARTED[1], session, end], None), "");
    }

    #[test]
    fn a_worker_that_fails_at_each_start_is_a_problem() {
        let run = |pid: u32, error: &str| {
            [
                STARTED[1].to_owned(),
                format!("[{pid}] {error}"),
                format!("[1] LOG:  background worker \"w\" (PID {pid}) exited with exit code 1"),
            ]
        };
        let seen = |runs: &[[String; 3]]| {
            let first = [STARTED[0].to_owned()];
            let lines = first.iter().chain(runs.iter().flatten());
            verdict(&lines.map(String::as_str).collect::<Vec<_>>(), None)
        };
        let (bad, good) = ("ERROR:  panicked: oh no", "LOG:  I have had enough");
        let twice = seen(&[run(7, bad), run(8, bad)]);
        assert!(
            twice.contains("worker \"w\" failed at each of its 2 starts"),
            "{twice}"
        );
        // The error of two runs is told once.
        assert_eq!(twice.matches("oh no").count(), 1, "{twice}");
        assert_eq!(seen(&[run(7, bad), run(8, good)]), "");
        let killed = "FATAL:  terminating background worker \"w\" due to administrator command";
        assert_eq!(seen(&[run(7, killed)]), "");
        let words = "LOG:  background worker \"w\": the run before ended with a panic: oh no";
        assert_eq!(seen(&[run(7, words)]), "");
    }

    #[test]
    fn a_restart_that_has_just_begun_proves_nothing() {
        let failed_and_begun_again = |age: u64| {
            let mut follower = follower();
            let lines = [
                STARTED[0],
                STARTED[1],
                "[7] ERROR:  panicked: oh no",
                "[1] LOG:  background worker \"w\" (PID 7) exited with exit code 1",
                STARTED[1],
                "[1] LOG:  background worker \"w\" (PID 8) exited with exit code 1",
            ];
            let lines = lines.map(|text| format!("2026-01-02 03:04:05.678 UTC {text}"));
            follower.note_all(&lines[..5]);
            follower.asked_to_stop();
            follower.note_all(&lines[5..]);
            follower.workers.get_mut(&8).unwrap().ran = Duration::from_millis(age);
            let problems = problems(&follower, None);
            let told =
                "worker \"w\" failed at 1 of 2 starts; the last one was stopped too early to tell";
            assert!(problems.iter().all(|problem| problem.what == told));
            problems.len()
        };
        assert_eq!(failed_and_begun_again(0), 1);
        // Longer than the other run seems to be, because that one was never seen alive.
        assert_eq!(failed_and_begun_again(300), 1);
        assert_eq!(failed_and_begun_again(5000), 0);
    }

    #[test]
    fn a_library_without_a_worker_needs_functions() {
        let mut follower = follower();
        follower.has_extension = true;
        let nothing = problems(&follower, None);
        assert!(nothing[0].what.contains("no function of the library"));
        follower.has_functions = true;
        assert!(problems(&follower, None).is_empty());
    }

    #[test]
    fn each_problem_is_told_with_its_lines() {
        let crash = "[1] LOG:  background worker \"w\" (PID 7) was terminated by signal 11: Segmentation fault";
        let seen = verdict(&[STARTED[0], STARTED[1], crash], None);
        assert!(
            seen.contains("crashed the server") && seen.contains("signal 11"),
            "{seen}"
        );
        let seen = verdict(
            &["[1] LOG:  background worker \"w\": invalid restart interval"],
            None,
        );
        assert!(
            seen.contains("rejected") && seen.contains("restart interval"),
            "{seen}"
        );
        let seen = verdict(&STARTED[..1], None);
        assert!(
            seen.contains("\"w\" was registered, but never started"),
            "{seen}"
        );
        let launcher =
            "[1] DEBUG:  starting background worker process \"logical replication launcher\"";
        assert!(verdict(&[launcher], None).contains("no worker was started; "));
        let lost = "[7] ERROR:  could not find function \"f\" in file \"x\"";
        let end = "[1] LOG:  background worker \"w\" (PID 7) exited with exit code 1";
        let seen = verdict(&[STARTED[0], STARTED[1], lost, end], None);
        assert!(
            seen.contains("could not be loaded") && seen.contains("\"f\""),
            "{seen}"
        );
        let seen = verdict(&STARTED, Some(Error::new("did not stop")));
        assert!(seen.contains("did not stop"), "{seen}");
    }
}
