//! Rows of `task::run`.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task::{Server, Socket, yield_now};
use std::hint::black_box;
use std::io::{Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::Instant;

/// Returns `None` if there is no such row.
pub(crate) async fn measure(server: &Server<'_>, row: &str, n: i64) -> Result<Option<Duration>> {
    let start = Instant::now();
    match row {
        "none" => {}
        "yield" => {
            tasks_bench_begin();
            yields(n).await;
            tasks_bench_end();
        }
        "yield_of_ten" => ten_yield(server, n).await?,
        "spawn" => spawn(server, n).await?,
        "transaction" => transactions(server, n)?,
        "transaction_direct" => server.with(|worker| transactions_direct(worker, n))?,
        "echo" => echo(server, n).await?,
        "echo_of_threads" => echo_of_threads(n)?,
        "source_10" => return add_sources(server, 10, n).await.map(Some),
        "source_1000" => return add_sources(server, 1000, n).await.map(Some),
        "source_10000" => return add_sources(server, 10_000, n).await.map(Some),
        _ => return Ok(None),
    }
    Ok(Some(start.elapsed()))
}

/// Valgrind counts from here. Not inlined, so that it sees the name. The two differ, or they would
/// become one function.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn tasks_bench_begin() {
    black_box(1);
}

/// Valgrind counts up to here.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn tasks_bench_end() {
    black_box(2);
}

async fn yields(n: i64) {
    for _ in 0..n {
        yield_now().await;
    }
}

async fn ten_yield(server: &Server<'_>, n: i64) -> Result<()> {
    let tasks: Vec<_> = (0..10).map(|_| server.spawn(yields(n / 10))).collect();
    for task in tasks {
        task.await?;
    }
    Ok(())
}

async fn spawn(server: &Server<'_>, n: i64) -> Result<()> {
    for number in 0..n {
        server.spawn(async move { number }).await?;
    }
    Ok(())
}

fn transactions(server: &Server<'_>, n: i64) -> Result<()> {
    for _ in 0..n {
        server.transaction(|tx| tx.query_scalar::<i32, _>("select 1", ()))?;
    }
    Ok(())
}

fn transactions_direct(worker: &mut Worker<'_, Connected>, n: i64) -> Result<()> {
    for _ in 0..n {
        worker.transaction(|tx| tx.query_scalar::<i32, _>("select 1", ()))?;
    }
    Ok(())
}

const MESSAGE: &[u8; 8] = b"12345678";

async fn echo(server: &Server<'_>, n: i64) -> Result<()> {
    let (here, there) = UnixStream::pair()?;
    let (here, there) = (server.socket(here)?, server.socket(there)?);
    let answers = server.spawn(async move {
        for _ in 0..n {
            receive(&there).await?;
            there.write_all(MESSAGE).await?;
        }
        Ok::<(), Error>(())
    });
    for _ in 0..n {
        here.write_all(MESSAGE).await?;
        receive(&here).await?;
    }
    answers.await?
}

async fn receive(socket: &Socket<UnixStream>) -> Result<()> {
    let mut buffer = [0; MESSAGE.len()];
    let mut received = 0;
    while received < buffer.len() {
        received += socket.read(&mut buffer[received..]).await?;
    }
    Ok(())
}

/// The same between two threads that block.
fn echo_of_threads(n: i64) -> Result<()> {
    let (mut here, mut there) = UnixStream::pair()?;
    let answers = std::thread::spawn(move || {
        let mut buffer = [0; MESSAGE.len()];
        for _ in 0..n {
            there.read_exact(&mut buffer)?;
            there.write_all(&buffer)?;
        }
        Ok::<(), std::io::Error>(())
    });
    let mut buffer = [0; MESSAGE.len()];
    for _ in 0..n {
        here.write_all(MESSAGE)?;
        here.read_exact(&mut buffer)?;
    }
    match answers.join() {
        Ok(result) => Ok(result?),
        Err(_) => Err(Error::other("the thread panicked")),
    }
}

/// Adds and removes a source while tasks wait for `others`.
async fn add_sources(server: &Server<'_>, others: usize, n: i64) -> Result<Duration> {
    let mut waiting = Vec::new();
    for _ in 0..others {
        let socket = server.socket(UnixDatagram::unbound()?)?;
        waiting.push(server.spawn(async move { socket.readable().await }));
    }
    yield_now().await;
    let silent = UnixDatagram::unbound()?;
    let start = Instant::now();
    for _ in 0..n {
        drop(server.socket(silent.try_clone()?)?);
    }
    let took = start.elapsed();
    waiting.iter().for_each(|task| task.abort());
    for task in waiting {
        drop(task.await);
    }
    Ok(took)
}
