//! Median and spread of measurements.

use serde::Serialize;

/// A summary of measurements, in nanoseconds per iteration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The median.
    pub(crate) median: f64,
    /// The median absolute deviation, as a fraction of the median.
    pub(crate) spread: f64,
}

/// Returns `None` without measurements.
pub(crate) fn summary(values: &[f64]) -> Option<Summary> {
    let median = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let spread = self::median(&distances)? / median;
    Some(Summary { median, spread })
}

/// Returns the median of the ratios of each run: both sides of a ratio ran under the same load.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    median(&ratios)
}

/// Returns a percentile of sorted values; NaN without a value.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .unwrap_or(f64::NAN)
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
        // A noisy second run slows both; the ratio is unchanged.
        assert_eq!(ratio(&[11.0, 110.0], &[10.0, 100.0]), Some(1.1));
        assert_eq!(ratio(&[], &[]), None);
    }
}
