//~ error: a time of a setting is too long for its unit
//~ error: a size of a setting is too large for its unit
//! The server stores the number of units in 32 bits.

use postgres_bgworker::settings::{DurationSetting, SizeSetting, SizeUnit, TimeUnit};
use std::time::Duration;

pub static NAP: DurationSetting = DurationSetting::new(
    c"ticker.nap",
    c"Time between two ticks.",
    Duration::from_secs(1),
    Duration::ZERO..=Duration::from_secs(30 * 24 * 3600),
    TimeUnit::Milliseconds,
);

pub static BUFFER: SizeSetting = SizeSetting::new(
    c"ticker.buffer",
    c"Size of the buffer.",
    1 << 20,
    0..=1 << 31,
    SizeUnit::Bytes,
);

fn main() {}
