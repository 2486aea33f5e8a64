//! What is left after many statements that failed or timed out. The library `failing` runs them.

use crate::{LONG, assert_no_crash, cluster, library};
use pg_scratch::cluster::{Cluster, StopMode};
use std::time::Duration;

/// The growth that is no leak: what a cache or the allocator may still take.
const SLACK: i64 = 400_000;

/// Returns how many statements to run: `FAILING_STATEMENTS`, or this number.
pub fn statements(otherwise: u32) -> u32 {
    let set = std::env::var("FAILING_STATEMENTS").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs this number of statements in one process.
///
/// # Panics
/// Panics if memory grows, or if a snapshot, a lock or a cursor is left.
pub fn fails(statements: u32) {
    let mut cluster = start(statements, &[]);
    cluster
        .wait_for_log("LOG:  waiting", limit(statements))
        .unwrap();
    let mut session = cluster.connect().unwrap();
    let left = "select coalesce(backend_xmin::text, backend_xid::text, state, ''),
            (select count(*) from pg_locks l where l.pid = a.pid)
        from pg_stat_activity a where application_name = 'failing'";
    if crate::since(90_400) {
        let row = session.query_one(left, &[]).unwrap();
        let state: &str = row.get(0);
        assert_eq!(state, "idle", "a snapshot or a transaction is left");
        assert_eq!(row.get::<_, i64>(1), 0, "locks are left");
    }
    assert_eq!(flat_reports(&cluster) * ROUND, statements);
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_no_crash(&cluster);
}

/// Runs this number of statements in as many processes as it takes, because the settings make calls
/// fail at random, and some of these failures end the process.
///
/// # Panics
/// Panics if memory grows, or if the server crashes.
pub fn fails_in_turns(statements: u32, settings: &[(&str, &str)]) {
    let mut cluster = start(statements, settings);
    cluster
        .poll_until("the statements", limit(statements) * 4, || {
            (flat_reports(&cluster) * ROUND >= statements).then_some(())
        })
        .unwrap();
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_no_crash(&cluster);
}

/// The statements of one report.
const ROUND: u32 = 100;

fn limit(statements: u32) -> Duration {
    LONG + Duration::from_millis(30) * statements
}

fn start(statements: u32, settings: &[(&str, &str)]) -> Cluster {
    let mut builder = cluster()
        .preload("failing", library("failing"))
        .setting("failing.statements", &statements.to_string());
    for (setting, value) in settings {
        builder = builder.setting(setting, value);
    }
    builder.start().unwrap()
}

/// Returns the number of reports, none of which shows a leak.
fn flat_reports(cluster: &Cluster) -> u32 {
    let reports = reports(cluster);
    for (done, grown) in &reports {
        assert!(*grown < SLACK, "{grown} bytes more after {done} statements");
    }
    reports.len() as u32
}

/// Returns the reports: how many statements failed, and by how many bytes memory grew.
fn reports(cluster: &Cluster) -> Vec<(u32, i64)> {
    let log = cluster.log();
    let of = |line: &str| {
        let (before, after) = line.split_once(" statements failed; ")?;
        let done = before.rsplit_once(' ')?.1.parse().ok()?;
        Some((done, after.split_once(' ')?.0.parse().ok()?))
    };
    log.lines().filter_map(of).collect()
}
