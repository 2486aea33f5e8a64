//! Libraries and the server that they were built for. Tests of other headers are in `tests/headers`.

use pg_abi::binary::Binary;
use pg_abi::fingerprint::Fingerprint;
use pg_abi::inspect::{Against, inspect, read_server};
use support::{LONG, cluster, library, server};

#[test]
fn matching_headers_are_not_reported() {
    let heartbeat = library("heartbeat");
    let cluster = cluster()
        .preload("heartbeat", &heartbeat)
        .role("heartbeat")
        .start()
        .unwrap();
    cluster.wait_for_log("heartbeat has started", LONG).unwrap();
    assert!(
        !cluster.log().contains("was built for"),
        "{}",
        cluster.log()
    );
    let print = Fingerprint::of(&Binary::read(heartbeat).unwrap()).unwrap();
    assert_eq!(print.version_num, server().version.num);
    assert_eq!(print.headers, server().version.full);
}

/// Inspects every library of this project.
#[test]
fn examples_fit_their_server() {
    let postgres = program();
    for name in ["heartbeat", "naptime", "worker_spi", "inside", "scenarios"] {
        let binary = Binary::read(library(name)).unwrap();
        let against = Against {
            server: Some(&postgres),
            ..Against::default()
        };
        let found = inspect(&binary, &against);
        assert!(found.problems.is_empty(), "{name}: {:?}", found.problems);
        assert!(!found.entry_points.is_empty(), "{name}");
        let print = found.fingerprint.unwrap();
        assert_eq!(print.block_size, 8192);
        let fields = &print.types["BackgroundWorker"].fields;
        assert!(
            fields.iter().any(|(field, _)| field == "bgw_flags"),
            "{fields:?}"
        );
    }
}

fn program() -> Binary {
    read_server(server().program("postgres")).unwrap()
}
