//! Settings, observed from outside.

use pg_scratch::cluster::{Cluster, ClusterBuilder};
use postgres::error::DbError;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use support::{LONG, assert_no_crash, cluster, count, library, requires, scenario, since};

const DEFAULTS: &str = "true 7 0.25 \"a text\" Newest 65536 250ms";

fn settings() -> ClusterBuilder {
    cluster().preload("settings", library("settings"))
}

/// Returns the error of a statement.
fn refusal(cluster: &Cluster, sql: &str) -> DbError {
    let error = cluster
        .connect()
        .unwrap()
        .batch_execute(sql)
        .expect_err(sql);
    error.as_db_error().expect("an error of the server").clone()
}

#[test]
fn every_kind_is_shown_as_it_was_defined() {
    let cluster = settings().start().unwrap();
    let rows = cluster
        .connect()
        .unwrap()
        .query(
            "select concat_ws('|', name, vartype, context, boot_val, reset_val, nullif(unit, ''), min_val, max_val, enumvals, short_desc, extra_desc)
               from pg_settings where name like 'settings.%' and context <> 'user' order by name",
            &[],
        )
        .unwrap();
    let shown: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        shown,
        [
            "settings.by_superuser|integer|superuser|0|0|-1|1|Mine.",
            "settings.count|integer|sighup|7|7|1|100|How many.|At a time.",
            "settings.enabled|bool|sighup|on|on|Whether.",
            "settings.pause|integer|sighup|250|250|ms|0|60000|How long.",
            "settings.pick|enum|sighup|newest|newest|{oldest,newest,random,any}|Which first.",
            "settings.ratio|real|sighup|0.25|0.25|0|1|Which part.",
            "settings.secret|string|sighup|||A password.",
            "settings.size|integer|postmaster|64|64|kB|0|2147483647|How much.",
            "settings.text|string|sighup|a text|a text|What.",
        ]
    );
    cluster
        .wait_for_log(&format!("before: {DEFAULTS}"), LONG)
        .unwrap();
    cluster
        .wait_for_log(&format!("read 1: {DEFAULTS}"), LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn units_are_shown_and_accepted() {
    let cluster = settings().start().unwrap();
    let mut client = cluster.connect().unwrap();
    let sql = "select name, coalesce(unit, '-') from pg_settings where name like 'settings.unit_%'";
    let rows = client.query(sql, &[]).unwrap();
    let shown: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut expected = vec![
        ("milliseconds", "ms", "5ms"),
        ("seconds", "s", "5s"),
        ("minutes", "min", "5min"),
        ("kilobytes", "kB", "5kB"),
        ("blocks", "8kB", "40kB"),
    ];
    if since(110_000) {
        expected.push(("bytes", "B", "5B"));
    }
    if since(100_000) {
        expected.push(("megabytes", "MB", "5MB"));
    }
    assert_eq!(shown.len(), expected.len(), "{shown:?}");
    for (name, unit, value) in expected {
        let name = format!("settings.unit_{name}");
        assert_eq!(shown[&name], unit, "{name}");
        client
            .batch_execute(&format!("set {name} = '{value}'"))
            .unwrap();
        let sql = "select setting from pg_settings where name = $1";
        let setting: String = client.query_one(sql, &[&name]).unwrap().get(0);
        assert_eq!(setting, "5", "{name} = {value}");
    }
}

#[test]
fn list_setting_accepts_several_values() {
    let cluster = settings().start().unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("set settings.list = a, b").unwrap();
    let list: String = client
        .query_one("select current_setting('settings.list')", &[])
        .unwrap()
        .get(0);
    assert_eq!(list, "a, b");
    let refused = refusal(&cluster, "set settings.mine = a, b");
    assert!(
        refused.message().contains("only one argument"),
        "{refused:?}"
    );
}

#[test]
fn reload_reaches_the_worker_once() {
    let cluster = settings()
        .setting("settings.size", "1MB")
        .setting("settings.pick", "oldest")
        .start()
        .unwrap();
    cluster
        .wait_for_log("read 1: true 7 0.25 \"a text\" Oldest 1048576 250ms", LONG)
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for (name, value) in [
        ("enabled", "off"),
        ("count", "50"),
        ("pause", "5s"),
        ("ratio", "0.75"),
        ("text", "größer"),
        ("pick", "any"),
        ("size", "2MB"),
    ] {
        cluster
            .write_setting(&format!("settings.{name}"), value)
            .unwrap();
    }
    client.batch_execute("select pg_reload_conf()").unwrap();
    cluster
        .wait_for_log("read 2: false 50 0.75 \"größer\" Random 1048576 5s", LONG)
        .unwrap();
    cluster
        .wait_for_log(
            "\"settings.size\" cannot be changed without restarting",
            LONG,
        )
        .unwrap();
    client.batch_execute("select pg_reload_conf()").unwrap();
    cluster.wait_for_log("read 3: ", LONG).unwrap();
    assert_eq!(count(&cluster, "LOG:  read "), 3, "{}", cluster.log());
    assert_no_crash(&cluster);
}

#[test]
fn settings_do_not_change_during_a_transaction() {
    let cluster = settings().start().unwrap();
    cluster
        .wait_for_log("back from a transaction", LONG)
        .unwrap();
    let mut holder = cluster.connect().unwrap();
    holder.batch_execute("select pg_advisory_lock(42)").unwrap();
    // The first reload sends the worker into its transaction, the second comes while it is there.
    cluster.reload().unwrap();
    cluster.wait_for_log("read 2: ", LONG).unwrap();
    cluster
        .poll_query_until(
            "select exists (select 1 from pg_locks where locktype = 'advisory' and not granted)",
            LONG,
        )
        .unwrap();
    cluster.set("settings.text", "changed").unwrap();
    cluster.reload().unwrap();
    cluster
        .poll_query_until("select current_setting('settings.text') = 'changed'", LONG)
        .unwrap();
    let mark = cluster.log_mark();
    holder
        .batch_execute("select pg_advisory_unlock(42)")
        .unwrap();
    cluster
        .wait_for_log_after(mark, "read 3: true 7 0.25 \"changed\"", LONG)
        .unwrap();
    assert!(
        !cluster.log().contains("changed under a transaction"),
        "{}",
        cluster.log()
    );
}

#[test]
fn database_and_session_values_are_seen() {
    let cluster = settings().start().unwrap();
    cluster
        .wait_for_log("mine: nothing, nothing", LONG)
        .unwrap();
    cluster
        .wait_for_log("own: nothing, nothing, changed", LONG)
        .unwrap();
    cluster.wait_for_log("own, aborted: nothing", LONG).unwrap();
    let mut cluster = cluster;
    cluster
        .connect()
        .unwrap()
        .batch_execute("alter database postgres set settings.mine to 'of the database'")
        .unwrap();
    cluster.restart().unwrap();
    cluster
        .wait_for_log("mine: nothing, of the database", LONG)
        .unwrap();
}

#[test]
fn check_functions_refuse_values_and_say_why() {
    let cluster = settings().start().unwrap();
    let error = refusal(&cluster, "set settings.even to 3");
    assert_eq!(
        (error.message(), error.detail(), error.code().code()),
        (
            "invalid value for parameter \"settings.even\": 3",
            Some("It is not good."),
            "22023"
        )
    );
    let error = refusal(&cluster, "set settings.even to 15");
    assert_eq!(
        (error.message(), error.detail(), error.hint()),
        (
            "fifteen is special",
            Some("It is odd."),
            Some("Take sixteen.")
        )
    );
    assert_eq!(error.code().code(), "22003");
    let error = refusal(&cluster, "set settings.even to 17");
    assert_eq!(
        (error.detail(), error.hint()),
        (Some("It is odd."), Some("Take eighteen."))
    );
    let error = refusal(&cluster, "set settings.even to 13");
    assert_eq!(
        (error.detail(), error.code().code()),
        (Some("panicked: a panic in a check function"), "XX000")
    );
    let error = refusal(&cluster, "set settings.even to 19");
    assert_eq!(
        (error.detail(), error.code().code()),
        (Some("an error of somebody else"), "22023")
    );
    for (name, value) in [
        ("yes", "off"),
        ("half", "0.25"),
        ("lower", "UPPER"),
        ("first", "any"),
    ] {
        let error = refusal(&cluster, &format!("set settings.{name} to '{value}'"));
        assert_eq!(error.detail(), Some("It is not good."), "{name}");
        assert!(
            error.message().starts_with(&format!(
                "invalid value for parameter \"settings.{name}\": "
            )),
            "{error}"
        );
    }
    if since(90_400) {
        // Since 12 the server says so itself.
        let error = refusal(&cluster, "alter system set settings.ratio = 'nan'");
        assert!(error.message().contains("settings.ratio"), "{error}");
    }
    // What they accept is taken, and so is the way back to a default.
    cluster
        .connect()
        .unwrap()
        .batch_execute(
            "set settings.even to 4; set settings.yes to on; set settings.half to 0.5;
             set settings.lower to 'lower'; set settings.first to newest;
             reset settings.even; reset settings.first; set settings.lower to default",
        )
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn postmaster_survives_bad_values_in_a_reload() {
    let cluster = settings().start().unwrap();
    cluster.wait_for_log("read 1: ", LONG).unwrap();
    let mut file = OpenOptions::new()
        .append(true)
        .open(cluster.data_dir().join("postgresql.conf"))
        .unwrap();
    file.write_all(b"\nsettings.even = 13\nsettings.yes = off\nsettings.text = '\xFF'\nsettings.count = 8\nsettings.misspelled = 1\n")
        .unwrap();
    drop(file);
    cluster.reload().unwrap();
    for text in [
        "LOG:  invalid value for parameter \"settings.even\": 13",
        "DETAIL:  panicked: a panic in a check function",
        "LOG:  invalid value for parameter \"settings.yes\": 0",
        "LOG:  invalid value for parameter \"settings.text\"",
        "DETAIL:  The value is not valid UTF-8",
        "contains errors; unaffected changes were applied",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    cluster
        .wait_for_log("read 2: true 8 0.25 \"a text\"", LONG)
        .unwrap();
    assert_no_crash(&cluster);
}

#[test]
fn wrong_definitions_are_errors() {
    let cluster = settings().start().unwrap();
    for text in [
        "refused again: Invalid: setting \"settings.count\" is already defined",
        "refused same name: Server: attempt to redefine parameter \"settings.COUNT\"",
        "refused bad default: Invalid: It is not good.",
        "refused panic: Panic: panicked: a panic in a check function",
        "refused bad text: Invalid: It is not good.",
        "refused no option: Invalid: setting \"wrong.option\" has a default that is not one of its options",
        "refused two options: Invalid: setting \"wrong.twice\" has two options \"SAME\"",
        "refused late: Invalid: setting \"Settings.late\" must be defined before its prefix is reserved",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    assert!(!cluster.log().contains("FATAL"), "{}", cluster.log());
}

#[test]
fn placeholder_values_are_handled_as_in_c() {
    let cluster = settings()
        .setting("settings.count", "1000")
        .setting("settings.even", "3")
        .setting("settings.pick", "latest")
        .setting("settings.ratio", "0.5")
        .setting("settings.misspelled", "1")
        .start()
        .unwrap();
    for text in [
        "WARNING:  1000",
        "WARNING:  invalid value for parameter \"settings.even\": 3",
        "WARNING:  invalid value for parameter \"settings.pick\": \"latest\"",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    cluster
        .wait_for_log("read 1: true 7 0.5 \"a text\" Newest 65536", LONG)
        .unwrap();
}

#[test]
fn the_prefix_is_reserved() {
    let cluster = settings()
        .setting("settings.misspelled", "1")
        .start()
        .unwrap();
    let log = cluster.log();
    assert!(
        log.lines()
            .any(|line| line.contains("WARNING") && line.contains("settings.misspelled")),
        "{log}"
    );
    let mut client = cluster.connect().unwrap();
    let result = client.batch_execute("set settings.misspelled to 1");
    if since(150_000) {
        let error = result.unwrap_err();
        assert!(
            error
                .as_db_error()
                .is_some_and(|error| error.detail() == Some("\"settings\" is a reserved prefix.")),
            "{error:?}"
        );
    } else {
        result.unwrap();
    }
}

#[test]
fn flags_and_contexts_apply() {
    let cluster = settings()
        .setting("settings.secret", "hush")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let hidden: i64 = client
        .query_one(
            "select count(*) from pg_settings where name = 'settings.hidden'",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(hidden, 0);
    client
        .batch_execute("set settings.by_superuser to 1; show settings.secret; show settings.hidden")
        .unwrap();
    let error = refusal(&cluster, "set settings.enabled to off");
    assert!(error.message().contains("cannot be changed now"), "{error}");
    let error = refusal(&cluster, "set settings.size to 1");
    assert!(
        error
            .message()
            .contains("cannot be changed without restarting"),
        "{error}"
    );
    client
        .batch_execute("create role nobody; set role nobody")
        .unwrap();
    for sql in ["set settings.by_superuser to 0", "show settings.secret"] {
        let error = client.batch_execute(sql).expect_err(sql);
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{sql}");
    }
}

#[test]
fn durations_and_sizes_are_read_as_such() {
    let cluster = settings().start().unwrap();
    let sizes = if since(110_000) {
        "[2097152, 2097152, 2097152, 2097152]"
    } else {
        "[2097152, "
    };
    cluster
        .wait_for_log(&format!("units: [3600s, 3600s, 3600s] {sizes}"), LONG)
        .unwrap();
    cluster
        .wait_for_log("units, set: [1.5s, 120s, 180s] [5120, 65536]", LONG)
        .unwrap();
    // The check functions see a time and bytes, whatever the unit is.
    for (name, bad, good) in [
        ("milliseconds", "4min", "240001"),
        ("seconds", "240", "241"),
        ("minutes", "4", "5"),
        ("kilobytes", "4MB", "4097"),
        ("blocks", "4MB", "513"),
    ] {
        let error = refusal(&cluster, &format!("set settings.unit_{name} to '{bad}'"));
        assert_eq!(error.detail(), Some("It is not good."), "{name}");
        cluster
            .connect()
            .unwrap()
            .batch_execute(&format!("set settings.unit_{name} to '{good}'"))
            .unwrap();
    }
    for (unit, since_version, since_major) in
        [("bytes", 110_000, "11"), ("megabytes", 100_000, "10")]
    {
        let line = format!(
            "unsupported: unit of setting \"settings.unit_{unit}\" needs PostgreSQL {since_major} or later"
        );
        assert_eq!(
            cluster.log().contains(&line),
            !since(since_version),
            "{unit}"
        );
    }
}

#[test]
fn a_setting_that_was_never_defined_warns_once() {
    let cluster = settings()
        .setting("settings.forgotten", "5min")
        .start()
        .unwrap();
    cluster
        .poll_until("two reads", LONG, || {
            (count(&cluster, "forgotten: 120s") == 2).then_some(())
        })
        .unwrap();
    let warning = "WARNING:  setting \"settings.forgotten\" is read before it is defined";
    assert_eq!(count(&cluster, warning), 1, "{}", cluster.log());
    cluster
        .wait_for_log(
            "HINT:  Call define in a function given to bgworker_module!",
            LONG,
        )
        .unwrap();
    // Those in bytes and in megabytes.
    let unsupported = usize::from(!since(110_000)) + usize::from(!since(100_000));
    // A defined one does not warn in a worker.
    assert_eq!(
        count(&cluster, "is read before it is defined"),
        // Those that init reads before their definition, in `values`.
        1 + 7 + unsupported,
        "{}",
        cluster.log()
    );
}

#[test]
fn a_worker_reads_changed_files_when_it_starts() {
    requires!(90_400, "ALTER SYSTEM");
    let cluster = scenario("load_time").start().unwrap();
    let read = |client: &mut postgres::Client| -> String {
        let sql = "select pg_conf_load_time()::text";
        client.query_one(sql, &[]).unwrap().get(0)
    };
    let start = |mark, reloaded| {
        let line = format!("reloaded: {reloaded}, at ");
        let line = cluster.wait_for_log_after(mark, &line, LONG).unwrap();
        line.split_once(", at ").unwrap().1.trim().to_owned()
    };
    // As a session, it has what the postmaster has read.
    let first = start(0, false);
    let mut client = cluster.connect().unwrap();
    assert_eq!(first, read(&mut client));
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'load_time'";
    let mark = cluster.log_mark();
    client.batch_execute(end).unwrap();
    assert_eq!(start(mark, false), first);
    // A reload may have been lost between the fork and the first signal handler.
    client
        .batch_execute("alter system set scenarios.label = 'changed'")
        .unwrap();
    let mark = cluster.log_mark();
    client.batch_execute(end).unwrap();
    assert_ne!(start(mark, true), first);
    cluster.reload().unwrap();
    let mut later = cluster.connect().unwrap();
    let mark = cluster.log_mark();
    client.batch_execute(end).unwrap();
    assert_eq!(start(mark, false), read(&mut later));
    assert_no_crash(&cluster);
}
