create table events (
    at timestamp with time zone not null default pg_catalog.now(),
    what text not null);

-- The worker connects as this role.
grant usage on schema my_extension to my_extension;
grant select, insert on events to my_extension;

create function poke() returns void
    language c volatile
    as 'MODULE_PATHNAME', 'bgworker_function_poke';
