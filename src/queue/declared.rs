//! A queue, and its memory.

use crate::bell::WakeSource;
use crate::bell::find_place;
use crate::error::Result;
use crate::ffi::shim;
use crate::message::Message;
use crate::server::preload::Preload;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::server::tokens::{Running, sealed};
use crate::shmem::memory::{Contents, Header, Layout, Memory};
use crate::shmem::{find, layout_hash};
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int};
use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

/// A bounded queue of messages in shared memory: any process of the server sends, and one or
/// several workers receive. Each message is received once.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::queue::Queue;
///
/// static ORDERS: Queue<String> = Queue::new(c"orders", 1 << 20);
///
/// fn init(preload: &Preload) -> Result<()> {
///     ORDERS.reserve(preload)?;
///     BackgroundWorker::new("orders", worker_main!(orders)).register(preload)
/// }
///
/// fn orders(worker: Worker) -> Result<Exit> {
///     let mut worker = worker.connect(Connect::database("shop").role("shop"))?;
///     while worker.wait_for(&ORDERS, Duration::from_secs(3600))?.keep_going() {
///         while let Some(order) = ORDERS.try_receive(&worker)? {
///             worker.log(format!("got {order}"));
///         }
///     }
///     Ok(Exit::Done)
/// }
///
/// fn order(tx: &mut Transaction<'_>, text: &str) -> Result<()> {
///     tx.execute("insert into orders values ($1)", (text,))?;
///     ORDERS.try_send_at_commit(tx, &text.to_string())
/// }
/// ```
///
/// * A message arrives complete or not at all, whatever happens to the process that sends it.
/// * A message that is sent at commit has its memory from the call on. Nothing can fail at the
///   commit, and a rollback gives the memory back. The messages of a transaction arrive together,
///   in the order in which they were sent.
/// * A transaction that does not end keeps its memory, but delays no other message.
/// * If the queue is full, sending is an error, or waits for room.
/// * Messages stay in the queue while no worker runs. A message that a worker has received is gone,
///   also if the worker fails before it has acted on it.
/// * After a crash, the server restarts all processes, and the queue is empty. The
///   [generation](Queue::generation) tells that this has happened. What must not be lost belongs
///   into a table, with a [`Bell`](crate::bell::Bell).
///
/// The memory of the queue is reserved while the server starts ([`Queue::reserve`]). Since 17 that
/// is not necessary: the first process that uses the queue creates it.
pub struct Queue<T> {
    memory: Memory,
    pub(super) blocks: u64,
    listener: UnsafeCell<shim::Listener>,
    /// Of the bell that rings when there is room.
    room: UnsafeCell<shim::Listener>,
    sender: UnsafeCell<shim::Sender>,
    _message: PhantomData<fn(T) -> T>,
}

// SAFETY: token: the cells are used on the server's thread only.
unsafe impl<T> Sync for Queue<T> {}

#[repr(C)]
struct Block {
    header: Header,
    queue: shim::Queue,
    // Blocks of messages follow.
}

impl<T: Message> Queue<T> {
    /// Declares a queue with this name (1 to 47 bytes, unique in the server), and with room for
    /// `bytes` (1 KiB to 1 GiB). A message takes 128 bytes for each 96 bytes of its encoding.
    ///
    /// # Panics
    /// Panics if the name is empty or too long, or if `bytes` is out of range. In a `static`, this
    /// is a compile error.
    pub const fn new(name: &'static CStr, bytes: usize) -> Self {
        assert!(
            bytes >= 1 << 10 && bytes <= 1 << 30,
            "the size of a queue must be 1 KiB to 1 GiB"
        );
        let blocks = bytes / size_of::<shim::Block>();
        let size = size_of::<Block>() + blocks * size_of::<shim::Block>();
        let contents = Layout {
            declared_by: "Queue",
            size,
            align: align_of::<Block>(),
            hash: layout_hash("queue/1", size, &[layout_hash(T::NAME, 0, &[])]),
            locks: false,
        };
        Queue {
            memory: Memory::new(name, contents),
            blocks: blocks as u64,
            listener: UnsafeCell::new(shim::Listener::new()),
            room: UnsafeCell::new(shim::Listener::new()),
            sender: UnsafeCell::new(shim::Sender::new()),
            _message: PhantomData,
        }
    }

    /// Requests shared memory for the queue from the server. Necessary before 17.
    ///
    /// # Errors
    /// Like [`Shared::reserve`](crate::shmem::Shared::reserve).
    pub fn reserve(&'static self, preload: &Preload) -> Result<()> {
        Memory::reserve(self, preload)
    }

    /// Returns the number of messages that have arrived and were not received yet.
    ///
    /// # Errors
    /// Like [`Queue::try_receive`].
    pub fn depth(&'static self, process: &impl Running) -> Result<u64> {
        let queue = self.find(process.server_thread())?;
        // SAFETY: cannot raise; server memory: the queue stays mapped.
        Ok(unsafe { shim::pgbgw_queue_depth(queue) })
    }

    /// Returns the number of messages that were not sent because the queue was full, since the
    /// queue was created.
    ///
    /// # Errors
    /// Like [`Queue::try_receive`].
    pub fn dropped(&'static self, process: &impl Running) -> Result<u64> {
        let queue = self.find(process.server_thread())?;
        // SAFETY: as in `depth`.
        Ok(unsafe { shim::pgbgw_queue_dropped(queue) })
    }

    /// Returns a number that grows each time the queue is created empty, which happens when the
    /// server starts, and after a crash. Messages that were sent under another generation are gone.
    ///
    /// For a queue that was reserved, it is the number of initializations since the postmaster
    /// started. For others, it is the time of the creation.
    ///
    /// # Errors
    /// Like [`Queue::try_receive`].
    pub fn generation(&'static self, process: &impl Running) -> Result<u64> {
        let queue = self.find(process.server_thread())?;
        // SAFETY: as in `depth`.
        Ok(unsafe { shim::pgbgw_queue_generation(queue) })
    }

    pub(super) fn find(&'static self, thread: ServerThread<'_>) -> Result<*mut shim::Queue> {
        process::check_running(thread)?;
        let block = find(self, thread)?.cast::<Block>();
        // SAFETY: server memory: the address of a block.
        Ok(unsafe { &raw mut (*block).queue })
    }

    pub(super) fn name(&self) -> &'static CStr {
        self.memory.name()
    }

    pub(super) fn sender(&'static self) -> *mut shim::Sender {
        self.sender.get()
    }

    /// Returns the listener for room, without a place.
    pub(super) fn room(&'static self) -> *mut shim::Listener {
        self.room.get()
    }

    /// Returns whether a message waits to be received. The queue has a listener.
    pub(super) fn has_messages(&'static self, thread: ServerThread<'_>) -> bool {
        self.messages(thread, sealed::Internal)
            .is_some_and(|depth| depth > 0)
    }
}

impl<T> sealed::Sealed for Queue<T> {}

impl<T: Message> WakeSource for Queue<T> {
    fn listener(
        &'static self,
        thread: ServerThread<'_>,
        _: sealed::Internal,
    ) -> Result<*mut shim::Listener> {
        let queue = self.find(thread)?;
        let listener = self.listener.get();
        // SAFETY: server memory: the queue stays mapped.
        let bell = unsafe { &raw const (*queue).arrived };
        find_place(thread, listener, bell, self.memory.name())?;
        Ok(listener)
    }

    fn address(&'static self, _: sealed::Internal) -> *mut shim::Listener {
        self.listener.get()
    }

    fn is_ready(&'static self, thread: ServerThread<'_>, _: sealed::Internal) -> bool {
        self.has_messages(thread)
    }

    fn messages(&'static self, thread: ServerThread<'_>, _: sealed::Internal) -> Option<u64> {
        let queue = self.find(thread).ok()?;
        // SAFETY: cannot raise; server memory: the queue stays mapped.
        Some(unsafe { shim::pgbgw_queue_depth(queue) })
    }

    /// Leaves the messages to the worker, which receives them.
    fn take(&'static self, thread: ServerThread<'_>, _: sealed::Internal) -> bool {
        self.has_messages(thread)
    }
}

impl<T: Message> Contents for Queue<T> {
    fn memory(&self) -> &Memory {
        &self.memory
    }

    unsafe fn fill(&self, start: *mut Header, _tranche: c_int) {
        let block = start.cast::<Block>();
        // SAFETY: the caller's promise: the header is written, and the blocks have room.
        unsafe {
            let generation = match (*start).generation() {
                0 => now(),
                generation => generation,
            };
            shim::pgbgw_queue_init(&raw mut (*block).queue, self.blocks, generation);
        }
    }
}

/// Returns the time in microseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |time| time.as_micros() as u64)
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("name", &self.memory.name())
            .field("blocks", &self.blocks)
            .finish_non_exhaustive()
    }
}
