//! Settings of all kinds.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, settings::{BoolSetting, EnumSetting, IntSetting, RealSetting, SettingContext, SettingEnum, SettingFlag, StringSetting, Unit}};
use std::ffi::CStr;

bgworker_module!(init);

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Oldest,
    Newest,
}

impl SettingEnum for Order {
    const OPTIONS: &'static [(&'static CStr, Self)] =
        &[(c"oldest", Order::Oldest), (c"newest", Order::Newest)];
}

static WORKERS: IntSetting = IntSetting::new(c"queue.workers", c"How many.", 1, 1..=8, Unit::None)
    .context(SettingContext::Postmaster);
static PAUSE: RealSetting = RealSetting::new(c"queue.pause", c"Between.", 0.5, 0.0..=60.0, Unit::Seconds);
static DRY: BoolSetting = BoolSetting::new(c"queue.dry", c"Only look.", false);
static PICK: EnumSetting<Order> = EnumSetting::new(c"queue.pick", c"First.", Order::Oldest);
static TABLE: StringSetting = StringSetting::new(c"queue.table", c"Where.", c"queue")
    .flag(SettingFlag::SuperuserOnly)
    .check(not_empty);

fn not_empty(value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, "It must name a table."));
    }
    Ok(())
}

fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    PAUSE.define(preload)?;
    DRY.define(preload)?;
    PICK.define(preload)?;
    TABLE.define(preload)?;
    preload.reserve_prefix(c"queue")
}

pub fn table(worker: &Worker) -> String {
    TABLE.get(worker)
}

fn main() {}
