//! The other side of the HTTP rows. A server prints its port and runs until its standard input
//! ends; a client prints the nanoseconds that all its requests took.
//!
//! ```text
//! bench-http slow                              answers each request after a millisecond
//! bench-http pool CONNECTION-STRING SIZE       axum and a pool: looks up keys like the example serve
//! bench-http get PORT REQUESTS IN-FLIGHT       the client of the example fetch, without PostgreSQL
//! bench-http load PORT REQUESTS CONNECTIONS    looks up keys, one after the other on each connection
//! ```

mod get;
mod load;
mod pool;
mod slow;

use std::error::Error;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // The light ends have one thread, so that what is measured gets the processors.
    let light = || Builder::new_current_thread().enable_all().build();
    let full = || Builder::new_multi_thread().enable_all().build();
    match arguments[..] {
        ["slow"] => light()?.block_on(slow::serve()),
        ["pool", address, size] => full()?.block_on(pool::serve(address, size.parse()?)),
        ["get", port, count, most] => full()?.block_on(async {
            let took = get::all(here(port)?, count.parse()?, most.parse()?).await?;
            println!("{}", took.as_nanos());
            Ok(())
        }),
        ["load", port, count, connections] => light()?.block_on(async {
            let took = load::run(here(port)?, count.parse()?, connections.parse()?).await?;
            println!("{}", took.as_nanos());
            Ok(())
        }),
        _ => Err("usage: bench-http slow | pool … | get … | load …".into()),
    }
}

fn here(port: &str) -> Result<SocketAddr> {
    Ok((Ipv4Addr::LOCALHOST, port.parse()?).into())
}

/// Listens on a free port, prints it, and lets the process end with its standard input.
async fn listen() -> Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    // A thousand connections may begin at once. Those that do not fit begin again after a second.
    let listener = socket.listen(4096)?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        // The end or an error: the parent has left.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    Ok(listener)
}
