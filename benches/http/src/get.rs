//! Requests as the example `fetch` makes them, over a connection each.

use crate::Result;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Makes `count` requests, of which at most `most` wait for an answer.
pub(crate) async fn all(server: SocketAddr, count: usize, most: usize) -> Result<Duration> {
    let start = Instant::now();
    let mut requests = JoinSet::new();
    for _ in 0..count {
        if requests.len() == most {
            requests.join_next().await.expect("requests wait")??;
        }
        requests.spawn(get(server));
    }
    while let Some(body) = requests.join_next().await {
        body??;
    }
    Ok(start.elapsed())
}

async fn get(server: SocketAddr) -> Result<Vec<u8>> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/")
        .header(header::HOST, server.to_string())
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let answer = async {
        let answer = sender.send_request(request).await?;
        let body = answer.into_body().collect().await?;
        Ok(body.to_bytes().to_vec())
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        body = &mut answer => body,
        // The answer may have been read before the connection ended.
        _ = &mut connection => answer.await,
    }
}
