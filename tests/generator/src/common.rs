//! What all processes share.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    bell::Bell,
    queue::Queue,
    settings::IntSetting,
    shareable,
    shmem::{Condvar, LwLock, Shared, SpinCell},
};
use std::sync::atomic::{AtomicU64, Ordering};

shareable! {
    /// Equal under the lock, for every process.
    #[derive(Debug, Clone, Copy)]
    pub struct Pair {
        pub left: u64,
        pub right: u64,
        /// The process that wrote last.
        pub writer: u64,
    }
}

impl Pair {
    pub const NEW: Pair = Pair {
        left: 0,
        right: 0,
        writer: 0,
    };

    /// Under the lock. In between the pair is not equal, which no other process may see.
    pub fn change(&mut self, between: impl FnOnce()) {
        self.writer = std::process::id().into();
        self.left += 1;
        between();
        self.right = self.left;
    }

    /// Under the lock. The driver finds out what the process did.
    pub fn look(&self) -> bool {
        let equal = self.left == self.right;
        if !equal {
            let Pair {
                left,
                right,
                writer,
            } = self;
            crate::life::violation(&format!(
                "under the lock there was a write ({left}, {right}) of process {writer}"
            ));
        }
        equal
    }
}

shareable! {
    pub struct Common {
        pub pair: LwLock<Pair>,
        pub cell: SpinCell<[u64; 4]>,
        pub changed: Condvar,
        /// No process notifies it.
        pub silent: Condvar,
        pub turns: AtomicU64,
        /// What each runner asks the partner for; 0 when it is done.
        pub requests: [AtomicU64; 8],
        /// Not 0 when the partner has been told to end: it answers no more.
        pub ended: AtomicU64,
    }
}

pub static COMMON: Shared<Common> = Shared::new(
    c"generator_common",
    Common {
        pair: LwLock::new(Pair::NEW),
        cell: SpinCell::new([0; 4]),
        changed: Condvar::new(),
        silent: Condvar::new(),
        turns: AtomicU64::new(0),
        requests: [const { AtomicU64::new(0) }; 8],
        ended: AtomicU64::new(0),
    },
);

shareable! {
    pub struct Made {
        pub counter: AtomicU64,
        pub pair: LwLock<Pair>,
    }
}

/// Not reserved: made while the server runs, where it can.
pub static MADE: Shared<Made> = Shared::new(
    c"generator_made",
    Made {
        counter: AtomicU64::new(0),
        pair: LwLock::new(Pair::NEW),
    },
);

/// The same name with another layout, which is an error.
pub static TWIN: Shared<[u64; 9]> = Shared::new(c"generator_made", [0; 9]);

/// Checked by a function that fails in several ways.
pub static CHECKED: IntSetting = IntSetting::new(
    c"generator.checked",
    c"A value that a function looks at.",
    0,
    0..=100,
)
.check(crate::life::bombs::check);

pub fn reserve(preload: &Preload) -> Result<()> {
    COMMON.reserve(preload)?;
    BELLS.iter().try_for_each(|bell| bell.reserve(preload))?;
    QUEUES.iter().try_for_each(|queue| queue.reserve(preload))?;
    SHARED.reserve(preload)?;
    CHECKED.define(preload)
}

/// The size of a runner's queue.
pub const QUEUE_BYTES: usize = 8192;

macro_rules! for_each_runner {
    ($($bell:literal $queue:literal),*) => {
        /// Each runner waits for its own.
        pub static BELLS: [Bell; 8] = [$(Bell::new($bell)),*];
        pub static QUEUES: [Queue<Vec<u8>>; 8] = [$(Queue::new($queue, QUEUE_BYTES)),*];
    };
}

for_each_runner! {
    c"generator_bell_0" c"generator_queue_0", c"generator_bell_1" c"generator_queue_1",
    c"generator_bell_2" c"generator_queue_2", c"generator_bell_3" c"generator_queue_3",
    c"generator_bell_4" c"generator_queue_4", c"generator_bell_5" c"generator_queue_5",
    c"generator_bell_6" c"generator_queue_6", c"generator_bell_7" c"generator_queue_7"
}

/// For all runners.
pub static SHARED: Queue<Vec<u8>> = Queue::new(c"generator_queue", 1 << 16);

/// The one place that says how to connect.
pub fn connect(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )
}

/// What a runner asks its partner for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Cancel = 1,
    /// The answer comes first.
    CancelSoon,
    Terminate,
    Alter,
    /// Look for what a process that is in no transaction must not have.
    Look,
}

pub const REQUESTS: [Request; 5] = [
    Request::Cancel,
    Request::CancelSoon,
    Request::Terminate,
    Request::Alter,
    Request::Look,
];

/// Post a request; whether it is done is to be read from the same place.
pub fn post(common: &Common, slot: usize, request: Request) {
    let word = (request as u64) << 32 | u64::from(std::process::id());
    common.requests[slot].store(word, Ordering::SeqCst);
}
