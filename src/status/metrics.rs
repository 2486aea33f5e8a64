//! The counters of all workers in the format OpenMetrics.

use crate::error::{Result, representable};
use crate::server::status_layout::word;
use crate::server::tokens::OnServerThread;
use crate::session::Session;
use crate::status::reader::{Shown, workers};
use std::fmt::Write;

/// Returns the metrics of all workers.
pub fn metrics(session: &Session<'_>) -> Result<String> {
    let workers = workers(session.server_thread())?;
    let labels: Vec<String> = workers.iter().map(labels).collect();
    let mut text = String::new();
    for metric in METRICS {
        metric.write(&mut text, &workers, &labels);
    }
    text.push_str("# EOF\n");
    Ok(text)
}

/// The labels of a worker. The slot tells workers of the same name apart.
fn labels(worker: &Shown) -> String {
    let mut labels = format!(
        "library=\"{}\",name=\"{}\",slot=\"{}\"",
        escape(&representable(&worker.library)),
        escape(&representable(&worker.name)),
        worker.number
    );
    if let Some(database) = &worker.database {
        let _ = write!(labels, ",database=\"{}\"", escape(&representable(database)));
    }
    labels
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

struct Metric {
    name: &'static str,
    kind: Kind,
    unit: Option<&'static str>,
    help: &'static str,
    value: fn(&Shown) -> Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

impl Metric {
    fn write(&self, text: &mut String, workers: &[Shown], labels: &[String]) {
        let (kind, suffix) = match self.kind {
            Kind::Counter => ("counter", "_total"),
            Kind::Gauge => ("gauge", ""),
        };
        let name = self.name;
        let _ = writeln!(text, "# TYPE {name} {kind}");
        if let Some(unit) = self.unit {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {}", self.help);
        for (worker, labels) in workers.iter().zip(labels) {
            if let Some(value) = (self.value)(worker) {
                let _ = writeln!(text, "{name}{suffix}{{{labels}}} {value}");
            }
        }
    }
}

const fn counter(
    name: &'static str,
    help: &'static str,
    value: fn(&Shown) -> Option<f64>,
) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        unit: None,
        help,
        value,
    }
}

const fn gauge(name: &'static str, help: &'static str, value: fn(&Shown) -> Option<f64>) -> Metric {
    Metric {
        kind: Kind::Gauge,
        ..counter(name, help, value)
    }
}

const fn in_seconds(metric: Metric) -> Metric {
    Metric {
        unit: Some("seconds"),
        ..metric
    }
}

/// The time between the epochs of Unix and of the server, in seconds.
const EPOCH: f64 = 946_684_800.0;

const METRICS: &[Metric] = &[
    gauge(
        "bgworker_up",
        "Whether the worker has a process.",
        |worker| Some(f64::from(u8::from(worker.pid.is_some()))),
    ),
    gauge(
        "bgworker_in_transaction",
        "Whether a transaction of the worker is open.",
        |worker| Some(f64::from(u8::from(worker.state() == "in transaction"))),
    ),
    gauge(
        "bgworker_stop_requested",
        "Whether SIGTERM has arrived and the worker still runs.",
        |worker| Some(f64::from(u8::from(worker.stop_requested()))),
    ),
    in_seconds(gauge(
        "bgworker_start_time_seconds",
        "The start of the current or last run, since the Unix epoch.",
        |worker| {
            let started = worker.time(word::STARTED_AT)?;
            Some(started.0 as f64 / 1e6 + EPOCH)
        },
    )),
    counter(
        "bgworker_restarts",
        "Starts of the worker after the first.",
        |worker| Some(worker.count(word::RESTARTS) as f64),
    ),
    counter(
        "bgworker_failures",
        "Runs that ended with an error, a panic, FATAL, a signal or a crash.",
        |worker| Some(worker.count(word::FAILURES) as f64),
    ),
    counter("bgworker_waits", "Waits of the worker.", |worker| {
        Some(worker.count(word::WAITS) as f64)
    }),
    counter(
        "bgworker_wake_ups",
        "Waits that something other than their timeout ended.",
        |worker| Some(worker.count(word::WAKE_UPS) as f64),
    ),
    in_seconds(counter(
        "bgworker_busy_seconds",
        "Time outside of waits.",
        |worker| Some(worker.seconds(word::BUSY)),
    )),
    in_seconds(counter(
        "bgworker_idle_seconds",
        "Time inside of waits.",
        |worker| Some(worker.seconds(word::IDLE)),
    )),
    counter(
        "bgworker_transactions",
        "Transactions that ended.",
        |worker| Some(worker.count(word::TRANSACTIONS) as f64),
    ),
    counter(
        "bgworker_transaction_errors",
        "Transactions that failed.",
        |worker| Some(worker.count(word::ERRORS) as f64),
    ),
    gauge(
        "bgworker_queue_depth",
        "Messages in the queue of the worker when it last waited.",
        |worker| worker.queue_depth().map(|depth| depth as f64),
    ),
];

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escape("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
