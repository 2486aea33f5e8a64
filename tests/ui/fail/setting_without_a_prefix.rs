//~ error: the name of a setting must be a prefix, a dot and a name
//! Settings of a library have its prefix.

use postgres_bgworker::settings::BoolSetting;

pub static NAP: BoolSetting = BoolSetting::new(c"nap", c"Whether to nap.", true);

fn main() {}
