//! Follows a server: shows its log, and its workers as they start, change and exit.

use anstyle::Style;
use bgworker_cli::term::{BAD, DIM, Progress, Spinner, WORKER, paint};
use pg_scratch::cluster::Cluster;
use pg_scratch::serverlog::{Event, Line, is_builtin};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The interval of queries to the statistics views.
const PERIOD: Duration = Duration::from_millis(500);

/// An observed worker process.
pub(super) struct Worker {
    pub(super) name: String,
    pub(super) ran: Duration,
    /// How it ended, as the server's log says.
    pub(super) ended: Option<String>,
    /// Whether it existed at the last query.
    pub(super) alive: bool,
    since: Instant,
    state: String,
    spinner: Option<Spinner>,
}

/// The observations so far.
pub(super) struct Follower {
    progress: Progress,
    verbose: bool,
    to_stderr: bool,
    mark: u64,
    client: Option<postgres::Client>,
    asked: Option<Instant>,
    stopping: bool,
    /// Whether the last complete line was shown, and was a worker's. Continuation lines follow it.
    last: (bool, bool),
    pub(super) workers: BTreeMap<u32, Worker>,
    pub(super) registered: BTreeSet<String>,
    pub(super) started: BTreeSet<String>,
    /// Lines that report a crash, a rejected registration, or code that could not be loaded.
    pub(super) crash: Vec<String>,
    pub(super) refused: Vec<String>,
    pub(super) unloadable: Vec<(u32, String)>,
}

impl Follower {
    pub(super) fn new(progress: Progress, verbose: bool, to_stderr: bool) -> Self {
        Self {
            progress,
            verbose,
            to_stderr,
            mark: 0,
            client: None,
            asked: None,
            stopping: false,
            last: (false, false),
            workers: BTreeMap::new(),
            registered: BTreeSet::new(),
            started: BTreeSet::new(),
            crash: Vec::new(),
            refused: Vec::new(),
            unloadable: Vec::new(),
        }
    }

    pub(super) fn crashed(&self) -> bool {
        !self.crash.is_empty()
    }

    pub(super) fn asked_to_stop(&mut self) {
        self.stopping = true;
        self.client = None;
        self.progress.status("Stopping", "the server");
    }

    /// Shows new log lines and changes of the workers.
    pub(super) fn tick(&mut self, cluster: &Cluster) {
        let (lines, mark) = cluster.log_lines_after(self.mark);
        self.mark = mark;
        // After the log is read and before it is shown, so that the writers of these lines are
        // known.
        self.look_at_processes(cluster);
        self.take(&lines);
        if self.asked.is_none_or(|at| at.elapsed() >= PERIOD) && !self.stopping {
            self.asked = Some(Instant::now());
            self.ask_statistics(cluster);
        }
    }

    /// Processes lines of the log, and shows them.
    pub(super) fn take(&mut self, lines: &[String]) {
        // The events come before the lines: the name of a process may be known only after its exit.
        for line in lines {
            if let Some(parsed) = Line::parse(line) {
                self.note(&parsed, line);
            }
        }
        for line in lines {
            self.line(line);
        }
    }

    fn look_at_processes(&mut self, cluster: &Cluster) {
        let now = cluster.workers();
        for process in &now {
            if !self.workers.contains_key(&process.pid) {
                self.arrived(process.pid, &process.title);
            }
        }
        for (pid, worker) in self
            .workers
            .iter_mut()
            .filter(|(_, worker)| worker.ended.is_none())
        {
            worker.alive = now.iter().any(|process| process.pid == *pid);
            if worker.alive {
                worker.ran = worker.since.elapsed();
            } else {
                worker.spinner = None;
            }
        }
    }

    fn arrived(&mut self, pid: u32, name: &str) -> &mut Worker {
        let spinner = self.progress.visible().then(|| {
            let spinner = self.progress.spinner(name);
            spinner.detail(&format!("pid {pid}"));
            spinner
        });
        let now = Instant::now();
        let worker = Worker {
            name: name.to_owned(),
            ran: Duration::ZERO,
            ended: None,
            alive: true,
            since: now,
            state: String::new(),
            spinner,
        };
        self.workers.entry(pid).or_insert(worker)
    }

    fn line(&mut self, text: &str) {
        let Some(line) = Line::parse(text) else {
            let (shown, marked) = self.last;
            if shown {
                self.show(marked, text);
            }
            return;
        };
        let worker = self.workers.get(&line.pid);
        let about_worker = match line.event() {
            Some(Event::Ended { name, .. }) => !is_builtin(name),
            event => event.is_some(),
        };
        let marked = worker.is_some() || about_worker;
        let shown = self.verbose || !line.level.starts_with("DEBUG");
        if shown {
            self.show(marked, &dress(&line, worker));
        }
        self.last = (shown, marked);
    }

    fn note(&mut self, line: &Line<'_>, text: &str) {
        match line.event() {
            Some(Event::Registered(name)) if !is_builtin(name) => {
                self.registered.insert(name.to_owned());
            }
            Some(Event::Starting(name)) if !is_builtin(name) => {
                self.started.insert(name.to_owned());
            }
            Some(Event::Ended { name, pid, how }) if !is_builtin(name) => {
                if !self.workers.contains_key(&pid) {
                    // The process started and ended between two queries.
                    self.arrived(pid, name);
                }
                self.ended(pid, how);
            }
            Some(Event::Refused) => self.refused.push(text.to_owned()),
            Some(Event::Unloadable) => self.unloadable.push((line.pid, text.to_owned())),
            Some(Event::Crash) => self.crash.push(text.to_owned()),
            _ => {}
        }
        if line.message.contains(" was terminated by signal ") {
            self.crash.push(text.to_owned());
        }
    }

    fn ended(&mut self, pid: u32, how: &str) {
        if let Some(worker) = self.workers.get_mut(&pid) {
            worker.ran = worker.since.elapsed();
            let on_request = if self.stopping {
                "stopped on request: "
            } else {
                ""
            };
            worker.ended = Some(format!("{on_request}{how}"));
            worker.alive = false;
            worker.spinner = None;
        }
    }

    fn ask_statistics(&mut self, cluster: &Cluster) {
        if self.client.is_none() {
            self.client = cluster.connect().ok();
        }
        let Some(client) = &mut self.client else {
            return;
        };
        let Ok(rows) = client.query(statistics(cluster.server().version.num), &[]) else {
            // The server may be restarting. The next query connects again.
            self.client = None;
            return;
        };
        let known: BTreeMap<u32, String> = rows
            .iter()
            .filter_map(|row| Some((u32::try_from(row.get::<_, i32>(0)).ok()?, row.get(1))))
            .collect();
        let mut news = Vec::new();
        for (pid, worker) in self
            .workers
            .iter_mut()
            .filter(|(_, worker)| worker.ended.is_none())
        {
            let state = known.get(pid).map_or("running", |state| state.trim());
            if worker.state != state {
                worker.state = state.to_owned();
                match &worker.spinner {
                    Some(spinner) => spinner.detail(&format!("pid {pid}  {state}")),
                    None => news.push(format!("{}[{pid}] is {state}", worker.name)),
                }
            }
        }
        for text in news {
            self.show(true, &text);
        }
    }

    fn show(&self, by_worker: bool, text: &str) {
        let mark = if by_worker {
            paint(WORKER, ">")
        } else {
            " ".to_owned()
        };
        let text = format!("{mark} {text}");
        if self.to_stderr {
            self.progress.eprintln(&text)
        } else {
            self.progress.println(&text)
        }
    }
}

/// Formats a line: a worker's in color, others dimmed.
fn dress(line: &Line<'_>, worker: Option<&Worker>) -> String {
    let bad = matches!(line.level, "ERROR" | "FATAL" | "PANIC");
    let level = paint(if bad { BAD } else { Style::new() }, line.level);
    match worker {
        Some(worker) => {
            let who = paint(WORKER, format!("{}[{}]", worker.name, line.pid));
            format!("{} {who} {level}: {}", line.time, line.message)
        }
        None => {
            format!(
                "{} server {level}: {}",
                paint(DIM, line.time),
                paint(DIM, line.message)
            )
        }
    }
}

/// Returns the query for PID and state, with the columns that this major has.
fn statistics(version_num: u32) -> &'static str {
    if version_num >= 90_600 {
        "select pid, coalesce(state, 'running') \
            || coalesce(', waits for ' || coalesce(nullif(wait_event_type, wait_event) || '/', '') || wait_event, '') \
            || coalesce(', database ' || datname, '') from pg_stat_activity"
    } else {
        "select pid, coalesce(state, 'running') || case when waiting then ', waits for Lock' else '' end \
            || coalesce(', database ' || datname, '') from pg_stat_activity"
    }
}
