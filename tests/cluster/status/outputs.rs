//! The state of workers as metrics, and in `cargo bgworker top`.

use super::{server, wait_for};
use pg_scratch::Cluster;
use std::io::Write;
use std::process::{Command, Stdio};

/// Reads the metrics with the parser of the package prometheus-client, and prints some of them.
const PARSER: &str = r#"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        if sample.labels["library"] == "status" and sample.labels["name"].startswith("quoted"):
            print(family.type, family.unit, sample.name, sample.labels["name"], sample.labels["database"])
"#;

#[test]
fn metrics_are_valid() {
    let python = Command::new("python3")
        .args(["-c", "import prometheus_client.openmetrics.parser"])
        .stderr(Stdio::null())
        .status();
    if !python.is_ok_and(|status| status.success()) {
        eprintln!("NOT TESTED: Python has no package prometheus-client; .ci/install installs it");
        return;
    }
    let (cluster, mut client) = server();
    wait_for(&cluster, &mut client, "state", "quoted \"\\", "waiting");
    let text: String = client
        .query_one("select worker_metrics()", &[])
        .unwrap()
        .get(0);
    let mut python = Command::new("python3")
        .args(["-c", PARSER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    let output = String::from_utf8(output.stdout).unwrap();
    for line in [
        "gauge  bgworker_up quoted \"\\ postgres",
        "counter  bgworker_waits_total quoted \"\\ postgres",
        "counter seconds bgworker_idle_seconds_total quoted \"\\ postgres",
    ] {
        assert!(output.contains(line), "{output}\n{text}");
    }
}

/// Runs `cargo bgworker top`, and returns what it prints.
fn top(cluster: &Cluster, words: &[&str]) -> Result<String, String> {
    let sockets = cluster.socket_dir().display();
    let output = support::cargo()
        .args(["run", "--quiet", "--package", "cargo-bgworker", "--", "top"])
        .arg("--connect")
        .arg(format!("host={sockets} user=postgres dbname=postgres"))
        .args(words)
        .current_dir(support::workspace())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

#[test]
fn top_shows_the_workers() {
    let (cluster, mut client) = server();
    wait_for(&cluster, &mut client, "errors", "erring", "1");
    let text = top(&cluster, &["--once"]).unwrap();
    eprintln!("{text}");
    assert!(text.starts_with("LIBRARY "), "{text}");
    let line = text.lines().find(|line| line.contains("busy")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["status", "busy", "postgres"], "{text}");
    assert!(text.contains("erring  22012  division by zero"), "{text}");
    let json = top(&cluster, &["--once", "--json"]).unwrap();
    assert!(
        json.starts_with("[{\"library\":\"status\",\"slot\":0,\"name\":\"busy\""),
        "{json}"
    );
    client
        .batch_execute("drop function worker_status() cascade")
        .unwrap();
    let error = top(&cluster, &["--once"]).unwrap_err();
    assert!(
        error.contains("this database has no function worker_status()")
            && error.contains("worker_status!();"),
        "{error}"
    );
}
