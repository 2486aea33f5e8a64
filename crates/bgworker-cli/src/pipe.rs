//! Ends a command quietly when nothing reads its output any more, as in `… | head`.
//!
//! Rust ignores SIGPIPE, so `println!` panics. The panic is kept, because it runs destructors: they
//! stop servers and remove directories. Its message is not printed.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a shell reports of a program that SIGPIPE ended.
const CLOSED: u8 = 128 + 13;

static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs a command, and returns 141 if it ends because a pipe was closed.
pub fn guard(command: impl FnOnce() -> ExitCode) -> ExitCode {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // The panics that follow, for example of a thread that waits for this one, say nothing new.
        if is_closed_pipe(panic) {
            IS_CLOSED.store(true, Ordering::Relaxed);
        }
        if !IS_CLOSED.load(Ordering::Relaxed) {
            report(panic);
        }
    }));
    // Nothing of the command is used afterwards.
    match catch_unwind(AssertUnwindSafe(command)) {
        Ok(code) => code,
        Err(_) if IS_CLOSED.load(Ordering::Relaxed) => ExitCode::from(CLOSED),
        Err(panic) => resume_unwind(panic),
    }
}

/// Returns whether this is the panic of `println!`, whose text is all there is to tell it by.
fn is_closed_pipe(panic: &PanicHookInfo<'_>) -> bool {
    let text = panic.payload().downcast_ref::<String>();
    let text = text.map_or("", String::as_str);
    text.starts_with("failed printing to std") && text.contains("Broken pipe")
}
