//! Tests that run inside a server. Each one has a session, or a worker, of its own.

use postgres_bgworker::prelude::*;
use postgres_bgworker::server_tests;
use postgres_bgworker::session::Session;

server_tests! {
    /// Its transaction is rolled back.
    fn notes_have_numbers(session: &Session<'_>) -> Result<()> {
        let tx = session.transaction();
        tx.execute("create extension my_extension", ())?;
        assert_eq!(super::add(session, "first")?, 1);
        let words: i64 = tx.query_scalar("select count(*) from my_extension.words('a b c')", ())?;
        assert_eq!(words, 3);
        Ok(())
    }

    /// It is connected as a superuser.
    fn a_worker_can_call_the_functions(worker: &mut Worker<'_, Connected>) -> Result<()> {
        let word: String = worker.transaction(|tx| {
            tx.execute("create extension my_extension", ())?;
            let sql = "select word from my_extension.words('a b c') where number = 2";
            let word = tx.query_scalar(sql, ())?;
            tx.execute("drop extension my_extension", ())?;
            Ok(word)
        })?;
        assert_eq!(word, "b");
        Ok(())
    }
}
