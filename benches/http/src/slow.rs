//! A server that answers each request after a millisecond.

use crate::Result;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";

pub(crate) async fn serve() -> Result<()> {
    let listener = crate::listen().await?;
    loop {
        let (client, _) = listener.accept().await?;
        // A client that goes away early is not the measured one.
        tokio::spawn(async { drop(answer(client).await) });
    }
}

async fn answer(mut client: TcpStream) -> std::io::Result<()> {
    let mut request = Vec::with_capacity(1024);
    while !request.ends_with(b"\r\n\r\n") {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    client.write_all(ANSWER).await?;
    client.shutdown().await
}
