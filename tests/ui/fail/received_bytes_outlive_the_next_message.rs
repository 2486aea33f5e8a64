//~ error: cannot borrow `channel` as mutable more than once at a time
//! Received bytes are overwritten by the next message.

use postgres_bgworker::channel::Channel;
use postgres_bgworker::prelude::*;

pub fn peer(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel: Channel<Vec<u8>, Vec<u8>> = Channel::attach(&worker)?;
    let first = channel.receive_bytes(&mut worker, Duration::MAX)?;
    let second = channel.receive_bytes(&mut worker, Duration::MAX)?;
    worker.log(first.len() + second.len());
    Ok(Exit::Done)
}

fn main() {}
