//! What a worker without a database reads, next to what SQL shows.

use pg_scratch::cluster::Cluster;
use support::{LONG, assert_no_crash, count, scenario};

fn lines(cluster: &Cluster, prefix: &str) -> Vec<String> {
    let log = cluster.log();
    let found = log.lines().filter_map(|line| line.split("LOG:  ").nth(1));
    let mut found: Vec<String> = found
        .filter(|text| text.starts_with(prefix))
        .map(str::to_owned)
        .collect();
    found.sort();
    found
}

#[test]
fn databases_and_roles_are_those_of_sql() {
    let cluster = scenario("shared_catalogs").start().unwrap();
    cluster
        .wait_for_log("connected to the shared catalogs", LONG)
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for sql in [
        "create role owner login connection limit 7",
        "create role visitor_allowed",
        "create role visitor_refused",
        "create role \"visitor of all\" superuser",
        "create database first connection limit 3",
        "create database second owner owner",
        "alter database second is_template true",
        "revoke connect on database second from public",
        "grant connect on database second to visitor_allowed",
    ] {
        client.batch_execute(sql).unwrap();
    }
    // More rows than the first array has room for.
    for number in 0..40 {
        let sql = format!("create role many_{number}");
        client.batch_execute(&sql).unwrap();
    }
    // The worker neither blocks a copy of a database nor is in its way.
    client
        .batch_execute("create database copy template postgres")
        .unwrap();
    client.batch_execute("drop database copy").unwrap();
    let before = cluster.log().len();
    cluster.reload().unwrap();
    cluster
        .poll_until("the list", LONG, || {
            cluster.log()[before..]
                .contains("listed everything")
                .then_some(())
        })
        .unwrap();

    let limit = |column: &str| {
        format!("case when {column} < 0 then 'None' else format('Some(%s)', {column}) end")
    };
    let expected = |client: &mut postgres::Client, sql: &str| -> Vec<String> {
        let rows = client.query(sql, &[]).unwrap();
        let mut lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        lines.sort();
        lines
    };
    let roles = format!(
        "select format('role %s %s (%s, %s, %s)', oid, rolname, rolsuper::text, rolcanlogin::text, {}) from pg_roles",
        limit("rolconnlimit")
    );
    let databases = format!(
        "select format('database %s %s %s (%s, %s, %s) [%s]', oid, datname, datdba, datallowconn::text, datistemplate::text, {},
            (select string_agg(format('\"%s\"', rolname), ', ' order by oid) from pg_roles
             where rolname like 'visitor%' and has_database_privilege(pg_roles.oid, pg_database.oid, 'CONNECT')))
         from pg_database",
        limit("datconnlimit")
    );
    let after = |prefix| {
        let mut found = lines(&cluster, prefix);
        // The first list, from before the reload, has fewer rows.
        found.dedup();
        found
    };
    let roles = expected(&mut client, &roles);
    assert!(roles.len() > 40, "{roles:?}");
    let databases = expected(&mut client, &databases);
    for line in roles.iter().chain(&databases) {
        let prefix = line.split(' ').next().unwrap();
        assert!(after(prefix).contains(line), "{line}: {:#?}", after(prefix));
    }
    assert_eq!(after("role ").len(), roles.len());
    assert!(
        cluster
            .log()
            .contains("what does not exist: (false, false)"),
        "{}",
        cluster.log()
    );
    assert_eq!(
        count(&cluster, &support::end_of("shared_catalogs")),
        0,
        "{}",
        cluster.log()
    );
    assert_no_crash(&cluster);
}
