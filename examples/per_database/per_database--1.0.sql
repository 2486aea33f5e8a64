create table sizes (
    taken_at timestamp with time zone not null default pg_catalog.now(),
    bytes bigint not null
);

-- The worker of this database connects as the role per_database.
grant usage on schema per_database to per_database;
grant select, insert, delete on sizes to per_database;

create function workers() returns setof record
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_workers';

-- It shows errors, which can contain data of other databases.
revoke all on function workers() from public;
