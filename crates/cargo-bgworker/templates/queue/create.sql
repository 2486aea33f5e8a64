create table jobs (
    id bigserial primary key,
    input text not null,
    result bigint,
    error text,
    due timestamp with time zone not null default pg_catalog.now());

create index on jobs (due) where result is null;

-- The workers connect as this role.
grant usage on schema my_extension to my_extension;
grant select, update on jobs to my_extension;

create function add(input text) returns bigint
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_add';

create function wake() returns trigger
    language c
    as 'MODULE_PATHNAME', 'bgworker_function_wake';

create trigger wake after insert on jobs
    for each statement execute procedure wake();
