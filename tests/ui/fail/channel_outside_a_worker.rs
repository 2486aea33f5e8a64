//~ error: expected `&Worker<'_, _>`, found `&Preload`
//! While libraries are preloaded there is no launcher and no channel.

use postgres_bgworker::channel::Channel;
use postgres_bgworker::prelude::*;

pub fn init(preload: &Preload) -> Result<()> {
    Channel::<String, String>::attach(preload).map(drop)
}

fn main() {}
