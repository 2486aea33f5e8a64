//! A session and a worker that run the same script.

use crate::command::Command;
use crate::copy::Copy;
use crate::outcome::Outcome;
use crate::script::{Item, Script};
use crate::session::Session;
use crate::variables::Variables;
use crate::worker::Worker;
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use pg_scratch::{Error, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// What came of a statement on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The same.
    Same,
    /// Not the same: of the session, and of the worker.
    Different(String, String),
    /// Not compared, for this reason.
    Skipped(&'static str),
}

/// A statement of a script.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it begins.
    pub line: usize,
    /// Its text.
    pub sql: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// A session and a worker, each with a server of its own.
#[derive(Debug)]
pub struct Pair {
    session: Session,
    worker: Worker,
    variables: [Variables; 2],
    is_in_block: bool,
    limit: Duration,
    servers: [Cluster; 2],
}

impl Pair {
    /// Starts two servers, the second one with the worker of this library. An answer may take this
    /// long.
    ///
    /// # Errors
    /// Those of starting the servers, and of the worker.
    pub fn start(
        builder: impl Fn() -> ClusterBuilder,
        library: &Path,
        limit: Duration,
    ) -> Result<Self> {
        let servers = [
            builder().start()?,
            builder().preload("scripts", library).start()?,
        ];
        Ok(Pair {
            session: connect(&servers[0], limit)?,
            worker: Worker::connect(&servers[1], limit)
                .map_err(|error| Error::io("the worker", &error))?,
            variables: Default::default(),
            is_in_block: false,
            limit,
            servers,
        })
    }

    /// Begins a new session and a new process of the worker.
    fn reconnect(&mut self) -> Result<()> {
        self.end_block()?;
        self.session = connect(&self.servers[0], self.limit)?;
        self.worker
            .reconnect()
            .map_err(|error| Error::io("the worker", &error))
    }

    /// Sets a variable of psql, for `\getenv` as well.
    pub fn set(&mut self, name: &str, value: &str) {
        for variables in &mut self.variables {
            variables.set(name, value.to_owned());
        }
    }

    /// Runs a script in a session of both servers, without comparing.
    ///
    /// # Errors
    /// An error says that a side has ended. Errors of statements are ignored.
    pub fn prepare(&mut self, script: &str) -> Result<()> {
        let mut script = Script::new(script);
        let mut other = connect(&self.servers[1], self.limit)?;
        while let Some(item) = script.next() {
            match item {
                Item::Command {
                    name, arguments, ..
                } => self.command(&name, &arguments),
                Item::Statement { parts, .. } => {
                    let sql = self.variables[0].replace(&parts);
                    let mut read = None;
                    let mut data = || read.get_or_insert_with(|| script.data()).clone();
                    let mut run = |session: &mut Session| session.run(&sql, &mut data);
                    run(&mut self.session)
                        .and_then(|_| run(&mut other))
                        .map_err(|error| Error::io(&sql, &error))?;
                }
            }
        }
        Ok(())
    }

    /// Runs a script in a new session and in a new process of the worker.
    ///
    /// # Errors
    /// An error says that a side has ended, or does not answer.
    pub fn run(&mut self, script: &str) -> Result<Vec<Step>> {
        self.reconnect()?;
        let mut steps = Vec::new();
        self.items(Script::new(script), &mut steps)?;
        self.end_block()?;
        Ok(steps)
    }

    fn items(&mut self, mut script: Script<'_>, steps: &mut Vec<Step>) -> Result<()> {
        while let Some(item) = script.next() {
            let (line, sql, verdict) = match item {
                Item::Command {
                    line,
                    name,
                    arguments,
                } => {
                    self.command(&name, &arguments);
                    if name == "c" {
                        self.reconnect()?;
                    }
                    if ["set", "getenv", "echo", "pset", "c"].contains(&name.as_str()) {
                        continue;
                    }
                    let why = Verdict::Skipped("command of psql");
                    (line, format!("\\{name} {arguments}"), why)
                }
                Item::Statement {
                    line,
                    parts,
                    is_divided,
                    end,
                } => {
                    if self.variables[0].has_statements(&parts) {
                        let text = self.variables[0].replace(&parts);
                        self.items(Script::new(&text), steps)?;
                        continue;
                    }
                    let texts = [0, 1].map(|side| self.variables[side].replace(&parts));
                    let verdict = if is_divided {
                        Verdict::Skipped("several statements in one message")
                    } else if !end.is_empty() && !end.starts_with("gset") {
                        Verdict::Skipped("statement for a command of psql")
                    } else {
                        self.statement(&texts, &mut script, &end).map_err(|error| {
                            Error::io(format!("line {line}: {}", texts[1]), &error)
                        })?
                    };
                    (line, texts[0].clone(), verdict)
                }
            };
            steps.push(Step { line, sql, verdict });
        }
        Ok(())
    }

    /// Runs a command of psql that sets a variable.
    fn command(&mut self, name: &str, arguments: &str) {
        for variables in &mut self.variables {
            match (name, arguments.split_once(' ')) {
                ("set", _) => variables.run_set(arguments),
                ("getenv", Some((name, variable))) => {
                    let value = variables.replace(&[crate::variables::Part::Variable(
                        variable.trim().to_owned(),
                        None,
                    )]);
                    variables.set(name, value);
                }
                _ => {}
            }
        }
    }

    /// Ends a block that a script leaves open.
    fn end_block(&mut self) -> Result<()> {
        let mut end = || {
            if self.session.is_in_block {
                self.session.run("rollback", &mut String::new)?;
            }
            if std::mem::take(&mut self.is_in_block) {
                self.worker.ask(&json!({"verb": "rollback"}))?;
            }
            Ok(())
        };
        end().map_err(|error: std::io::Error| Error::io("rollback", &error))
    }

    fn statement(
        &mut self,
        texts: &[String; 2],
        script: &mut Script<'_>,
        end: &str,
    ) -> std::io::Result<Verdict> {
        let command = Command::of(&texts[1]);
        if self.is_in_block && matches!(command, Command::Begin(_)) {
            return Ok(Verdict::Skipped("BEGIN in a transaction block"));
        }
        let version = self.servers[0].server().version.num;
        let without_copy = match command {
            Command::CopyIn(None) | Command::CopyOut(None) => "COPY that has no equal call",
            Command::CopyIn(_) if version < 100_000 => "COPY FROM STDIN before 10",
            Command::CopyOut(_) if version < 90_500 => "COPY TO STDOUT before 9.5",
            _ => "",
        };
        if !without_copy.is_empty() {
            script.skip_data();
            return Ok(Verdict::Skipped(without_copy));
        }
        let prepared = match command {
            Command::Begin(_) => prepared_as(script.clone(), &self.variables[1]),
            _ => None,
        };
        let mut data = None;
        let outcomes = self.session.run(&texts[0], &mut || {
            data.get_or_insert_with(|| script.data()).clone()
        })?;
        let Some(session) = outcomes.into_iter().next() else {
            return Ok(Verdict::Skipped("empty statement"));
        };
        let returns = !session.columns.is_empty();
        let (request, is_end) = self.request(&command, &texts[1], prepared, &data, returns);
        let worker = self.worker.ask(&request)?;
        if let Command::Begin(_) = command {
            self.is_in_block = worker.failure.is_none();
        } else if is_end {
            self.is_in_block = request["chain"] == true && worker.failure.is_none();
        }
        if end.starts_with("gset") {
            self.gset(&session, 0);
            self.gset(&worker, 1);
        }
        if self.session.is_in_block != self.is_in_block {
            let states = [self.session.is_in_block, self.is_in_block];
            let [session, worker] = states.map(|open| format!("block is open: {open}"));
            self.end_block().map_err(std::io::Error::other)?;
            return Ok(Verdict::Different(session, worker));
        }
        if session.is_same(&worker) {
            return Ok(Verdict::Same);
        }
        Ok(Verdict::Different(session.to_string(), worker.to_string()))
    }

    /// Sets variables from the only row of a result.
    fn gset(&mut self, outcome: &Outcome, side: usize) {
        let values = outcome.rows.first().into_iter().flatten();
        for (name, value) in outcome.columns.iter().zip(values) {
            self.variables[side].set(name, value.clone().unwrap_or_default());
        }
    }

    /// Returns what to ask the worker, and whether it ends a block.
    fn request(
        &self,
        command: &Command,
        sql: &str,
        prepared: Option<String>,
        data: &Option<String>,
        returns: bool,
    ) -> (Value, bool) {
        let copy = |verb: &str, copy: &Copy| {
            json!({
                "verb": verb,
                "source": copy.source,
                "columns": copy.columns,
                "options": copy.options,
                "data": data,
            })
        };
        let savepoint = |verb: &str, name: &str| json!({"verb": verb, "name": name, "sql": sql});
        match command {
            Command::CopyIn(Some(to)) => (copy("copy_in", to), false),
            Command::CopyOut(Some(from)) => (copy("copy_out", from), false),
            Command::Begin(mode) => {
                let request = json!({"verb": "begin", "mode": mode, "prepared": prepared});
                (request, false)
            }
            Command::Commit { chain } if self.is_in_block => {
                (json!({"verb": "commit", "chain": chain}), true)
            }
            Command::Rollback { chain } if self.is_in_block => {
                (json!({"verb": "rollback", "chain": chain}), true)
            }
            Command::PrepareTransaction(_) if self.is_in_block => {
                (json!({"verb": "prepare"}), true)
            }
            Command::Savepoint(name) if self.is_in_block => (savepoint("savepoint", name), false),
            Command::Release(name) if self.is_in_block => (savepoint("release", name), false),
            Command::RollbackTo(name) if self.is_in_block => {
                (savepoint("rollback_to", name), false)
            }
            _ => {
                let request = json!({"verb": "run", "sql": sql, "returns": returns});
                (request, false)
            }
        }
    }
}

fn connect(server: &Cluster, limit: Duration) -> Result<Session> {
    Session::connect(server.socket_dir(), "postgres", limit)
        .map_err(|error| Error::io("a session", &error))
}

/// Returns the identifier under which the block that begins here is prepared, if it is.
fn prepared_as(mut rest: Script<'_>, variables: &Variables) -> Option<String> {
    while let Some(item) = rest.next() {
        let Item::Statement { parts, .. } = item else {
            continue;
        };
        match Command::of(&variables.replace(&parts)) {
            Command::PrepareTransaction(identifier) => return Some(identifier),
            Command::Commit { .. } | Command::Rollback { .. } => return None,
            _ => {}
        }
    }
    None
}
