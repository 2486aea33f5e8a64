//! A framework for index access methods: `tests/downstream/index-am`.

use super::build;
use super::sql::{explain, fails, raises};
use pg_scratch::cluster::ClusterBuilder;
use postgres::Client;
use std::time::{Duration, Instant};
use support::{LONG, assert_no_crash, cluster, is_alive, requires};

#[test]
#[ignore = "reads more of the server's headers"]
fn index_answers_equality() {
    requires!(130_000, "callbacks of the framework");
    let server = start("buckets", "index-am/buckets");
    let server = server.start().unwrap();
    let mut client = server.connect().unwrap();
    buckets(&mut client);
    // Built from rows, of which some are NULL, equal or dead.
    client
        .batch_execute(
            "create table t (id int, name text, n int);
             insert into t select n % 5000, 'name ' || n % 5000, n from generate_series(1, 20000) n;
             insert into t select null, null, 0 from generate_series(1, 100);
             delete from t where n between 101 and 200;
             create index t_id on t using buckets (id);
             create index t_name on t using buckets (name)",
        )
        .unwrap();
    same(&mut client);
    let plan = explain(&mut client, "select * from t where id = 7");
    assert!(plan.contains("Bitmap Index Scan on t_id"), "{plan}");
    let plan = explain(&mut client, "select * from t where id > 7");
    assert!(plan.contains("Seq Scan"), "{plan}");

    // Inserted into, until lists have many pages; changed; rolled back.
    client
        .batch_execute(
            "insert into t select n, 'name ' || n, n from generate_series(5000, 60000) n;
             insert into t select 7, 'name 7', n from generate_series(1, 3000) n;
             begin; insert into t select 8, 'name 8', n from generate_series(1, 10) n; rollback;
             update t set id = id + 100000, name = name || '!' where n % 10 = 3",
        )
        .unwrap();
    same(&mut client);
    // A join that scans again, and conditions that contradict each other.
    let sql =
        "select count(*) from generate_series(1, 50) g, lateral (select * from t where t.id = g) u";
    let with = with_index(&mut client, sql);
    assert_eq!(with, without_index(&mut client, sql));
    assert_eq!(
        with_index(
            &mut client,
            "select count(*) from t where id = 7 and id = 9"
        ),
        0
    );
    assert_eq!(
        with_index(
            &mut client,
            "select count(*) from t where id = (select null::int)"
        ),
        0
    );

    // Vacuum removes entries, and rows at the same places are found afterwards.
    let entries = |client: &mut Client| -> f32 {
        let sql = "select reltuples from pg_class where relname = 't_id'";
        client.query_one(sql, &[]).unwrap().get(0)
    };
    client.batch_execute("vacuum t").unwrap();
    let before = entries(&mut client);
    client
        .batch_execute("delete from t where id % 2 = 0")
        .unwrap();
    client.batch_execute("vacuum t").unwrap();
    let after = entries(&mut client);
    assert!(
        after < before * 0.6 && after > before * 0.4,
        "{before} {after}"
    );
    same(&mut client);
    client
        .batch_execute("insert into t select n, 'name ' || n, n from generate_series(1, 30000) n")
        .unwrap();
    client.batch_execute("vacuum analyze t").unwrap();
    same(&mut client);
    client.batch_execute("reindex table t").unwrap();
    same(&mut client);

    // Temporary indexes are in other buffers.
    client
        .batch_execute(
            "create temporary table u (id int); create index u_id on u using buckets (id);
             insert into u select n % 100 from generate_series(1, 5000) n",
        )
        .unwrap();
    assert_eq!(
        with_index(&mut client, "select count(*) from u where id = 3"),
        50
    );
    let error = fails(
        &mut client,
        "create index on t using buckets (id) with (fillfactor = 1)",
        "22023",
    );
    assert_eq!(
        error.message(),
        "indexes of this access method have no options"
    );
    fails(
        &mut client,
        "create unique index on t using buckets (id)",
        "0A000",
    );
    fails(
        &mut client,
        "create index on t using buckets (id, name)",
        "0A000",
    );
    assert_no_crash(&server);
}

#[test]
#[ignore = "reads more of the server's headers"]
fn index_survives_a_crash() {
    requires!(130_000, "callbacks of the framework");
    let server = start("buckets", "index-am/buckets");
    let mut server = server.setting("synchronous_commit", "on").start().unwrap();
    let mut client = server.connect().unwrap();
    buckets(&mut client);
    client
        .batch_execute(
            "create table t (id int, name text, n int);
             create index t_id on t using buckets (id);
             create index t_name on t using buckets (name);
             insert into t select n % 900, 'name ' || n % 900, n from generate_series(1, 9000) n",
        )
        .unwrap();
    client.batch_execute("checkpoint").unwrap();
    client
        .batch_execute(
            "create unlogged table v (id int);
             create index v_id on v using buckets (id);
             insert into v select n from generate_series(1, 9000) n;
             insert into t select n % 900, 'name ' || n % 900, n from generate_series(1, 20000) n;
             delete from t where id = 8",
        )
        .unwrap();
    client.batch_execute("vacuum t").unwrap();
    let family = server.kill_postmaster().unwrap();
    let deadline = Instant::now() + LONG;
    while family.iter().any(|process| is_alive(process.pid)) {
        assert!(Instant::now() < deadline, "sessions outlive the postmaster");
        std::thread::sleep(Duration::from_millis(20));
    }
    server.start().unwrap();
    let mut client = server.connect().unwrap();
    same(&mut client);
    client
        .batch_execute(
            "insert into t select n % 900, 'name ' || n % 900, n from generate_series(1, 5000) n",
        )
        .unwrap();
    same(&mut client);
    // An unlogged table is empty then, and so is its index.
    assert_eq!(
        with_index(&mut client, "select count(*) from v where id = 3"),
        0
    );
    client
        .batch_execute("insert into v select n % 10 from generate_series(1, 100) n")
        .unwrap();
    assert_eq!(
        with_index(&mut client, "select count(*) from v where id = 3"),
        10
    );
}

#[test]
#[ignore = "reads more of the server's headers"]
fn errors_and_panics_of_an_index_cross() {
    requires!(130_000, "callbacks of the framework");
    let server = start("faulty", "index-am/faulty");
    let server = server.start().unwrap();
    let mut client = server.connect().unwrap();
    client
        .batch_execute(
            "create function faulty_handler(internal) returns index_am_handler language c as 'faulty';
             create access method faulty type index handler faulty_handler;
             create function hash_itself(n int) returns int language plpgsql immutable strict as $$
               begin
                 if n = 40 then
                   raise exception 'no hash' using errcode = '22012', detail = 'forty', hint = 'another', column = 'n';
                 end if;
                 return n;
               end $$;
             create operator class ops default for type int4 using faulty as operator 1 =, function 1 hash_itself(int);
             create table t (n int);
             create index t_n on t using faulty (n);
             insert into t values (1)",
        )
        .unwrap();
    let insert = |n: i32| format!("insert into t values ({n})");
    let find = |n: i32| format!("set enable_seqscan = off; select * from t where n = {n}");
    for (sql, place) in [
        (insert(10), 10),
        (insert(11), 10),
        (find(20), 20),
        (find(21), 20),
        // The page is locked and half changed then.
        (insert(30), 30),
        (insert(31), 30),
    ] {
        let how = match sql.trim_end_matches(')').ends_with('1') {
            true => "panic",
            false => "error",
        };
        let error = raises_at(&mut client, &sql, place, how);
        if how == "error" {
            assert_eq!(error, Some("the context".to_string()));
        }
        // In a subtransaction, after which the transaction continues: locks are free again.
        client
            .batch_execute(&format!(
                "do $do$ begin
                   begin execute $sql${sql}$sql$; exception when others then null; end;
                   insert into t values (2);
                 end $do$; insert into t values (3)"
            ))
            .unwrap();
    }
    // An error of the server passes through Rust, which adds to it.
    let error = fails(&mut client, &insert(40), "22012");
    assert_eq!(error.message(), "no hash");
    assert_eq!(error.detail(), Some("forty"));
    assert_eq!(error.hint(), Some("another"));
    assert_eq!(error.column(), Some("n"));
    let context = error.where_().unwrap();
    assert!(
        context.starts_with("PL/pgSQL function hash_itself(integer) line "),
        "{context}"
    );
    assert!(
        context.ends_with("support function 1 of the operator class"),
        "{context}"
    );
    // Through the scan of the table, which `CREATE INDEX` begins.
    client
        .batch_execute("drop index t_n; insert into t values (40)")
        .unwrap();
    let error = fails(
        &mut client,
        "create index t_n on t using faulty (n)",
        "22012",
    );
    assert_eq!(error.message(), "no hash");
    client
        .batch_execute("update t set n = 4 where n = 40; create index t_n on t using faulty (n)")
        .unwrap();
    client.batch_execute("delete from t").unwrap();
    let error = fails(&mut client, "vacuum (index_cleanup on) t", "XX000");
    assert_eq!(error.message(), "panicked: on purpose, in vacuum");
    assert_no_crash(&server);
}

/// As `raises` of `faulty`, and returns the context.
fn raises_at(client: &mut Client, sql: &str, place: i32, how: &str) -> Option<String> {
    let error = raises(client, sql, &place.to_string(), how);
    error.where_().map(str::to_string)
}

fn start(name: &str, package: &str) -> ClusterBuilder {
    let library = build(package, &[]);
    cluster()
        .library(name, library)
        .setting("autovacuum", "off")
}

fn buckets(client: &mut Client) {
    client
        .batch_execute(
            "create function buckets_handler(internal) returns index_am_handler language c as 'buckets';
             create access method buckets type index handler buckets_handler;
             create operator class int4_ops default for type int4 using buckets as operator 1 =, function 1 hashint4(int4);
             create operator class text_ops default for type text using buckets as operator 1 =, function 1 hashtext(text)",
        )
        .unwrap();
}

/// The indexes of the table return what its rows say.
fn same(client: &mut Client) {
    for condition in [
        "id = 7",
        "id = 8",
        "id = 4999",
        "id = 100013",
        "id = -1",
        "name = 'name 7'",
        "name = 'name 13!'",
        "name = ''",
    ] {
        let sql = format!("select count(*) from t where {condition}");
        let plan = format!("set enable_seqscan = off; explain {sql}");
        assert!(
            messages(client, &plan).contains("Bitmap Index Scan"),
            "{condition}"
        );
        assert_eq!(
            with_index(client, &sql),
            without_index(client, &sql),
            "{condition}"
        );
    }
}

fn messages(client: &mut Client, sql: &str) -> String {
    let rows = client.simple_query(sql).unwrap();
    let mut text = String::new();
    for row in rows {
        if let postgres::SimpleQueryMessage::Row(row) = row {
            text.push_str(row.get(0).unwrap_or_default());
        }
    }
    text
}

fn with_index(client: &mut Client, sql: &str) -> i64 {
    client
        .batch_execute("set enable_seqscan = off; set enable_bitmapscan = on")
        .unwrap();
    let count = client.query_one(sql, &[]).unwrap().get(0);
    client.batch_execute("reset enable_seqscan").unwrap();
    count
}

fn without_index(client: &mut Client, sql: &str) -> i64 {
    client
        .batch_execute("set enable_seqscan = on; set enable_bitmapscan = off")
        .unwrap();
    let count = client.query_one(sql, &[]).unwrap().get(0);
    client.batch_execute("reset enable_bitmapscan").unwrap();
    count
}
