//! Runs SQL scripts in a session and in a worker, and compares what comes of each statement: rows,
//! counts, SQLSTATE and message.
//!
//! A script has the syntax of psql. The session is a client that speaks the server's protocol. The
//! worker is the library `scripts` of the fixtures. Each side has a server of its own, started from
//! the same template, because roles and prepared transactions belong to a whole server.
//!
//! The worker runs a statement outside a transaction block by `Worker::run_top_level`. `BEGIN` and
//! `SAVEPOINT` begin a closure of `Worker::transaction_with` and of `Transaction::savepoint`, and
//! the commands that end them end the closure. `COPY` from and to the client is
//! `Transaction::copy_in` and `copy_out`.

#![forbid(unsafe_code)]

mod command;
mod copy;
mod outcome;
mod pair;
mod script;
mod session;
mod variables;
mod worker;

pub use outcome::{Failure, Outcome};
pub use pair::{Pair, Step, Verdict};
