//! What a statement is to the interface of a worker.

use crate::copy::{Copy, tokens};

/// A statement, by the part of the interface that runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// With the characteristics of the transaction.
    Begin(String),
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    Release(String),
    RollbackTo(String),
    /// With the identifier.
    PrepareTransaction(String),
    CopyIn(Option<Copy>),
    CopyOut(Option<Copy>),
    Other,
}

impl Command {
    pub(crate) fn of(sql: &str) -> Self {
        let tokens = tokens(sql);
        let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        let chain = words.ends_with(&["and", "chain"]);
        let is_noise = |word: &&&str| !["work", "transaction"].contains(*word);
        let significant: Vec<&str> = words.iter().filter(is_noise).copied().collect();
        let last = words.last().copied().unwrap_or_default().to_owned();
        match significant.as_slice() {
            ["begin", ..] => Command::Begin(words[1..].join(" ")),
            ["start", ..] if words.get(1) == Some(&"transaction") => {
                Command::Begin(words[2..].join(" "))
            }
            ["commit" | "rollback", "prepared", ..] => Command::Other,
            ["rollback", "to", ..] => Command::RollbackTo(last),
            ["commit" | "end", ..] => Command::Commit { chain },
            ["rollback" | "abort", ..] => Command::Rollback { chain },
            ["savepoint", _] => Command::Savepoint(last),
            ["release", ..] => Command::Release(last),
            ["prepare", _] if words.get(1) == Some(&"transaction") => {
                Command::PrepareTransaction(last)
            }
            ["copy", ..] => Copy::command(&tokens, sql),
            _ => Command::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_recognized() {
        for (sql, command) in [
            ("BEGIN WORK", Command::Begin("work".into())),
            (
                "start transaction READ only",
                Command::Begin("read only".into()),
            ),
            ("END -- x", Command::Commit { chain: false }),
            ("commit work and chain", Command::Commit { chain: true }),
            ("commit and no chain", Command::Commit { chain: false }),
            ("abort", Command::Rollback { chain: false }),
            (
                "ROLLBACK TO SAVEPOINT One",
                Command::RollbackTo("one".into()),
            ),
            (
                "rollback work to \"One\"",
                Command::RollbackTo("One".into()),
            ),
            ("rollback prepared 'x'", Command::Other),
            ("release one", Command::Release("one".into())),
            (
                "prepare transaction 'Foo'",
                Command::PrepareTransaction("Foo".into()),
            ),
            ("prepare p as select 1", Command::Other),
            ("copy t from '/file'", Command::Other),
            ("copy (select 1) to stdin_", Command::Other),
        ] {
            assert_eq!(Command::of(sql), command, "{sql}");
        }
    }
}
