//! When a statement takes a snapshot, and how long it is kept.

use super::both;
use std::time::Instant;
use support::{LONG, since};

/// Waits until this is true of the process in `pg_stat_activity`.
fn until(client: &mut postgres::Client, pid: u32, condition: &str) {
    let sql = format!("select count(*) from pg_stat_activity where pid = {pid} and {condition}");
    let begin = Instant::now();
    while client.query_one(&sql, &[]).unwrap().get::<_, i64>(0) == 0 {
        assert!(begin.elapsed() < LONG, "never: {condition}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_lock_is_taken_before_the_snapshot() {
    both(|side, client| {
        client
            .batch_execute("drop table if exists locked; create table locked (a int)")
            .unwrap();
        // Before 10, a text with several statements takes one snapshot before the first one.
        for (number, first) in [
            "lock table locked in exclusive mode",
            "set local work_mem = '1MB'; lock table locked",
        ]
        .iter()
        .take(if since(100_000) { 2 } else { 1 })
        .enumerate()
        {
            let mut holder = client.transaction().unwrap();
            holder.batch_execute("lock table locked").unwrap();
            assert_eq!(side.begin("repeatable read"), "begun");
            side.send(first);
            // It waits for the lock now.
            let waits = format!(
                "select not granted from pg_locks where pid = {} and relation = 'locked'::regclass",
                side.pid()
            );
            let begin = Instant::now();
            while !holder
                .query(&waits, &[])
                .unwrap()
                .iter()
                .any(|row| row.get(0))
            {
                assert!(begin.elapsed() < LONG);
            }
            holder
                .batch_execute("insert into locked values (1)")
                .unwrap();
            holder.commit().unwrap();
            assert_eq!(side.answer(), "");
            assert_eq!(
                side.query("select count(*) from locked"),
                (number + 1).to_string()
            );
            assert_eq!(side.commit(), "ended");
        }
    });
}

#[test]
fn set_transaction_is_the_first_statement() {
    both(|side, client| {
        let mut exporter = client.transaction().unwrap();
        exporter
            .batch_execute("set transaction isolation level repeatable read")
            .unwrap();
        let snapshot: String = exporter
            .query_one("select pg_export_snapshot()", &[])
            .unwrap()
            .get(0);
        assert_eq!(side.begin(""), "begun");
        assert_eq!(
            side.query("set transaction isolation level repeatable read"),
            ""
        );
        assert_eq!(
            side.query(&format!("set transaction snapshot '{snapshot}'")),
            ""
        );
        assert_eq!(side.query("select 1"), "1");
        assert_eq!(side.query("show transaction_isolation"), "repeatable read");
        let late = side.query("set transaction isolation level serializable");
        assert!(late.starts_with("Server 25001"), "{late}");
        side.commit();
        exporter.commit().unwrap();
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("set default_transaction_read_only = on"), "");
        side.commit();
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("set transaction read write"), "");
        assert_eq!(side.query("create temp table written (a int)"), "");
        side.commit();
        assert_eq!(side.begin(""), "begun");
        let refused = side.query("create temp table refused (a int)");
        assert!(refused.starts_with("Server 25006"), "{refused}");
        side.commit();
        assert_eq!(side.begin("read write"), "begun");
        assert_eq!(side.query("create temp table written_2 (a int)"), "");
        assert_eq!(side.query("set default_transaction_read_only = off"), "");
        assert_eq!(side.commit(), "ended");
    });
}

#[test]
fn nothing_is_held_between_statements() {
    support::requires!(90400, "backend_xmin");
    both(|side, client| {
        client
            .batch_execute("create table if not exists kept (a int); truncate kept")
            .unwrap();
        assert_eq!(side.begin(""), "begun");
        for statement in [
            "select 1",
            "set local work_mem = '1MB'",
            "select count(*) from pg_class where false",
            "show work_mem",
        ] {
            side.query(statement);
            until(
                client,
                side.pid(),
                "state = 'idle in transaction' and backend_xmin is null",
            );
            until(client, side.pid(), &format!("query = $${statement}$$"));
        }
        let failed = side.query("select 1 / 0");
        assert!(failed.starts_with("Server 22012"), "{failed}");
        until(
            client,
            side.pid(),
            "state = 'idle in transaction (aborted)'",
        );
        side.commit();
        until(client, side.pid(), "state = 'idle'");
        // With REPEATABLE READ, the snapshot is that of the transaction.
        assert_eq!(side.begin("repeatable read"), "begun");
        side.query("select 1");
        until(
            client,
            side.pid(),
            "state = 'idle in transaction' and backend_xmin is not null",
        );
        assert_eq!(side.commit(), "ended");
    });
}

#[test]
fn read_only_allows_what_sql_allows() {
    both(|side, client| {
        client
            .batch_execute("create table if not exists read (a int)")
            .unwrap();
        assert_eq!(side.begin("read only"), "begun");
        assert_eq!(side.query("set local work_mem = '2MB'"), "");
        assert_eq!(side.query("show work_mem"), "2MB");
        assert_eq!(side.query("explain (costs off) select 1"), "Result");
        assert_eq!(side.query("lock table read in access share mode"), "");
        assert_eq!(
            side.query("select count(*) from read for share of read")
                .split(' ')
                .next(),
            Some("Server")
        );
        side.commit();
        for (statement, state) in [
            ("insert into read values (1)", "25006"),
            ("create table never ()", "25006"),
            ("select * from read for update", "25006"),
        ] {
            assert_eq!(side.begin("read only"), "begun");
            let refused = side.query(statement);
            assert!(
                refused.starts_with(&format!("Server {state}")),
                "{statement}: {refused}"
            );
            side.commit();
        }
    });
}

#[test]
fn time_passes_from_statement_to_statement() {
    both(|side, _| {
        assert_eq!(side.begin(""), "begun");
        let now = "select extract(epoch from statement_timestamp())::float8, extract(epoch from query_start)::float8, extract(epoch from now())::float8 from pg_stat_activity where pid = pg_backend_pid()";
        let times = |line: String| -> Vec<f64> {
            line.split('|').map(|time| time.parse().unwrap()).collect()
        };
        let before = times(side.query(now));
        side.query("select pg_sleep(0.2)");
        side.query("select pg_stat_clear_snapshot()");
        let after = times(side.query(now));
        assert!(
            after[0] >= before[0] + 0.2 && after[1] >= before[1] + 0.2,
            "{before:?} {after:?}"
        );
        assert!(
            after[0] == after[1] && after[2] == before[2],
            "{before:?} {after:?}"
        );
        side.commit();
    });
}
