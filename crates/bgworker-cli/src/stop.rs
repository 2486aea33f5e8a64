//! Turns Ctrl-C and SIGTERM into a flag.

use pg_scratch::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that is set when the process is asked to stop.
#[derive(Clone, Debug)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Installs the handlers: the first signal sets the flag, a second one ends the process at
    /// once.
    pub fn on_signals() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the first signal finds the flag unset, and then sets it.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
                .map_err(|e| Error::new(format!("could not catch signal {signal}: {e}")))?;
        }
        Ok(Self(flag))
    }

    /// Installs a handler for SIGTERM, and ignores Ctrl-C, which is for a program on the terminal.
    pub fn on_sigterm() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let ignored = Arc::default();
        signal_hook::flag::register(SIGTERM, Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(SIGINT, ignored))
            .map_err(|e| Error::new(format!("could not catch signals: {e}")))?;
        Ok(Self(flag))
    }

    /// Returns whether a signal was received.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
