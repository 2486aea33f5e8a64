//! Limits of time, and the log of statements.

use super::both;
use std::time::{Duration, Instant};

const TIMED_OUT: &str = "Server 57014: canceling statement due to statement timeout";

#[test]
fn statement_timeout_cancels_a_statement() {
    both(|side, _| {
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("set local statement_timeout = '300ms'"), "");
        // It begins again with each statement.
        for _ in 0..3 {
            side.query("select pg_sleep(0.15)");
        }
        let begin = Instant::now();
        assert_eq!(side.query("select pg_sleep(100)"), TIMED_OUT);
        assert!(begin.elapsed() < Duration::from_secs(60));
        side.commit();
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("show statement_timeout"), "0");
        assert_eq!(side.query("set statement_timeout = '200ms'"), "");
        side.commit();
        for statement in [
            "select pg_sleep(100)",
            "select count(*) from generate_series(1, 10000000000)",
        ] {
            assert_eq!(side.begin(""), "begun");
            assert_eq!(side.query(statement), TIMED_OUT);
            side.commit();
        }
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("reset statement_timeout"), "");
        assert_eq!(side.commit(), "ended");
    });
}

/// The timeout stops before the commit, in a session as well.
#[test]
fn statement_timeout_does_not_apply_to_the_commit() {
    both(|side, _| {
        assert_eq!(side.begin(""), "begun");
        for statement in [
            "create temp table slow (a int) on commit drop",
            "create function pg_temp.slow() returns trigger language plpgsql as 'begin perform pg_catalog.pg_sleep(0.4); return null; end'",
            "create constraint trigger slow after insert on slow deferrable initially deferred for each row execute procedure pg_temp.slow()",
            "insert into slow values (1)",
            "set local statement_timeout = '100ms'",
        ] {
            assert_eq!(side.query(statement), "");
        }
        assert_eq!(side.commit(), "ended");
    });
}
