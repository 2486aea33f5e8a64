//! The queue of records in transit to the server's thread.

use super::bounded::{Receiver, Sender, bounded};
use crate::server::log_line::{self, Level};
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::thread;

/// The capacity of the queue in records.
const RECORDS: usize = 1024;
/// The capacity of the queue in bytes of text.
const BYTES: usize = 1 << 20;

/// One log record.
pub(super) struct Record {
    pub(super) level: Level,
    pub(super) message: String,
    pub(super) file: String,
    pub(super) line: u32,
}

struct Queued {
    record: Record,
    thread: Option<String>,
}

/// Sending never blocks. The queue is allocated when it is created.
static SENDER: OnceLock<Sender<Queued>> = OnceLock::new();

thread_local! {
    /// Set on the server's thread only. It is readable even while the thread's other values are
    /// destroyed.
    static MAIN: Cell<Option<ServerThread<'static>>> = const { Cell::new(None) };
    static RECEIVER: RefCell<Option<Receiver<Queued>>> = const { RefCell::new(None) };
}

/// Creates the queue.
pub(super) fn install(backend: &impl OnServerThread) {
    SENDER.get_or_init(|| {
        let (sender, receiver) = bounded(RECORDS, BYTES);
        RECEIVER.set(Some(receiver));
        MAIN.set(Some(backend.server_thread().lasting()));
        sender
    });
}

/// Returns the server's thread, if this is it.
#[cfg(feature = "with-tracing-0_1")]
pub(super) fn main_thread() -> Option<ServerThread<'static>> {
    MAIN.get()
}

/// Writes a record, or queues it. The record is already formatted, so no user code runs in this
/// function.
pub(super) fn accept(record: Record) {
    if let Some(thread) = MAIN.get() {
        return write(thread, &record, None);
    }
    let length = record.message.len();
    let queued = Queued {
        record,
        thread: thread::current().name().map(str::to_string),
    };
    if let Some(sender) = SENDER.get() {
        sender.send(queued, length);
    }
}

/// Writes the queued log records of other threads to the server log.
pub fn drain(backend: &impl OnServerThread) {
    drain_here(backend.server_thread());
}

/// Writes the queued records of other threads, if this is the server's thread.
#[cfg(feature = "with-log-0_4")]
pub(super) fn flush() {
    if let Some(thread) = MAIN.get() {
        drain_here(thread);
    }
}

pub(crate) fn drain_here(thread: ServerThread<'_>) {
    // Writes at most as many records as the queue holds. Records that arrive in the meantime are
    // written the next time.
    for _ in 0..RECORDS {
        let Some(queued) = receiver(Receiver::receive).flatten() else {
            break;
        };
        write(thread, &queued.record, queued.thread.as_deref());
    }
    let dropped = receiver(Receiver::take_dropped).unwrap_or_default();
    if dropped > 0 {
        log_line::emit_line(
            thread,
            Level::Warning,
            &format!("{dropped} log records of other threads were dropped"),
            None,
            (file!(), line!()),
        );
    }
}

/// Calls `ask` with the receiver, which only the server's thread has.
fn receiver<R>(ask: impl FnOnce(&Receiver<Queued>) -> R) -> Option<R> {
    RECEIVER
        .try_with(|receiver| Some(ask(receiver.try_borrow().ok()?.as_ref()?)))
        .ok()?
}

fn write(thread: ServerThread<'_>, record: &Record, from: Option<&str>) {
    let context = from.map(|name| format!("thread \"{name}\""));
    log_line::emit_line(
        thread,
        record.level,
        &record.message,
        context.as_deref(),
        (&record.file, record.line),
    );
}
