//! Lines for the server log, made without an allocator.

use core::ffi::{CStr, c_int};
use core::fmt::{self, Write};
use postgres_bgworker_sys as ffi;
use postgres_bgworker_sys::shim::{self, ReportFields};

/// A text of limited length that always ends in NUL.
pub(crate) struct Line {
    bytes: [u8; 256],
    used: usize,
}

impl Line {
    /// The formatted text, cut where the line is full.
    pub(crate) fn of(text: fmt::Arguments<'_>) -> Self {
        let mut line = Line {
            bytes: [0; 256],
            used: 0,
        };
        // The only error is a full line.
        let _ = line.write_fmt(text);
        line
    }

    pub(crate) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // The last byte stays zero.
            if self.used == self.bytes.len() - 1 {
                return Err(fmt::Error);
            }
            self.bytes[self.used] = byte;
            self.used += 1;
        }
        Ok(())
    }
}

/// A line of level LOG that says whose it is.
pub(crate) fn log(text: fmt::Arguments<'_>) {
    report(
        ffi::LOG,
        Line::of(format_args!("raw worker: {text}")).as_c_str(),
    );
}

/// `ereport`. At ERROR it jumps to the innermost guard, and at FATAL it ends the process: callers own nothing then.
pub(crate) fn report(level: c_int, message: &CStr) {
    let fields = ReportFields::new(level, message.as_ptr());
    // SAFETY: on the main thread; the server copies the texts, and no frame between here and a guard owns anything.
    unsafe { shim::pgbgw_report(&raw const fields) }
}
