//! The pages of the book, so that `cargo test --package book` compiles their code blocks.

// Commands write some pages; what they write is prose for mdBook, not comments of this crate.
#![allow(clippy::doc_lazy_continuation)]

macro_rules! pages {
    ($($name:ident = $file:literal,)*) => {
        /// Which pages there are.
        pub const PAGES: &[&str] = &[$($file),*];

        $(
            #[doc = include_str!(concat!("src/", $file))]
            pub mod $name {}
        )*
    };
}

pages! {
    abi = "abi.md",
    async_workers = "async.md",
    benchmarks = "benchmarks.md",
    channels = "channels.md",
    copy = "copy.md",
    corpus = "corpus.md",
    coverage = "coverage.md",
    debugging = "debugging.md",
    decisions = "decisions.md",
    drop_database = "drop-database.md",
    fault_results = "fault-results.md",
    faults = "faults.md",
    first_worker = "first-worker.md",
    frameworks = "frameworks.md",
    functions = "functions.md",
    from_c = "from-c.md",
    from_pgrx = "from-pgrx.md",
    inspect = "inspect.md",
    introduction = "introduction.md",
    life = "life.md",
    messages = "messages.md",
    mistakes = "mistakes.md",
    new = "new.md",
    safe = "safe.md",
    security = "security.md",
    sessions = "sessions.md",
    settings = "settings.md",
    shared_memory = "shared-memory.md",
    signals = "signals.md",
    sql = "sql.md",
    supervisors = "supervisors.md",
    status = "status.md",
    top_level = "top-level.md",
    packaging = "packaging.md",
    queue = "queue.md",
    testing = "testing.md",
    versions = "versions.md",
    waiting = "waiting.md",
    wakeups = "wakeups.md",
}
