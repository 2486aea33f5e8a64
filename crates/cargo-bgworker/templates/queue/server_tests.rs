//! Tests that run inside a server. Each one has a session, or a worker, of its own.

use postgres_bgworker::prelude::*;
use postgres_bgworker::server_tests;
use postgres_bgworker::session::Session;

server_tests! {
    /// Its transaction is rolled back.
    fn jobs_have_numbers(session: &Session<'_>) -> Result<()> {
        let tx = session.transaction();
        tx.execute("create extension my_extension", ())?;
        let id: i64 = tx.query_scalar("select my_extension.add('1 2')", ())?;
        assert_eq!(id, 1);
        Ok(())
    }

    /// It is connected as a superuser.
    fn without_the_extension_there_is_no_job(worker: &mut Worker<'_, Connected>) -> Result<()> {
        assert!(!worker.transaction(super::do_one)?);
        Ok(())
    }
}
