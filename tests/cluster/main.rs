//! Tests with scratch servers, which observe workers from outside: by sessions, the log, and
//! processes.

mod bell;
mod channel;
mod databases;
mod downstream;
mod encodings;
mod examples;
mod failures;
mod fingerprint;
mod functions;
mod logging;
mod privilege;
mod queue;
mod registration;
mod restarts;
mod session;
mod settings;
mod shared;
mod shared_catalogs;
mod sql;
mod standby;
mod stopping;
mod threads;
mod top_level;
mod visible;
mod waiting;
