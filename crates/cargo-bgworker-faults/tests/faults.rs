//! Tests of the kit itself: each kind of misbehavior is found by its invariant or fault, and a
//! worker that behaves passes. The workers are C, in `workers/workers.c`, independent of the kit.

use cargo_bgworker_faults::{
    Fault, Host, Outcome, Runner, Start, Target, Tier, Verdict, Watch, chosen, compile,
};
use pg_scratch::servers::{Server, discover};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

struct Nobody;

impl Watch for Nobody {
    fn begin(&self, _: &Fault, _: &str, _: u32) {}
    fn progress(&self, _: u32) {}
    fn stop(&self) -> bool {
        false
    }
}

struct Built {
    server: Server,
    host: Host,
    workers: PathBuf,
    directory: PathBuf,
}

/// Returns the server of `PG_CONFIG`, otherwise the newest with headers.
fn built() -> Option<&'static Built> {
    static BUILT: OnceLock<Option<Built>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let server = match std::env::var_os("PG_CONFIG") {
            Some(path) => Some(Server::from_pg_config(path).expect("PG_CONFIG")),
            None => discover().into_iter().rfind(|server| server.headers),
        }?;
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
        std::fs::create_dir_all(&directory).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workers/workers.c");
        Some(Built {
            host: Host::compile(&server, &directory).unwrap(),
            workers: compile(&server, &source, &directory).unwrap(),
            server,
            directory,
        })
    });
    if built.is_none() {
        eprintln!("skipped: no PostgreSQL server with headers on this machine");
    }
    built.as_ref()
}

/// Runs `fault` on the exported function.
fn outcome(fault: &str, function: &str, change: impl FnOnce(&mut Target)) -> Option<Outcome> {
    let built = built()?;
    let mut target = Target::function(function, &built.workers, function);
    target.budget = Duration::from_secs(1);
    change(&mut target);
    let logs = built.directory.join("logs");
    let host = Some(&built.host);
    let mut runner = Runner::new(&built.server, &target, host, Tier::Pr, 42, &logs, &Nobody);
    let fault = chosen(&[fault.to_owned()]).unwrap()[0];
    Some(runner.fault(fault))
}

/// Checks that the fault fails with this text, and saves the log.
fn found(fault: &str, function: &str, words: &str) {
    let Some(outcome) = outcome(fault, function, |_| ()) else {
        return;
    };
    assert_eq!(outcome.verdict(), Verdict::Failed, "{outcome:?}");
    let failure = &outcome.failures[0];
    assert!(failure.what.contains(words), "{failure:?}");
    let log = failure.log.as_ref().expect("the log was kept");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("under test"), "{log}");
}

fn passes(fault: &str, function: &str) {
    let Some(outcome) = outcome(fault, function, |target| target.traits.comes_back = true) else {
        return;
    };
    assert_eq!(outcome.verdict(), Verdict::Passed, "{outcome:#?}");
}

#[test]
fn well_behaved_worker_passes() {
    for fault in ["F0", "F1", "F5", "F6", "F11", "F21", "F25", "F28"] {
        passes(fault, "behaves");
    }
    for fault in ["F27", "F29"] {
        passes(fault, "needs_a_lot");
    }
    passes("F3", "writes");
}

/// There are fewer workers than runs.
#[test]
fn worker_that_exits_for_good_passes() {
    let outcome = outcome("F11", "leaves_for_good", |target| {
        let workers = ("faults_host.workers".to_owned(), "2".to_owned());
        target.settings.push(workers);
    });
    let Some(outcome) = outcome else { return };
    assert_eq!(outcome.verdict(), Verdict::Passed, "{outcome:#?}");
}

#[test]
fn i1_a_crash_is_found() {
    found(
        "F1",
        "aborts_when_told",
        "I1: the server restarted every session",
    );
}

#[test]
fn i2_a_lost_slot_is_found() {
    found("F0", "takes_slots", "I2: ");
}

#[test]
fn i3_growing_memory_is_found() {
    found("F0", "leaks_memory", "I3: process");
}

#[test]
fn i4_a_snapshot_that_is_kept_is_found() {
    found("F0", "keeps_a_snapshot", "I4: a worker waits and holds");
}

#[test]
fn i5_idle_in_transaction_is_found() {
    found(
        "F0",
        "stays_in_transaction",
        "I5: a worker is idle in a transaction",
    );
}

#[test]
fn i6_another_exit_code_is_found() {
    // The server treats any code but 0 and 1 as a crash, so I1 fails; a declared code fails I6.
    found("F1", "leaves_with_7", "I1: ");
    let declared = outcome("F1", "behaves", |target| target.traits.exit_code = Some(0));
    let Some(declared) = declared else { return };
    assert!(declared.failures[0].what.contains("I6: "), "{declared:?}");
}

#[test]
fn i7_chatter_is_found() {
    found("F0", "chatters", "lines in the log");
}

#[test]
fn i7_restarts_without_end_are_found() {
    let outcome = outcome("F0", "spins", |target| {
        if let Start::Function { restart, .. } = &mut target.start {
            *restart = 0;
        }
    });
    let Some(outcome) = outcome else { return };
    assert_eq!(outcome.verdict(), Verdict::Failed, "{outcome:?}");
    assert!(
        outcome.failures[0].what.contains("I7: workers ex"),
        "{outcome:?}"
    );
}

#[test]
fn i8_descriptors_that_are_not_given_back_are_found() {
    found("F0", "leaks_descriptors", "I8: process");
}

#[test]
fn ignoring_sigterm_is_found() {
    found("F1", "ignores_sigterm", "is still running after");
}

#[test]
fn serving_no_interrupts_is_found() {
    let Some(built) = built() else { return };
    // Before 15 no command waits for all backends.
    if built.server.version.num >= 150_000 {
        found(
            "F5",
            "serves_no_interrupts",
            "canceling statement due to statement timeout",
        );
    }
}

#[test]
fn waiting_for_a_standby_for_ever_is_found() {
    found(
        "F3",
        "writes_and_ignores_sigterm",
        "the server did not stop",
    );
}

#[test]
fn errors_for_an_extension_that_is_gone_are_found() {
    found("F6", "misses_its_extension", "error lines from 4 workers");
}

#[test]
fn a_standby_that_is_left_for_good_is_found() {
    let outcome = outcome("F21", "leaves_a_standby_for_good", |target| {
        target.traits.reads = Some("leaves_a_standby_for_good".to_owned());
    });
    let Some(outcome) = outcome else { return };
    assert_eq!(outcome.verdict(), Verdict::Failed, "{outcome:?}");
    assert!(
        outcome.failures[0].what.contains("permanently"),
        "{outcome:?}"
    );
}

#[test]
fn a_nap_that_never_ends_is_found() {
    found("F25", "naps_by_the_clock", "the clock was set back");
}

#[test]
fn catching_up_without_a_pause_is_found() {
    found("F25", "catches_up_with_the_clock", "is in a busy loop");
}

#[test]
fn leaving_late_when_cancelled_is_found() {
    let outcome = outcome("F9", "leaves_late_when_cancelled", |target| {
        target.traits.outlives_cancel = true;
    });
    let Some(outcome) = outcome else { return };
    assert_eq!(outcome.verdict(), Verdict::Failed, "{outcome:?}");
    assert!(
        outcome.failures[0].what.contains("only a statement"),
        "{outcome:?}"
    );
}

#[test]
fn complaining_of_a_full_disk_without_end_is_found() {
    found("F27", "needs_space_and_complains", "lines in the log");
}

#[test]
fn giving_up_when_the_disk_is_full_is_found() {
    found(
        "F27",
        "gives_up_without_space",
        "no worker has used disk space",
    );
}

#[test]
fn trusting_in_a_fast_disk_is_found() {
    found("F28", "saves_all_when_told", "is still running after");
}

#[test]
fn trusting_in_memory_is_found() {
    found("F29", "mallocs_blindly", "I1: ");
}

#[test]
fn inapplicable_faults_are_skipped_with_a_reason() {
    for fault in ["F3", "F13", "F16", "F27", "F29", "F30"] {
        let Some(outcome) = outcome(fault, "behaves", |_| ()) else {
            return;
        };
        assert_eq!(outcome.verdict(), Verdict::Skipped, "{outcome:?}");
        assert!(outcome.skipped.is_some() && outcome.runs() == 0);
    }
}

#[test]
fn library_without_workers_is_refused_first() {
    let Some(built) = built() else { return };
    let refusal = |target: Target| {
        let host = Some(&built.host);
        let logs = &built.directory;
        let mut runner = Runner::new(&built.server, &target, host, Tier::Pr, 42, logs, &Nobody);
        runner.check().unwrap_err().to_string()
    };
    let none = refusal(Target::preloaded("none", &built.workers));
    assert!(none.contains("registered no background worker"), "{none}");
    assert!(
        none.contains("= help:") && none.contains("--function"),
        "{none}"
    );
    let missing = refusal(Target::function(
        "missing",
        &built.workers,
        "no_such_function",
    ));
    assert!(
        missing.contains("could not load the worker's code"),
        "{missing}"
    );
    assert!(missing.contains("no_such_function"), "{missing}");
}
