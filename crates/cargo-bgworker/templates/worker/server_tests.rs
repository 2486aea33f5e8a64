//! Tests that run inside a server. Each one has a session, or a worker, of its own.

use postgres_bgworker::prelude::*;
use postgres_bgworker::server_tests;
use postgres_bgworker::session::Session;

server_tests! {
    /// Its transaction is rolled back.
    fn beats_are_counted(session: &Session<'_>) -> Result<()> {
        let tx = session.transaction();
        tx.execute("create extension my_extension", ())?;
        tx.execute("insert into my_extension.beats default values", ())?;
        let count: i64 = tx.query_scalar("select my_extension.beats()", ())?;
        assert_eq!(count, 1);
        Ok(())
    }

    /// It is connected as a superuser.
    fn nothing_is_inserted_without_the_extension(worker: &mut Worker<'_, Connected>) -> Result<()> {
        let inserted = worker.transaction(super::beat)?;
        assert_eq!(inserted, 0);
        Ok(())
    }
}
