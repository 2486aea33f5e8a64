//~ error: expected `&String`, found `&i32`
//! A channel carries the messages it was made for.

use postgres_bgworker::channel::Channel;
use postgres_bgworker::prelude::*;

pub fn peer(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel: Channel<String, ()> = Channel::attach(&worker)?;
    channel.send(&mut worker, &7_i32, Duration::MAX)?;
    Ok(Exit::Done)
}

fn main() {}
