//! The peer of the example `serve`: axum, with a pool of connections to the server.

use crate::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::NoTls;

pub(crate) async fn serve(address: &str, size: usize) -> Result<()> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = Manager::from_config(address.parse()?, NoTls, recycling);
    let pool = Pool::builder(manager).max_size(size).build()?;
    let pages = Router::new()
        .route("/keys/{key}", get(look_up))
        .with_state(pool);
    let listener = crate::listen().await?;
    axum::serve(listener, pages).await?;
    Ok(())
}

async fn look_up(State(pool): State<Pool>, Path(key): Path<String>) -> (StatusCode, String) {
    match value(&pool, &key).await {
        Ok(Some(value)) => (StatusCode::OK, value + "\n"),
        Ok(None) => (StatusCode::NOT_FOUND, "no such key\n".to_owned()),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

async fn value(pool: &Pool, key: &str) -> Result<Option<String>> {
    let client = pool.get().await?;
    let statement = client
        .prepare_cached("select value from serve.entries where key = $1")
        .await?;
    let row = client.query_opt(&statement, &[&key]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
