//! The matrix: what can happen to a worker.

mod channels;
mod clock;
mod crash;
mod databases;
mod disk;
mod extension;
mod idle;
mod limit;
mod modes;
mod neighbours;
mod promotion;
mod reload;
mod replaced;
mod restart;
mod scenarios;
mod signals;
mod slots;
mod soak;
mod standby_gone;
mod stop;

use crate::kit::runner::{Does, Fault};

const fn does(
    id: &'static str,
    name: &'static str,
    holds: &'static str,
    runs: [u32; 3],
    does: Does,
) -> Fault {
    Fault {
        id,
        name,
        holds,
        runs,
        does,
    }
}

/// The matrix.
#[rustfmt::skip]
pub const ALL: &[Fault] = &[
    does("F0", "left alone", "memory, descriptors and the log stay as they are", [1, 1, 1], idle::left_alone),
    does("F1", "SIGTERM at any moment", "the worker is gone within its budget, its transaction rolled back", [20, 300, 3000], stop::sigterm),
    does("F2", "server stopped fast, smart, at once; started", "stopped within the budget, started clean, all workers back", [6, 100, 1000], stop::server),
    does("F3", "stopped while its commit waits for a standby that is gone", "gone within its budget, and the server's warning in the log", [4, 30, 300], standby_gone::stop),
    does("F4", "SIGKILL of the postmaster", "every worker leaves by itself, and the next start has them all", [5, 100, 1000], crash::postmaster),
    does("F5", "DROP, RENAME, SET TABLESPACE, TEMPLATE of another database and of the worker's own", "another one at once; its own fails in order or ends the worker, which comes back", [5, 100, 1000], databases::commands),
    does("F6", "DROP and CREATE EXTENSION, half of the drops rolled back", "at most one error line a drop; the worker is there or comes back", [5, 100, 1000], extension::dropped),
    does("F7", "storm of SIGHUP, a setting changed each time", "the worker lives, and shows the last value", [1, 5, 20], reload::storm),
    does("F8", "SIGHUP in the worker's first moments", "the worker lives, and shows the new value", [10, 300, 3000], reload::early),
    does("F9", "cancel at any moment", "a statement ends; the worker goes on, or leaves in order and comes back", [20, 300, 3000], signals::cancel),
    does("F10", "a worker that fails at once, again and again", "at most 10 starts in the first minute, and it recovers", [1, 5, 20], restart::failure_loop),
    does("F11", "all slots taken by others, then freed", "the worker comes back to its own slot, and no slot is lost", [3, 100, 1000], slots::exhausted),
    does("F12", "no process can be forked", "the server waits and tries again, and the worker comes back", [2, 50, 500], slots::no_fork),
    does("F13", "an end of a channel dies", "the other end notices, holds no transaction, and there is another pair", [20, 300, 3000], channels::peer),
    does("F14", "channels under load: messages up to 270 KiB, chains of 1, 3 and 8", "all come back equal", [1, 10, 100], channels::load),
    does("F15", "SIGKILL of a session", "after the server's crash restart all workers are back", [3, 50, 500], crash::session),
    does("F16", "errors: in SQL, nested, in a destructor, in an exit callback", "a value; the next transaction works", [20, 300, 3000], scenarios::errors),
    does("F17", "panics: in main, in a transaction, in a destructor, in a thread", "one ERROR with its place, exit code 1", [20, 300, 3000], scenarios::panics),
    does("F18", "recursion without end, in SQL", "an ordinary error", [3, 20, 100], scenarios::stack),
    does("F19", "more memory than there is", "an ordinary error", [3, 20, 100], scenarios::memory),
    does("F20", "threads: signals that hit them, alive at exit", "the worker stops within its budget", [10, 100, 1000], scenarios::threads),
    does("F21", "standby: recovery conflicts, promotion", "it runs there or is started by the promotion; a conflict does not end it for good", [2, 30, 300], promotion::standby),
    does("F22", "binary upgrade, single user, not preloaded, session_preload", "server and sessions live; preloaded, no worker is started in postgres -b", [1, 5, 20], modes::other),
    does("F23", "neighbours: pg_stat_statements, auto_explain", "F1, F5 and F9 as without them", [3, 10, 100], neighbours::beside),
    does("F24", "the library's file replaced while it is loaded", "running workers are not touched, new ones start", [2, 5, 20], replaced::renamed),
    does("F25", "the clock is set by an hour, the machine sleeps", "no busy loop; it wakes up as before, and leaves within its budget", [1, 5, 20], clock::step),
    does("F26", "signals 1, 2 and 15 at random, sessions killed", "all invariants, again and again", [0, 300, 100_000], soak::signals),
    does("F27", "the disk is full, but for pg_wal, and then is not", "statements fail, and work again; the worker is there or comes back, and leaves within its budget", [1, 10, 50], disk::full),
    does("F28", "the disk is slow", "workers leave within their budget, alone and with the server; DROP of another database does not wait for them", [1, 10, 50], disk::slow),
    does("F29", "no more address space (RLIMIT_AS)", "statements fail, and work again; the worker is there or comes back", [1, 10, 50], limit::memory),
];

/// The faults of these ids, or all.
pub fn chosen(ids: &[String]) -> Result<Vec<&'static Fault>, String> {
    if ids.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let find = |id: &String| {
        ALL.iter()
            .find(|fault| fault.id.eq_ignore_ascii_case(id))
            .ok_or_else(|| format!("there is no fault {id:?}: F0 to F29"))
    };
    ids.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_order_and_more_runs_in_later_tiers() {
        for (number, fault) in ALL.iter().enumerate() {
            assert_eq!(fault.id, format!("F{number}"));
            assert!(fault.runs.is_sorted(), "{}", fault.id);
        }
    }

    #[test]
    fn faults_are_chosen_by_id() {
        let ids = ["f5".to_owned(), "F1".to_owned()];
        let found: Vec<_> = chosen(&ids).unwrap().iter().map(|f| f.id).collect();
        assert_eq!(found, ["F5", "F1"]);
        assert!(chosen(&["F99".to_owned()]).unwrap_err().contains("F99"));
    }
}
