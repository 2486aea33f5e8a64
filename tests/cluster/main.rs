//! Scratch servers, watched from outside: what sessions, the log, and the processes show of workers.

mod channel;
mod databases;
mod downstream;
mod examples;
mod failures;
mod fingerprint;
mod logging;
mod privilege;
mod queue;
mod registration;
mod restarts;
mod settings;
mod shared;
mod sql;
mod standby;
mod stopping;
mod threads;
mod visible;
mod waiting;
