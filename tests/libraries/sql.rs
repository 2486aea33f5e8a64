//! What SQL does that is seen from outside: notifications, and a database in another encoding. `tests/sql.rs` loads it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::sql::{Json, Row};

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("notifies", worker_main!(notifies))?
        .restart(Restart::after_secs(1))
        .register(preload)?;
    BackgroundWorker::new("latin", worker_main!(latin))?
        .restart(Restart::after_secs(1))
        .register(preload)
}

fn notifies(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )?;
    let mut turn = 0;
    while worker.wait(Duration::from_millis(100))?.keep_going() {
        turn += 1;
        let payload = format!("turn {turn}");
        let undone: Result<()> = worker.transaction(|tx| {
            tx.notify("From worker", "of a transaction that was undone")?;
            Err(Error::other("undo"))
        });
        worker.transaction(|tx| {
            let _ = tx.savepoint(|tx| {
                tx.notify("From worker", "of a savepoint that was undone")?;
                Err::<(), _>(Error::other("undo"))
            });
            tx.notify("From worker", &payload)
        })?;
        assert!(undone.is_err());
    }
    Ok(Exit::Done)
}

fn latin(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(
        Connect::database("latin")
            .as_superuser()
            .search_path("public"),
    )?;
    let outcome = worker.transaction(|tx| {
        tx.execute("create type größe as enum ('groß', 'klein')", &[])?;
        let plan = tx.prepare::<(&str, Vec<&str>, Json, Option<&str>)>(
            "select $1 as \"äh\", $2 as texts, $3 as json, 'groß'::größe as label, row($4, 'ß'::text) as record, octet_length($1) as length",
        )?;
        let json = Json("{\"ü\": \"ö\"}".to_string());
        for _ in 0..3 {
            let rows = tx.query(&plan, &[&"éü", &vec!["ä", "x", "öö"], &json, &Some("ñ")])?;
            let names: Vec<_> = rows.columns().collect();
            assert_eq!(names, ["äh", "texts", "json", "label", "record", "length"]);
            for row in rows.iter() {
                assert_eq!(row.get::<&str>("äh")?, "éü");
                assert_eq!(row.get::<Vec<&str>>("texts")?, ["ä", "x", "öö"]);
                assert_eq!(row.get::<Json>("json")?, json);
                assert_eq!(row.get::<&str>("label")?, "groß");
                let record: Row<'_> = row.get("record")?;
                assert_eq!((record.get::<&str>(0)?, record.get::<&str>(1)?), ("ñ", "ß"));
                assert_eq!(row.get::<i32>("length")?, 2);
                assert!(row.get::<i32>("größe").is_err_and(|error| {
                    error.detail().is_some_and(|detail| detail.contains("äh"))
                }));
            }
        }
        // Two bytes each for us, one for the server: the limit is its.
        tx.notify("é", &"é".repeat(7999))?;
        // What its encoding does not have is its error.
        let failure = tx.savepoint(|tx| tx.query_one::<String>("select $1", &[&"€uro ☃"]));
        tx.log(format!("latin: {:?}", failure.map_err(|error| error.sqlstate())));
        Ok(())
    });
    match outcome {
        Ok(()) => worker.log("latin: all is well"),
        Err(error) => worker.log(format!("latin: FAILED: {error:?}")),
    }
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}
