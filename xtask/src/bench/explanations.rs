//! The reasons for missed targets: what was tried, and what it would take. The page shows them for
//! each row that misses its target, and for each row in which pgrx is not slower.

use super::{Implementation, Outcome};

/// Prefixes of row names, each with a sentence. The first match counts.
const REASONS: &[(&str, &str)] = &[
    (
        "guard_",
        "C compiles PG_TRY into its caller. Here the guard is a separate C function, through \
         which a panic can unwind. It costs two more calls, and it saves the memory context \
         and the holdoff counts, which an error resets. A cheaper guard would require a Rust \
         compiler that knows that sigsetjmp returns twice. From ten calls in one guard on, \
         the cost is that of C.",
    ),
    (
        "raise_",
        "C copies the error too. Here the copy becomes a value that can be kept and sent to \
         another thread: one allocation for the error, one for each text, and a check of each \
         text for UTF-8. Less would require an error that borrows the server's memory.",
    ),
    (
        "xact_empty",
        "In C an error ends the worker. Here the beginning and the commit each run in a \
         guard, the closure may panic, and a leaked lock is released. One guard around the \
         whole transaction is impossible, because an error must not unwind through the \
         closure.",
    ),
    (
        "xact_",
        "Three guards where C has none, and a NUL-terminated copy of the text. Each statement \
         also does what a session does for it: a start time, a snapshot of its own, and the \
         state `idle in transaction` afterwards.",
    ),
    (
        "plan_xact",
        "Three guards where C has none. Each statement also does what a session does for it: \
         a start time, its text in `pg_stat_activity`, and the state `idle in transaction` \
         afterwards. The C code reports nothing.",
    ),
    (
        "text_",
        "A str is UTF-8 and a text has no NUL. Each byte is therefore checked once in each \
         direction, which C does not do. The checks work on whole blocks, with AVX2 where the \
         processor has it.",
    ),
    (
        "select_1",
        "A guard where C has none, a NUL-terminated copy of the text, and a check of the \
         column's type. Each statement also does what a session does for it: a snapshot of \
         its own, and the state `idle in transaction` afterwards. The C code keeps one \
         snapshot for all statements.",
    ),
    (
        "plan_select_1",
        "A guard where C has none, and a check of the column's type. Each statement also does \
         what a session does for it: a start time, its text in `pg_stat_activity`, and the \
         state `idle in transaction` afterwards. The C code reports nothing.",
    ),
    (
        "params",
        "A guard where C has none, a NUL-terminated copy of the text, a trait object for each \
         parameter, and a check of the column's type.",
    ),
    (
        "insert_arrays",
        "Each value is copied twice: into the memory of the parameters, and from there into \
         the array. The types of each row are compared with those of the first row. Less \
         would require arrays that are built row by row.",
    ),
    (
        "copy_in",
        "Each row is encoded value by value into a block of memory, and the types of its \
         values are compared with those of the first row. The server then copies the block. \
         Less would require a type that encodes a whole row.",
    ),
    (
        "insert",
        "A guard where C has none, and a search for a NUL in the text. Each statement also \
         does what a session does for it: a start time, its text in `pg_stat_activity`, and \
         the state `idle in transaction` afterwards.",
    ),
    (
        "function_text",
        "In addition to the cost of the call with int4, each byte is checked: on the way in \
         because a str is UTF-8, and on the way out because a text has no NUL.",
    ),
    (
        "function_set",
        "Each row comes from an iterator that may run statements. Before each row, the crate \
         therefore checks that no statement has failed and that no lock is held.",
    ),
    (
        "function_",
        "A panic of the function becomes an error, statements of the function are nested in \
         the caller's statement, and memory that the function has used is freed when the call \
         ends.",
    ),
    (
        "rows_",
        "Each value is checked for NULL and for being stored in its tuple, and each text for \
         UTF-8. Types are checked once for each query, and rows are not copied.",
    ),
    (
        "cursor",
        "The checks of rows, and one guard for each thousand rows.",
    ),
    (
        "read",
        "Row::get checks the type of its column in each call. Rows::typed checks it once.",
    ),
    (
        "savepoint_",
        "Two guards where C has one, and a check of the savepoint level. Fewer would require \
         starting a subtransaction outside a guard, and the start can fail.",
    ),
    (
        "latch",
        "Worker::wait does more than the three calls of C. In a guard, it services interrupts \
         before and after the wait, rereads the settings after a reload, and checks for \
         SIGTERM and for the end of recovery. This row measures waits that return at once.",
    ),
    (
        "worker",
        "The postmaster's fork is most of the time. The worker also installs its signal \
         handlers and a timer for the stop timeout, and its library is larger.",
    ),
    (
        "channel_",
        "Each attempt runs in a guard, services interrupts, and checks for a message that was \
         begun before. Small messages show this cost. Where one side waits for the other, the \
         scheduler of the machine decides.",
    ),
    (
        "echo_",
        "Each side waits with Worker::wait, which does more than WaitLatch (see the row of \
         the latch), after a first attempt that finds no message. The rest is the scheduler.",
    ),
];

/// Sentences for rows in which pgrx is as fast or faster.
const BEHIND_PGRX: &[(&str, &str)] = &[
    (
        "savepoint_",
        "pgrx has no savepoints. Its row calls the server's two functions, each in a guard, and \
         does not detect a failure between them. Here the closure may fail or panic, and the crate \
         keeps track of levels and failures.",
    ),
    (
        "",
        "The server's own work is most of the time. Both are close to C, and the faster one \
         changes from run to run.",
    ),
];

/// Returns the sentence for a row that misses its target; `None` if it meets the target or has
/// none.
pub(crate) fn missed(outcome: &Outcome) -> Option<&'static str> {
    (outcome.hit() == Some(false)).then(|| reason(REASONS, outcome))
}

/// Returns the sentence for a row in which the safe layer is not faster than pgrx.
pub(crate) fn behind_pgrx(outcome: &Outcome) -> Option<&'static str> {
    let ratio = outcome.ratio(Implementation::Safe, Implementation::Pgrx)?;
    (ratio >= 1.0).then(|| reason(BEHIND_PGRX, outcome))
}

fn reason(reasons: &[(&str, &'static str)], outcome: &Outcome) -> &'static str {
    let found = reasons
        .iter()
        .find(|(beginning, _)| outcome.row.name.starts_with(beginning));
    found.map_or("Not analyzed yet.", |(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::ROWS;

    fn outcome(row: usize, safe: f64) -> Outcome {
        Outcome {
            row: ROWS[row],
            runs: vec![
                (Implementation::C, vec![10.0]),
                (Implementation::Safe, vec![safe]),
            ],
        }
    }

    #[test]
    fn each_row_with_a_target_has_a_reason_to_miss_it() {
        for (at, row) in ROWS.iter().enumerate() {
            let sentence = missed(&outcome(at, 100.0));
            assert_eq!(sentence.is_some(), row.target.is_some(), "{}", row.name);
            assert_ne!(sentence, Some("Not analyzed yet."), "{}", row.name);
            assert_eq!(missed(&outcome(at, 10.0)), None, "{}", row.name);
        }
    }

    #[test]
    fn who_is_not_faster_than_pgrx_is_named() {
        let mut outcome = outcome(0, 10.0);
        assert_eq!(behind_pgrx(&outcome), None);
        outcome.runs.push((Implementation::Pgrx, vec![10.0]));
        assert!(behind_pgrx(&outcome).is_some());
        outcome.runs[2].1 = vec![10.1];
        assert_eq!(behind_pgrx(&outcome), None);
    }
}
