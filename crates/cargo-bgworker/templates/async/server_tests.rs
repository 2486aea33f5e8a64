//! Tests that run inside a server. Each one has a session, or a worker, of its own.

use postgres_bgworker::prelude::*;
use postgres_bgworker::server_tests;
use postgres_bgworker::session::Session;

server_tests! {
    /// Its transaction is rolled back.
    fn the_extension_has_an_empty_table(session: &Session<'_>) -> Result<()> {
        let tx = session.transaction();
        tx.execute("create extension my_extension", ())?;
        tx.execute("select my_extension.poke()", ())?;
        let count: i64 = tx.query_scalar("select count(*) from my_extension.events", ())?;
        assert_eq!(count, 0);
        Ok(())
    }

    /// It is connected as a superuser.
    fn nothing_is_inserted_without_the_extension(worker: &mut Worker<'_, Connected>) -> Result<()> {
        let inserted = worker.transaction(|tx| super::record(tx, "test"))?;
        assert_eq!(inserted, 0);
        Ok(())
    }
}
