//! An extension with functions, one of which starts a worker. It needs no preloading.

use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Set};

#[cfg(feature = "server-tests")]
mod server_tests;

bgworker_module!();

/// Marks a payload that is the name of a database.
const DATABASE: u32 = 1;

sql_function! {
    /// Adds a note, and returns its number.
    fn add(session: &Session<'_>, text: &str) -> Result<i64> {
        let sql = "insert into my_extension.notes (text) values ($1) returning id";
        session.transaction().query_scalar(sql, (text,))
    }

    /// Splits a text into words.
    #[sql(immutable, columns = "number, word")]
    fn words<'a>(_session: &'a Session<'_>, text: &'a str) -> Set<'a, (i32, &'a str)> {
        Set::new((1..).zip(split(text)))
    }

    /// Starts a worker that deletes the oldest notes, all but these many. It does not see notes of
    /// a transaction that is open.
    fn tidy(session: &Session<'_>, keep: i32) -> Result<()> {
        let sql = "select pg_catalog.current_database()::text";
        let database: String = session.transaction().query_scalar(sql, ())?;
        let _worker = tidier().payload(DATABASE, database).argument(keep.max(0)).launch(session)?;
        Ok(())
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

fn tidier() -> BackgroundWorker<Unconnected> {
    BackgroundWorker::new("my_extension", worker_main!(run)).restart(Restart::never())
}

/// The main function of the worker's process.
fn run(worker: Worker) -> Result<Exit> {
    let database = String::from_utf8(worker.payload(DATABASE)?).map_err(Error::other)?;
    let keep: i32 = worker.argument();
    let mut worker = worker.connect(Connect::database(database).role("my_extension"))?;
    worker.transaction(|tx| {
        let sql = "delete from my_extension.notes where id not in
            (select id from my_extension.notes order by id desc limit $1)";
        tx.execute(sql, (i64::from(keep),))
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_spaces() {
        assert_eq!(split(" one  two ").collect::<Vec<_>>(), ["one", "two"]);
    }

    #[test]
    fn the_worker_has_a_name() {
        assert!(format!("{:?}", tidier()).contains("my_extension"));
    }
}
