create table sizes (
    taken_at timestamp with time zone not null default pg_catalog.now(),
    bytes bigint not null
);

-- The worker of this database connects as the role per_database.
grant usage on schema per_database to per_database;
grant select, insert, delete on sizes to per_database;

create function workers() returns setof record
    language c volatile
    as 'MODULE_PATHNAME', 'bgworker_function_workers';

-- It shows errors, which can contain data of other databases.
revoke all on function workers() from public;

-- The state of all workers of the server. Only pg_read_all_stats sees their errors.
create function worker_status() returns table (
        library text, slot integer, name text, kind text, database text, pid integer, state text,
        state_changed_at timestamp with time zone, started_at timestamp with time zone,
        restarts bigint, failures bigint, last_exit text, last_exit_at timestamp with time zone,
        last_error text, last_error_sqlstate text, last_error_at timestamp with time zone,
        last_error_place text, last_error_statement text, last_error_backtrace text,
        last_error_waits bigint, waits bigint, wake_ups bigint, busy_time double precision,
        idle_time double precision, transactions bigint, errors bigint, queue_depth bigint,
        stop_requested boolean, stats_reset timestamp with time zone)
    language c volatile parallel restricted
    as 'MODULE_PATHNAME', 'bgworker_function_worker_status';

create function worker_status_reset() returns void
    language c volatile
    as 'MODULE_PATHNAME', 'bgworker_function_worker_status_reset';

create function worker_metrics() returns text
    language c volatile parallel restricted
    as 'MODULE_PATHNAME', 'bgworker_function_worker_metrics';

create view stat_workers as select * from worker_status();

grant usage on schema per_database to public;
grant select on stat_workers to public;
revoke all on function worker_status_reset() from public;
