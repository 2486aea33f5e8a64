//! Records on their way to the server's thread.

use crate::report::{self, Backend, Level};
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
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
static SENDER: OnceLock<SyncSender<Queued>> = OnceLock::new();
static QUEUED_BYTES: AtomicUsize = AtomicUsize::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether this is the server's thread; readable even while the thread's other values are destroyed.
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
    static RECEIVER: RefCell<Option<Receiver<Queued>>> = const { RefCell::new(None) };
}

/// The token proves that this is the server's thread.
pub(super) fn install(_backend: &impl Backend) {
    SENDER.get_or_init(|| {
        let (sender, receiver) = sync_channel(RECORDS);
        RECEIVER.set(Some(receiver));
        IS_MAIN.set(true);
        sender
    });
}

/// Write a record, or queue it. Formatting is done, so nothing of the user's runs in here.
pub(super) fn accept(record: Record) {
    if IS_MAIN.get() {
        return write(&record, None);
    }
    let length = record.message.len();
    let queued = Queued {
        record,
        thread: thread::current().name().map(str::to_string),
    };
    let before = QUEUED_BYTES.fetch_add(length, Ordering::Relaxed);
    let sent = before.saturating_add(length) <= BYTES
        && SENDER
            .get()
            .is_some_and(|sender| sender.try_send(queued).is_ok());
    if !sent {
        QUEUED_BYTES.fetch_sub(length, Ordering::Relaxed);
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Write what other threads have logged so far.
pub fn drain(_backend: &impl Backend) {
    drain_here();
}

/// Likewise; elsewhere than on the server's thread it does nothing.
pub(crate) fn drain_here() {
    // No more than the queue can hold: what comes meanwhile is for the next time.
    for _ in 0..RECORDS {
        let Some(queued) = take() else { break };
        QUEUED_BYTES.fetch_sub(queued.record.message.len(), Ordering::Relaxed);
        write(&queued.record, queued.thread.as_deref());
    }
    if IS_MAIN.get() {
        let dropped = DROPPED.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            report::emit_line(
                Level::Warning,
                &format!("{dropped} log records of other threads were dropped"),
                None,
                (file!(), line!()),
            );
        }
    }
}

fn take() -> Option<Queued> {
    RECEIVER
        .try_with(|receiver| receiver.try_borrow().ok()?.as_ref()?.try_recv().ok())
        .ok()?
}

fn write(record: &Record, thread: Option<&str>) {
    let context = thread.map(|name| format!("thread \"{name}\""));
    report::emit_line(
        record.level,
        &record.message,
        context.as_deref(),
        (&record.file, record.line),
    );
}
