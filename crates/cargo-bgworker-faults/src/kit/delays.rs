//! Pseudo-random delays, reproducible with the same seed.

use fastrand::Rng;
use std::time::Duration;

/// A stream of pseudo-random numbers.
#[derive(Clone, Debug)]
pub(crate) struct SeededDelays(Rng);

impl SeededDelays {
    /// Returns the stream of one run. Each fault and each run has its own, so a single run can be
    /// repeated.
    pub(crate) fn new(seed: u64, fault: &str, run: u32) -> Self {
        let next = |seed: u64, number: u64| Rng::with_seed(seed ^ number).u64(..);
        let of_fault = fault
            .bytes()
            .fold(seed, |sum, byte| next(sum, u64::from(byte)));
        Self(Rng::with_seed(next(of_fault, u64::from(run))))
    }

    /// Returns a number below `end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.usize(..end) }
    }

    /// Returns a duration shorter than `end`.
    pub(crate) fn within(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(end.as_micros() as usize) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_delays() {
        let first = |seed, fault, run| SeededDelays::new(seed, fault, run).below(1 << 40);
        assert_eq!(first(7, "F1", 3), first(7, "F1", 3));
        for other in [first(8, "F1", 3), first(7, "F2", 3), first(7, "F1", 4)] {
            assert_ne!(first(7, "F1", 3), other);
        }
    }

    #[test]
    fn delays_fill_their_span() {
        let mut delays = SeededDelays::new(1, "x", 0);
        let drawn: Vec<_> = (0..1000).map(|_| delays.below(10)).collect();
        assert!((0..10).all(|number| drawn.contains(&number)));
        assert_eq!(delays.below(0), 0);
    }
}
