//~ error: a time of a setting is not a whole number of its unit
//~ error: a size of a setting is not a whole number of its unit
//! The server stores a number of units: it would round the default.

use postgres_bgworker::settings::{DurationSetting, SizeSetting, SizeUnit, TimeUnit};
use std::time::Duration;

pub static NAP: DurationSetting = DurationSetting::new(
    c"ticker.nap",
    c"Time between two ticks.",
    Duration::from_millis(1500),
    Duration::from_secs(1)..=Duration::from_secs(60),
    TimeUnit::Seconds,
);

pub static BUFFER: SizeSetting = SizeSetting::new(
    c"ticker.buffer",
    c"Size of the buffer.",
    1000,
    0..=1 << 20,
    SizeUnit::Kilobytes,
);

fn main() {}
