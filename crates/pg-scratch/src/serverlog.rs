//! Parses the log of a scratch server (`log_line_prefix` is `%m [%p] `).

/// One parsed line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The time, as `12:34:56.789`.
    pub time: &'a str,
    /// The process ID of the process that wrote the line.
    pub pid: u32,
    /// The level: `LOG`, `ERROR`, `DEBUG`, `DETAIL` …
    pub level: &'a str,
    /// The text after the level.
    pub message: &'a str,
}

impl<'a> Line<'a> {
    /// Parses a line. Returns `None` for a continuation line, and for output that did not go
    /// through the server's log.
    pub fn parse(line: &'a str) -> Option<Self> {
        let (before, rest) = line.split_once("] ")?;
        let (stamp, pid) = before.split_once(" [")?;
        let mut words = stamp.split(' ');
        let (date, time) = (words.next()?, words.next()?);
        if !date.as_bytes().first()?.is_ascii_digit() {
            return None;
        }
        let (level, message) = rest.split_once(':')?;
        let known = !level.is_empty()
            && level
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        known.then_some(Self {
            time,
            pid: pid.parse().ok()?,
            level,
            message: message.trim_start(),
        })
    }

    /// Returns the event of a background worker that the line reports, if any.
    pub fn event(&self) -> Option<Event<'a>> {
        let message = self.message;
        if let Some(name) = quoted(message, "registering background worker ") {
            return Some(Event::Registered(name));
        }
        if let Some(name) = quoted(message, "unregistering background worker ") {
            return Some(Event::Forgotten(name));
        }
        if let Some(name) = quoted(message, "starting background worker process ") {
            return Some(Event::Starting(name));
        }
        if message.contains("terminating any other active server processes") {
            return Some(Event::Crash);
        }
        if let Some((name, pid, how)) = ended(message) {
            return Some(Event::Ended { name, pid, how });
        }
        let refused = message.starts_with("background worker \"") && message.contains("\": ")
            || message.starts_with("too many background workers");
        if refused {
            return Some(Event::Refused);
        }
        let unloadable = [
            "could not access file",
            "could not load library",
            "could not find function",
        ];
        let fatal = matches!(self.level, "ERROR" | "FATAL" | "PANIC");
        (fatal && unloadable.iter().any(|text| message.starts_with(text)))
            .then_some(Event::Unloadable)
    }
}

/// An event of a background worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The postmaster accepted the registration.
    Registered(&'a str),
    /// The postmaster starts a process for it.
    Starting(&'a str),
    /// The worker's process exited.
    Ended {
        /// The worker's name in the server's message.
        name: &'a str,
        /// The process ID of the exited process.
        pid: u32,
        /// How it ended: `exited with exit code 1`,
        /// `was terminated by signal 11: Segmentation fault`.
        how: &'a str,
    },
    /// The postmaster will not start it again.
    Forgotten(&'a str),
    /// The registration was rejected. The line contains the reason.
    Refused,
    /// The worker's code could not be loaded. The line contains the reason.
    Unloadable,
    /// A process crashed, so the server restarts all processes.
    Crash,
}

/// Whether this is one of the server's own workers.
pub fn is_builtin(name: &str) -> bool {
    name.starts_with("logical replication") || name.starts_with("parallel worker")
}

/// Returns the quoted text after `prefix`.
fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(prefix)?.strip_prefix('"')?;
    rest.rsplit_once('"').map(|(name, _)| name)
}

/// Since 11: `background worker "TYPE" (PID 1) exited …`. Before:
/// `worker process: NAME (PID 1) exited …`.
fn ended(message: &str) -> Option<(&str, u32, &str)> {
    let rest = message
        .strip_prefix("background worker \"")
        .or_else(|| message.strip_prefix("worker process: "))?;
    let (name, rest) = rest.rsplit_once(" (PID ")?;
    let (pid, how) = rest.split_once(") ")?;
    Some((
        name.strip_suffix('"').unwrap_or(name),
        pid.parse().ok()?,
        how,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &str) -> Option<Event<'_>> {
        Line {
            time: "",
            pid: 7,
            level: "LOG",
            message,
        }
        .event()
    }

    #[test]
    fn lines_are_taken_apart() {
        let line = Line::parse("2026-01-02 03:04:05.678 UTC [42] LOG:  hello: [x] y").unwrap();
        assert_eq!(
            line,
            Line {
                time: "03:04:05.678",
                pid: 42,
                level: "LOG",
                message: "hello: [x] y"
            }
        );
        for other in [
            "\tat line 3",
            "thread 'x' panicked at [1] LOG: no",
            "",
            "2026 [x] LOG:  y",
        ] {
            assert_eq!(Line::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn every_event_in_the_words_of_every_major() {
        assert_eq!(
            event("registering background worker \"a \"b\"\""),
            Some(Event::Registered("a \"b\""))
        );
        assert_eq!(
            event("starting background worker process \"a\""),
            Some(Event::Starting("a"))
        );
        assert_eq!(
            event("unregistering background worker \"a\""),
            Some(Event::Forgotten("a"))
        );
        for message in [
            "background worker \"a\" (PID 9) exited with exit code 1",
            "worker process: a (PID 9) exited with exit code 1",
        ] {
            let expected = Event::Ended {
                name: "a",
                pid: 9,
                how: "exited with exit code 1",
            };
            assert_eq!(event(message), Some(expected));
        }
        assert_eq!(
            event("background worker \"a\": invalid restart interval"),
            Some(Event::Refused)
        );
        assert_eq!(event("too many background workers"), Some(Event::Refused));
        assert_eq!(
            event("terminating any other active server processes"),
            Some(Event::Crash)
        );
        assert_eq!(
            event("could not find function \"f\" in file \"x\""),
            None,
            "only as an error"
        );
        let error = Line {
            time: "",
            pid: 7,
            level: "ERROR",
            message: "could not find function \"f\"",
        };
        assert_eq!(error.event(), Some(Event::Unloadable));
        assert_eq!(
            event("database system is ready to accept connections"),
            None
        );
    }
}
