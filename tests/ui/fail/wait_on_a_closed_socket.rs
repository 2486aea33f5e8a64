//~ error: cannot move out of `listener` because it is borrowed
//! A socket cannot be closed while a set waits for it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::wait::{Interest, WaitSet};
use std::net::TcpListener;

pub fn serve(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut set = WaitSet::new(&worker);
    set.add(&listener, Interest::READ);
    drop(listener);
    let _ = worker.wait_on(&mut set, Duration::from_secs(1))?;
    Ok(Exit::Done)
}

fn main() {}
