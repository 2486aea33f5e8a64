//! Follows a server: shows its log, and its workers as they start, change and exit.

use super::args::Args;
use super::lines::{Lines, Shown, dress};
use super::names::Names;
use super::states::States;
use bgworker_cli::term::{Progress, Spinner, WORKER, paint};
use pg_scratch::cluster::Cluster;
use pg_scratch::serverlog::{Event, Line, is_builtin};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The interval of queries to the statistics views.
const PERIOD: Duration = Duration::from_millis(500);

/// The end of a FATAL message of a process that another session has ended.
const ON_REQUEST: &str = "due to administrator command";

/// The parts of a message that say why and where.
const REASONS: [&str; 4] = ["DETAIL", "HINT", "QUERY", "CONTEXT"];

/// An observed worker process.
pub(super) struct Worker {
    pub(super) name: String,
    /// Its type, as the message about its end has it. Before 11, this is the name.
    pub(super) kind: Option<String>,
    pub(super) ran: Duration,
    /// How it ended, as the server's log says.
    pub(super) ended: Option<String>,
    /// Whether it existed at the last query.
    pub(super) alive: bool,
    /// The last line that reports an error, if that is why it ended.
    pub(super) failed: Option<String>,
    since: Instant,
    state: String,
    spinner: Option<Spinner>,
}

/// The observations so far.
pub(super) struct Follower {
    progress: Progress,
    lines: Lines,
    names: Names,
    /// Whether the log has the lines that the names come from.
    named: bool,
    /// Shows nothing: psql has the terminal.
    quiet: bool,
    to_stderr: bool,
    /// Whether an extension is created.
    pub(super) has_extension: bool,
    /// Whether the extension was created and has functions of the library, so it needs no worker.
    pub(super) has_functions: bool,
    /// Why the database could not be prepared after a restart.
    pub(super) unprepared: Option<String>,
    mark: u64,
    states: States,
    asked: Option<Instant>,
    stopping: bool,
    /// The last line of each process that reports an error, with the parts of the message.
    errors: BTreeMap<u32, String>,
    /// The process whose error the last message was.
    reports: Option<u32>,
    pub(super) workers: BTreeMap<u32, Worker>,
    pub(super) registered: BTreeSet<String>,
    /// The workers that were registered before the first one started.
    pub(super) fixed: BTreeSet<String>,
    pub(super) started: BTreeSet<String>,
    /// Lines that report a crash, a rejected registration, or code that could not be loaded.
    pub(super) crash: Vec<String>,
    /// The line before, if it reports the end of a process.
    last_end: Option<String>,
    pub(super) refused: Vec<(u32, String)>,
    pub(super) unloadable: Vec<(u32, String)>,
}

impl Follower {
    /// Follows a server that logs debugging lines. If the user has set another level, all lines are
    /// shown.
    pub(super) fn new(progress: Progress, args: &Args) -> Self {
        Self {
            progress,
            lines: Lines::new(args.verbose || !args.named()),
            names: Names::default(),
            named: args.named(),
            quiet: args.connect,
            to_stderr: args.json,
            has_extension: args.extension.is_some(),
            has_functions: false,
            unprepared: None,
            mark: 0,
            states: States::default(),
            asked: None,
            stopping: false,
            errors: BTreeMap::new(),
            reports: None,
            workers: BTreeMap::new(),
            registered: BTreeSet::new(),
            fixed: BTreeSet::new(),
            started: BTreeSet::new(),
            crash: Vec::new(),
            last_end: None,
            refused: Vec::new(),
            unloadable: Vec::new(),
        }
    }

    pub(super) fn crashed(&self) -> bool {
        !self.crash.is_empty()
    }

    pub(super) fn asked_to_stop(&mut self) {
        self.stopping = true;
        self.states = States::default();
        self.progress.status("Stopping", "the server");
    }

    /// Forgets what was observed: the server starts again.
    pub(super) fn forget(&mut self) {
        self.stopping = false;
        self.has_functions = false;
        self.unprepared = None;
        self.names = Names::default();
        self.errors.clear();
        self.workers.clear();
        self.registered.clear();
        self.fixed.clear();
        self.started.clear();
        self.crash.clear();
        self.refused.clear();
        self.unloadable.clear();
    }

    /// Shows new log lines and changes of the workers.
    pub(super) fn tick(&mut self, cluster: &Cluster) {
        let (lines, mark) = cluster.log_lines_after(self.mark);
        self.mark = mark;
        self.note_all(&lines);
        // After their starts are noted and before the lines are shown, so that the writers of the
        // lines are known.
        self.look_at_processes(cluster);
        self.show_all(&lines);
        if self.asked.is_none_or(|at| at.elapsed() >= PERIOD) && !self.stopping {
            self.asked = Some(Instant::now());
            self.ask_statistics(cluster);
        }
    }

    /// Takes the events from lines of the log. The name of a process may be known only after its
    /// exit, so this comes before the lines are shown.
    pub(super) fn note_all(&mut self, lines: &[String]) {
        for line in lines {
            if let Some(parsed) = Line::parse(line) {
                self.note(&parsed, line);
            }
        }
    }

    pub(super) fn show_all(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    fn look_at_processes(&mut self, cluster: &Cluster) {
        let now = cluster.workers();
        for process in &now {
            if self.workers.contains_key(&process.pid) {
                continue;
            }
            let name = match self.named {
                true => self.names.of_title(&process.title),
                false => Some(process.title.clone()),
            };
            if let Some(name) = name {
                self.arrived(process.pid, &name);
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
            kind: None,
            ran: Duration::ZERO,
            ended: None,
            alive: true,
            failed: None,
            since: now,
            state: String::new(),
            spinner,
        };
        self.workers.entry(pid).or_insert(worker)
    }

    fn line(&mut self, text: &str) {
        match self.lines.next(text) {
            None => {}
            // It is a worker's most of the time, and what the user looks for.
            Some(Shown::Output) => self.show(true, text),
            Some(Shown::Rest(pid)) => self.show(self.workers.contains_key(&pid), text),
            Some(Shown::Message(line)) => {
                let worker = self.workers.get(&line.pid);
                let about_worker = match line.event() {
                    Some(Event::Ended { name, .. }) => !is_builtin(name),
                    event => event.is_some(),
                };
                self.show(
                    worker.is_some() || about_worker,
                    &dress(&line, worker.map(|worker| worker.name.as_str())),
                );
            }
        }
    }

    fn note(&mut self, line: &Line<'_>, text: &str) {
        let ended = match line.event() {
            Some(Event::Ended { .. }) => Some(text.to_owned()),
            _ => None,
        };
        match line.event() {
            Some(Event::Registered(name)) if !is_builtin(name) => {
                self.registered.insert(name.to_owned());
                if self.started.is_empty() {
                    self.fixed.insert(name.to_owned());
                }
            }
            Some(Event::Starting(name)) if !is_builtin(name) => {
                self.started.insert(name.to_owned());
                self.names.started(name);
            }
            Some(Event::Ended { name, pid, how }) if !is_builtin(name) => {
                if !self.workers.contains_key(&pid) {
                    // The process started and ended between two queries.
                    let name = self.names.of_type(name);
                    self.arrived(pid, &name);
                }
                self.ended(pid, name, how);
            }
            Some(Event::Refused) => self.refused.push((line.pid, text.to_owned())),
            Some(Event::Unloadable) => self.unloadable.push((line.pid, text.to_owned())),
            Some(Event::Crash) => {
                let why = self.last_end.take();
                self.crash.extend(why);
                self.crash.push(text.to_owned());
            }
            _ => {}
        }
        self.last_end = ended;
        if line.message.contains(" was terminated by signal ") {
            self.last_end = None;
            self.crash.push(text.to_owned());
        }
        let failed = matches!(line.level, "ERROR" | "FATAL" | "PANIC");
        if failed && !line.message.contains(ON_REQUEST) {
            self.errors.insert(line.pid, text.to_owned());
        }
        match REASONS.contains(&line.level) {
            true if self.reports == Some(line.pid) => self.add_reason(line),
            true => {}
            false => self.reports = failed.then_some(line.pid),
        }
    }

    /// Adds a part of the last message of a process to its error.
    fn add_reason(&mut self, line: &Line<'_>) {
        // The worker is named anyway.
        if line.message.starts_with("background worker \"") {
            return;
        }
        if let Some(error) = self.errors.get_mut(&line.pid) {
            let part = format!("\n{}:  {}", line.level, line.message);
            if !error.contains(&part) {
                error.push_str(&part);
            }
        }
    }

    fn ended(&mut self, pid: u32, kind: &str, how: &str) {
        let error = self.errors.remove(&pid);
        if let Some(worker) = self.workers.get_mut(&pid) {
            worker.kind = Some(kind.to_owned());
            if !self.stopping && !how.ends_with(" exit code 0") {
                worker.failed = error;
            }
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
        let Some(known) = self.states.ask(cluster) else {
            return;
        };
        self.lines.hidden.extend(self.states.session());
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
        if self.quiet {
            return;
        }
        let mark = if by_worker {
            paint(WORKER, ">")
        } else {
            " ".to_owned()
        };
        self.say(&format!("{mark} {text}"));
    }

    /// Prints a line.
    pub(super) fn say(&self, text: &str) {
        match self.to_stderr {
            true => self.progress.eprintln(text),
            false => self.progress.println(text),
        }
    }
}
