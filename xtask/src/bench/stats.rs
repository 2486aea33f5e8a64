//! The middle of some measurements, and how far they lie apart.

use serde::Serialize;

/// Nanoseconds for each one of a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Half of the runs were faster.
    pub(crate) median: f64,
    /// Half of the runs were no further than this from the median, as a part of it.
    pub(crate) spread: f64,
}

/// Of no measurement there is no summary.
pub(crate) fn summary(values: &[f64]) -> Option<Summary> {
    let median = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let spread = self::median(&distances)? / median;
    Some(Summary { median, spread })
}

/// The median of the ratios of each run: both sides of a ratio met the same neighbours.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    median(&ratios)
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{ratio, summary};

    #[test]
    fn the_middle_and_the_distance_from_it() {
        let summary = summary(&[8.0, 10.0, 30.0]).unwrap();
        assert_eq!((summary.median, summary.spread), (10.0, 0.2));
        assert_eq!(super::summary(&[]), None);
        assert_eq!(super::median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn ratios_are_of_the_same_run() {
        // A noisy second run slows both down; the ratio stays.
        assert_eq!(ratio(&[11.0, 110.0], &[10.0, 100.0]), Some(1.1));
        assert_eq!(ratio(&[], &[]), None);
    }
}
