//~ error: cannot be sent between threads safely
//! An end of a channel stays on the server's thread.

use postgres_bgworker::channel::Channel;
use postgres_bgworker::prelude::*;

pub fn peer(worker: Worker<NoDatabase>) -> Result<Exit> {
    let channel: Channel<String, String> = Channel::attach(&worker)?;
    std::thread::spawn(move || drop(channel));
    Ok(Exit::Done)
}

fn main() {}
