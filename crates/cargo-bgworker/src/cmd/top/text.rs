//! The picture: a table of workers, and their last errors.

use super::source::{Sample, Worker};
use anstyle::Style;
use bgworker_cli::term::{BAD, BOLD, DIM, GOOD, WARN, paint};

const HEAD: [&str; 12] = [
    "LIBRARY", "WORKER", "DATABASE", "PID", "STATE", "FOR", "TX/s", "ERRORS", "WAITS/s", "BUSY",
    "QUEUE", "RESTARTS",
];

/// The column with the state, which has a color.
const STATE: usize = 4;
/// The columns from here on are numbers.
const NUMBERS: usize = 5;

/// Returns the table, without colors of rows.
pub(super) fn table(sample: &Sample, before: Option<&Sample>) -> String {
    let mut lines = rows(sample, before);
    lines.extend(errors(sample));
    lines.join("\n")
}

/// Returns the picture for a terminal of this size.
pub(super) fn screen(
    sample: &Sample,
    before: Option<&Sample>,
    width: usize,
    height: usize,
) -> String {
    let running = sample.workers.iter().filter(|w| w.pid.is_some()).count();
    let title = format!(
        "{running} of {} workers run  (q: quit)",
        sample.workers.len()
    );
    let mut lines = vec![paint(DIM, title)];
    let rows = rows(sample, before);
    // The title, and the last line, after which the cursor stays.
    let room = height.saturating_sub(2);
    if rows.len() > room {
        let shown = room.saturating_sub(1);
        let hidden = rows.len() - shown;
        lines.extend(rows.into_iter().take(shown));
        lines.push(paint(DIM, format!("… and {hidden} more")));
    } else {
        lines.extend(rows);
    }
    lines.extend(errors(sample));
    lines.truncate(height.saturating_sub(1));
    let lines = lines.iter().map(|line| cut(line, width));
    lines.collect::<Vec<_>>().join("\n")
}

fn rows(sample: &Sample, before: Option<&Sample>) -> Vec<String> {
    let seconds = before.map(|before| (sample.at - before.at).as_secs_f64());
    let cells: Vec<[String; 12]> = sample
        .workers
        .iter()
        .map(|worker| {
            let earlier = before.and_then(|before| before.find(worker));
            cells(worker, earlier.zip(seconds))
        })
        .collect();
    let widths: [usize; 12] = std::array::from_fn(|at| {
        let cells = cells.iter().map(|row| row[at].chars().count());
        cells.chain([HEAD[at].len()]).max().unwrap_or(0)
    });
    let head = line(&HEAD.map(str::to_owned), &widths, None);
    let mut lines = vec![paint(BOLD, head)];
    lines.extend(
        cells
            .iter()
            .zip(&sample.workers)
            .map(|(row, worker)| line(row, &widths, style(worker))),
    );
    lines
}

fn line(cells: &[String; 12], widths: &[usize; 12], state: Option<Style>) -> String {
    let cells = cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(at, (cell, width))| {
            if at >= NUMBERS {
                return format!("{cell:>width$}");
            }
            let padded = format!("{cell:width$}");
            match state {
                Some(style) if at == STATE => paint(style, padded),
                _ => padded,
            }
        });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn style(worker: &Worker) -> Option<Style> {
    match worker.state.as_str() {
        "failed" | "crashed" => Some(BAD),
        "backing off" => Some(WARN),
        "running" | "in transaction" => Some(GOOD),
        "stopped" | "registered" => Some(DIM),
        _ => None,
    }
}

fn cells(worker: &Worker, earlier: Option<(&Worker, f64)>) -> [String; 12] {
    let rate = |count: fn(&Worker) -> i64| match earlier {
        Some((earlier, seconds)) => {
            let more = (count(worker) - count(earlier)).max(0);
            format!("{:.1}", more as f64 / seconds.max(0.001))
        }
        None => String::new(),
    };
    let state = match (worker.stop_requested, &worker.last_exit) {
        (true, _) => format!("{}, stopping", worker.state),
        (false, Some(exit)) if worker.pid.is_none() => format!("{} ({exit})", worker.state),
        _ => worker.state.clone(),
    };
    [
        worker.library.clone(),
        worker.name.clone(),
        worker.database.clone().unwrap_or_default(),
        worker.pid.map(|pid| pid.to_string()).unwrap_or_default(),
        state,
        worker.state_age.map(age).unwrap_or_default(),
        rate(|worker| worker.transactions),
        worker.errors.to_string(),
        rate(|worker| worker.waits),
        busy(worker, earlier.map(|(earlier, _)| earlier)),
        worker
            .queue_depth
            .map(|n| n.to_string())
            .unwrap_or_default(),
        worker.restarts.to_string(),
    ]
}

/// The part of the time outside of waits: since the sample before, or since the first start.
fn busy(worker: &Worker, earlier: Option<&Worker>) -> String {
    let since = |now: f64, before: fn(&Worker) -> f64| (now - earlier.map_or(0.0, before)).max(0.0);
    let busy = since(worker.busy_time, |earlier| earlier.busy_time);
    let idle = since(worker.idle_time, |earlier| earlier.idle_time);
    match worker.pid {
        Some(_) if busy + idle > 0.0 => format!("{:.0}%", 100.0 * busy / (busy + idle)),
        _ => String::new(),
    }
}

/// The last error of each worker, the latest one first.
fn errors(sample: &Sample) -> Vec<String> {
    let mut workers: Vec<&Worker> = sample.workers.iter().collect();
    workers.retain(|worker| worker.last_error.is_some());
    workers.sort_by(|a, b| {
        a.error_age
            .unwrap_or(0.0)
            .total_cmp(&b.error_age.unwrap_or(0.0))
    });
    let mut lines = Vec::new();
    if !workers.is_empty() {
        lines.extend([String::new(), paint(BOLD, "LAST ERRORS")]);
    }
    lines.extend(workers.iter().map(|worker| {
        format!(
            "{} ago  {}  {}  {}  {}",
            age(worker.error_age.unwrap_or(0.0)),
            worker.library,
            worker.name,
            worker.last_error_sqlstate.as_deref().unwrap_or_default(),
            worker.last_error.as_deref().unwrap_or_default(),
        )
    }));
    lines
}

/// Formats a time in seconds, in its largest unit.
fn age(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Cuts a line to this width. Codes for colors have no width.
fn cut(line: &str, width: usize) -> String {
    let mut text = String::new();
    let (mut used, mut in_code) = (0, false);
    for c in line.chars() {
        if c == '\x1b' {
            in_code = true;
        }
        if in_code {
            text.push(c);
            in_code = c != 'm';
        } else if used < width && !c.is_control() {
            text.push(c);
            used += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let ages = [0.4, 59.0, 119.9, 120.0, 7200.0, 200_000.0].map(age);
        assert_eq!(ages, ["0s", "59s", "119s", "2m", "2h", "2d"]);
    }

    #[test]
    fn cut_lines_keep_their_codes() {
        let line = format!("{} rest", paint(BAD, "failed"));
        let cut = cut(&line, 3);
        assert_eq!(anstream::adapter::strip_str(&cut).to_string(), "fai");
        assert!(cut.ends_with("\x1b[0m"), "{cut:?}");
        assert_eq!(super::cut("a\tb\x07c", 10), "abc");
    }
}
