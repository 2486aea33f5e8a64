--- lock, then snapshot
create table locked (a int);
begin isolation level repeatable read;
lock table locked in exclusive mode;
insert into locked values (1);
select count(*) from locked;
commit;
--- set transaction is the first statement
begin;
set transaction isolation level serializable;
set transaction read only;
show transaction_isolation;
show transaction_read_only;
create table never (a int);
rollback;
begin;
select 1;
set transaction isolation level serializable;
rollback;
--- set transaction snapshot of nothing
begin isolation level repeatable read;
set transaction snapshot '00000003-00000001-1';
rollback;
begin;
set transaction snapshot '00000003-00000001-1';
rollback;
--- default_transaction_read_only
set default_transaction_read_only = on;
create table never (a int);
begin read write;
create table written (a int);
commit;
begin;
set transaction read write;
insert into written values (1);
commit;
begin;
set local transaction_read_only = off;
insert into written values (2);
commit;
reset default_transaction_read_only;
select count(*) from written;
--- statement_timeout
set statement_timeout = '50ms';
select pg_sleep(60);
begin;
select pg_sleep(60);
rollback;
begin;
set local statement_timeout = 0;
select pg_sleep(0.1);
commit;
do $$ begin perform pg_sleep(60); end $$;
do $$ begin perform pg_sleep(60); exception when query_canceled then raise; end $$;
do $$ begin perform pg_sleep(60); exception when others then null; end $$;
reset statement_timeout;
--- lock_timeout
set lock_timeout = '50ms';
select pg_advisory_lock(1), pg_advisory_lock(1);
show lock_timeout;
--- errors of parse analysis
select * from missing;
select missing from pg_class;
select missing(1);
select 1 +;
select 'x'::int;
select 1::missing;
begin;
select * from missing;
--- differs the message of a failed transaction names the closure
select 1;
commit;
--- errors of constraints
create table constrained (a int primary key, b int not null check (b > 0), c varchar(3));
insert into constrained values (1, 1, 'abc');
insert into constrained values (1, 1, 'abc');
insert into constrained values (2, 0, 'abc');
insert into constrained values (2, null, 'abc');
insert into constrained values (2, 1, 'abcd');
--- errors of functions
create function fails(text) returns int language plpgsql as $$ begin
    raise exception using errcode = $1, message = 'it failed', detail = 'a detail', hint = 'a hint';
end $$;
select fails('P0001');
select fails('40001');
select fails('12345');
select 1 / 0;
select array[1, 2][1] / 0;
create function recursive(int) returns int language sql as 'select recursive($1 + 1)';
set max_stack_depth = '100kB';
select recursive(1);
reset max_stack_depth;
--- errors of encodings and texts
select 'Müller'::int;
select e'\xff';
select chr(0);
select convert_from('\xff', 'utf8');
--- read only transactions
create table read (a int);
begin read only;
set local work_mem = '2MB';
show work_mem;
explain (costs off) select 1;
lock table read in access share mode;
select count(*) from read;
values (1), (2);
select set_config('work_mem', '3MB', true);
insert into read values (1);
rollback;
begin read only;
select * from read for update;
rollback;
begin read only;
create temp table allowed (a int);
rollback;
begin read only;
select nextval('missing');
rollback;
--- composite values with dropped columns
create table dropped (a int, b int, c text);
insert into dropped values (1, 2, 'three');
alter table dropped drop column a;
select d from dropped d;
select (d).* from dropped d;
alter table dropped add d int default 4;
select d from dropped d;
begin;
select d from dropped d;
alter table dropped drop column c;
select d from dropped d;
rollback;
create type shrunk as (a int, b int, c int);
alter type shrunk drop attribute a;
select row(1, 2)::shrunk;
--- procedures that commit
--- since 110000
create table committed (a int);
create procedure commits() language plpgsql as $$ begin
    for n in 1..3 loop insert into committed values (n); commit; end loop;
    insert into committed values (4);
    rollback;
end $$;
call commits();
select * from committed order by a;
do $$ begin insert into committed values (5); commit; end $$;
select count(*) from committed;
begin;
call commits();
rollback;
create procedure returns(inout a int) language plpgsql as 'begin a := a + 1; commit; end';
call returns(1);
--- procedure that commits, in a savepoint
--- since 110000
create procedure commits_1() language plpgsql as 'begin commit; end';
begin;
savepoint s;
call commits_1();
rollback to s;
select 1;
commit;
--- what cannot run in a transaction
create table vacuumed (a int);
vacuum vacuumed;
vacuum (analyze) vacuumed;
vacuum full vacuumed;
analyze vacuumed;
create index concurrently vacuumed_a on vacuumed (a);
drop index concurrently vacuumed_a;
cluster vacuumed;
begin;
analyze vacuumed;
commit;
begin;
--- differs SPI runs statements like those of a function
vacuum vacuumed;
rollback;
create database made;
alter database made connection limit 3;
drop database made;
drop database made;
discard all;
checkpoint;
--- reindex concurrently
--- since 120000
create table reindexed (a int primary key);
reindex table concurrently reindexed;
reindex index concurrently reindexed_pkey;
begin;
--- differs SPI runs statements like those of a function
reindex index concurrently reindexed_pkey;
rollback;
--- alter system
--- since 90400
alter system set work_mem = '5MB';
alter system reset work_mem;
begin;
--- differs SPI runs statements like those of a function
alter system set work_mem = '5MB';
rollback;
--- two-phase commit
create table prepared (a int);
begin;
insert into prepared values (1);
prepare transaction 'one';
select count(*) from prepared;
commit prepared 'one';
select count(*) from prepared;
begin;
insert into prepared values (2);
prepare transaction 'two';
begin;
insert into prepared values (3);
prepare transaction 'two';
rollback prepared 'two';
rollback prepared 'two';
commit prepared 'one';
select count(*) from prepared;
begin;
create temp table temporary (a int);
prepare transaction 'temporary';
begin;
select 1 / 0;
prepare transaction 'failed';
--- copy to and from files
copy (select 1, 'x') to '/dev/null';
copy pg_class to '/missing/file';
copy pg_class from '/missing/file';
--- copy from memory
--- since 100000
create table copied (a int, b text);
copy copied from stdin;
1	one
2	\N
\.
copy copied (b, a) from stdin with (format csv, header);
b,a
"three, four",3
\.
copy copied from stdin;
x	one
\.
copy copied from stdin;
1	one	two
\.
copy copied from stdin;
1
\.
begin;
copy copied from stdin delimiter ',' null '-';
4,-
\.
savepoint s;
copy copied from stdin;
y	1
\.
rollback to s;
select count(*) from copied;
commit;
select * from copied order by a, b;
copy copied (missing) from stdin;
copy (select * from copied order by a, b) to stdout;
copy (select * from copied order by a, b) to stdout with (format csv, header, force_quote (b));
copy (select 1 / 0) to stdout;
--- copy out of a function that runs SQL
--- since 90500
create function asks() returns int language plpgsql as 'begin perform 1; return 42; end';
begin;
select 1;
copy (select asks()) to stdout;
select 1;
copy (select asks() / 0) to stdout;
rollback;
begin;
savepoint s;
copy (select asks() / 0) to stdout;
rollback to s;
copy (select asks()) to stdout;
commit;
--- row counts
create table counted (a int, b int);
insert into counted select n, n from generate_series(1, 10) n;
begin;
insert into counted select n, n from generate_series(11, 15) n;
update counted set b = 0 where a > 5;
delete from counted where a > 12;
delete from counted where false;
create table counted_2 as select * from counted;
select * into counted_3 from counted;
with gone as (delete from counted where a = 1 returning *) select count(*) from gone;
insert into counted values (20, 20) returning a, b;
update counted set b = 1 where a = 20 returning *;
commit;
select count(*), sum(b) from counted;
--- row counts of rules
create table ruled (a int);
create table ruled_2 (a int);
create rule ruled_rule as on insert to ruled do also insert into ruled_2 values (new.a), (new.a);
create view ruled_view as select * from ruled;
create rule instead_rule as on insert to ruled_view do instead insert into ruled values (new.a);
insert into ruled values (1);
begin;
insert into ruled values (2);
insert into ruled_view values (3);
commit;
select count(*) from ruled_2;
--- rows of queries that rules add
create table added (a int);
create table added_2 (a int);
insert into added values (1), (2);
create rule r1 as on update to added do also select 'updated' as word, new.a;
update added set a = a + 10;
update added set a = 0 where false;
create rule r2 as on delete to added do instead insert into added_2 values (old.a) returning *;
delete from added where a = 11;
delete from added where a = 11 returning *;
select * from added_2;
begin;
--- differs SPI has the rows of the statement itself only
update added set a = a + 10;
rollback;
--- merge
--- since 150000
create table merged (a int primary key, b int);
begin;
merge into merged using (values (1), (2)) v(a) on merged.a = v.a when not matched then insert values (v.a, 0);
merge into merged using (values (1)) v(a) on merged.a = v.a when matched then delete;
commit;
--- savepoints
create table saved (a int);
begin;
insert into saved values (1);
savepoint s;
insert into saved values (2);
select 1 / 0;
--- differs the message of a failed transaction names the closure
insert into saved values (3);
rollback to s;
insert into saved values (4);
savepoint t;
insert into saved values (5);
release s;
insert into saved values (6);
commit;
select array_agg(a order by a) from saved;
begin;
savepoint s;
savepoint s;
insert into saved values (7);
release s;
rollback to s;
commit;
select count(*) from saved;
begin;
savepoint s;
select 1 / 0;
commit;
select 1;
--- settings in savepoints
begin;
set local work_mem = '2MB';
savepoint s;
set local work_mem = '3MB';
rollback to s;
show work_mem;
savepoint t;
set work_mem = '4MB';
release t;
commit;
show work_mem;
reset work_mem;
--- deferred constraints
create table parents (a int primary key);
create table children (a int references parents deferrable initially deferred);
begin;
insert into children values (1);
commit;
begin;
insert into children values (1);
set constraints all immediate;
rollback;
begin;
insert into children values (1);
insert into parents values (1);
commit;
insert into children values (2);
select count(*) from children;
--- cursors of SQL
begin;
declare c scroll cursor for select generate_series(1, 9);
fetch 2 from c;
move 3 in c;
fetch prior from c;
fetch backward all from c;
fetch all from c;
close c;
fetch 1 from c;
rollback;
declare c cursor for select 1;
begin;
declare held cursor with hold for select generate_series(1, 3);
commit;
fetch 2 from held;
begin;
fetch 1 from held;
move 1 from held;
rollback;
close held;
close held;
begin;
declare c cursor for select 1 / (5 - n) from generate_series(1, 9) n;
fetch 4 from c;
fetch 1 from c;
--- differs the message of a failed transaction names the closure
fetch 1 from c;
rollback;
--- prepared statements of SQL
prepare p (int) as select $1 + 1;
execute p (1);
begin;
execute p (2);
execute p ('x');
rollback;
execute p (1, 2);
deallocate p;
execute p (1);
--- temporary tables
create temp table kept (a int);
begin;
create temp table dropped_temp (a int) on commit drop;
create temp table emptied (a int) on commit delete rows;
insert into dropped_temp values (1);
insert into emptied values (1);
insert into kept values (1);
commit;
select count(*) from dropped_temp;
select count(*) from emptied;
select count(*) from kept;
drop table kept, emptied;
--- roles
create role lesser;
create table not_yours (a int);
begin;
set local role lesser;
select current_user;
select * from not_yours;
rollback;
select current_user;
set role lesser;
select * from not_yours;
reset role;
set session authorization lesser;
select session_user, current_user;
set session authorization default;
select session_user;
set role missing;
drop role lesser;
--- search_path
create schema other;
create table other.found (a int);
select * from found;
begin;
set local search_path = other;
select count(*) from found;
commit;
select * from found;
set search_path = other;
select count(*) from found;
reset search_path;
drop schema other cascade;
--- plans and changed tables
create table changing (a int);
insert into changing values (1);
prepare all_of as select * from changing;
execute all_of;
alter table changing add b int default 2;
execute all_of;
drop table changing;
execute all_of;
deallocate all;
--- large values after truncate
create table large (a text);
insert into large select repeat('abcdefghij', 100000);
begin;
select length(a), md5(a) from large;
truncate large;
select count(*) from large;
rollback;
select length(a) from large;
drop table large;
--- values as text
select true, 1::int2, 2::int4, 3::int8, 1.5::float4, 2.5::float8, 1.10::numeric, 'NaN'::numeric;
select 'a'::"char", 'b'::char(3), 'c'::varchar, 'd'::name, e'\\x00ff'::bytea, b'101', '1 day'::interval;
select '2020-02-29'::date, '24:00'::time, '2020-01-01 00:00+00'::timestamptz, 'infinity'::date;
select '{1,2,NULL}'::int[], '{{a,b},{c,d}}'::text[], '[1,5)'::int4range, row(1, 'x', null);
select '127.0.0.1/8'::inet, '08:00:2b:01:02:03'::macaddr, '(1,2)'::point, '{"a":1}'::json, 'a & b'::tsquery;
select null, null::int, ''::text;
select 'pg_class'::regclass, 'int4'::regtype, 1::oid, '0/1'::text;
--- columns
select;
select 1 as a, 2 as a, 3 as "A b";
select * from (values (1, 'x')) v(n, t) where false;
show work_mem;
explain (costs off) select * from pg_class where oid = 1;
--- advisory locks
begin;
select pg_try_advisory_xact_lock(5);
select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();
commit;
select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();
select pg_advisory_unlock(5);
--- notify
notify channel, 'payload';
begin;
notify channel;
select pg_notify('channel', 'again');
commit;
select pg_notify('', 'x');
--- transaction control where there is no transaction
commit;
rollback;
savepoint s;
release savepoint s;
rollback to s;
prepare transaction 'none';
set transaction read only;
set local work_mem = '1MB';
show work_mem;
lock table pg_class;
declare c cursor for select 1;
--- chained transactions
--- since 120000
create table chained (a int);
begin isolation level repeatable read read only;
commit and chain;
show transaction_isolation;
insert into chained values (1);
rollback and chain;
show transaction_read_only;
commit;
begin isolation level serializable;
insert into chained values (2);
rollback and chain;
show transaction_isolation;
insert into chained values (3);
commit;
select * from chained;
--- deadlock with itself is none
begin;
lock table pg_type in share mode;
lock table pg_type in exclusive mode;
rollback;
--- triggers and events
create function refuses() returns trigger language plpgsql as $$ begin
    if new.a > 5 then raise exception 'too large: %', new.a using errcode = '22003'; end if;
    new.a := new.a + 1;
    return new;
end $$;
create table triggered (a int);
create trigger t before insert on triggered for each row execute procedure refuses();
insert into triggered values (1) returning a;
begin;
insert into triggered values (2) returning a;
insert into triggered values (6);
rollback;
select * from triggered;
--- row-level security
--- since 90500
create role limited;
create table secured (a int);
insert into secured values (1), (2);
grant select, insert on secured to limited;
alter table secured enable row level security;
create policy p on secured to limited using (a = 1);
set role limited;
select * from secured;
insert into secured values (2);
begin;
select count(*) from secured;
insert into secured values (3);
rollback;
reset role;
drop table secured;
drop role limited;
--- on conflict
--- since 90500
create table upserted (a int primary key, b int);
insert into upserted values (1, 1), (2, 2);
begin;
insert into upserted values (1, 5), (3, 3) on conflict (a) do update set b = excluded.b;
insert into upserted values (1, 6) on conflict do nothing;
insert into upserted values (4, 4), (4, 5) on conflict (a) do update set b = excluded.b;
rollback;
select * from upserted order by a;
--- large objects
begin;
select lo_create(424242);
select lo_open(424242, 131072);
select lowrite(0, 'abc');
commit;
select loread(0, 1);
select lo_unlink(424242);
select lo_unlink(424242);
--- sequences
create sequence counter;
select currval('counter');
begin;
select nextval('counter');
rollback;
select nextval('counter');
select currval('counter'), lastval();
--- materialized views
create materialized view seen as select 1 as a;
refresh materialized view seen;
begin;
refresh materialized view seen;
select * from seen;
commit;
drop materialized view seen;
--- extensions, and what is not installed
create extension plpgsql;
create extension missing;
create function missing_library() returns int language c as 'missing_library';
load 'missing_library';
