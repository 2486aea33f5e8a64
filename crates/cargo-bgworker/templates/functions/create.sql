create table notes (
    id bigserial primary key,
    text text not null);

-- The worker connects as this role.
grant usage on schema my_extension to my_extension;
grant select, delete on notes to my_extension;

create function add(text text) returns bigint
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_add';

create function words(text text) returns table (number integer, word text)
    language c immutable strict
    as 'MODULE_PATHNAME', 'bgworker_function_words';

create function tidy(keep integer) returns void
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_tidy';

-- Each worker takes one of the server's max_worker_processes.
revoke all on function tidy(integer) from public;
