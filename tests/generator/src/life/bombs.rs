//! Values that panic when they are dropped or shown, and the end of panics.

use postgres_bgworker::prelude::*;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

/// Panics when it is dropped, except during another panic, when the runtime would abort.
#[derive(Debug)]
pub struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("on purpose: dropped");
        }
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("on purpose: an error that panics when it is dropped")
    }
}

impl std::error::Error for Bomb {}

pub fn error() -> Error {
    Error::other(Bomb)
}

/// Its `Display` panics.
#[derive(Debug)]
pub struct Unshown;

impl fmt::Display for Unshown {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("on purpose: shown")
    }
}

/// Of the setting.
pub fn check(value: i32) -> Result<()> {
    match value {
        13 => Err(error()),
        14 => panic!("on purpose"),
        15 => panic_any(Bomb),
        16 => Err(Error::other("on purpose")),
        _ => Ok(()),
    }
}

/// Runs it to its end. An unintended panic is a defect.
pub fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(value) => Some(value),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            let meant =
                text.map_or_else(|| payload.is::<Bomb>(), |text| text.contains("on purpose"));
            if !meant {
                super::violation(&format!(
                    "a panic: {}",
                    text.unwrap_or("of an unknown type")
                ));
            }
            std::mem::forget(payload);
            None
        }
    }
}
