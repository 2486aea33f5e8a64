//! Tests scratch servers with a real server, if one is found.

use pg_scratch::cluster::session::quoted;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::servers::{Server, discover};
use std::path::Path;
use std::time::{Duration, Instant};

/// Less than the default time limit of one minute.
const LIMIT: Duration = Duration::from_secs(45);

/// Returns the server of the environment, else any server. Headers are not needed.
fn server() -> Option<Server> {
    let found = match std::env::var_os("PG_CONFIG") {
        Some(path) => Some(Server::from_pg_config(path).expect("PG_CONFIG")),
        None => discover().pop(),
    };
    if found.is_none() {
        eprintln!("no PostgreSQL server on this machine: nothing to test");
    }
    found
}

/// A zombie that no process reaps (containers without an init) is not alive.
fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn settings_arrive_as_they_were_given() {
    let Some(server) = server() else { return };
    let odd = "it's a \\ \"value\"\nof two lines";
    let cluster = Cluster::builder(&server)
        .setting("cluster_test.odd", odd)
        .setting("work_mem", "1MB")
        .setting("work_mem", "3MB")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let mut show = |name: &str| -> String {
        client
            .query_one(&format!("show {name}"), &[])
            .unwrap()
            .get(0)
    };
    assert_eq!(show("cluster_test.odd"), odd);
    assert_eq!(show("work_mem"), "3MB");
    assert_eq!(show("listen_addresses"), "");
    cluster.set("work_mem", "5MB").unwrap();
    cluster
        .poll_query_until("select current_setting('work_mem') = '5MB'", LIMIT)
        .unwrap();
    assert!(cluster.set("work mem", "5MB").is_err());
}

#[test]
fn a_session_reads_text_and_goes_on_after_an_error() {
    let Some(server) = server() else { return };
    let cluster = Cluster::builder(&server).start().unwrap();
    let mut session = cluster.session("postgres").unwrap();
    let odd = "it's a \\ 'value'";
    let rows = session.query(&format!("select {}, null; select 2", quoted(odd)));
    let expected = [vec![Some(odd.to_owned()), None], vec![Some("2".to_owned())]];
    assert_eq!(rows.unwrap(), expected);
    let error = session.query("select 1/0").unwrap_err().to_string();
    assert_eq!(error, "ERROR: division by zero\n  = SQLSTATE 22012");
    let pid = session.query("select pg_backend_pid()").unwrap();
    assert_eq!(pid, [[Some(session.pid().to_string())]]);
    let ended = session.query("select pg_terminate_backend(pg_backend_pid())");
    let ended = ended.unwrap_err().to_string();
    assert!(
        ended.starts_with("FATAL: terminating connection"),
        "{ended}"
    );
    assert!(session.query("select 1").is_err());
    let error = cluster.session("nowhere").unwrap_err().to_string();
    let expected = "could not connect to database \"nowhere\"\n  = FATAL: database \"nowhere\" does not exist\n";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn stops_and_starts_again_with_its_data() {
    let Some(server) = server() else { return };
    let mut cluster = Cluster::builder(&server).start().unwrap();
    cluster
        .connect()
        .unwrap()
        .batch_execute("create table t as select 7 as x")
        .unwrap();
    let first = cluster.postmaster_pid();
    assert!(!cluster.children().is_empty());
    assert!(cluster.start().is_err(), "started twice");
    let took = cluster.stop(StopMode::Fast, LIMIT).unwrap();
    assert!(took < LIMIT && !alive(first) && cluster.children().is_empty());
    assert!(
        cluster.stop(StopMode::Fast, LIMIT).is_err(),
        "stopped twice"
    );
    cluster
        .wait_for_log("database system is shut down", LIMIT)
        .unwrap();
    cluster.start().unwrap();
    assert_ne!(cluster.postmaster_pid(), first);
    let x: i32 = cluster
        .connect()
        .unwrap()
        .query_one("select x from t", &[])
        .unwrap()
        .get(0);
    assert_eq!(x, 7);
}

#[test]
fn slow_stop_is_an_error() {
    let Some(server) = server() else { return };
    let mut cluster = Cluster::builder(&server).start().unwrap();
    let client = cluster.connect().unwrap();
    let error = cluster
        .stop(StopMode::Smart, Duration::from_millis(300))
        .unwrap_err();
    assert!(
        error.to_string().contains("did not stop (smart)"),
        "{error}"
    );
    assert!(cluster.is_running());
    drop(client);
    cluster
        .poll_until("the end", LIMIT, || (!cluster.is_running()).then_some(()))
        .unwrap();
}

#[test]
fn dropping_leaves_nothing_behind() {
    let Some(server) = server() else { return };
    let cluster = Cluster::builder(&server).start().unwrap();
    let pids: Vec<u32> = cluster.children().iter().map(|p| p.pid).collect();
    let (postmaster, directory) = (cluster.postmaster_pid(), cluster.data_dir().to_owned());
    assert!(alive(postmaster) && directory.is_dir() && !pids.is_empty());
    drop(cluster);
    assert!(!alive(postmaster) && !directory.exists());
    assert_eq!(
        pids.into_iter()
            .filter(|pid| alive(*pid))
            .collect::<Vec<_>>(),
        Vec::<u32>::new()
    );
}

#[test]
fn failed_start_shows_the_reason() {
    let Some(server) = server() else { return };
    let begin = Instant::now();
    let failure = Cluster::builder(&server)
        .setting("shared_preload_libraries", "no_such_library")
        .try_start()
        .unwrap_err();
    assert!(failure.log.contains("no_such_library"), "{}", failure.log);
    assert!(failure.to_string().contains("no_such_library"), "{failure}");
    // A server that exits must be noticed before the time limit.
    assert!(begin.elapsed() < LIMIT);
}

#[test]
fn a_missing_library_is_named() {
    let Some(server) = server() else { return };
    let builder = Cluster::builder(&server);
    let error = builder
        .clone()
        .preload("x", "/nonexistent/libx.so")
        .start()
        .unwrap_err();
    assert!(
        error.to_string().contains("/nonexistent/libx.so"),
        "{error}"
    );
    let error = builder
        .library("a/b", "/nonexistent/libx.so")
        .start()
        .unwrap_err();
    assert!(error.to_string().contains("\"a/b\""), "{error}");
}

#[test]
fn timeout_shows_the_log() {
    let Some(server) = server() else { return };
    let cluster = Cluster::builder(&server).start().unwrap();
    let short = Duration::from_millis(100);
    let error = cluster
        .wait_for_log("no such line", short)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no such line") && error.contains("ready to accept"),
        "{error}"
    );
    let error = cluster
        .poll_query_until("select 1/0 = 1", short)
        .unwrap_err()
        .to_string();
    assert!(error.contains("division by zero"), "{error}");
    let mark = cluster.log_mark();
    assert!(
        cluster
            .wait_for_log_after(mark, "ready to accept", short)
            .is_err()
    );
}

/// The part of the test below that runs in another process, which is killed.
fn start_and_hang(server: &Server) {
    let cluster = Cluster::builder(server).start().unwrap();
    println!(
        "helper {} {}",
        cluster.postmaster_pid(),
        cluster.data_dir().display()
    );
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn server_does_not_outlive_the_test() {
    use std::io::BufRead;
    const HELPER: &str = "CARGO_BGWORKER_TEST_HELPER";
    let Some(server) = server() else { return };
    if std::env::var_os(HELPER).is_some() {
        return start_and_hang(&server);
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "server_does_not_outlive_the_test"])
        .env(HELPER, "1")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    let line = output
        .lines()
        .map(Result::unwrap)
        .find_map(|line| line.split_once("helper ").map(|(_, rest)| rest.to_owned()))
        .unwrap();
    let (pid, data) = line.split_once(' ').unwrap();
    assert!(alive(pid.parse().unwrap()), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
    let end = Instant::now() + LIMIT;
    while alive(pid.parse().unwrap()) || Path::new(data).exists() {
        assert!(Instant::now() < end, "{line} is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_standby_follows_and_can_be_promoted() {
    let Some(server) = server() else { return };
    let primary = Cluster::builder(&server).start().unwrap();
    let standby = primary.standby().start().unwrap();
    let mut client = primary.connect().unwrap();
    client.batch_execute("create table followed ()").unwrap();
    standby
        .poll_query_until(
            "select exists (select from pg_class where relname = 'followed')",
            LIMIT,
        )
        .unwrap();
    standby
        .poll_query_until("select pg_is_in_recovery()", LIMIT)
        .unwrap();
    standby.promote().unwrap();
    standby
        .poll_query_until("select not pg_is_in_recovery()", LIMIT)
        .unwrap();
    let mut client = standby.connect().unwrap();
    client.batch_execute("drop table followed").unwrap();
}

#[test]
fn arguments_arrive() {
    let Some(server) = server() else { return };
    let cluster = Cluster::builder(&server)
        .argument("-c")
        .argument("cluster_test.given=here")
        .start()
        .unwrap();
    cluster
        .poll_query_until(
            "select current_setting('cluster_test.given') = 'here'",
            LIMIT,
        )
        .unwrap();
}

/// Connects as another account of this machine. Only root can do this.
#[cfg(target_os = "linux")]
fn as_another_account(socket: &Path) -> Option<std::io::Result<()>> {
    use nix::unistd::{Uid, geteuid, setfsuid};
    if !geteuid().is_root() {
        return None;
    }
    let socket = socket.to_owned();
    // The kernel checks the thread's file system IDs for files and Unix sockets. No account has
    // this ID.
    let attempt = std::thread::spawn(move || {
        setfsuid(Uid::from_raw(54_321));
        std::os::unix::net::UnixStream::connect(socket).map(drop)
    });
    Some(attempt.join().unwrap())
}

/// A client that reaches the socket is superuser, so no other account may reach it.
#[test]
#[cfg(target_os = "linux")]
fn another_account_cannot_connect() {
    use std::os::unix::fs::PermissionsExt;
    let Some(server) = server() else { return };
    let cluster = Cluster::builder(&server).role("worker").start().unwrap();
    let socket = cluster.socket_dir().join(".s.PGSQL.5432");
    std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let directory = cluster.socket_dir().parent().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(directory), 0o700);
    let Some(attempt) = as_another_account(&socket) else {
        eprintln!("skipped: only root can connect as another account");
        return;
    };
    let error = attempt.expect_err("another account has connected");
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    // This applies to a standby, too, whose data another program has copied.
    if server.program("pg_basebackup").is_file() {
        let standby = cluster.standby().start().unwrap();
        let socket = standby.socket_dir().join(".s.PGSQL.5432");
        let error = as_another_account(&socket).unwrap().expect_err("connected");
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    }
    // With the modes of an ordinary directory the attempt succeeds, so the attempt above was not
    // vacuous.
    for path in [directory, cluster.socket_dir()] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    as_another_account(&socket).unwrap().unwrap();
}

#[test]
fn roles_are_there_before_the_server_starts() {
    let Some(server) = server() else { return };
    let odd = "it's \"odd\"";
    let cluster = Cluster::builder(&server)
        .role("worker")
        .role(odd)
        .role_of_library("pg_cron")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    let rows = client
        .query(
            "select rolname::text from pg_roles where rolcanlogin and not rolsuper
             and has_database_privilege(oid, 'postgres', 'create') order by 1",
            &[],
        )
        .unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, [odd, "worker"]);
    drop(client);
    let twice = Cluster::builder(&server).role("worker").role("worker");
    let error = twice.start().unwrap_err().to_string();
    assert!(error.contains("could not create the roles"), "{error}");
}
