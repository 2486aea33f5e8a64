//! The types that can be sent to other threads, and those that threads can share. The types that
//! cannot are in `fail/…_to_thread.rs`.

use postgres_bgworker::error::SqlState;
use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::{
    BoolSetting, DurationSetting, IntSetting, RealSetting, SizeSetting, StringSetting,
};
use postgres_bgworker::shmem::{LwLock, Shared, SpinCell};
use postgres_bgworker::sql::{
    AnyText, Date, Inet, Interval, Isolation, Json, Lsn, Numeric, Time, Timestamp, TimestampTz,
    Uuid, Xid, Xid8,
};
use postgres_bgworker::wait::{
    Backoff, Deadline, Interest, SourceKey, Ticker, WaitEventName, Waker,
};
use postgres_bgworker::worker::{Mismatch, PreflightIssue, Recovery, WorkerStatus};
use postgres_bgworker::{Datum, Oid};

fn send_and_sync<T: Send + Sync + 'static>() {}
fn sync<T: Sync + 'static>() {}

macro_rules! all {
    ($check:ident: $($type:ty),* $(,)?) => {
        $($check::<$type>();)*
    };
}

pub fn auto_traits() {
    all!(send_and_sync: Error, ErrorKind, SqlState, Report, Level);
    all!(send_and_sync: Exit, Restart, StartTime, Connect, Mismatch, PreflightIssue);
    all!(send_and_sync: Recovery, WorkerStatus, TransactionMode, Isolation, Datum, Oid);
    all!(send_and_sync: AnyText, Date, Inet, Interval, Json, Lsn, Numeric, Time, Timestamp);
    all!(send_and_sync: TimestampTz, Uuid, Xid, Xid8);
    all!(send_and_sync: Wake, Waker, Backoff, Deadline, Ticker, Interest, SourceKey, WaitEventName);
    // Statics of a library.
    all!(sync: BoolSetting, IntSetting, RealSetting, StringSetting, DurationSetting, SizeSetting);
    all!(sync: Shared<LwLock<u32>>, Shared<SpinCell<u32>>);
}

fn main() {}
