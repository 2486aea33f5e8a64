//! What was seen of an attack, beside what must be seen.

use crate::Verdict;
use crate::run::Run;

/// The verdict on an attack with something that an old server does not have.
pub(crate) const ABSENT: &str = "the server has not what it needs";

fn lacks(run: &Run) -> bool {
    let unsupported = |outcome: &String| outcome.starts_with("error\tUnsupported\t");
    let old = !support::since(100_000);
    run.absent || (old && run.outcome.as_ref().is_some_and(unsupported))
}

/// The process has ended, and nothing has crashed.
pub(crate) fn judge(run: &Run, complaints: &[String]) -> Verdict {
    if lacks(run) {
        return Err(ABSENT.into());
    }
    if !run.bad.is_empty() {
        return Err(run.bad.join("; "));
    }
    let (what, more) = run
        .attack
        .expect
        .split_once(' ')
        .unwrap_or((&run.attack.expect, ""));
    match what {
        "Ends" => Ok(()),
        "Aborts" => Err("it does not abort any more: SAFETY.md can say so".into()),
        "Tells" if run.good.is_empty() => Err(format!("it told nothing: {}", run.told())),
        "Tells" => Ok(()),
        "Stops" if !run.ready => Err(format!("it did not get ready: {}", run.told())),
        "Stops" => Ok(()),
        _ => {
            outcome(run, what, more)?;
            match complaints {
                [] => Ok(()),
                some => Err(format!("the log says: {}", some.join("; "))),
            }
        }
    }
}

/// How the body has ended.
fn outcome(run: &Run, what: &str, more: &str) -> Verdict {
    let Some(outcome) = &run.outcome else {
        return Err(format!("it ended before its time: {}", run.told()));
    };
    let mut fields = outcome.split('\t');
    let is_error = fields.next() == Some("error");
    let kind = fields.next().unwrap_or_default();
    let sqlstate = fields.next().unwrap_or_default();
    let message = fields.next().unwrap_or_default();
    let wrong = message.starts_with("WRONG");
    let expected = match what {
        "Value" => outcome == "value",
        "Survives" => !wrong,
        "Refused" => is_error && !wrong && !matches!(kind, "Server" | "Panic"),
        "Error" => {
            is_error
                && more
                    .split('|')
                    .any(|one| one == kind || one == format!("{kind} {sqlstate}"))
        }
        _ => false,
    };
    if expected {
        return Ok(());
    }
    Err(format!("expected {}, saw {outcome}", run.attack.expect))
}
