//! Statements. None of them touches the table whose rows are counted.

/// Statements that mostly succeed. `N` is a small number.
pub const STATEMENTS: &[&str] = &[
    "select 1",
    "select count(*) from small",
    "insert into scratch values (N, repeat('x', 100 * N))",
    "update small set body = 'body ' || id where id = N % 20 + 1",
    "delete from scratch where id % 3 = N % 3",
    "delete from scratch",
    "create table if not exists made_N (id int, body text)",
    "drop table if exists made_N",
    "create temp table if not exists temp_N (id int) on commit drop",
    "create temp table if not exists kept (id int); insert into kept values (N)",
    "drop table if exists kept",
    "alter table scratch add column if not exists extra_N int default N",
    "alter table scratch drop column if exists extra_N",
    "alter type mood add value if not exists 'mood N'",
    "select 'happy'::mood",
    "notify generator, 'N'",
    "listen generator",
    "unlisten *",
    "select pg_advisory_xact_lock(N)",
    "select pg_try_advisory_xact_lock(N)",
    "set local work_mem = '1MB'",
    "set constraints all deferred",
    "set constraints all immediate",
    "declare again cursor for select generate_series(1, 1000)",
    "fetch 3 from again",
    "close again",
    "close all",
    "declare held_N cursor with hold for select generate_series(1, 100)",
    "do $$ begin perform 1; begin raise exception 'caught'; exception when others then null; end; end $$",
    "select sum(length(repeat('long', 10000 + g))) from generate_series(1, N) g",
    "select count(*) from pg_class a, pg_attribute b where a.oid = b.attrelid",
    "with moved as (delete from scratch where id < N returning *) insert into scratch select * from moved",
    "analyze small",
    "lock table scratch in share mode",
    "explain select * from small",
    "reset work_mem",
    "copy small to '/dev/null'",
    "prepare named_N as select 1; deallocate named_N",
    "create or replace function twice(int) returns int language sql as 'select $1 * 2'",
    "select twice(N)",
    "savepoint within",
    "insert into deferred values (1000000 + N) on conflict do nothing",
    "delete from deferred",
    "refresh materialized view if_there",
    "truncate scratch",
];

/// Statements that fail.
pub const FAILURES: &[&str] = &[
    "select 1 / 0",
    "select * from nowhere",
    "selec 1",
    "",
    "insert into small values (1, 'twice')",
    "commit",
    "rollback",
    "begin",
    "vacuum",
    "select 'x'::int",
    "do $$ begin commit; end $$",
    "copy small from stdin",
    "do $$ begin raise exception 'failed'; end $$",
    "select 1 / (50 - g) from generate_series(1, 100) g",
    "create table small (id int)",
    "set transaction isolation level serializable; select 1 / 0",
    "select pg_notify('', 'x')",
    "discard all",
    "rollback to within",
    "prepare transaction 'x'",
];

/// What makes the commit fail.
pub const AT_COMMIT: &[&str] = &[
    "insert into deferred values (1), (1)",
    "declare failing_N cursor with hold for select 1 / (50 - g) from generate_series(1, 100) g",
    "declare failing_N cursor with hold for select length(repeat('x', 2000)) / (3 - g) from generate_series(1, 9) g",
    "declare many_N cursor for select 1 where FEW ;; fetch 1 from many_N ;; \
     declare failing_N cursor with hold for select 1 / (50 - g) from generate_series(1, 100) g",
];

/// Cursors that have much memory when the transaction ends.
pub const OPEN: &[&str] = &[
    "declare large cursor for select * from pg_class a, pg_class b, pg_attribute c, pg_type d where a.oid = b.oid and \
     c.attrelid = a.oid and d.oid = c.atttypid order by 1 ;; fetch 1 from large",
    "declare wide cursor for select (select count(*) from small where id = g) + (select max(id) from small where id < g), \
     array(select id from small), exists (select from small where id > g) from generate_series(1, 10) g ;; fetch 1 from wide",
    "declare many_N cursor for select 1 where FEW ;; fetch 1 from many_N",
    "declare held cursor with hold for select generate_series(1, 1000) ;; fetch 5 from held",
];

/// A statement with its numbers, or several between `;;`. In one text the server of 15 fails an assertion of its own where a statement
/// opens a cursor and another one follows.
pub fn text(statements: &[&str], with: u32) -> String {
    let count = u32::try_from(statements.len()).unwrap_or(1);
    let text = statements[(with % count) as usize];
    let text = text.replace('N', &(with / count % 8).to_string());
    if !text.contains("FEW") {
        return text;
    }
    // More than a hundred plans, each with memory of its own when it runs.
    let part = |number| {
        format!("exists (select from small where id = {number} group by id having count(*) > 0)")
    };
    let parts: Vec<_> = (0..150).map(part).collect();
    text.replace("FEW", &parts.join(" or "))
}
