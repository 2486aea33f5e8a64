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

/// Runs this number of statements with these settings, and returns the longest run of one process.
///
/// # Panics
/// Panics if memory grows, or if a snapshot, a lock or a cursor is left.
pub fn fails(statements: u32, settings: &[(&str, &str)]) {
    let mut builder = cluster()
        .preload("failing", library("failing"))
        .setting("failing.statements", &statements.to_string())
        .setting("log_min_messages", "log");
    for (setting, value) in settings {
        builder = builder.setting(setting, value);
    }
    let mut cluster = builder.start().unwrap();
    let limit = LONG + Duration::from_millis(30) * statements;
    cluster.wait_for_log("LOG:  waiting", limit).unwrap();
    let mut session = cluster.connect().unwrap();
    let left = "select coalesce(backend_xmin::text, backend_xid::text, state, ''),
            (select count(*) from pg_locks l where l.pid = a.pid)
        from pg_stat_activity a where application_name = 'failing'";
    if crate::since(90_400) {
        let row = session.query_one(left, &[]).unwrap();
        assert_eq!(
            row.get::<_, &str>(0),
            "idle",
            "a snapshot or a transaction is left"
        );
        assert_eq!(row.get::<_, i64>(1), 0, "locks are left");
    }
    let reports = reports(&cluster);
    assert!(reports.iter().map(|report| report.0).max() >= Some(statements));
    for (done, grown) in reports {
        assert!(grown < SLACK, "{grown} bytes more after {done} statements");
    }
    cluster.stop(StopMode::Fast, LONG).unwrap();
    assert_no_crash(&cluster);
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
