//~ error: the default of a setting is outside its range
//! The default of a setting is inside its range.

use postgres_bgworker::settings::IntSetting;

pub static NAP: IntSetting = IntSetting::new(
    c"ticker.nap",
    c"Time between two ticks.",
    0,
    1..=60,
);

fn main() {}
