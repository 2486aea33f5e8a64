//! Formats measurements.

use super::stats::summary;

/// Formats the median of the runs and their spread.
pub(crate) fn measured(runs: &[f64]) -> String {
    summary(runs).map_or("-".to_owned(), |summary| {
        format!("{} ±{:.0}%", time(summary.median), summary.spread * 100.0)
    })
}

/// The end of a cell with a target that was missed.
pub(crate) const MISSED: &str = "MISSED";

/// Returns the word for a target that was met or missed.
pub(crate) fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { MISSED }
}

/// Formats rows that miss their target, each with the first reason whose text its title begins
/// with.
pub(crate) fn missed_rows(
    rows: impl IntoIterator<Item = (String, String)>,
    reasons: &[(&str, &str)],
) -> String {
    let mut text = String::new();
    for (title, row) in rows {
        let found = reasons.iter().find(|(start, _)| title.starts_with(start));
        let reason = found.map_or("Not analyzed yet.", |(_, reason)| reason);
        if text.is_empty() {
            text.push_str("\nMissed targets, with the reasons:\n\n");
        }
        text.push_str(&format!("* *{row}*: {reason}\n"));
    }
    text
}

/// Formats a target, and whether the ratio meets it.
pub(crate) fn target(target: Option<f64>, ratio: Option<f64>) -> String {
    match (target, ratio) {
        (Some(target), Some(ratio)) => {
            format!("≤ {target:.2} {}", verdict(ratio <= target))
        }
        (Some(target), None) => format!("≤ {target:.2}"),
        (None, _) => String::new(),
    }
}

/// Formats a ratio.
pub(crate) fn shown_ratio(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}"))
}

/// Formats three digits and a unit.
pub(crate) fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let digits = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn three_digits_and_a_unit() {
        let times = [2.346, 51.26, 999.4, 1500.0, 12_345_678.0, 2e9].map(time);
        assert_eq!(
            times,
            [
                "2.35 ns", "51.3 ns", "999 ns", "1.50 µs", "12.3 ms", "2.00 s"
            ]
        );
    }
}
