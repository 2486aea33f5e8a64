//! The terminal while a picture fills it.

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use bgworker_cli::stop::Stop;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use std::io::{Read, Write, stdin, stdout};
use std::time::{Duration, Instant};

/// The other screen, without cursor and without wrapped lines.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// A terminal that passes keys on at once. It is restored on drop.
pub(super) struct Screen {
    before: Option<Termios>,
}

impl Screen {
    /// Prepares the terminal. Without a keyboard, only a signal ends the command.
    pub(super) fn open() -> Option<Self> {
        let before = tcgetattr(stdin()).ok();
        if let Some(mut keys) = before.clone() {
            keys.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            tcsetattr(stdin(), OptionalActions::Now, &keys).ok()?;
        }
        let screen = Self { before };
        screen.write(ENTER);
        Some(screen)
    }

    /// The columns and the rows.
    pub(super) fn size(&self) -> (usize, usize) {
        match tcgetwinsize(stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                (size.ws_col.into(), size.ws_row.into())
            }
            _ => (80, 24),
        }
    }

    /// Replaces the picture without a moment in which the screen is empty.
    pub(super) fn show(&mut self, text: &str) {
        let text = match AutoStream::choice(&stdout()) {
            ColorChoice::Never => strip_str(text).to_string(),
            _ => text.to_owned(),
        };
        let lines = text.replace('\n', "\x1b[K\r\n");
        self.write(&format!("\x1b[H{lines}\x1b[K\x1b[J"));
    }

    /// Waits, and returns whether q or a signal has asked to stop.
    pub(super) fn wait_for_q(&self, time: Duration, stop: &Stop) -> bool {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if stop.asked() {
                return true;
            }
            if left.is_zero() {
                return false;
            }
            let turn = left.min(Duration::from_millis(100));
            if self.before.is_none() {
                std::thread::sleep(turn);
                continue;
            }
            let stdin = stdin();
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            let turn = Timespec {
                tv_sec: 0,
                tv_nsec: turn.as_nanos() as _,
            };
            // A signal ends it with an error.
            if poll(&mut ready, Some(&turn)).is_ok_and(|count| count > 0) {
                let mut key = [0];
                match stdin.lock().read(&mut key) {
                    Ok(1) if !b"qQ\x03".contains(&key[0]) => {}
                    _ => return true,
                }
            }
        }
    }

    fn write(&self, text: &str) {
        let mut out = stdout().lock();
        // A terminal that is gone has sent a signal.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.write(LEAVE);
        if let Some(before) = &self.before {
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
