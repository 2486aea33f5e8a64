//! A worker's status and exit callbacks, observed from outside.

use pg_scratch::cluster::{Cluster, StopMode};
use support::{LONG, assert_no_crash, cluster, library, since};

fn visible() -> Cluster {
    cluster()
        .preload("visible", library("visible"))
        .start()
        .unwrap()
}

/// Has the worker do this step, and waits until it is done.
fn step(cluster: &Cluster, step: u32) {
    cluster.set("visible.step", &step.to_string()).unwrap();
    cluster.wait_for_log(&format!("step {step}"), LONG).unwrap();
}

/// A column of the worker's row.
fn activity(cluster: &Cluster, column: &str) -> String {
    let sql = format!(
        "select {column}::text from pg_stat_activity where pid = any(array(select pid from pg_stat_activity where {}))",
        if since(110_000) {
            "backend_type = 'visible kind'"
        } else {
            "application_name in ('visible', 'shepherd')"
        }
    );
    let row = cluster.connect().unwrap().query_one(&sql, &[]).unwrap();
    row.get(0)
}

#[test]
fn activity_and_name_are_shown_in_pg_stat_activity() {
    let cluster = visible();
    step(&cluster, 1);
    assert_eq!(activity(&cluster, "application_name"), "visible");
    assert_eq!(
        activity(&cluster, "concat_ws(': ', state, query)"),
        "active: counting sheep"
    );
    step(&cluster, 2);
    assert_eq!(
        activity(&cluster, "concat_ws(': ', state, query)"),
        "idle: counting sheep"
    );
    step(&cluster, 3);
    assert_eq!(activity(&cluster, "application_name"), "shepherd");
    step(&cluster, 5);
    // Truncated at a character boundary.
    assert_eq!(activity(&cluster, "query"), "ä".repeat(511));
    cluster.set("visible.step", "6").unwrap();
    cluster
        .poll_query_until(
            "select exists (select from pg_stat_activity where state = 'active' and query = 'between two statements')",
            LONG,
        )
        .unwrap();
    std::fs::write(cluster.data_dir().join("visible.seen"), "").unwrap();
    cluster.wait_for_log("own: active, shepherd", LONG).unwrap();
    assert_eq!(activity(&cluster, "state"), "idle");
    step(&cluster, 7);
    for text in [
        "refused activity: Encoding: the text of an activity contains a NUL",
        "refused title: Encoding: the title of the process contains a NUL",
        "refused long name: TooLong: the application name is too long: 64 bytes",
        "refused name: Encoding: the application name must be printable ASCII",
    ] {
        cluster.wait_for_log(text, LONG).unwrap();
    }
    assert_no_crash(&cluster);
}

#[cfg(target_os = "linux")]
#[test]
fn process_title_changes() {
    let cluster = visible();
    step(&cluster, 1);
    let pid = activity(&cluster, "pid");
    let title = || {
        let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        let text = String::from_utf8(bytes).unwrap().replace('\0', " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(title().ends_with("visible connecting"), "{}", title());
    step(&cluster, 4);
    assert!(title().ends_with("visible counting sheep"), "{}", title());
}

#[test]
fn exit_callbacks_run_in_order() {
    let mut cluster = visible();
    step(&cluster, 1);
    cluster.stop(StopMode::Fast, LONG).unwrap();
    let log = cluster.log();
    let mut rest = log.as_str();
    for text in [
        "LOG:  exit: first",
        "WARNING:  exit: second",
        "WARNING:  panicked: exit: third",
        "LOG:  exit: fourth, code 1",
    ] {
        let Some((_, after)) = rest.split_once(text) else {
            panic!("no {text:?}, or not in order:\n{log}");
        };
        rest = after;
    }
    assert_no_crash(&cluster);
}
