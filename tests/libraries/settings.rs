//! Settings of every kind, right and wrong ones, and a worker that says what it sees of them. `tests/settings.rs` loads it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    error::SqlState,
    settings::{
        BoolSetting, EnumSetting, IntSetting, RealSetting, SettingContext, SettingEnum,
        SettingFlag, StringSetting, Unit,
    },
};
use std::ffi::CStr;

bgworker_module!(init);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Oldest,
    Newest,
    Random,
}

impl SettingEnum for Order {
    const OPTIONS: &'static [(&'static CStr, Self)] = &[
        (c"oldest", Order::Oldest),
        (c"newest", Order::Newest),
        (c"random", Order::Random),
        (c"any", Order::Random),
    ];
}

static ON: BoolSetting =
    BoolSetting::new(c"settings.enabled", c"Whether.", true).context(SettingContext::Sighup);
static COUNT: IntSetting = IntSetting::new(
    c"settings.count",
    c"How many.",
    7,
    1..=100,
    Unit::Milliseconds,
)
.long_description(c"At a time.");
static RATIO: RealSetting = RealSetting::new(
    c"settings.ratio",
    c"Which part.",
    0.25,
    0.0..=1.0,
    Unit::None,
);
static TEXT: StringSetting = StringSetting::new(c"settings.text", c"What.", c"a text");
static PICK: EnumSetting<Order> =
    EnumSetting::new(c"settings.pick", c"Which first.", Order::Newest);

static SIZE: IntSetting = IntSetting::new(
    c"settings.size",
    c"How much.",
    64,
    0..=i32::MAX,
    Unit::Kilobytes,
)
.context(SettingContext::Postmaster);
static SECRET: StringSetting = StringSetting::new(c"settings.secret", c"A password.", c"")
    .flag(SettingFlag::SuperuserOnly)
    .flag(SettingFlag::NoResetAll);
static HIDDEN: BoolSetting =
    BoolSetting::new(c"settings.hidden", c"Not shown.", false).flag(SettingFlag::NoShowAll);
static BY_SUPERUSER: IntSetting =
    IntSetting::new(c"settings.by_superuser", c"Mine.", 0, -1..=1, Unit::None)
        .context(SettingContext::Suset);
static MINE: StringSetting =
    StringSetting::new(c"settings.mine", c"Mine.", c"nothing").context(SettingContext::Userset);

static EVEN: IntSetting =
    IntSetting::new(c"settings.even", c"An even one.", 2, 0..=100, Unit::None)
        .context(SettingContext::Userset)
        .check(even);
static YES: BoolSetting = BoolSetting::new(c"settings.yes", c"Always.", true)
    .context(SettingContext::Userset)
    .check(refuse_unless);
static HALF: RealSetting =
    RealSetting::new(c"settings.half", c"A half.", 0.5, 0.0..=1.0, Unit::None)
        .context(SettingContext::Userset)
        .check(|value| refuse_unless(value == 0.5));
static LOWER: StringSetting = StringSetting::new(c"settings.lower", c"In lower case.", c"a")
    .context(SettingContext::Userset)
    .check(|value| refuse_unless(value == value.to_lowercase()));
static FIRST: EnumSetting<Order> =
    EnumSetting::new(c"settings.first", c"Not random.", Order::Oldest)
        .context(SettingContext::Userset)
        .check(|value| refuse_unless(value != Order::Random));

static LIST: StringSetting = StringSetting::new(c"settings.list", c"Several.", c"")
    .context(SettingContext::Userset)
    .flag(SettingFlag::ListInput);

static UNITS: [IntSetting; 6] = [
    in_unit(c"settings.unit_none", Unit::None),
    in_unit(c"settings.unit_milliseconds", Unit::Milliseconds),
    in_unit(c"settings.unit_seconds", Unit::Seconds),
    in_unit(c"settings.unit_minutes", Unit::Minutes),
    in_unit(c"settings.unit_kilobytes", Unit::Kilobytes),
    in_unit(c"settings.unit_blocks", Unit::Blocks),
];
#[cfg(pg_has = "guc_unit_byte")]
static BYTES: IntSetting = in_unit(c"settings.unit_bytes", Unit::Bytes);
#[cfg(pg_has = "guc_unit_mb")]
static MEGABYTES: IntSetting = in_unit(c"settings.unit_megabytes", Unit::Megabytes);

const fn in_unit(name: &'static CStr, unit: Unit) -> IntSetting {
    IntSetting::new(name, c"In its unit.", 1, 0..=1000, unit).context(SettingContext::Userset)
}

fn even(value: i32) -> Result<()> {
    match value {
        13 => panic!("a panic in a check function"),
        15 => Err(Error::new(ErrorKind::Invalid, "fifteen is special")
            .with_detail("It is odd.")
            .with_hint("Take sixteen.")
            .with_sqlstate(SqlState::new("22003"))),
        17 => Err(Error::new(ErrorKind::Invalid, "It is odd.").with_hint("Take eighteen.")),
        19 => Err(Error::other("an error of somebody else")),
        _ => refuse_unless(value % 2 == 0),
    }
}

fn refuse_unless(good: bool) -> Result<()> {
    if good {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Invalid, "It is not good."))
    }
}

fn init(preload: &Preload) -> Result<()> {
    preload.log(format!("before: {}", values(preload)));
    ON.define(preload)?;
    COUNT.define(preload)?;
    RATIO.define(preload)?;
    TEXT.define(preload)?;
    PICK.define(preload)?;
    SIZE.define(preload)?;
    SECRET.define(preload)?;
    HIDDEN.define(preload)?;
    BY_SUPERUSER.define(preload)?;
    MINE.define(preload)?;
    EVEN.define(preload)?;
    YES.define(preload)?;
    HALF.define(preload)?;
    LOWER.define(preload)?;
    FIRST.define(preload)?;
    LIST.define(preload)?;
    for setting in &UNITS {
        setting.define(preload)?;
    }
    #[cfg(pg_has = "guc_unit_byte")]
    BYTES.define(preload)?;
    #[cfg(pg_has = "guc_unit_mb")]
    MEGABYTES.define(preload)?;
    wrong_definitions(preload);
    preload.reserve_prefix(c"settings")?;
    refused(preload, "late", LATE.define(preload));
    BackgroundWorker::new("settings", worker_main!(settings))?.register(preload)
}

static LATE: BoolSetting = BoolSetting::new(c"Settings.late", c"Too late.", true);
static SAME_NAME: BoolSetting = BoolSetting::new(c"settings.COUNT", c"There is one.", true);
static BAD_DEFAULT: IntSetting =
    IntSetting::new(c"wrong.odd", c"", 1, 0..=9, Unit::None).check(even);
static PANICS: IntSetting =
    IntSetting::new(c"wrong.panics", c"", 13, 0..=20, Unit::None).check(even);
static BAD_TEXT: StringSetting =
    StringSetting::new(c"wrong.text", c"", c"UPPER").check(|_| refuse_unless(false));
static NOT_AN_OPTION: EnumSetting<Few> = EnumSetting::new(c"wrong.option", c"", Few::Other);
static TWICE: EnumSetting<Doubled> = EnumSetting::new(c"wrong.twice", c"", Doubled);

#[derive(Clone, Copy, PartialEq)]
enum Few {
    One,
    Other,
}

impl SettingEnum for Few {
    const OPTIONS: &'static [(&'static CStr, Self)] = &[(c"one", Few::One)];
}

#[derive(Clone, Copy, PartialEq)]
struct Doubled;

impl SettingEnum for Doubled {
    const OPTIONS: &'static [(&'static CStr, Self)] = &[(c"same", Doubled), (c"SAME", Doubled)];
}

fn wrong_definitions(preload: &Preload) {
    refused(preload, "again", COUNT.define(preload));
    refused(preload, "same name", SAME_NAME.define(preload));
    refused(preload, "bad default", BAD_DEFAULT.define(preload));
    refused(preload, "panic", PANICS.define(preload));
    refused(preload, "bad text", BAD_TEXT.define(preload));
    refused(preload, "no option", NOT_AN_OPTION.define(preload));
    refused(preload, "two options", TWICE.define(preload));
}

fn refused(preload: &Preload, what: &str, result: Result<()>) {
    let error = result.expect_err(what);
    preload.log(format!("refused {what}: {:?}: {error}", error.kind()));
}

fn values(backend: &impl OnServerThread) -> String {
    format!(
        "{} {} {} {:?} {:?} {}",
        ON.get(backend),
        COUNT.get(backend),
        RATIO.get(backend),
        TEXT.get(backend),
        PICK.get(backend),
        SIZE.get(backend),
    )
}

fn settings(worker: Worker) -> Result<Exit> {
    let unconnected = MINE.get(&worker);
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.log(format!("mine: {unconnected}, {}", MINE.get(&worker)));
    own_changes(&mut worker)?;
    let mut reloads = 0;
    loop {
        let wake = worker.wait(Duration::from_secs(600))?;
        if wake.terminating() {
            return Ok(Exit::Done);
        }
        if wake.reloaded() {
            reloads += 1;
            worker.log(format!("reload {reloads}: {}", values(&worker)));
        }
        // A session that holds this lock keeps the worker in a transaction.
        worker.transaction(|tx| {
            let before = values(tx);
            tx.execute("select pg_advisory_xact_lock(42)", &[])?;
            if before != values(tx) {
                tx.warning("a setting has changed under a transaction");
            }
            Ok(())
        })?;
        worker.log("back from a transaction");
    }
}

/// A session's own SET frees the server's text; an abort takes it back.
fn own_changes(worker: &mut Worker<Connected>) -> Result<()> {
    let outside = MINE.get(worker);
    let failure = worker.transaction(|tx| {
        let before = MINE.get(tx);
        tx.execute("set settings.mine to 'changed'", &[])?;
        let within = MINE.get(tx);
        tx.log(format!("own: {outside}, {before}, {within}"));
        Err::<(), _>(Error::new(ErrorKind::Other, "abort"))
    });
    assert!(failure.is_err());
    worker.log(format!("own, aborted: {}", MINE.get(worker)));
    Ok(())
}
