//! Attacks on functions that SQL calls. Each must end with the expected result or error, leave the
//! session usable, and leave the other sessions alone.

use pg_abi::binary::Binary;
use pg_abi::inspect::declarations;
use pg_scratch::Cluster;
use postgres::{Client, SimpleQueryMessage};
use support::replication::WalSender;
use support::{assert_no_crash, cluster, library, since};

/// A server with the functions.
fn server() -> (Cluster, Client) {
    let cluster = cluster()
        .library("function_attacks", library("function_attacks"))
        .setting("max_worker_processes", "16")
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    declare(&mut client);
    (cluster, client)
}

fn declare(client: &mut Client) {
    let binary = Binary::read(library("function_attacks")).unwrap();
    for text in declarations(&binary) {
        let sql = text.replace("MODULE_PATHNAME", "function_attacks");
        client.batch_execute(&sql).unwrap();
    }
}

/// The rows of a statement, or its error.
fn run(client: &mut Client, sql: &str) -> String {
    match client.simple_query(sql) {
        Err(error) => match error.as_db_error() {
            Some(error) => format!("{}: {}", error.code().code(), error.message()),
            None => panic!("{sql}: {error}"),
        },
        Ok(messages) => {
            let rows = messages.iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|at| row.get(at).unwrap_or("null").to_string())
                        .collect::<Vec<_>>()
                        .join("|"),
                ),
                _ => None,
            });
            rows.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Runs each attack, a statement and the beginning of what it results in, in one session.
fn attack(attacks: &[(&str, &str)]) {
    if !since(130000) {
        return;
    }
    let (cluster, mut client) = server();
    let setup = "create table numbers (a int); insert into numbers values (1);
                 create role weak; create role strong superuser;
                 grant usage on schema public to weak";
    client.batch_execute(setup).unwrap();
    for (sql, expected) in attacks {
        let result = run(&mut client, sql);
        let is = |expected: &str| {
            result.starts_with(expected) && (result == expected || !expected.is_empty())
        };
        assert!(
            expected.split(" OR ").any(is),
            "{sql}\n{result}\nexpected: {expected}"
        );
        let _ = client.batch_execute("rollback");
        assert_eq!(run(&mut client, "select shows('select 1')"), "1", "{sql}");
    }
    assert_no_crash(&cluster);
}

#[test]
fn calls_inside_calls() {
    attack(&[
        ("select deep(20)", "20"),
        ("select deep(100000)", "54001: stack depth limit exceeded"),
        (
            "select count(*), sum(set_of_sets) from set_of_sets(4)",
            "3|93",
        ),
        ("select set_of_sets(2) limit 1", "30"),
        (
            "select * from lazily('select generate_series(1, 5)') limit 2",
            "1, 2",
        ),
        (
            "select lazily('select 1 / (3 - g) from generate_series(1, 5) g')",
            "22012: division by zero",
        ),
        (
            "select g, l from generate_series(1, 2) g, lateral lazily('select generate_series(1, ' || g || ')') l",
            "1|1, 2|1, 2|2",
        ),
        (
            "select * from rows from (lazily('select 1 union select 2'), set_of_sets(1)) with ordinality limit 1",
            "1|0|1",
        ),
        ("select lazily('select lazily(''select 7'')')", "7"),
        (
            "begin; declare c cursor with hold for select lazily('select generate_series(1, 3)');
             fetch 1 from c; commit; fetch 1 from c; close c",
            "1, 2",
        ),
        (
            "begin; declare c cursor for select lazily('select generate_series(1, 3)');
             fetch 1 from c; close c; rollback",
            "1",
        ),
        ("select lazily('close all')", "42P11: "),
        (
            "select shows('select shows(''select 1/0'')')",
            "22012: division by zero",
        ),
        ("select count(returns_set(1000))", "0A000: "),
    ]);
}

#[test]
fn no_nul_reaches_the_server() {
    const REFUSED: &str = "22021: text contains a NUL at byte ";
    attack(&[
        ("select behind('abcdef', 2)", "cdef"),
        ("select behind('größer', 4), behind('x', 1) = ''", "ßer|t"),
        ("select length(behind(repeat('x', 100000), 99))", "99901"),
        ("select with_nul('abc', 'select 1')", REFUSED),
        (
            "select behind(repeat('x', 2000), 9), with_nul(repeat('x', 2000), 'select 1')",
            REFUSED,
        ),
        (
            "select with_nul('abc', 'select behind(repeat(''x'', 2000), 1) from generate_series(1, 9)')",
            REFUSED,
        ),
        (
            "select with_nul(behind('abcdef', 3), 'select with_nul(''abc'', ''select 1'')')",
            REFUSED,
        ),
        (
            "select case when g < 1000 then behind(repeat('x', g), g / 2) else with_nul(repeat('x', g), 'select 1') end
             from generate_series(1, 1000) g",
            REFUSED,
        ),
    ]);
}

#[test]
fn leaks_and_destructors() {
    attack(&[
        (
            "select leaks('select repeat(''x'', 10000) from generate_series(1, 100)') from generate_series(1, 3)",
            "1, 1, 1",
        ),
        (
            "begin; select leaks('select 1'), leaks('select 1'); select count(*) > 0 from pg_cursors",
            "1|1, t",
        ),
        (
            "select leaks_in_savepoint('select repeat(''x'', 10000) from generate_series(1, 100)') from generate_series(1, 3)",
            "2, 2, 2",
        ),
        (
            "select bombs('payload')",
            "XX000: panicked: panic without a message",
        ),
        ("select bombs('local')", "XX000: panicked: dropped"),
        ("select bombs('iterator')", "XX000: panicked: dropped"),
        ("select bombs('late')", "XX000: panicked: dropped"),
        (
            "select bombs('savepoint')",
            "XX000: panicked: panic without a message",
        ),
        ("select bombs('none')", "0"),
        (
            "do $$ begin for i in 1..30 loop
                begin perform bombs('payload'); exception when others then null; end;
                begin perform bombs('iterator'); exception when others then null; end;
                begin perform bombs('savepoint'); exception when others then null; end;
             end loop; end $$",
            "",
        ),
        ("select keeps_plan()", "2"),
        (
            "begin; select keeps_plan(); rollback; select keeps_plan()",
            "2, 2",
        ),
        (
            "alter table numbers alter a type bigint; select keeps_plan()",
            "42804: ",
        ),
        ("drop table numbers", ""),
        ("select keeps_plan()", "42P01: "),
        (
            "create table numbers as select 5 a; select keeps_plan()",
            "6",
        ),
        (
            "select keeps_worker(); select keeps_worker(); begin; select keeps_worker(); rollback",
            "launched, stopped, launched",
        ),
    ]);
}

#[test]
fn session_ends_with_what_it_has_kept() {
    if !since(130000) {
        return;
    }
    let (cluster, mut client) = server();
    client
        .batch_execute("create table numbers as select 1 a")
        .unwrap();
    for how in [
        "select 1",
        "select bombs('twice')",
        "select pg_terminate_backend(pg_backend_pid())",
    ] {
        let mut other = cluster.connect().unwrap();
        let kept = "begin; select keeps_plan(), keeps_handle(), keeps_worker()";
        assert_eq!(run(&mut other, kept), "2|f|launched");
        let _ = other.batch_execute(how);
        drop(other);
    }
    assert_eq!(run(&mut client, "select shows('select 1')"), "1");
    assert_no_crash(&cluster);
}

#[test]
fn transactions_of_the_caller() {
    attack(&[
        ("select catches('commit')", "22023 "),
        ("select catches('savepoint a')", "22023 "),
        ("select catches('abort and chain')", "22023 "),
        ("select catches('prepare transaction ''x''')", "22023 "),
        ("select catches('vacuum')", "25001 "),
        ("select catches('do $x$ begin commit; end $x$')", "2D000 "),
        ("select catches('discard all')", "25001 "),
        ("select catches('copy numbers from stdin')", "22023 "),
        (
            "create procedure log(text) language c as 'function_attacks', 'bgworker_function_logs'; call log('x')",
            "",
        ),
        (
            "create procedure commits() language plpgsql as $$ begin
                perform runs('insert into numbers values (5)'); commit;
                perform shows('select 1'); rollback; call log('y'); end $$",
            "",
        ),
        ("call commits()", ""),
        ("select catches('call commits()')", "2D000 "),
        ("select ignores_all('select 1/0')", "25P02: "),
        ("select ignores_all('selec')", "25P02: "),
        (
            "do $$ begin for i in 1..20 loop
                begin perform ignores_all('select 1/0'); exception when others then null; end;
             end loop; perform shows('select 2'); end $$",
            "",
        ),
        (
            "prepare q as select shows('deallocate q'); execute q",
            "26000: ",
        ),
        ("select fails_with('m', '00000', 1)", "XX000: m"),
        ("select fails_with('m', '57P01', 1)", "57P01: m"),
        (
            "select length(catches('select fails_with(''m'', ''40001'', 1000000)'))",
            "1000019",
        ),
        ("select catches('select large_text(1100000000)')", "22001 "),
    ]);
}

#[test]
fn limits_and_cancels() {
    attack(&[
        ("select limited_caught(50, 'select pg_sleep(100)')", "57014 1"),
        ("select limited_caught(100000, 'select limited_caught(50, ''select pg_sleep(100)'')')", "1 rows 1"),
        ("select limited_caught(50, 'select limited_caught(100000, ''select pg_sleep(100)'')')", "57014 1"),
        (
            "create function nested(ms int) returns text language plpgsql as $$ begin
                begin perform limited(ms, 'select pg_sleep(100)'); exception when query_canceled then null; end;
                perform pg_sleep(0.1); return shows('select 7'); end $$;
             select nested(50)",
            "7",
        ),
        ("select shows('select nested(50)')", "7"),
        ("select limited_caught(100000, 'select nested(50)')", "1 rows 1"),
        ("select limited_caught(100, 'select nested(100000)')", "57014 1"),
        ("select cancels_itself()", "57014: transaction was canceled by its cancel handle"),
        ("select catches('select cancels_itself()')", "57014 "),
        ("select keeps_handle(); select cancels_kept()", "f, f"),
        ("select cancels_later(50), pg_sleep(0.3)", "|"),
        ("set statement_timeout = 200; select limited_caught(100000, 'select pg_sleep(100)')", "57014 1"),
        ("set statement_timeout = 200; select waits(100000)", "57014: "),
        ("reset statement_timeout", ""),
    ]);
}

/// A WAL sender is stopped with SIGUSR2.
#[cfg(target_os = "linux")]
#[test]
fn cancel_handles_leave_the_signals_of_a_wal_sender_alone() {
    if !since(130000) {
        return;
    }
    let (cluster, mut client) = server();
    let mut sender = WalSender::connect(&cluster);
    let before = caught_signals(&sender.run("select pg_backend_pid()")[0]);
    assert_eq!(sender.run("select cancels_itself()"), ["57014"]);
    let after = caught_signals(&sender.run("select pg_backend_pid()")[0]);
    // The C library uses the first two real-time signals.
    let (user_2, real_time) = (1 << 11, u64::MAX << 33);
    assert_ne!(before & user_2, 0);
    // A handler of its own.
    assert_eq!(before & real_time, 0);
    assert_ne!(after & real_time, 0);
    // Elsewhere, SIGUSR2 is not used.
    let pid = run(&mut client, "select pg_backend_pid()");
    assert_eq!(caught_signals(&pid) & user_2, 0);
    run(&mut client, "select cancels_itself()");
    let after = caught_signals(&pid);
    assert_eq!((after & user_2, after & real_time), (user_2, 0));
    assert_no_crash(&cluster);
}

/// The signals that have a handler in this process, as bits from 0.
#[cfg(target_os = "linux")]
fn caught_signals(pid: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
}

#[test]
fn notices_roles_and_copies() {
    attack(&[
        ("select noticed('do $x$ begin raise notice ''one''; raise warning ''two''; end $x$')", "one|two"),
        (
            "create function notices_inside() returns text language plpgsql as $$ begin
                raise notice 'a'; perform noticed('do $x$ begin raise notice ''inside''; end $x$');
                begin perform noticed('select 1/0'); exception when others then raise notice 'b'; end;
                return 'x'; end $$;
             select noticed('select notices_inside()')",
            "a|b",
        ),
        ("select noticed('select bombs(''payload'')')", "XX000: panicked"),
        ("show log_min_messages", "warning"),
        ("select as_role('weak', 'select current_user::text'), current_user", "weak|postgres"),
        ("set role weak; select as_role('strong', 'select 1')", "42501: "),
        ("set session authorization weak; select as_role('strong', 'select 1')", "42501: "),
        ("reset session authorization; select as_role('weak', 'select as_role(''strong'', ''select 1'')')", "42501: "),
        ("select as_role('weak', 'select set_config(''role'', ''strong'', false)')", "42501: "),
        ("select catches('select as_role(''weak'', ''select 1/0'')'), current_user", "22012 division by zero|postgres"),
        (
            "create function definer(text) returns text language c strict security definer as 'function_attacks', 'bgworker_function_shows';
             grant execute on function definer(text) to weak; set role weak; select definer('select current_user::text')",
            "postgres",
        ),
        ("set role weak; select catches('select definer(''select 1/0'')'), current_user", "22012 division by zero|weak"),
        ("reset role; select owns_schema('mine'), owns_schema('mine')", "|"),
        ("select copies_in('numbers', 3)", "3"),
        ("select copy_panics('numbers')", "XX000: panicked: in the COPY"),
        ("select copy_runs('numbers')", "3"),
        ("select inserts_all('numbers', 100)", "100"),
        // A function that is not volatile does not write, and sees what its caller sees.
        ("select stable_copies_in('numbers', 3)", "0A000: COPY FROM is not allowed in a non-volatile function"),
        (
            "select stable_copies_out('insert into numbers values (1) returning a')",
            "0A000: a statement that writes is not allowed in a non-volatile function",
        ),
        (
            "select stable_copies_out('with added as (insert into numbers values (1) returning a) select * from added')",
            "0A000: ",
        ),
        ("select stable_copies_out('select a from numbers for update')", "0A000: "),
        (
            "truncate numbers;
             with added as (insert into numbers values (1)
                returning stable_copies_out('select count(*) from numbers'), stable_shows('select count(*) from numbers'))
             select * from added",
            "0;|0",
        ),
        ("select copies_out('select copies_out(''select generate_series(1, 2)'') from generate_series(1, 2)')", "1;2;;1;2;;"),
        ("select catches('select copies_out(''select 1/0'')')", "22012 division by zero"),
        ("set statement_timeout = 200; select copies_out('select pg_sleep(100)')", "57014: "),
        ("reset statement_timeout", ""),
    ]);
}

#[test]
fn triggers() {
    let fires = |name: &str, when: &str, arguments: &str| {
        format!(
            "create trigger {name} {when} on rows for each row execute procedure fires({arguments})"
        )
    };
    let setup = "create table rows (id int, value text); insert into rows values (1, repeat('abc', 100000)), (2, null)";
    let drops = "create constraint trigger last after insert on rows deferrable initially deferred
                 for each row execute procedure fires('drop function fires() cascade')";
    attack(&[
        (setup, ""),
        (&fires("renames", "before update", "'alter trigger renames on rows rename to renamed', 'alter table rows rename to other', 'alter table other rename to rows'"), ""),
        ("update rows set id = id + 10 where id = 1; drop trigger renamed on rows", ""),
        (&fires("deletes", "before delete", "'delete from rows'"), ""),
        ("delete from rows", "54001: "),
        ("drop trigger deletes on rows", ""),
        (&fires("dropped", "before insert", "'drop trigger dropped on rows'"), ""),
        ("insert into rows values (3, 'x')", ""),
        ("drop trigger if exists dropped on rows", ""),
        (&fires("alters", "after insert", "'alter table rows add column c int'"), ""),
        ("insert into rows values (4, 'x')", "55006: "),
        ("drop trigger alters on rows", ""),
        ("create trigger panics after insert on rows for each row execute procedure trigger_panics(); insert into rows values (5, 'x')", "XX000: panicked: in a trigger"),
        (
            "create constraint trigger late after insert on rows deferrable initially deferred for each row
                execute procedure fires('select catches(''select 1/0'')', 'select limited_caught(20, ''select pg_sleep(100)'')', 'select launches()');
             insert into rows values (6, 'x')",
            "",
        ),
        (
            "create table parts (a int, v text) partition by list (a); create table part_1 partition of parts for values in (1);
             create table part_2 (v text, gone int, a int); alter table part_2 drop column gone; alter table parts attach partition part_2 for values in (2);
             create trigger every after insert or update or delete on parts for each row execute procedure fires('select 1');
             insert into parts values (1, 'x'), (2, 'y'); update parts set a = 3 - a; delete from parts",
            "",
        ),
        (
            "create function event() returns event_trigger language c as 'function_attacks', 'bgworker_function_fires';
             create event trigger event on ddl_command_start execute procedure event()",
            "",
        ),
        ("create table never (a int)", "39P01: function fires was not called by a trigger"),
        ("drop event trigger event", ""),
        (
            "create trigger fresh after insert on rows referencing new table as fresh for each statement execute procedure fires('select * from fresh');
             insert into rows values (7, 'x')",
            "42P01: ",
        ),
        ("drop trigger late on rows", ""),
        (drops, ""),
        ("insert into rows values (8, 'x')", ""),
        ("select count(*) from pg_trigger where tgname = 'last'", "0"),
    ]);
}

#[test]
fn values_whose_type_is_altered() {
    // As an array, the bytes have more elements than the value has room for.
    let array = "\\x010000000000000017000000000010000100000002000000";
    let reads = |function: &str, inside: &str| {
        format!(
            "begin; select {function}(row(row('{array}'::bytea)::inner_type, 'y')::outer_type, '{inside}'); rollback"
        )
    };
    let alter = "alter type inner_type alter attribute a type int4[]";
    attack(&[
        ("create type inner_type as (a bytea); create type outer_type as (value inner_type, b text)", ""),
        (&reads("inner_field", "select 1"), "\\x01"),
        (&reads("inner_numbers", alter), "42804: could not read value of type inner_type"),
        (&reads("inner_field", alter), "42804: could not read value of type inner_type"),
        (&reads("inner_field", "select catches(''select 1/0'')"), "\\x01"),
        (&reads("inner_field", "alter type inner_type add attribute b int"), "42804: "),
        (&reads("inner_field", "drop type inner_type cascade"), "42804: "),
        (&reads("inner_field", "drop type outer_type cascade"), "\\x01"),
        ("select field(row(row('x'), 'y')::outer_type, 'alter type outer_type add attribute c int', 'b')", "y"),
        (
            &format!(
                "create view shown as select row('{array}'::bytea)::inner_type as value;
                 create trigger reads instead of delete on shown for each row execute procedure reads_inner('{alter}')"
            ),
            "",
        ),
        (
            "begin; delete from shown; rollback",
            // Some minor releases do not alter a type that a view uses.
            "42804: could not read value of type inner_type OR 0A000: cannot alter type \"inner_type\"",
        ),
        (
            "do $$ declare r record; begin for r in select g a, repeat('x', 10000 * g) b from generate_series(1, 3) g loop
                assert length(field(r, 'select 1', 'b')) = 10000 * r.a; end loop; end $$",
            "",
        ),
        (
            "do $$ declare a text[] := array['a', 'b']; begin for i in 1..1000 loop a := a || repeat('c', i); end loop;
                assert \"array\"(a) = 500502; a[5] := null; assert \"array\"(a) = 500499; end $$",
            "",
        ),
        (
            "create temp table stored (v text); alter table stored alter v set storage external;
             insert into stored values (repeat('z', 100000));
             select length(after(v, 'drop table stored')) from stored",
            "55006: ",
        ),
        (
            "create temp table stored (v text); alter table stored alter v set storage external;
             insert into stored values (repeat('z', 100000));
             do $$ declare r record; begin select * into r from stored; assert length(field(r, 'drop table stored', 'v')) = 100000; end $$",
            "",
        ),
    ]);
}

#[test]
fn declarations_by_hand() {
    let wrong = |declaration: &str, symbol: &str| {
        format!(
            "create function {declaration} language c as 'function_attacks', 'bgworker_function_{symbol}'"
        )
    };
    attack(&[
        (&wrong("any_element(anyelement) returns int", "deep"), ""),
        ("select any_element(1)", "42804: "),
        (
            &wrong("variadics(variadic int[]) returns int", "rows_of_type"),
            "",
        ),
        ("select variadics(1, 2, 3)", "3"),
        (
            &wrong("variadic_any(variadic \"any\") returns int", "rows_of_type"),
            "",
        ),
        ("select variadic_any(1, 2, 3)", "42804: "),
        (
            &wrong("windowed(int) returns int window strict", "deep"),
            "",
        ),
        (
            "select windowed(g) over () from generate_series(1, 3) g",
            "22004: argument 1 (\"depth\") of function deep is NULL",
        ),
        (&wrong("of_record(record) returns text", "bombs"), ""),
        ("select of_record(row(1))", "42804: "),
        (&wrong("of_cstring(cstring) returns text", "shows"), ""),
        ("select of_cstring('select 1')", "42804: "),
        (&wrong("nullable(text) returns setof int", "bombs"), ""),
        ("select nullable(null)", "22004: "),
        (
            &wrong(
                "lacks_columns(int) returns table (a int, b int)",
                "returns_set",
            ),
            "",
        ),
        ("select * from lacks_columns(1)", "42804: "),
        (
            "create table with_dropped (a int, gone int, b text); alter table with_dropped drop column gone",
            "",
        ),
        (
            &wrong("dropped(int) returns setof with_dropped", "returns_set"),
            "",
        ),
        ("select * from dropped(1)", "42804: "),
        ("create type pair as (a int, b text)", ""),
        (&wrong("pair(text) returns pair", "returns_row"), ""),
        (
            "select pair('alter type pair add attribute c int')",
            "42804: ",
        ),
        ("create domain positive as int check (value > 0)", ""),
        (
            &wrong("returns_positive(positive) returns positive", "deep"),
            "",
        ),
        ("select returns_positive(1)", "42804: "),
        (&wrong("no_trigger() returns trigger", "setting"), ""),
        (
            "create table t (a int); create trigger t before insert on t for each row execute procedure no_trigger(); insert into t values (1)",
            "42804: ",
        ),
        (
            &wrong("transition(int, int) returns int strict", "deep"),
            "",
        ),
        (
            "create aggregate aggregated(int) (sfunc = transition, stype = int, initcond = '0'); select aggregated(1)",
            "42804: ",
        ),
        (
            &wrong("operation(text) returns text strict immutable", "shows"),
            "",
        ),
        (
            "create operator @@@@ (rightarg = text, procedure = operation); select @@@@ 'select 1 + 1'",
            "2",
        ),
    ]);
}

#[test]
fn places_where_functions_run() {
    attack(&[
        (
            "create function fixed(text) returns text language c strict immutable as 'function_attacks', 'bgworker_function_shows';
             create table places (a text, b text default fixed('select 1'), c text generated always as (fixed('select 2')) stored, check (fixed('select 3') = '3'));
             create index on places (fixed(a)); insert into places select 'select ' || g from generate_series(1, 200) g",
            "",
        ),
        ("analyze places", ""),
        ("vacuum full places", ""),
        ("reindex table places", ""),
        ("create index concurrently on places (fixed(a), fixed('select 5'))", ""),
        (
            "alter table places enable row level security; create policy checked on places using (fixed('select 1') = '1');
             grant select on places to weak; set role weak; select count(*) from places",
            "200",
        ),
        ("reset role; create materialized view seen as select catches('select 1/0') from generate_series(1, 3)", ""),
        ("refresh materialized view seen; select count(*) from seen", "3"),
        ("explain (analyze, costs off, timing off, summary off) select shows('select 1'), lazily('select 1')", "ProjectSet"),
        (
            "create table many as select generate_series(1, 5000) a; analyze many;
             set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
             select count(shows('select 1')) from many",
            "5000",
        ),
        // A parallel query begins no savepoint before 17.
        ("select count(catches('select 1')) from many", "5000 OR 25P02: "),
        ("select count(shows('insert into many values (1) returning 1')) from many where a < 10", "25000: "),
        ("select count(stable_shows('select 1')) from many", "5000"),
        ("select count(launches()) from many where a < 3", "2"),
        ("copy (select 1) to program 'cat > /dev/null'", ""),
    ]);
}

#[test]
fn load_fails_once() {
    if !since(130000) {
        return;
    }
    let cluster = cluster()
        .library("function_attacks", library("function_attacks"))
        .start()
        .unwrap();
    let mut client = cluster.connect().unwrap();
    for (file, error) in [
        ("fail_once", "the first load fails"),
        ("panic_once", "the load panics"),
    ] {
        std::fs::write(cluster.data_dir().join(file), "").unwrap();
        let result = run(&mut client, "load 'function_attacks'");
        assert!(result.contains(error), "{result}");
    }
    let result = run(&mut client, "load 'function_attacks'");
    assert_eq!(result, "");
    declare(&mut client);
    assert_eq!(run(&mut client, "select setting()"), "1");
    assert_no_crash(&cluster);
}

#[test]
fn memory_of_attacks_stays_the_same() {
    if !since(140000) {
        return;
    }
    let (cluster, mut client) = server();
    let calls = "do $$ begin for i in 1..2000 loop
            begin perform bombs('payload'); exception when others then null; end;
            begin perform ignores_all('select 1/0'); exception when others then null; end;
            begin perform copy_panics('nowhere'); exception when others then null; end;
            perform catches('select fails_with(''m'', ''40001'', 100)');
            perform leaks_in_savepoint('select 1');
            perform noticed('select 1'), copies_out('select 1'), cancels_later(0) where i % 100 = 0;
            perform count(*) from lazily('select 1');
        end loop; end $$";
    let used = "select sum(used_bytes) from pg_backend_memory_contexts";
    assert_eq!(run(&mut client, calls), "");
    let before: i64 = run(&mut client, used).parse().unwrap();
    assert_eq!(run(&mut client, calls), "");
    let after: i64 = run(&mut client, used).parse().unwrap();
    assert!(after < before + 200_000, "{before} -> {after}");
    assert_no_crash(&cluster);
}
