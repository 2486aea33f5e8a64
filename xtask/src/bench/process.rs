//! What the kernel knows of a process.

use std::fs::read_to_string;

/// Returns the memory that only this process uses, in bytes; `None` if the process has ended.
pub(crate) fn private_memory(pid: u32) -> Option<u64> {
    let text = read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let kilobytes = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once(':')?;
        let private = name == "Private_Clean" || name == "Private_Dirty";
        let number = rest.trim().split(' ').next()?;
        private.then(|| number.parse::<u64>().ok())?
    });
    Some(kilobytes.sum::<u64>() * 1024)
}

/// Returns the processor time of a process in milliseconds.
pub(crate) fn processor_time(pid: u32) -> u64 {
    let stat = read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks = fields.split(' ').skip(11).take(2);
    // The kernel counts hundredths of a second.
    10 * ticks
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum::<u64>()
}

/// Returns how often a process has waited for something.
pub(crate) fn waits(pid: u32) -> u64 {
    let status = read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut lines = status.lines();
    let number = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    number
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_waits() {
        let this = std::process::id();
        let before = waits(this);
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert!(private_memory(this) > Some(100_000));
        assert!(waits(this) >= before);
        assert_eq!(private_memory(u32::MAX), None);
        assert_eq!(waits(u32::MAX), 0);
    }
}
