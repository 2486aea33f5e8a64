//! A client that looks up keys, one after the other on each connection.

use crate::Result;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The keys are `1` to this number.
const KEYS: usize = 1000;

pub(crate) async fn run(server: SocketAddr, count: usize, connections: usize) -> Result<Duration> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        let client = TcpStream::connect(server).await?;
        client.set_nodelay(true)?;
        clients.push(client);
    }
    let start = Instant::now();
    let mut running = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let share = count / connections + usize::from(number < count % connections);
        running.spawn(look_up(client, number, share));
    }
    while let Some(result) = running.join_next().await {
        result??;
    }
    Ok(start.elapsed())
}

async fn look_up(mut client: TcpStream, first: usize, count: usize) -> Result<()> {
    let mut answer = Vec::with_capacity(4096);
    for number in 0..count {
        let key = (first * 61 + number) % KEYS + 1;
        let request = format!("GET /keys/{key} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        client.write_all(request.as_bytes()).await?;
        answer.clear();
        let body = loop {
            if client.read_buf(&mut answer).await? == 0 {
                return Err("the server has closed the connection".into());
            }
            if let Some(body) = body(&answer)? {
                break body;
            }
        };
        if body != format!("value of {key}\n").as_bytes() {
            let body = String::from_utf8_lossy(body);
            return Err(format!("a wrong answer for the key {key}: {body:?}").into());
        }
    }
    Ok(())
}

/// Returns the body of an answer, or `None` if a part is missing.
fn body(answer: &[u8]) -> Result<Option<&[u8]>> {
    let end = b"\r\n\r\n";
    let Some(at) = answer.windows(end.len()).position(|part| part == end) else {
        return Ok(None);
    };
    let (head, body) = answer.split_at(at + end.len());
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .ok_or("an answer without a length")?;
    Ok((body.len() == length.parse()?).then_some(body))
}
