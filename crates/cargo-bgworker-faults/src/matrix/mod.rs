//! The matrix of all faults.

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
mod sessions;
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
    does("F0", "idle", "memory, descriptors and the log stay as they are", [1, 1, 1], idle::left_alone),
    does("F1", "SIGTERM at any moment", "the worker exits within its stop timeout, and its transaction is rolled back", [20, 300, 3000], stop::sigterm),
    does("F2", "server stopped in fast, smart, immediate mode; restarted", "stops within the stop timeout, starts cleanly, all workers restart", [6, 100, 1000], stop::server),
    does("F3", "stopped while its commit waits for a lost standby", "exits within its stop timeout, with the server's warning in the log", [4, 30, 300], standby_gone::stop),
    does("F4", "SIGKILL of the postmaster", "every worker exits by itself, and the next start runs all of them", [5, 100, 1000], crash::postmaster),
    does("F5", "DROP, RENAME, SET TABLESPACE, TEMPLATE of another database and of the worker's own", "another one immediately; its own fails with an error or ends the worker, which restarts", [5, 100, 1000], databases::commands),
    does("F6", "DROP and CREATE EXTENSION, half of the drops rolled back", "at most one error line per drop; the worker runs or restarts", [5, 100, 1000], extension::dropped),
    does("F7", "many SIGHUPs, with a changed setting each time", "the worker survives, and shows the last value", [1, 5, 20], reload::storm),
    does("F8", "SIGHUP right after the worker's start", "the worker survives, and shows the new value", [10, 300, 3000], reload::early),
    does("F9", "cancel at any moment", "a statement ends; the worker continues, or exits normally and restarts", [20, 300, 3000], signals::cancel),
    does("F10", "a worker that fails immediately, repeatedly", "at most 10 starts in the first minute, and it recovers", [1, 5, 20], restart::failure_loop),
    does("F11", "all slots taken by others, then freed", "the worker restarts in its own slot, and no slot is lost", [3, 100, 1000], slots::exhausted),
    does("F12", "no process can be forked", "the server retries, and the worker restarts", [2, 50, 500], slots::no_fork),
    does("F13", "one end of a channel dies", "the other end notices, holds no transaction, and a new pair starts", [20, 300, 3000], channels::peer),
    does("F14", "channels under load: messages up to 270 KiB, chains of 1, 3 and 8", "all return unchanged", [1, 10, 100], channels::load),
    does("F15", "SIGKILL of a session", "all workers run after the server's crash restart", [3, 50, 500], crash::session),
    does("F16", "errors: in SQL, nested, in a destructor, in an exit callback", "an error value; the next transaction works", [20, 300, 3000], scenarios::errors),
    does("F17", "panics: in main, in a transaction, in a destructor, in a thread", "one ERROR with its location, exit code 1", [20, 300, 3000], scenarios::panics),
    does("F18", "infinite recursion in SQL", "an ordinary error", [3, 20, 100], scenarios::stack),
    does("F19", "more memory than available", "an ordinary error", [3, 20, 100], scenarios::memory),
    does("F20", "threads: signals delivered to them, running at exit", "the worker exits within its stop timeout", [10, 100, 1000], scenarios::threads),
    does("F21", "standby: recovery conflicts, promotion", "it runs there or starts with the promotion; a conflict does not end it permanently", [2, 30, 300], promotion::standby),
    does("F22", "binary upgrade, single user, not preloaded, session_preload", "server and sessions survive; if preloaded, no worker is started in postgres -b", [1, 5, 20], modes::other),
    does("F23", "with pg_stat_statements, auto_explain", "F1, F5 and F9 as without them", [3, 10, 100], neighbours::beside),
    does("F24", "the library's file replaced while it is loaded", "running workers continue, new ones start", [2, 5, 20], replaced::renamed),
    does("F25", "the clock is set by an hour, the machine sleeps", "no busy loop; it wakes up as before, and exits within its stop timeout", [1, 5, 20], clock::step),
    does("F26", "signals 1, 2 and 15 at random, sessions killed", "all invariants, repeatedly", [0, 300, 100_000], soak::signals),
    does("F27", "the disk is full except for pg_wal, then has space again", "statements fail, then work again; the worker runs or restarts, and exits within its stop timeout", [1, 10, 50], disk::full),
    does("F28", "the disk is slow", "workers exit within their stop timeout, alone and with the server; DROP of another database does not wait for them", [1, 10, 50], disk::slow),
    does("F29", "no more address space (RLIMIT_AS)", "statements fail, then work again; the worker runs or restarts", [1, 10, 50], limit::memory),
    does("F30", "a session canceled, terminated or killed while it uses a worker", "its worker ends, its room is free, nothing of its transaction arrives; after a kill the queue is empty", [15, 300, 3000], sessions::ended),
];

/// Returns the faults with these IDs, or all.
pub fn chosen(ids: &[String]) -> Result<Vec<&'static Fault>, String> {
    if ids.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let find = |id: &String| {
        ALL.iter()
            .find(|fault| fault.id.eq_ignore_ascii_case(id))
            .ok_or_else(|| format!("unknown fault {id:?}; faults are F0 to F30"))
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
