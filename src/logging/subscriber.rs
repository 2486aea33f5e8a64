//! The subscriber for `tracing`.

use crate::error::{Error, Result};
use crate::logging::queue::{self, Record};
use crate::logging::spans::Spans;
use crate::server::log_line::Level;
use crate::server::tokens::OnServerThread;
use std::fmt::{Debug, Write};
use tracing_core::field::{Field, Visit};
use tracing_core::{Dispatch, Event, LevelFilter, Metadata, Subscriber, dispatcher, span};

struct ServerLog {
    level: LevelFilter,
    /// If spans are shown.
    spans: Option<Spans>,
}

/// Sends the events of `tracing` at `level` and above to the server log. Call it once per process.
///
/// A log line contains the message of the event, followed by its other fields as `name=value`.
/// Spans are not shown.
///
/// # Errors
/// The process already has a subscriber.
pub fn install_tracing(backend: &impl OnServerThread, level: LevelFilter) -> Result<()> {
    install(backend, level, None)
}

/// Like [`install_tracing`], and shows spans in `pg_stat_activity`.
///
/// When code on the server's thread enters a span outside of transactions and of other spans, the
/// name of the span becomes the activity of the worker, as with
/// [`report_activity`](crate::Worker::report_activity). Until it leaves the span, waits have the
/// name as `wait_event`, unless they have one of their own
/// ([`wait_as`](crate::Worker::wait_as)). When it leaves the span, the worker is idle. A name may be
/// longer than 63 bytes, but is no wait event then. Wait events have names since 17.
///
/// # Errors
/// The process already has a subscriber.
pub fn install_tracing_with_spans(backend: &impl OnServerThread, level: LevelFilter) -> Result<()> {
    install(backend, level, Some(Spans::default()))
}

fn install(backend: &impl OnServerThread, level: LevelFilter, spans: Option<Spans>) -> Result<()> {
    queue::install(backend);
    let subscriber = Dispatch::new(ServerLog { level, spans });
    dispatcher::set_global_default(subscriber).map_err(Error::other)?;
    Ok(())
}

impl Subscriber for ServerLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        (metadata.is_event() || self.spans.is_some()) && *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line::default();
        event.record(&mut line);
        queue::accept(Record {
            level: match *metadata.level() {
                tracing_core::Level::ERROR | tracing_core::Level::WARN => Level::Warning,
                tracing_core::Level::INFO => Level::Log,
                tracing_core::Level::DEBUG => Level::Debug1,
                tracing_core::Level::TRACE => Level::Debug2,
            },
            message: (line.message + &line.fields).trim_start().to_string(),
            file: metadata.file().unwrap_or_default().to_string(),
            line: metadata.line().unwrap_or(0),
        });
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        match &self.spans {
            Some(spans) => spans.id(attributes.metadata()),
            // No span is enabled, so none is created.
            None => span::Id::from_u64(1),
        }
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, id: &span::Id) {
        if let Some(spans) = &self.spans {
            spans.enter(id);
        }
    }
    fn exit(&self, _: &span::Id) {
        if let Some(spans) = &self.spans {
            spans.exit();
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a `String` fails only if the `Debug` implementation of the value fails. The
        // rest is still shown.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}
