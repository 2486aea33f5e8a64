//! Makes cargo build for one server at a time, in the order of the servers.

use std::sync::{Condvar, Mutex, PoisonError};

/// The number of the current turn.
#[derive(Default)]
pub(super) struct Turns {
    number: Mutex<usize>,
    changed: Condvar,
}

impl Turns {
    /// Waits until all turns before this number have ended.
    pub(super) fn wait(&self, number: usize) -> Turn<'_> {
        let now = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(now, |now| *now < number);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        Turn {
            turns: self,
            number,
        }
    }
}

/// A turn, which ends on drop.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    number: usize,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let number = self.turns.number.lock();
        *number.unwrap_or_else(PoisonError::into_inner) = self.number + 1;
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_early_number_waits_for_its_turn() {
        let (turns, order) = (Turns::default(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for number in (0..4).rev() {
                let (turns, order) = (&turns, &order);
                scope.spawn(move || {
                    let _turn = turns.wait(number);
                    order.lock().unwrap().push(number);
                });
            }
        });
        assert_eq!(order.into_inner().unwrap(), [0, 1, 2, 3]);
    }
}
