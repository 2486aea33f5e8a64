//! Moments that look random and come again with the same seed.

use std::time::Duration;

/// A stream of numbers (SplitMix64): small, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct SeededDelays(u64);

impl SeededDelays {
    /// The stream of one run: each fault and each run has its own, so that one can be repeated without the others.
    pub(crate) fn new(seed: u64, fault: &str, run: u32) -> Self {
        let name = fault
            .bytes()
            .fold(seed, |sum, byte| mix(sum ^ u64::from(byte)));
        Self(mix(name ^ u64::from(run)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`; 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        match end as u64 {
            0 => 0,
            end => (self.next() % end) as usize,
        }
    }

    /// A time shorter than `end`.
    pub(crate) fn within(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(end.as_micros() as usize) as u64)
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_moments_and_others_others() {
        let first = |seed, fault, run| SeededDelays::new(seed, fault, run).below(1 << 40);
        assert_eq!(first(7, "F1", 3), first(7, "F1", 3));
        for other in [first(8, "F1", 3), first(7, "F2", 3), first(7, "F1", 4)] {
            assert_ne!(first(7, "F1", 3), other);
        }
    }

    #[test]
    fn moments_fill_their_span() {
        let mut delays = SeededDelays::new(1, "x", 0);
        let drawn: Vec<_> = (0..1000).map(|_| delays.below(10)).collect();
        assert!((0..10).all(|number| drawn.contains(&number)));
        assert_eq!(delays.below(0), 0);
    }
}
