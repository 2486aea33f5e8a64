//! Lists of majors.

/// Formats majors for display: `11, 13–16`. Only adjacent majors form a range.
pub fn majors(all: &[&str]) -> String {
    let mut ranges: Vec<(&str, &str)> = Vec::new();
    for major in all {
        match ranges.last_mut() {
            Some((_, last)) if are_neighbours(last, major) => *last = major,
            _ => ranges.push((major, major)),
        }
    }
    let ranges = ranges.into_iter().map(|(first, last)| {
        if first == last {
            first.to_owned()
        } else {
            format!("{first}–{last}")
        }
    });
    ranges.collect::<Vec<_>>().join(", ")
}

fn are_neighbours(a: &str, b: &str) -> bool {
    let number = |major: &str| major.parse::<u32>().unwrap_or(0);
    match (a.strip_prefix("9."), b.strip_prefix("9.")) {
        (Some(a), Some(b)) => number(a) + 1 == number(b),
        (Some(a), None) => a == "6" && b == "10",
        _ => number(a) + 1 == number(b),
    }
}

#[cfg(test)]
mod tests {
    use super::majors;

    #[test]
    fn only_neighbours_make_a_range() {
        let cases: [(&[&str], &str); 5] = [
            (&[], ""),
            (&["18"], "18"),
            (&["9.5", "9.6", "10", "11"], "9.5–11"),
            (&["11", "13", "14", "15"], "11, 13–15"),
            (&["9.3", "9.6", "11"], "9.3, 9.6, 11"),
        ];
        for (all, expected) in cases {
            assert_eq!(majors(all), expected);
        }
    }
}
