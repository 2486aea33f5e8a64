//! Limits of time, and the log of statements.

use super::{Session, Side, Worker, both};
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, cluster, library};

const TIMED_OUT: &str = "Server 57014: canceling statement due to statement timeout";

#[test]
fn statement_timeout_cancels_a_statement() {
    both(|side, _| {
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("set local statement_timeout = '3s'"), "");
        // It begins again with each statement.
        for _ in 0..2 {
            assert_ne!(side.query("select pg_sleep(1.6)"), TIMED_OUT);
        }
        let begin = Instant::now();
        assert_eq!(side.query("select pg_sleep(100)"), TIMED_OUT);
        assert!(begin.elapsed() < Duration::from_secs(60));
        side.commit();
        assert_eq!(side.begin(""), "begun");
        assert_eq!(side.query("show statement_timeout"), "0");
        assert_eq!(side.query("set statement_timeout = '1s'"), "");
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

#[test]
fn statements_are_logged() {
    let cluster = cluster()
        .preload("session", library("session"))
        .start()
        .unwrap();
    let (mut session, mut worker) = (Session::of(&cluster), Worker::of(&cluster));
    let sides: [&mut dyn Side; 2] = [&mut session, &mut worker];
    for side in sides {
        let mut logged = |setting: &str, statement: &str| {
            let mark = cluster.log_mark();
            side.begin("");
            side.query(&format!("set local {setting}"));
            side.query(statement);
            side.query("set local log_statement = 'none'");
            side.query("set local log_min_duration_statement = -1");
            side.query("set local log_duration = off");
            side.query("do $$ begin raise log 'end of the statement'; end $$");
            side.commit();
            cluster
                .wait_for_log_after(mark, "end of the statement", LONG)
                .unwrap();
            let log = cluster.log_after(mark);
            // The statement before it may have been logged as well.
            let line = log
                .lines()
                .find(|line| line.contains(statement))
                .or_else(|| log.lines().find(|line| line.ends_with(" ms")));
            // Without the prefix of the line, and without the time.
            let line = line
                .and_then(|line| line.split_once("LOG:  "))
                .map_or("", |(_, line)| line);
            let words = line.split(' ').map(|word| {
                if word.parse::<f64>().is_ok() && word.contains('.') {
                    "N"
                } else {
                    word
                }
            });
            words.collect::<Vec<_>>().join(" ")
        };
        let select = "select 42";
        let create = "create temp table made (a int) on commit drop";
        assert_eq!(
            logged("log_statement = 'all'", select),
            "statement: select 42"
        );
        assert_eq!(logged("log_statement = 'ddl'", select), "");
        assert_eq!(
            logged("log_statement = 'ddl'", create),
            format!("statement: {create}")
        );
        assert_eq!(
            logged("log_statement = 'mod'", create),
            format!("statement: {create}")
        );
        assert_eq!(
            logged("log_min_duration_statement = 0", select),
            "duration: N ms  statement: select 42"
        );
        assert_eq!(logged("log_min_duration_statement = '1h'", select), "");
        assert_eq!(logged("log_duration = on", select), "duration: N ms");
    }
    assert_no_crash(&cluster);
}
