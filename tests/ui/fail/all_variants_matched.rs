//~ error: the matched value is of type `StartTime`
//~ error: the matched value is of type `Exit`
//~ error: the matched value is of type `WorkerStatus`
//~ error: the matched value is of type `Recovery`
//~ error: the matched value is of type `Level`
//~ error: the matched value is of type `SettingContext`
//~ error: the matched value is of type `TimeUnit`
//~ error: the matched value is of type `SizeUnit`
//! A later server may add a variant to these enums.

use postgres_bgworker::settings::{SettingContext, SizeUnit, TimeUnit};
use postgres_bgworker::worker::{Recovery, WorkerStatus};
use postgres_bgworker::{Exit, Level, StartTime};

pub fn start(it: StartTime) {
    match it {
        StartTime::PostmasterStart | StartTime::ConsistentState | StartTime::RecoveryFinished => {}
    }
}

pub fn exit(it: Exit) {
    match it {
        Exit::Done | Exit::Restart => {}
    }
}

pub fn status(it: WorkerStatus) {
    match it {
        WorkerStatus::Starting | WorkerStatus::Running(_) | WorkerStatus::Stopped => {}
    }
}

pub fn recovery(it: Recovery) {
    match it {
        Recovery::Finished => {}
    }
}

pub fn level(it: Level) {
    match it {
        Level::Log => {}
    }
}

pub fn context(it: SettingContext) {
    match it {
        SettingContext::Postmaster | SettingContext::Sighup | SettingContext::Suset | SettingContext::Userset => {}
    }
}

pub fn time(it: TimeUnit) {
    match it {
        TimeUnit::Milliseconds | TimeUnit::Seconds | TimeUnit::Minutes => {}
    }
}

pub fn size(it: SizeUnit) {
    match it {
        SizeUnit::Bytes | SizeUnit::Kilobytes | SizeUnit::Megabytes | SizeUnit::Blocks => {}
    }
}

fn main() {}
