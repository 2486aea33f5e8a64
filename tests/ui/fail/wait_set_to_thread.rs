//~ error: cannot be sent between threads safely
//! The server waits on its own thread only; another one has a waker.

use postgres_bgworker::prelude::*;
use postgres_bgworker::wait::{Interest, WaitSet};
use std::net::TcpListener;

pub fn serve(worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut set = WaitSet::new(&worker);
    set.add(TcpListener::bind("127.0.0.1:0")?, Interest::READ);
    std::thread::spawn(move || set.len());
    Ok(Exit::Done)
}

fn main() {}
