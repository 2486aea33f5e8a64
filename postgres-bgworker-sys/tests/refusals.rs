//! Tests that the build script rejects a bad `pg_config` and bad headers, each with a specific
//! message. It runs as a program, without cargo.
#![cfg(unix)]

#[path = "refusals/announced.rs"]
mod announced;
#[path = "refusals/answers.rs"]
mod answers;
mod build_script;
#[path = "refusals/description.rs"]
mod description;
#[path = "refusals/extra.rs"]
mod extra;
#[path = "refusals/facts.rs"]
mod facts;
#[path = "refusals/hanging.rs"]
mod hanging;
#[path = "refusals/headers.rs"]
mod headers;
#[path = "refusals/search.rs"]
mod search;
#[path = "refusals/sources.rs"]
mod sources;
#[path = "refusals/watched.rs"]
mod watched;
#[path = "refusals/words.rs"]
mod words;
