//! What a server does with a library.

use super::machine::Machine;
use pg_scratch::Result;
use pg_scratch::cluster::Cluster;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// What happens to a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what", content = "why")]
pub(super) enum Loaded {
    /// A session loads it.
    Session,
    /// The server loads it when it starts. Why a session does not.
    Preloaded(String),
    /// The loader or the server refuses it, before its code runs.
    Refused(String),
    /// It was loaded, and its own code raises an error, in a session and when the server starts.
    Itself(String),
    /// The process dies.
    Died(String),
}

/// Messages of the server about files that it does not load. Others are of the library's own code.
const REFUSALS: [&str; 3] = [
    "could not load library",
    "incompatible library",
    "could not access file",
];

/// A server that loads libraries.
pub(super) struct Loader<'a> {
    machine: &'a Machine,
    cluster: Cluster,
}

impl<'a> Loader<'a> {
    pub(super) fn start(machine: &'a Machine) -> Result<Self> {
        let cluster = machine.builder().start()?;
        Ok(Self { machine, cluster })
    }

    pub(super) fn load(&mut self, library: &Path) -> Result<Loaded> {
        let in_session = match self.in_session(library)? {
            Loaded::Itself(why) | Loaded::Died(why) => why,
            other => return Ok(other),
        };
        let own = format!("\"{}\"", library.display());
        let mut preloaded = self.preloaded(&own)?;
        if let Loaded::Itself(why) = &preloaded {
            if let Some(other) = named(why).or_else(|| beside(library)) {
                preloaded = self.preloaded(&format!("{other}, {own}"))?;
            }
        }
        Ok(match preloaded {
            Loaded::Session => Loaded::Preloaded(in_session),
            Loaded::Itself(why) if why != in_session => {
                Loaded::Itself(format!("{why}; in a session: {in_session}"))
            }
            other => other,
        })
    }

    fn in_session(&mut self, library: &Path) -> Result<Loaded> {
        let end = Instant::now() + Duration::from_secs(30);
        // The server recovers after the death of a session.
        let mut session = loop {
            match self.cluster.connect() {
                Ok(session) => break session,
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        let mark = self.cluster.log_mark();
        let Err(error) = session.batch_execute(&format!("LOAD '{}'", library.display())) else {
            return Ok(match session.batch_execute("select 1") {
                Ok(()) => Loaded::Session,
                Err(error) => Loaded::Died(format!("after LOAD: {error}")),
            });
        };
        if let Some(error) = error.as_db_error() {
            return Ok(of_message(error.severity(), error.message()));
        }
        // A session of which an error is the end says so in the log.
        let is_last = |line: &&str| line.contains("FATAL:") || is_end(line);
        let ended = |log: &str| log.lines().find(is_last).map(text_of);
        let line = self
            .cluster
            .poll_until("an end", Duration::from_secs(5), || {
                ended(&self.cluster.log_after(mark))
            });
        let line = line.unwrap_or_else(|_| error.to_string());
        Ok(Loaded::Died(line))
    }

    /// Starts another server that preloads these libraries.
    fn preloaded(&self, libraries: &str) -> Result<Loaded> {
        let builder = self.machine.builder();
        let builder = builder.setting("shared_preload_libraries", libraries);
        let cluster = match builder.start_limit(Duration::from_secs(20)).try_start() {
            Ok(cluster) => cluster,
            Err(failure) => {
                let mut lines = failure.log.lines().filter(|line| line.contains("FATAL:"));
                return Ok(match lines.next() {
                    Some(line) => of_message("FATAL", &text_of(line)),
                    None => Loaded::Died(failure.error.message().to_owned()),
                });
            }
        };
        let mut session = cluster.connect()?;
        // Its workers start now.
        std::thread::sleep(Duration::from_millis(300));
        let alive = session.batch_execute("select 1").is_ok();
        let log = cluster.log();
        let mut lines = log.lines();
        let end = lines.find(|line| is_end(line) || line.contains("could not find function"));
        Ok(match end {
            Some(line) => Loaded::Died(text_of(line)),
            None if !alive => Loaded::Died("the first session ended".to_owned()),
            None => Loaded::Session,
        })
    }
}

/// Returns whether a line of the log says that a process died.
fn is_end(line: &str) -> bool {
    let ends = ["was terminated by signal", "exited with exit code 2"];
    line.contains("PANIC:") || ends.iter().any(|end| line.contains(end))
}

/// Returns the module that must come before, if a message says so.
fn named(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("unrecognized configuration parameter \"")?;
    let (module, _) = rest.split_once('.')?;
    let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_word(module).then(|| module.to_owned())
}

/// Returns the module that loads this one, which is of one version: `a.so` of `a-1.2.so`.
fn beside(library: &Path) -> Option<String> {
    let name = library.file_stem()?.to_str()?;
    let (module, version) = name.rsplit_once('-')?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    let module = library.with_file_name(format!("{module}.so"));
    (is_version && module.is_file()).then(|| format!("\"{}\"", module.display()))
}

/// Returns a message of the log without its beginning.
fn text_of(line: &str) -> String {
    let text = line.split_once(":  ").map_or(line, |(_, text)| text);
    text.to_owned()
}

fn of_message(severity: &str, message: &str) -> Loaded {
    let why = format!("{severity}: {message}");
    match REFUSALS.iter().any(|start| message.starts_with(start)) {
        true => Loaded::Refused(why),
        false => Loaded::Itself(why),
    }
}

#[cfg(test)]
mod tests {
    use super::{Loaded, beside, is_end, named, of_message, text_of};

    #[test]
    fn the_servers_refusals_are_not_the_librarys() {
        for (message, is_refused) in [
            (
                "could not load library \"x.so\": x.so: undefined symbol: y",
                true,
            ),
            ("incompatible library \"x.so\": missing magic block", true),
            (
                "pg_cron can only be loaded via shared_preload_libraries",
                false,
            ),
        ] {
            let refused = matches!(of_message("ERROR", message), Loaded::Refused(_));
            assert_eq!(refused, is_refused, "{message}");
        }
    }

    #[test]
    fn a_module_that_comes_before_is_named_by_its_setting() {
        let message = "FATAL: unrecognized configuration parameter \"a_b.max\"";
        assert_eq!(named(message).as_deref(), Some("a_b"));
        assert_eq!(named("FATAL: no"), None);
    }

    #[test]
    fn a_module_of_a_version_has_one_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("a.so"), "").unwrap();
        let expected = format!("\"{}\"", path("a.so").display());
        assert_eq!(beside(&path("a-1.2.so")), Some(expected));
        for other in ["b-1.2.so", "a-b.so", "a.so"] {
            assert_eq!(beside(&path(other)), None, "{other}");
        }
    }

    #[test]
    fn the_end_of_a_process_is_found_in_the_log() {
        let line =
            "2026-01-01 00:00:00 UTC [1] LOG:  server process (PID 2) was terminated by signal 11";
        assert!(is_end(line));
        assert_eq!(
            text_of(line),
            "server process (PID 2) was terminated by signal 11"
        );
        assert!(!is_end("2026-01-01 00:00:00 UTC [1] LOG:  starting"));
    }
}
