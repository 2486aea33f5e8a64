-- 0 stands for what the settings worker_spi.database and worker_spi.role say.
create function worker_spi_launch(
        index integer,
        dboid oid default 0,
        roleoid oid default 0,
        flags text[] default '{}',
        interruptible boolean default false)
    returns integer
    language c volatile strict
    as 'MODULE_PATHNAME', 'bgworker_function_worker_spi_launch';

-- Who may call it chooses the role of a worker.
revoke all on function worker_spi_launch(integer, oid, oid, text[], boolean) from public;
