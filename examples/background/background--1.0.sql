create function background_launch(sql text) returns integer
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_background_launch';

create function background_result(handle integer) returns setof text[]
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_background_result';

create function background_cancel(handle integer) returns void
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_background_cancel';

create function background_detach(handle integer) returns void
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_background_detach';

-- Each worker takes a slot of max_worker_processes.
revoke all on function background_launch(text), background_result(integer),
    background_cancel(integer), background_detach(integer) from public;
