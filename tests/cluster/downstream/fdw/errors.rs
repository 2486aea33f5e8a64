//! A wrapper that fails: `faulty`.

use super::super::sql::{explain, fails, raises};
use super::Server;
use postgres::Client;
use support::assert_no_crash;

#[test]
#[ignore = "reads more of the server's headers"]
fn errors_and_panics_cross_in_both_directions() {
    let server = Server::start("faulty", "fdw/faulty");
    let mut client = server.client();
    client
        .batch_execute("create server s foreign data wrapper faulty")
        .unwrap();
    let again = "set enable_material = off; set enable_hashjoin = off; set enable_mergejoin = off;
                 select count(*) from t a, t b where a.n < b.n";
    for (place, sql) in [
        ("open", "select * from t"),
        ("estimate", "select * from t"),
        ("explain", "explain select * from t"),
        ("scan", "select * from t"),
        ("next", "select * from t"),
        ("rewind", again),
        ("finish", "select * from t"),
        ("insert", "insert into t values (1)"),
        ("row", "insert into t values (1)"),
        ("finish", "insert into t values (1)"),
    ] {
        for how in ["error", "panic"] {
            table(&mut client, &format!("place '{place}', how '{how}'"));
            let error = raises(&mut client, sql, place, how);
            if how == "error" {
                assert_eq!(error.where_(), Some("the context"));
            }
            is_alive(&mut client, 0);
            // In a subtransaction, after which the transaction continues.
            client
                .batch_execute(&format!(
                    "do $do$ begin
                       begin execute $sql${sql}$sql$; exception when others then null; end;
                       perform 1;
                     end $do$"
                ))
                .unwrap();
            client.batch_execute("reset all").unwrap();
        }
    }
    for how in ["error", "panic"] {
        client
            .batch_execute(&format!(
                "create server i foreign data wrapper faulty options (place 'import', how '{how}')"
            ))
            .unwrap();
        raises(
            &mut client,
            "import foreign schema x from server i into public",
            "import",
            how,
        );
        client.batch_execute("drop server i").unwrap();
    }
    let error = fails(
        &mut client,
        "alter server s options (place 'check')",
        "XX000",
    );
    assert_eq!(error.message(), "panicked: on purpose, in a check");

    // An error of the server passes through Rust, and keeps its fields.
    table(&mut client, "place 'value'");
    let error = fails(&mut client, "select * from t", "22P02");
    assert!(
        error.message().contains("invalid input syntax for"),
        "{error:?}"
    );
    assert_eq!(error.where_(), Some("column \"n\" of row 2"));
    is_alive(&mut client, 0);
    // LIMIT ends before the error.
    client.batch_execute("select * from t limit 1").unwrap();
    is_alive(&mut client, 0);
    client
        .batch_execute(
            "create domain small as int constraint is_small check (value < 2);
             drop foreign table t;
             create foreign table t (n small) server s",
        )
        .unwrap();
    let error = fails(&mut client, "select * from t", "23514");
    assert_eq!(error.constraint(), Some("is_small"));
    assert_eq!(error.datatype(), Some("small"));
    assert_eq!(error.schema(), Some("public"));

    // What no row can be.
    table(&mut client, "place 'width'");
    let error = fails(&mut client, "select * from t", "HV000");
    assert_eq!(
        error.message(),
        "row 1 has 2 values, but the table has 1 columns"
    );
    table(&mut client, "place 'nul'");
    fails(&mut client, "select * from t", "22021");

    // A destructor that panics while an error is handled.
    table(&mut client, "place 'drop'");
    fails(&mut client, "select 1 / (n - 2) from t", "22012");
    is_alive(&mut client, 0);

    // An error elsewhere drops the scan of an open cursor.
    table(&mut client, "place 'nowhere'");
    client
        .batch_execute("begin; declare c cursor for select * from t; fetch 1 from c")
        .unwrap();
    is_alive(&mut client, 1);
    fails(&mut client, "select 1 / 0", "22012");
    client.batch_execute("rollback").unwrap();
    is_alive(&mut client, 0);
    assert_no_crash(&server.cluster);
}

/// Makes the table with these options anew.
fn table(client: &mut Client, options: &str) {
    client
        .batch_execute(&format!(
            "drop foreign table if exists t; create foreign table t (n int) server s options ({options})"
        ))
        .unwrap();
}

/// The session continues, and this many scans of the wrapper were not dropped.
fn is_alive(client: &mut Client, scans: usize) {
    client
        .batch_execute("create foreign table if not exists alive (n int) server s")
        .unwrap();
    let plan = explain(client, "select * from alive");
    assert!(plan.contains(&format!("Alive: {scans}")), "{plan}");
}
