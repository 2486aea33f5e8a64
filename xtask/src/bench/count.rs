//! Instructions, as valgrind counts them: they do not depend on the machine's mood, only on the compilers and the server.

use super::libraries::Implementation;
use pg_scratch::process::run_checked;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What stands before the server's command line. The libraries run each row in a function of theirs: counting begins when
/// it is entered, and the count is written down when it returns, in the data directory.
pub(super) fn under(libraries: &[(Implementation, PathBuf)]) -> Vec<String> {
    let mut words: Vec<String> = [
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--callgrind-out-file=callgrind.%p",
    ]
    .map(str::to_owned)
    .into();
    // Valgrind 3.19 loses an option where a star, or another name that begins alike, has one too.
    for (who, _) in libraries {
        for option in ["zero-before", "dump-after"] {
            words.push(format!("--{option}={}_bench_row", who.name()));
        }
    }
    words
}

/// The version of valgrind; an error where there is none.
pub(crate) fn valgrind() -> Result<String> {
    let mut command = Command::new("valgrind");
    run_checked(command.arg("--version"), "valgrind", Duration::from_secs(60))
        .map(|version| version.trim().to_owned())
        .map_err(|error| error.help("valgrind counts the instructions: apt-get install valgrind, or as your system calls it"))
}

/// The count that has been written down since the last call.
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
            "valgrind has written down {} counts instead of one",
            files.len()
        ))
        .help("a library runs each row in one exported function, NAME_bench_row"));
    };
    let text = std::fs::read_to_string(file).map_err(fail)?;
    std::fs::remove_file(file).map_err(fail)?;
    text.lines()
        .find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
        .ok_or_else(|| Error::new(format!("{} has no totals", file.display())))
}

/// `callgrind.PID.NUMBER`; without the number it is what a process did to its end.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("callgrind.") && name.split('.').count() == 3
}
