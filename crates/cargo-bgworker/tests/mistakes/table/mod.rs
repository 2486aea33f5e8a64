//! The table of mistakes, in chapters.

mod commands;
mod compiling;
mod finding;
mod registering;
mod running;

use crate::Mistake;

pub(crate) const CHAPTERS: &[(&str, &[Mistake])] = &[
    ("No server is found", finding::MISTAKES),
    ("The code does not compile", compiling::MISTAKES),
    (
        "The library is not loaded, or the server does not start",
        registering::MISTAKES,
    ),
    (
        "A worker fails, or does not do what it should",
        running::MISTAKES,
    ),
    ("A command refuses", commands::MISTAKES),
];

/// Returns the mistakes of all chapters.
pub(crate) fn all() -> impl Iterator<Item = &'static Mistake> {
    CHAPTERS.iter().flat_map(|(_, mistakes)| mistakes.iter())
}
