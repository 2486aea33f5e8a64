//! Files as foreign tables: `text-files`.

use super::super::sql::{explain, fails};
use super::Server;
use pg_scratch::cluster::Cluster;
use postgres::Client;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use support::{assert_no_crash, since};

#[test]
#[ignore = "reads more of the server's headers"]
fn files_are_tables() {
    let server = Server::start("text_files", "fdw/text-files");
    let mut client = server.client();
    let files = Files::new(&server.cluster);
    files.write(
        "people",
        "id int\tname text\tborn date\n1\tAda\t1815-12-10\n2\tBlaise\\tP.\t\\N\n3\t\t1623-06-19\n",
    );
    client.batch_execute(&files.server()).unwrap();
    client
        .batch_execute(
            "create foreign table people (id int, dropped int, name text, born date)
             server files options (file 'people.rows');
             alter foreign table people drop dropped",
        )
        .unwrap();

    // Scan, conditions, order, a join that scans again.
    let all = "select id, name, born::text from people order by id desc";
    let rows = client.query(all, &[]).unwrap();
    let rows: Vec<(i32, String, Option<String>)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let row = |id, name: &str, born: Option<&str>| (id, name.to_string(), born.map(str::to_string));
    assert_eq!(
        rows,
        [
            row(3, "", Some("1623-06-19")),
            row(2, "Blaise\tP.", None),
            row(1, "Ada", Some("1815-12-10"))
        ]
    );
    let number =
        |client: &mut Client, sql: &str| -> i64 { client.query_one(sql, &[]).unwrap().get(0) };
    assert_eq!(
        number(
            &mut client,
            "select count(*) from people where born is null"
        ),
        1
    );
    assert_eq!(
        number(
            &mut client,
            "select id::int8 from people where name = 'Ada'"
        ),
        1
    );
    client
        .batch_execute(
            "set enable_material = off; set enable_hashjoin = off; set enable_mergejoin = off",
        )
        .unwrap();
    let join = "select count(*) from people a, people b where a.id <= b.id";
    assert_eq!(number(&mut client, join), 6);
    let lateral = "select sum(n) from people a, lateral (select count(*) n from people b where b.id < a.id) c";
    assert_eq!(number(&mut client, &format!("select ({lateral})::int8")), 3);
    client.batch_execute("reset all").unwrap();

    // EXPLAIN shows the file and the local condition, and does not need the file's content.
    let plan = explain(&mut client, "select * from people where id = 2");
    assert!(plan.contains("Foreign Scan on people"), "{plan}");
    assert!(plan.contains("Filter: (id = 2)"), "{plan}");
    assert!(
        plan.contains(&format!("File: {}", files.path("people").display())),
        "{plan}"
    );

    // INSERT, with RETURNING, by a prepared statement, from the table itself.
    let id: i32 = client
        .query_one(
            "insert into people values (4, E'tab\\tand\\nline\\\\', null) returning id * 2",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(id, 8);
    let insert = client
        .prepare("insert into people (id, name) values ($1, $2)")
        .unwrap();
    for id in 5..8 {
        client
            .execute(&insert, &[&id, &format!("number {id}")])
            .unwrap();
    }
    client
        .batch_execute("insert into people select id + 100, name, born from people")
        .unwrap();
    let text: String = client
        .query_one("select name from people where id = 104", &[])
        .unwrap()
        .get(0);
    assert_eq!(text, "tab\tand\nline\\");
    assert_eq!(number(&mut client, "select count(*) from people"), 14);
    assert!(
        files.read("people").ends_with("107\tnumber 7\t\\N\n"),
        "{}",
        files.read("people")
    );

    // A statement that fails writes nothing.
    let before = files.read("people");
    fails(
        &mut client,
        "insert into people select 1 / (4 - n) from generate_series(1, 5) n",
        "22012",
    );
    assert_eq!(files.read("people"), before);
    let error = fails(&mut client, "update people set id = 1", "55000|0A000");
    assert!(
        error.message().contains("cannot update foreign table"),
        "{error:?}"
    );

    // A column with its own text for NULL.
    files.write("marks", "a text\tb int\n-\t1\nx\t2\n");
    client
        .batch_execute(
            "create foreign table marks (a text options (\"null\" '-'), b int) server files options (file 'marks.rows');
             insert into marks values (null, 3)",
        )
        .unwrap();
    assert_eq!(
        number(&mut client, "select count(*) from marks where a is null"),
        2
    );
    assert!(files.read("marks").ends_with("-\t3\n"));
    let error = fails(&mut client, "insert into marks values ('-', 4)", "23000");
    assert_eq!(error.detail(), Some("The option \"null\" is Some(\"-\")."));
    assert_eq!(error.column(), Some("a"));

    // COPY, and a partition.
    if since(110_000) {
        let mut copy = client.copy_in("copy marks from stdin").unwrap();
        std::io::Write::write_all(&mut copy, b"c\t5\n\\N\t6\n").unwrap();
        copy.finish().unwrap();
        client
            .batch_execute(
                "create table parts (a text, b int) partition by list (b);
                 create foreign table part partition of parts for values in (7) server files options (file 'marks.rows');
                 insert into parts values ('seven', 7)",
            )
            .unwrap();
        assert!(
            files.read("marks").ends_with("c\t5\n-\t6\nseven\t7\n"),
            "{}",
            files.read("marks")
        );
    }
    assert_no_crash(&server.cluster);
}

#[test]
#[ignore = "reads more of the server's headers"]
fn options_are_validated() {
    let server = Server::start("text_files", "fdw/text-files");
    let mut client = server.client();
    let files = Files::new(&server.cluster);
    let error = fails(
        &mut client,
        "create server s foreign data wrapper text_files",
        "HV00J",
    );
    assert_eq!(error.message(), "option \"directory\" is required");
    let error = fails(
        &mut client,
        "create server s foreign data wrapper text_files options (directory 'here')",
        "22023",
    );
    assert_eq!(error.message(), "\"here\" is not an absolute path");
    assert_eq!(error.where_(), Some("option \"directory\""));
    client.batch_execute(&files.server()).unwrap();
    let error = fails(
        &mut client,
        "create foreign table t (a int) server files options (file 'a.rows', fil 'b')",
        "HV00D",
    );
    assert_eq!(error.message(), "invalid option \"fil\"");
    assert_eq!(
        error.hint(),
        Some("Valid options in this context are: file.")
    );
    let error = fails(
        &mut client,
        "create foreign table t (a int) server files options (file '../x')",
        "22023",
    );
    assert!(error.detail().is_some(), "{error:?}");
    let error = fails(
        &mut client,
        "create user mapping for public server files options (x 'y')",
        "HV00D",
    );
    assert_eq!(
        error.hint(),
        Some("There are no valid options in this context.")
    );
    client
        .batch_execute("create foreign table t (a int) server files options (file 'absent.rows')")
        .unwrap();
    let error = fails(
        &mut client,
        "alter foreign table t options (drop file)",
        "HV00J",
    );
    assert_eq!(error.message(), "option \"file\" is required");
    // Only superusers name a directory of the server's machine.
    client
        .batch_execute(
            "create role other; grant usage on foreign data wrapper text_files to other; set role other",
        )
        .unwrap();
    fails(
        &mut client,
        "create server s foreign data wrapper text_files options (directory '/etc')",
        "42501",
    );
    client.batch_execute("reset role").unwrap();
    // The text of the operating system.
    let error = fails(&mut client, "select * from t", "58P01");
    assert!(
        error.message().contains("No such file or directory"),
        "{error:?}"
    );
    assert_eq!(
        error.hint(),
        Some("The file belongs to the machine of the server.")
    );
    assert_no_crash(&server.cluster);
}

#[test]
#[ignore = "reads more of the server's headers"]
fn schema_is_imported() {
    let server = Server::start("text_files", "fdw/text-files");
    let mut client = server.client();
    let files = Files::new(&server.cluster);
    files.write(
        "one",
        "id int\tthe \"name text\n"
            .replace("the \"name", "\"q'uoted\\")
            .as_str(),
    );
    files.write("two", "n numeric(10, 2)\n1.50\n");
    files.write("it's", "a text[]\n{x,y}\n");
    client.batch_execute(&files.server()).unwrap();
    client
        .batch_execute(
            "create schema local; import foreign schema files except (one) from server files into local",
        )
        .unwrap();
    let tables = client
        .query(
            "select foreign_table_name::text from information_schema.foreign_tables order by 1",
            &[],
        )
        .unwrap();
    let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
    assert_eq!(tables, ["it's", "two"]);
    let text: String = client
        .query_one("select n::text from local.two", &[])
        .unwrap()
        .get(0);
    assert_eq!(text, "1.50");
    let text: String = client
        .query_one("select a[2] from local.\"it's\"", &[])
        .unwrap()
        .get(0);
    assert_eq!(text, "y");
    client
        .batch_execute("import foreign schema files limit to (one) from server files into local; select \"\"\"q'uoted\\\" from local.one")
        .unwrap();
    let error = fails(
        &mut client,
        "import foreign schema other from server files into local",
        "HV00Q",
    );
    assert_eq!(
        error.hint(),
        Some("The only schema of a directory is \"files\".")
    );
    fails(
        &mut client,
        "import foreign schema files from server files into local options (a 'b')",
        "HV00D",
    );
    files.write("bad", "id int); drop table x; --\n");
    let error = fails(
        &mut client,
        "import foreign schema files limit to (bad) from server files into local",
        "22023",
    );
    assert_eq!(error.where_(), Some("column \"id\" of table \"bad\""));
    assert_no_crash(&server.cluster);
}
/// A directory of files that the server reads and writes.
pub(super) struct Files(PathBuf);

impl Files {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let directory = cluster.socket_dir().join("files");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        Files(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.rows"))
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path: &Path = &self.path(name);
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(super) fn server(&self) -> String {
        format!(
            "create server files foreign data wrapper text_files options (directory '{}')",
            self.0.display()
        )
    }
}
