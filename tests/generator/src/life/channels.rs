//! Channels to workers that send back what they receive.

use super::limits::is_limit;
use super::{excused, violation};
use crate::helpers::ECHO;
use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, channel::Channel, wait::Wait, worker::Launch};
use std::collections::VecDeque;

type Echo = Channel<Vec<u8>, Vec<u8>>;

struct One {
    channel: Echo,
    /// Messages that were sent and have not returned.
    sent: VecDeque<Vec<u8>>,
    /// After an error that closes it.
    closed: bool,
}

#[derive(Default)]
pub struct Kept(Vec<One>);

const LIMIT: Duration = Duration::from_secs(20);

pub fn launch(from: &impl Launch, ring: usize) -> Result<Echo> {
    let worker = BackgroundWorker::new("generator echo", ECHO).restart(Restart::never());
    Channel::launch_with_ring(from, worker, ring)
}

impl Kept {
    pub fn open(&mut self, from: &impl Launch, with: u32) -> Result<()> {
        if self.0.len() >= 2 {
            return Ok(());
        }
        let ring = [1024, 4096, 1 << 16, 1][with as usize % 4];
        let channel = launch(from, ring)?;
        self.0.push(One {
            channel,
            sent: VecDeque::new(),
            closed: false,
        });
        Ok(())
    }

    pub fn close(&mut self, with: u32) {
        let Some(one) = self.0.pop() else { return };
        match with % 4 {
            0 => drop(one),
            1 => std::mem::forget(one.channel),
            2 => drop(one.channel.close()),
            _ => {
                if let Some(worker) = one.channel.worker() {
                    let _ = worker.terminate();
                }
            }
        }
    }

    /// Send, receive or flush.
    pub fn exchange(&mut self, waiting: &mut impl Wait, with: u32) -> Result<()> {
        let count = self.0.len();
        let Some(one) = self.0.get_mut(with as usize % count.max(1)) else {
            return Ok(());
        };
        let result = one.exchange(waiting, with >> 4);
        if let Err(error) = &result {
            let gone = matches!(error.kind(), ErrorKind::PeerGone | ErrorKind::Server);
            one.closed |= gone;
            let meant = gone
                || excused(error)
                || matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            if !meant {
                violation(&format!("a channel failed: {error:?}"));
            }
        }
        result
    }
}

impl One {
    fn exchange(&mut self, waiting: &mut impl Wait, with: u32) -> Result<()> {
        match with % 8 {
            // No more than the echo accepts before this side receives.
            0..=2 if self.sent.len() < 3 => {
                let long = (with >> 8) as usize % 300 * if with >> 20 & 15 == 0 { 300 } else { 1 };
                let message: Vec<u8> = (0..long).map(|at| (at as u32 ^ with) as u8).collect();
                let result = match with % 2 {
                    0 => self.channel.try_send(waiting, &message),
                    _ => self
                        .channel
                        .send(waiting, &message, Duration::from_millis(2)),
                };
                match &result {
                    Err(error) if error.kind() == ErrorKind::WouldBlock || self.closed => {}
                    // It is not known whether it was sent partially; the next reply may be this
                    // message.
                    Err(error) if error.kind() != ErrorKind::TimedOut || is_limit(error) => {
                        self.closed = true
                    }
                    _ => self.sent.push_back(message),
                }
                result
            }
            3 => self
                .channel
                .flush(waiting, Duration::from_millis(2))
                .map(drop),
            4 | 5 => {
                let received = self.channel.try_receive(waiting)?;
                received.map_or(Ok(()), |message| self.came(&message))
            }
            _ if !self.sent.is_empty() && !self.closed => {
                let received = self.channel.receive(waiting, LIMIT);
                match received {
                    Ok(message) => self.came(&message),
                    Err(error) => {
                        if error.kind() == ErrorKind::TimedOut && !is_limit(&error) {
                            violation("an echo was not returned");
                        }
                        Err(error)
                    }
                }
            }
            _ => Ok(()),
        }
    }

    fn came(&mut self, message: &[u8]) -> Result<()> {
        let wanted = self.sent.pop_front();
        if !self.closed && wanted.as_deref() != Some(message) {
            violation(&format!(
                "a message of {} bytes came back wrong",
                message.len()
            ));
        }
        Ok(())
    }
}
