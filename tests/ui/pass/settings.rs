//! Settings of all kinds.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, settings::{BoolSetting, DurationSetting, EnumSetting, IntSetting, RealSetting, SettingContext, SettingEnum, SettingFlag, SizeSetting, SizeUnit, StringSetting, TimeUnit}};
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

static WORKERS: IntSetting = IntSetting::new(c"queue.workers", c"How many.", 1, 1..=8)
    .context(SettingContext::Postmaster);
static SHARE: RealSetting = RealSetting::new(c"queue.share", c"Which part.", 0.5, 0.0..=1.0);
static PAUSE: DurationSetting = DurationSetting::new(
    c"queue.pause",
    c"Between.",
    Duration::from_secs(5),
    Duration::ZERO..=Duration::from_secs(60),
    TimeUnit::Milliseconds,
)
.check(|pause| if pause.is_zero() { Err(Error::other("zero")) } else { Ok(()) });
static BUFFER: SizeSetting =
    SizeSetting::new(c"queue.buffer", c"How much.", 1 << 20, 0..=1 << 40, SizeUnit::Megabytes).check(|_| Ok(()));
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
    SHARE.define(preload)?;
    PAUSE.define(preload)?;
    BUFFER.define(preload)?;
    DRY.define(preload)?;
    PICK.define(preload)?;
    TABLE.define(preload)?;
    preload.reserve_prefix(c"queue")
}

pub fn table(worker: &Worker) -> String {
    TABLE.get(worker)
}

pub fn pause(worker: &Worker) -> Duration {
    PAUSE.get(worker)
}

pub fn buffer(worker: &Worker) -> u64 {
    BUFFER.get(worker)
}

fn main() {}
