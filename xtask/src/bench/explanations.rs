//! The reasons for missed targets: what was tried, and what it would take. The page shows them for
//! each row that misses its target, and for each row in which pgrx is not slower.

use super::{Implementation, Outcome};

/// Prefixes of row names, each with a sentence. The first match counts.
const REASONS: &[(&str, &str)] = &[
    (
        "guard_",
        "C compiles PG_TRY into its caller. Ours is a frame of C of its own, through which a panic can unwind: a call more to get there, one more \
         to the body, and what an error would lose is saved (memory context, hold-off counts). Kept: calls that do not go through the linkage table. \
         Tried and not kept, because each gives up a promise and they would only do it all together: leaving the context stack alone on the way out, not saving \
         the counts, not saving the context. The rest would take a Rust that knows that sigsetjmp returns twice. Guard a region: from ten calls on it costs no more than in C.",
    ),
    (
        "raise_",
        "Behind the copy that C makes too, the error becomes a value that can be kept and sent: an allocation for it and one for each text, which is asked \
         whether it is UTF-8. Kept: asking before repairing. Less would take an error that borrows the server's memory and ends with it.",
    ),
    (
        "xact_empty",
        "In C an error ends the worker; here beginning and committing are a guard each, the closure may panic, and a lock that was leaked is looked for. \
         Kept: SPI and the snapshot come with the first statement. Less would take one guard around the whole, which a closure of Rust must not stand in.",
    ),
    (
        "xact_",
        "Three guards where C has none, because there an error ends the worker, and the statement's text is copied to end in NUL. Kept: statistics are \
         offered when the server takes them. Less would take beginning in the guard of the first statement, behind the user's back.",
    ),
    (
        "plan_xact",
        "Three guards where C has none, because in C an error ends the worker. Fewer would require starting the transaction implicitly, in the guard of the first statement.",
    ),
    (
        "text_",
        "A str is UTF-8 and a text has no NUL: each byte is looked at once on the way in and once on the way out, which C does not do. \
         Kept: loops over whole blocks, which use AVX2 where the processor has it.",
    ),
    (
        "select_1",
        "A guard where C has none, a NUL-terminated copy of the text, and the check of the column's type. In addition, what a session does for each statement: it has a \
         snapshot of its own, and the state after it is `idle in transaction`. The C code keeps one snapshot for all statements.",
    ),
    (
        "plan_select_1",
        "A guard where C has none, and the type of the column. In addition, what a session does for each statement: the time of its beginning, its text in \
         `pg_stat_activity`, and the state `idle in transaction` after it. The C code reports nothing.",
    ),
    (
        "params",
        "A guard where C has none, a NUL-terminated copy of the text, a trait object per parameter, and the check of the column's type.",
    ),
    (
        "insert_arrays",
        "Each value is copied twice, into the memory of the parameters and from there into the array, and the types of each row are compared with those of the first. \
         Less would take arrays that are built as the rows come.",
    ),
    (
        "copy_in",
        "Each row is encoded value by value into a block of memory, and the types of its values are compared with those of the first row. The server then copies the block. \
         Less would take a type that writes a whole row.",
    ),
    (
        "insert",
        "A guard where C has none, the comparison of the parameters with the plan's, and a search for a NUL. Kept: parameters are encoded into memory that is used again. \
         Less would take a plan whose Rust types the compiler knows.",
    ),
    (
        "function_text",
        "Like the call with int4; in addition, each byte is looked at on the way in, because a str is UTF-8, and on the way out, because a text has no NUL.",
    ),
    (
        "function_set",
        "Each row is made by an iterator that may run statements, so it is checked before each row that no statement has failed and that no lock is held.",
    ),
    (
        "function_",
        "A panic of the function becomes an error, statements of the function are nested in that of the caller, and what the function has used ends with the call.",
    ),
    (
        "rows_",
        "Each value is checked for NULL and for being stored in its tuple, and each text for UTF-8. Already done: types are checked once, and rows are not copied.",
    ),
    (
        "cursor",
        "Like rows, with a guard for each thousand of them.",
    ),
    (
        "read",
        "Row::get checks the type of its column in each call; Rows::typed does it once.",
    ),
    (
        "savepoint_",
        "Two guards where C has one, and the check of the savepoint level. Fewer would require starting a subtransaction without a guard, which can fail.",
    ),
    (
        "latch",
        "Worker::wait is more than three calls: in a guard it serves interrupts before and after, reads the settings again after a reload, and sees SIGTERM and the end of recovery. \
         It is the price of a turn in which there was nothing to sleep for.",
    ),
    (
        "worker",
        "Nearly all of it is the postmaster's fork. The worker installs its handlers and a timer for the stop timeout, and mapping its larger library takes longer.",
    ),
    (
        "channel_",
        "A guard, a look at the interrupts and one at what was begun before, for each attempt: small messages show it. Where one end waits for the other, the scheduler of the machine decides. \
         Kept: a wait sleeps whatever has come before it.",
    ),
    (
        "echo_",
        "Each side waits with Worker::wait, which does more than WaitLatch (see the row of the latch), after a first attempt that finds nothing. The rest is the scheduler.",
    ),
];

/// Sentences for rows in which pgrx is as fast or faster.
const BEHIND_PGRX: &[(&str, &str)] = &[
    (
        "savepoint_",
        "pgrx has no savepoints: its row calls the server's two functions, each in a guard, and what fails between them is not told apart. Here a closure may \
         fail or panic, and levels and failures are kept.",
    ),
    (
        "",
        "Nearly all of it is the server's own work. Both are close to C, and the faster one changes from run to run.",
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
