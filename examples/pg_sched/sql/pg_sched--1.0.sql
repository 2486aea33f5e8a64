create table jobs (
    id bigserial primary key,
    command text not null,
    every interval not null check (every >= interval '1 second'),
    timeout interval not null default '1 hour' check (timeout > interval '0'),
    owner regrole not null default pg_catalog.quote_ident(current_user)::regrole,
    next_run timestamptz not null default now());

create table runs (
    job bigint not null references jobs on delete cascade,
    started timestamptz not null,
    ended timestamptz not null,
    error text);

create index on runs (job, started);

-- Each role sees its own jobs. It cannot set the owner. The launcher connects as the role sched.
grant usage on schema sched to public;
grant select, delete, insert (command, every, timeout), update (command, every, timeout, next_run)
    on jobs to public;
grant usage on sequence jobs_id_seq to public;
grant select on runs to public;
alter table jobs enable row level security;
alter table runs enable row level security;
create policy own on jobs using (owner = pg_catalog.quote_ident(current_user)::regrole);
create policy own on runs for select using (job in (select id from jobs));
grant select, update (next_run) on jobs to sched;
grant select, insert on runs to sched;
create policy launcher on jobs to sched using (true) with check (true);
create policy launcher on runs to sched using (true) with check (true);

create function wake() returns trigger language c
    as 'MODULE_PATHNAME', 'bgworker_function_wake';
create trigger added after insert on jobs for each statement execute procedure wake();
create trigger sooner after update of next_run on jobs for each row
    when (new.next_run < old.next_run) execute procedure wake();

create function run_now(job bigint) returns void language c strict
    as 'MODULE_PATHNAME', 'bgworker_function_run_now';
