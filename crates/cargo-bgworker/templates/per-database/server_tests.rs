//! Tests that run inside a server. Each one has a session, or a worker, of its own.

use postgres_bgworker::prelude::*;
use postgres_bgworker::server_tests;
use postgres_bgworker::session::Session;

server_tests! {
    /// Its transaction is rolled back.
    fn growth_is_a_difference(session: &Session<'_>) -> Result<()> {
        let tx = session.transaction();
        tx.execute("create extension my_extension", ())?;
        assert_eq!(super::growth(session)?, None);
        let sizes = "insert into my_extension.sizes values (now(), 1), (now() + interval '1 s', 5)";
        tx.execute(sizes, ())?;
        assert_eq!(super::growth(session)?, Some(4));
        Ok(())
    }

    /// It is connected as a superuser.
    fn sizes_need_the_extension(worker: &mut Worker<'_, Connected>) -> Result<()> {
        let error = worker.transaction(super::take).unwrap_err();
        assert!(error.message().contains("my_extension.sizes"), "{error}");
        Ok(())
    }
}
