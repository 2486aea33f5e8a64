create table beats (
    at timestamp with time zone not null default pg_catalog.now());

-- The worker connects as this role.
grant usage on schema my_extension to my_extension;
grant select, insert on beats to my_extension;

create function beats() returns bigint
    language c stable
    as 'MODULE_PATHNAME', 'bgworker_function_beats';
