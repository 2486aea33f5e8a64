//! The examples do what their documentation says.

use support::{LONG, assert_no_crash, example, requires};

#[test]
fn heartbeat_beats_once_a_second() {
    let cluster = example("heartbeat").start().unwrap();
    cluster.wait_for_log("heartbeat has started", LONG).unwrap();
    cluster
        .poll_query_until("select count(*) >= 4 from heartbeat.beats", LONG)
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let gap: f64 = client
        .query_one(
            "select extract(epoch from max(at) - min(at))::float8 / (count(*) - 1) from heartbeat.beats",
            &[],
        )
        .unwrap()
        .get(0);
    assert!((0.3..3.0).contains(&gap), "{gap} s between two beats");
    let row = client
        .query_one(
            "select state, query from pg_stat_activity where application_name = 'heartbeat'",
            &[],
        )
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "idle");
    assert!(
        row.get::<_, &str>(1)
            .starts_with("insert into heartbeat.beats")
    );
    assert_no_crash(&cluster);
}

#[test]
fn naptime_follows_a_reload_and_reports_its_activity() {
    let cluster = example("naptime")
        .setting("naptime.interval", "600")
        .start()
        .unwrap();
    cluster
        .wait_for_log("napping 600s at a time", LONG)
        .unwrap();
    cluster.set("naptime.interval", "1").unwrap();
    cluster.reload().unwrap();
    cluster
        .wait_for_log("napping 1s at a time from now on", LONG)
        .unwrap();
    cluster
        .wait_for_log("sessions in this database", LONG)
        .unwrap();
    cluster
        .poll_query_until(
            "select count(*) = 1 from pg_stat_activity where application_name = 'naptime' and state = 'idle' and query like 'select count%'",
            LONG,
        )
        .unwrap();
    // Its transactions are counted although no client is active.
    cluster
        .poll_query_until(
            "select xact_commit > 3 from pg_stat_database where datname = 'postgres'",
            LONG,
        )
        .unwrap();
}

#[test]
fn naptime_refuses_a_value_out_of_range() {
    let failure = example("naptime")
        .setting("naptime.interval", "0")
        .try_start();
    // Up to 14 the server warns and uses the default; in both cases it reports the problem.
    let log = match failure {
        Ok(cluster) => cluster.log(),
        Err(failure) => failure.log,
    };
    assert!(log.contains("naptime.interval"), "{log}");
}

#[test]
fn worker_spi_counts_in_every_worker() {
    let cluster = example("worker_spi")
        .setting("worker_spi.total_workers", "3")
        .setting("worker_spi.naptime", "1")
        .setting("worker_spi.role", "worker_spi")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for number in 1..=3 {
        let ready = format!("worker_spi worker {number} initialized with schema{number}.counted");
        cluster.wait_for_log(&ready, LONG).unwrap();
        client
            .batch_execute(&format!(
                "insert into schema{number}.counted values ('total', 0), ('delta', 40), ('delta', {number})"
            ))
            .unwrap();
    }
    for number in 1..=3 {
        let total = 40 + number;
        cluster
            .poll_query_until(
                &format!("select array_agg(value) = array[{total}] from schema{number}.counted"),
                LONG,
            )
            .unwrap();
        cluster
            .wait_for_log(
                &format!("count in schema{number}.counted is now {total}"),
                LONG,
            )
            .unwrap();
    }
    assert_no_crash(&cluster);
}

#[test]
fn worker_spi_is_launched_by_a_session() {
    if !support::since(90500) {
        return;
    }
    let cluster = support::cluster()
        .library("worker_spi", support::library("worker_spi"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let script = support::workspace().join("examples/worker_spi/worker_spi--1.0.sql");
    let script = std::fs::read_to_string(script).unwrap();
    client
        .batch_execute(&script.replace("MODULE_PATHNAME", "worker_spi"))
        .unwrap();
    let pid: Option<i32> = client
        .query_one("select worker_spi_launch(4)", &[])
        .unwrap()
        .get(0);
    assert!(pid.is_some());
    cluster
        .poll_query_until("select to_regclass('schema4.counted') is not null", LONG)
        .unwrap();
    let mut refused = |sql: &str| {
        let error = client.batch_execute(sql).unwrap_err();
        error.as_db_error().unwrap().message().to_string()
    };
    assert_eq!(
        refused("select worker_spi_launch(5, flags => '{ALLOWCONN,no}')"),
        "unrecognized flag: no"
    );
    assert_eq!(
        refused("set worker_spi.naptime = 1"),
        "parameter \"worker_spi.naptime\" cannot be changed now"
    );
    assert_eq!(
        refused("create role eve; set role eve; select worker_spi_launch(5)"),
        "permission denied for function worker_spi_launch"
    );
    client.batch_execute("reset role").unwrap();
    client
        .batch_execute(&format!("select pg_terminate_backend({})", pid.unwrap()))
        .unwrap();
    cluster
        .wait_for_log(
            "terminating background worker \"worker_spi dynamic\" due to administrator command",
            LONG,
        )
        .unwrap();
    assert_no_crash(&cluster);
}

/// Since 18, a server finds the files of an extension in other directories.
#[test]
fn per_database_follows_its_extension() {
    requires!(180_000, "extension_control_path");
    let directory = pg_scratch::scratch::directory("bgw-extension").unwrap();
    let files = directory.path().join("extension");
    std::fs::create_dir(&files).unwrap();
    let sources = support::workspace().join("examples/per_database");
    for file in ["per_database.control", "per_database--1.0.sql"] {
        std::fs::copy(sources.join(file), files.join(file)).unwrap();
    }
    let path = format!("$system:{}", directory.path().display());
    let cluster = example("per_database")
        .setting("extension_control_path", &path)
        .setting("per_database.interval", "1")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    client.batch_execute("create database other").unwrap();
    for database in ["postgres", "other"] {
        let mut client = cluster.connect_to(database).unwrap();
        client
            .batch_execute("create extension per_database")
            .unwrap();
        cluster
            .poll_until("rows", LONG, || {
                let row = client.query_one("select count(*) from per_database.sizes", &[]);
                (row.unwrap().get::<_, i64>(0) >= 2).then_some(())
            })
            .unwrap();
    }
    let sql = "select state from per_database.workers() as (database oid, state text, pid int, starts int, reason text) order by database";
    let states: Vec<String> = client
        .query(sql, &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(states, ["skipped", "skipped", "running", "running"]);
    let sql = "select kind, database from per_database.stat_workers order by kind, database";
    let rows = client.query(sql, &[]).unwrap();
    let kinds: Vec<(String, Option<String>)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let child = |database: &str| ("child".to_string(), Some(database.to_string()));
    assert_eq!(
        kinds,
        [
            child("other"),
            child("postgres"),
            ("supervisor".to_string(), None)
        ]
    );
    // From now on it has nothing to do.
    cluster.set("per_database.interval", "3600").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    client.batch_execute("drop database other").unwrap();
    client.batch_execute("drop extension per_database").unwrap();
    cluster
        .poll_query_until(
            "select count(*) = 0 from pg_stat_activity where application_name = 'per_database sizes'",
            LONG,
        )
        .unwrap();
    assert!(!cluster.log().contains("ERROR:"), "{}", cluster.log());
    assert_no_crash(&cluster);
}
