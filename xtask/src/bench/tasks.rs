//! The rows of async workers. Each is compared with the same work done in another way by the same
//! library.

use super::libraries::Implementation::{self, Tasks, Tokio};
use super::rows::Row;
use serde::Serialize;

/// One row: an operation, and what it is compared with.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TaskRow {
    /// The operation.
    pub(crate) row: Row,
    /// The worker that does both.
    pub(crate) who: Implementation,
    /// The same in another way.
    pub(crate) peer: Option<Row>,
    /// The target ratio.
    pub(crate) target: Option<f64>,
}

const fn job(name: &'static str, title: &'static str, n: u64) -> Row {
    Row {
        name,
        job: name,
        title,
        n,
        times: 1,
        target: None,
        counted: false,
    }
}

const fn alone(who: Implementation, row: Row) -> TaskRow {
    TaskRow {
        row,
        who,
        peer: None,
        target: None,
    }
}

const fn compared(who: Implementation, row: Row, peer: Row, target: Option<f64>) -> TaskRow {
    TaskRow {
        row,
        who,
        peer: Some(peer),
        target,
    }
}

const DIRECT: Row = job("direct", "without await", 20_000);

/// Its instructions are counted, too.
pub(crate) const YIELD: Row = Row {
    counted: true,
    ..job("yield", "yield, one task", 1_000_000)
};

/// All rows, in the order of the table.
#[rustfmt::skip]
pub(crate) const TASK_ROWS: &[TaskRow] = &[
    alone(Tasks, YIELD),
    alone(Tasks, job("yield_of_ten", "yield, ten tasks", 1_000_000)),
    alone(Tasks, job("spawn", "spawn a task and await it", 300_000)),
    compared(Tasks, job("transaction", "transaction with select 1", 20_000),
        job("transaction_direct", "without the executor", 20_000), Some(1.02)),
    compared(Tasks, job("echo", "8 B to another task through a socket and back", 50_000),
        job("echo_of_threads", "two threads that block", 20_000), None),
    alone(Tasks, job("source_10", "add and remove a socket, 10 others", 50_000)),
    compared(Tasks, job("source_1000", "the same, 1 000 others", 50_000),
        job("source_10", "10 others", 50_000), Some(1.20)),
    compared(Tasks, job("source_10000", "the same, 10 000 others", 50_000),
        job("source_10", "10 others", 50_000), Some(1.20)),
    compared(Tokio, job("hop_1", "transaction with select 1 for 1 task of tokio", 10_000), DIRECT, None),
    compared(Tokio, job("hop_16", "the same for 16 tasks", 20_000), DIRECT, None),
    compared(Tokio, job("hop_64", "the same for 64 tasks", 20_000), DIRECT, Some(1.50)),
    compared(Tokio, job("hop_1", "the same for 1 task", 10_000),
        job("client_1", "a tokio-postgres connection", 10_000), Some(1.00)),
    compared(Tokio, job("hop_16", "the same for 16 tasks", 20_000),
        job("client_16", "16 connections", 20_000), Some(1.00)),
    compared(Tokio, job("hop_64", "the same for 64 tasks", 20_000),
        job("client_64", "64 connections", 20_000), Some(1.00)),
];
