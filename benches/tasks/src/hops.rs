//! Rows of `task::tokio`: SQL for the threads of tokio.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task::{Caller, Server};
use std::time::Instant;
use tokio_postgres::{Client, NoTls};

/// Returns `None` if there is no such row.
pub(crate) async fn measure(server: &Server<'_>, row: &str, n: i64) -> Result<Option<Duration>> {
    let start = Instant::now();
    match row {
        "none" => {}
        "direct" => server.with(|worker| (0..n).try_for_each(|_| statement(worker)))?,
        "hop_1" => hops(server.caller(), 1, n).await?,
        "hop_16" => hops(server.caller(), 16, n).await?,
        "hop_64" => hops(server.caller(), 64, n).await?,
        "client_1" => return clients(server, 1, n).await.map(Some),
        "client_16" => return clients(server, 16, n).await.map(Some),
        "client_64" => return clients(server, 64, n).await.map(Some),
        _ => return Ok(None),
    }
    Ok(Some(start.elapsed()))
}

fn statement(worker: &mut Worker<'_, Connected>) -> Result<()> {
    worker.transaction(|tx| tx.query_scalar::<i32, _>("select 1", ()))?;
    Ok(())
}

/// That many tasks on tokio's threads, each with its share of the calls.
async fn hops(pg: Caller<Connected>, callers: i64, n: i64) -> Result<()> {
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let pg = pg.clone();
            tokio::spawn(async move {
                for _ in 0..n / callers {
                    pg.call(statement).await?;
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(Error::other)??;
    }
    Ok(())
}

/// The same with connections to this server, one for each task, and a prepared statement.
async fn clients(server: &Server<'_>, callers: i64, n: i64) -> Result<Duration> {
    let address = server.connection_string()?;
    let mut clients = Vec::new();
    for _ in 0..callers {
        let connected = tokio_postgres::connect(&address, NoTls).await;
        let (client, connection) = connected.map_err(Error::other)?;
        tokio::spawn(connection);
        clients.push(client);
    }
    let start = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(query(client, n / callers)))
        .collect();
    for task in tasks {
        task.await.map_err(Error::other)?.map_err(Error::other)?;
    }
    Ok(start.elapsed())
}

async fn query(client: Client, n: i64) -> std::result::Result<(), tokio_postgres::Error> {
    let one = client.prepare("select 1").await?;
    for _ in 0..n {
        client.query_one(&one, &[]).await?;
    }
    Ok(())
}
