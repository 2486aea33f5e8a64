//! Records on their way to the server's thread.

use super::bounded::{Receiver, Sender, bounded};
use crate::server::log_line::{self, Level};
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::thread;

/// The queue holds at most so many records,
const RECORDS: usize = 1024;
/// and so many bytes of text.
const BYTES: usize = 1 << 20;

/// One record of a facade.
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

/// Never blocks, and allocates what it needs when it is made.
static SENDER: OnceLock<Sender<Queued>> = OnceLock::new();

thread_local! {
    /// On the server's thread; readable even while the thread's other values are destroyed.
    static MAIN: Cell<Option<ServerThread<'static>>> = const { Cell::new(None) };
    static RECEIVER: RefCell<Option<Receiver<Queued>>> = const { RefCell::new(None) };
}

/// Make the queue.
pub(super) fn install(backend: &impl OnServerThread) {
    SENDER.get_or_init(|| {
        let (sender, receiver) = bounded(RECORDS, BYTES);
        RECEIVER.set(Some(receiver));
        MAIN.set(Some(backend.server_thread().lasting()));
        sender
    });
}

/// Write a record, or queue it. Formatting is done, so nothing of the user's runs in here.
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

/// Write what other threads have logged so far.
pub fn drain(backend: &impl OnServerThread) {
    drain_here(backend.server_thread());
}

/// Write what other threads have logged, if this is the server's thread.
#[cfg(feature = "with-log-0_4")]
pub(super) fn flush() {
    if let Some(thread) = MAIN.get() {
        drain_here(thread);
    }
}

pub(crate) fn drain_here(thread: ServerThread<'_>) {
    // No more than the queue can hold: what comes meanwhile is for the next time.
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

/// What the receiver says. Only the server's thread has it.
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
