//~ error: a check function must be given by its name
//! The server passes no context to a check function, so its type must identify it.

use postgres_bgworker::{Result, settings::IntSetting};

const ANY: fn(i32) -> Result<()> = |_| Ok(());

pub static NAP: IntSetting =
    IntSetting::new(c"ticker.nap", c"Time between two ticks.", 1, 1..=60).check(ANY);

fn main() {}
