create table sizes (
    at timestamp with time zone not null default pg_catalog.now(),
    bytes bigint not null);

-- The worker of this database connects as this role.
grant usage on schema my_extension to my_extension;
grant select, insert on sizes to my_extension;

create function growth() returns bigint
    language c stable
    as 'MODULE_PATHNAME', 'bgworker_function_growth';
