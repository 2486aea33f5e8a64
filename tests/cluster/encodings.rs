//! Texts that are not ASCII, in databases of other encodings than UTF-8.

use pg_scratch::cluster::Cluster;
use support::{LONG, assert_no_crash, cluster, library, scenario};

/// Replaces the database `postgres` by one with this encoding, before the queue runs in it. The
/// queue runs the jobs of the superuser, so it is one.
fn queue_in(encoding: &str) -> Cluster {
    let mut cluster = cluster()
        .library("queue", library("queue"))
        .role("queue")
        .start()
        .unwrap();
    let mut client = cluster.connect_to("template1").unwrap();
    for sql in [
        "drop database postgres".to_string(),
        format!(
            "create database postgres encoding '{encoding}' template template0 lc_collate 'C' lc_ctype 'C'"
        ),
        "alter role queue superuser".to_string(),
    ] {
        client.batch_execute(&sql).unwrap();
    }
    drop(client);
    cluster
        .write_setting("shared_preload_libraries", "queue")
        .unwrap();
    cluster.write_setting("queue.workers", "1").unwrap();
    cluster.restart().unwrap();
    cluster
        .poll_query_until("select to_regclass('queue.jobs') is not null", LONG)
        .unwrap();
    cluster
}

/// Inserts the jobs, and one that succeeds. Returns the errors of the others.
fn errors_of(cluster: &Cluster, jobs: &[&str]) -> Vec<String> {
    let mut client = cluster.connect().unwrap();
    for job in jobs {
        client
            .batch_execute(&format!(
                "insert into queue.jobs (statement) values ({job})"
            ))
            .unwrap();
    }
    client
        .batch_execute("insert into queue.jobs (statement) values ('select 1')")
        .unwrap();
    cluster
        .poll_query_until(
            "select count(*) = 0 from queue.jobs where state = 'waiting'",
            LONG,
        )
        .unwrap();
    let rows = client
        .query("select state, error from queue.jobs order by id", &[])
        .unwrap();
    let mut outcomes: Vec<(String, Option<String>)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(outcomes.pop(), Some(("done".to_string(), None)));
    assert_no_crash(cluster);
    let log = cluster.log();
    assert!(!log.contains("background worker \"queue"), "{log}");
    outcomes
        .into_iter()
        .map(|(state, error)| {
            assert_eq!(state, "failed");
            error.unwrap()
        })
        .collect()
}

#[test]
fn failures_are_recorded_in_latin1() {
    support::requires!(90500, "SKIP LOCKED");
    let cluster = queue_in("LATIN1");
    let errors = errors_of(
        &cluster,
        &[
            "$j$select 'Müller'::int$j$",
            "$j$do $x$ begin raise exception '%', 'é' || repeat('ü', 2000); end $x$$j$",
            "$j$drop table \"größe\"$j$",
        ],
    );
    assert!(errors[0].ends_with(": \"Müller\""), "{errors:?}");
    assert_eq!(errors[1], format!("é{}", "ü".repeat(999)));
    assert_eq!(errors[2], "table \"größe\" does not exist");
}

#[test]
fn failures_are_recorded_in_euc_jp() {
    support::requires!(90500, "SKIP LOCKED");
    let cluster = queue_in("EUC_JP");
    let errors = errors_of(
        &cluster,
        &[
            "$j$select '日本語'::int$j$",
            // A character of EUC_JP without an equivalent in UTF-8, in an error and in a job.
            r"$j$do $x$ begin raise exception '値%', convert_from('\xf5a1', 'EUC_JP'); end $x$$j$",
            r"'select ''' || convert_from('\xf5a1', 'EUC_JP') || ''''",
        ],
    );
    assert!(errors[0].ends_with(": \"日本語\""), "{errors:?}");
    assert_eq!(errors[1], r"値\xf5\xa1");
    assert!(
        errors[2].contains("has no equivalent in encoding \"UTF8\""),
        "{errors:?}"
    );
}

#[test]
fn failures_are_recorded_in_sql_ascii() {
    support::requires!(90500, "SKIP LOCKED");
    let cluster = queue_in("SQL_ASCII");
    let errors = errors_of(
        &cluster,
        &[
            "$j$select 'Müller'::int$j$",
            r"$j$do $x$ begin raise exception 'M%ller', convert_from('\xfc', 'SQL_ASCII'); end $x$$j$",
            r"'select ''' || convert_from('\xfc', 'SQL_ASCII') || ''''",
        ],
    );
    assert!(errors[0].ends_with(": \"Müller\""), "{errors:?}");
    assert_eq!(errors[1], r"M\xfcller");
    assert!(errors[2].contains("is not valid UTF-8"), "{errors:?}");
}

/// The log is read as UTF-8, so a byte of another encoding appears as U+FFFD.
#[test]
fn reports_are_in_the_encoding_of_the_database() {
    let cluster = scenario("encodings").start().unwrap();
    cluster
        .connect()
        .unwrap()
        .batch_execute(
            "create database encoded encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'",
        )
        .unwrap();
    for text in [
        "LOG:  unconnected: é☃",
        "LOG:  LATIN1: a line: \u{fffd}?",
        "LOG:  LATIN1: setting is \\u{e9}",
        "LOG:  LATIN1: storable is \\u{e9}?\\0",
        "LATIN1: an error: \u{fffd}?",
        "STATEMENT:  select '\u{fffd}'::int",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    cluster
        .poll_query_until(
            "select count(*) > 0 from pg_stat_activity where query like 'LATIN1: activity: _?'",
            LONG,
        )
        .unwrap();
    // A session can set what its database can represent.
    let mut client = cluster.connect_to("encoded").unwrap();
    client.batch_execute("set scenarios.label = 'ü'").unwrap();
    let label: String = client
        .query_one("show scenarios.label", &[])
        .unwrap()
        .get(0);
    assert_eq!(label, "ü");
    let refused = client.batch_execute("set scenarios.label = 'ü!'");
    let refused = refused.unwrap_err();
    let detail = refused.as_db_error().and_then(|error| error.detail());
    assert_eq!(
        detail,
        Some("The label \"ü!\" contains an exclamation mark.")
    );
    assert_no_crash(&cluster);
}
