//~ error: this method takes 1 argument but 0 arguments were supplied
//! A setting is read on the server's thread only.

use postgres_bgworker::settings::IntSetting;

static SETTING: IntSetting = IntSetting::new(c"a.b", c"", 1, 1..=2);

fn main() {
    std::thread::spawn(|| SETTING.get());
}
