//! The rows of the benchmark, and their targets.

use serde::Serialize;

/// One row of the table: an operation that each library does `n` times.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its name in the libraries.
    pub(crate) job: &'static str,
    /// A description of one iteration, for display.
    pub(crate) title: &'static str,
    /// Number of iterations: enough for some ten milliseconds.
    pub(crate) n: u64,
    /// Number of runs, if fewer than the default. The median counts.
    pub(crate) times: u32,
    /// The target ratio of the safe layer to C.
    pub(crate) target: Option<f64>,
    /// Whether everything runs in one process, so that counting instructions is meaningful.
    pub(crate) counted: bool,
}

impl Row {
    /// Number of iterations when counting instructions: enough that the first ones do not matter.
    pub(super) fn turns(&self) -> u64 {
        (self.n / 1000).clamp(4, 1000)
    }
}

const fn row(name: &'static str, title: &'static str, n: u64, target: Option<f64>) -> Row {
    Row {
        name,
        job: name,
        title,
        n,
        times: 1,
        target,
        counted: true,
    }
}

/// A row that runs the job of another row with few iterations.
const fn few(name: &'static str, job: &'static str, title: &'static str, n: u64) -> Row {
    Row {
        job,
        times: 9,
        counted: false,
        ..row(name, title, n, None)
    }
}

/// A row that runs in several processes, or varies between runs.
const fn processes(row: Row) -> Row {
    Row {
        counted: false,
        ..row
    }
}

const GUARD: Option<f64> = Some(1.15);
const RAISE: Option<f64> = Some(1.05);
const SQL: Option<f64> = Some(1.02);
const ROWS_READ: Option<f64> = Some(1.05);
const FUNCTION: Option<f64> = Some(1.10);
const PROCESS: Option<f64> = Some(1.03);

/// All rows, in the order of the table.
#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("call", "a cheap server function, unguarded", 10_000_000, None),
    row("guard_1", "guard around one call", 5_000_000, GUARD),
    row("guard_10", "guard around 10 calls", 1_000_000, GUARD),
    row("guard_100", "guard around 100 calls", 200_000, GUARD),
    row("raise_1", "raise, catch, copy the error", 50_000, RAISE),
    row("raise_10", "the same, raised 10 frames down", 50_000, RAISE),
    row("xact_empty", "empty transaction", 100_000, SQL),
    row("xact_select_1", "transaction with select 1", 10_000, SQL),
    row("select_1", "select 1", 10_000, SQL),
    row("plan_select_1", "prepared select 1", 30_000, SQL),
    row("plan_xact_select_1", "transaction with prepared select 1", 20_000, SQL),
    row("params", "select $1 + $2", 5_000, SQL),
    // The server does not place a row at the same position each time.
    processes(row("insert", "prepared insert of an int and a text", 10_000, SQL)),
    processes(row("insert_text", "insert of the same, not prepared", 10_000, SQL)),
    processes(row("insert_arrays", "rows of the same by arrays", 200_000, SQL)),
    processes(row("copy_in", "rows of the same by COPY from memory", 500_000, ROWS_READ)),
    processes(row("copy_in_binary", "rows of the same by COPY, encoded as binary", 500_000, None)),
    processes(row("copy_client", "rows of the same by COPY from a client", 500_000, None)),
    row("text_1k", "text of 1 KiB in and out, prepared", 20_000, SQL),
    row("text_1m", "text of 1 MiB in and out, prepared", 100, SQL),
    few("rows_int_1", "rows_int", "a query of one int4 row", 1),
    few("rows_text_1", "rows_text", "a query of one text row", 1),
    few("rows_timestamptz_1", "rows_timestamptz", "a query of one timestamptz row", 1),
    few("rows_int_1000", "rows_int", "int4 rows of a query of 1 000", 1000),
    few("rows_text_1000", "rows_text", "text rows of a query of 1 000", 1000),
    few("rows_timestamptz_1000", "rows_timestamptz", "timestamptz rows of a query of 1 000", 1000),
    row("rows_int", "int4 rows of a query of 1 000 000", 1_000_000, ROWS_READ),
    row("rows_text", "text rows of a query of 1 000 000", 1_000_000, ROWS_READ),
    row("rows_timestamptz", "timestamptz rows of a query of 1 000 000", 1_000_000, ROWS_READ),
    row("cursor", "int4 rows through a cursor", 1_000_000, ROWS_READ),
    row("read", "an int4, a text and a float8 of a row", 1_000_000, ROWS_READ),
    row("savepoint_release", "savepoint, released", 100_000, SQL),
    row("savepoint_rollback", "savepoint, rolled back", 50_000, SQL),
    row("function_int", "call of a function by SQL: int4", 1_000_000, FUNCTION),
    row("function_text", "the same: text of 1 KiB", 300_000, FUNCTION),
    processes(row("function_row", "the same: a row of two columns", 200_000, FUNCTION)),
    few("function_set_1000", "function_set", "int4 rows of a function's set of 1 000", 1000),
    processes(row("function_set", "int4 rows of a function's set of 1 000 000", 1_000_000, FUNCTION)),
    row("ring", "a ring of a bell that nobody waits for", 1_000_000, None),
    row("ring_at_commit", "a transaction that rings it at its commit", 100_000, None),
    // The number of instructions of the safe layer has one of two values per server start, for an
    // unknown reason.
    processes(row("latch", "latch: set, wait, reset", 500_000, PROCESS)),
    processes(row("worker", "dynamic worker: launch, main, end", 50, PROCESS)),
    processes(row("worker_connected", "the same, with a database", 30, PROCESS)),
    processes(row("workers_at_once_1", "dynamic workers at once: 1", 1, None)),
    processes(row("workers_at_once_4", "dynamic workers at once: 4", 4, None)),
    processes(row("workers_at_once_16", "dynamic workers at once: 16", 16, None)),
    processes(row("workers_at_once_64", "dynamic workers at once: 64", 64, PROCESS)),
    processes(row("workers_at_once_256", "dynamic workers at once: 256", 256, PROCESS)),
    processes(row("load", "LOAD of the library in a new session", 30, None)),
    processes(row("channel_16", "16 B to another worker", 200_000, PROCESS)),
    processes(row("channel_1k", "1 KiB to another worker", 50_000, PROCESS)),
    processes(row("channel_8k", "8 KiB to another worker", 10_000, PROCESS)),
    processes(row("channel_8k_ring_64k", "8 KiB through a ring of 64 KiB", 5_000, PROCESS)),
    processes(row("channel_64k", "64 KiB to another worker", 2_000, PROCESS)),
    processes(row("channel_1m", "1 MiB to another worker", 100, PROCESS)),
    processes(row("channel_16m", "16 MiB to another worker", 8, PROCESS)),
    processes(row("channel_16m_ring_16m", "16 MiB through a ring of 16 MiB", 8, PROCESS)),
    processes(row("echo_p50", "8 B there and back, p50", 2_000, PROCESS)),
    processes(row("echo_p99", "8 B there and back, p99", 2_000, None)),
    processes(row("echo_p50_busy", "8 B there and back, neighbours busy, p50", 500, PROCESS)),
    processes(row("echo_p99_busy", "8 B there and back, neighbours busy, p99", 500, None)),
];
