//! Counts instructions with valgrind. The counts depend only on the compilers and the server, not
//! on the load of the machine.

use super::libraries::Implementation;
use pg_scratch::process::run_checked;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Returns the prefix of the server's command line. The libraries run each row in a separate
/// function: counting begins when it is entered, and the count is written to the data directory
/// when it returns.
pub(super) fn under(libraries: &[(Implementation, PathBuf)]) -> Vec<String> {
    let mut words: Vec<String> = [
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--callgrind-out-file=callgrind.%p",
    ]
    .map(str::to_owned)
    .into();
    // Valgrind 3.19 drops an option if a wildcard, or another name with the same prefix, also has
    // one.
    for (who, _) in libraries {
        if *who == Implementation::Tasks {
            // A row that awaits is no call of a function: two calls are its ends.
            words.push("--zero-before=tasks_bench_begin".to_owned());
            words.push("--dump-before=tasks_bench_end".to_owned());
            continue;
        }
        for option in ["zero-before", "dump-after"] {
            words.push(format!("--{option}={}_bench_row", who.name()));
        }
    }
    words
}

/// Returns the version of valgrind, or an error if it is not installed.
pub(crate) fn valgrind() -> Result<String> {
    let mut command = Command::new("valgrind");
    run_checked(
        command.arg("--version"),
        "valgrind",
        Duration::from_secs(60),
    )
    .map(|version| version.trim().to_owned())
    .map_err(|error| error.help("install valgrind (Debian: apt-get install valgrind)"))
}

/// Returns the count that was written since the last call.
pub(super) fn take(directory: &Path) -> Result<u64> {
    let fail = |e: std::io::Error| Error::io(directory.display(), &e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if is_part(&path) {
            files.push(path);
        }
    }
    let [file] = files.as_slice() else {
        return Err(Error::new(format!(
            "valgrind wrote {} counts instead of one",
            files.len()
        ))
        .help("each library must run its rows in one exported function, NAME_bench_row"));
    };
    let text = std::fs::read_to_string(file).map_err(fail)?;
    std::fs::remove_file(file).map_err(fail)?;
    text.lines()
        .find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
        .ok_or_else(|| Error::new(format!("{} has no totals", file.display())))
}

/// Parses `callgrind.PID.NUMBER`; a file without the number covers a process up to its exit.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("callgrind.") && name.split('.').count() == 3
}
