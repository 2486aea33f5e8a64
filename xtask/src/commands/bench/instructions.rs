//! `--instructions`: counts the instructions of each row, and compares them with the committed
//! counts.

use crate::bench::{Driver, Implementation, KEPT, Kept, Row, YIELD, valgrind};
use bgworker_cli::term::{self, Progress};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to do with the counts.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    Show,
    Check,
    Bless,
}

const HEAD: [&str; 7] = ["row", "C", "raw", "safe", "pgrx", "raw/C", "safe/C"];

pub(super) fn main(
    server: &Server,
    libraries: &[(Implementation, PathBuf)],
    rows: &[Row],
    file: &Path,
    purpose: Purpose,
) -> Result<()> {
    let valgrind = valgrind()?;
    let counts = count(server, libraries, rows)?;
    anstream::println!(
        "PostgreSQL {}, instructions per iteration\n{}\n",
        server.version,
        table(&counts)
    );
    if purpose == Purpose::Show {
        return Ok(());
    }
    let here = Kept {
        made_with: made_with(server, &valgrind),
        rows: counts
            .iter()
            .map(|(row, counts)| (row.name.to_owned(), KEPT.map(|who| of(counts, who))))
            .collect(),
    };
    if purpose == Purpose::Bless {
        return std::fs::write(file, here.to_string())
            .map_err(|e| Error::new(format!("{}: {e}", file.display())));
    }
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::new(format!("{}: {e}", file.display()))
            .help("cargo xtask bench --instructions --bless writes it")
    })?;
    check(&Kept::parse(&text)?, &here)
}

fn check(kept: &Kept, here: &Kept) -> Result<()> {
    let otherwise = kept.made_otherwise(here);
    if !otherwise.is_empty() {
        term::warning(
            "instruction counts were NOT compared: the committed ones were made with other tools",
        );
        for line in otherwise {
            term::warning(line);
        }
        return Ok(());
    }
    let differences = kept.differences(here);
    if differences.is_empty() {
        term::status(
            "Checked",
            format!(
                "the instruction counts of {} rows are unchanged",
                here.rows.len()
            ),
        );
        return Ok(());
    }
    Err(Error::new("instruction counts differ from the committed ones")
        .note(differences.join("\n"))
        .help("if this is intended, run cargo xtask bench --instructions --bless and commit the file"))
}

type Counts = Vec<(Implementation, Option<f64>)>;

fn of(counts: &Counts, who: Implementation) -> Option<f64> {
    counts.iter().find(|(name, _)| *name == who)?.1
}

fn count(
    server: &Server,
    libraries: &[(Implementation, PathBuf)],
    rows: &[Row],
) -> Result<Vec<(Row, Counts)>> {
    let progress = Progress::new();
    let spinner = progress.spinner("count");
    spinner.step(&format!("PostgreSQL {}", server.version));
    let mut driver = Driver::start_counting(server, libraries)?;
    let mut counted = Vec::new();
    for row in rows.iter().filter(|row| row.counted) {
        let mut counts = Counts::new();
        for (who, _) in libraries {
            if *who == Implementation::Tasks {
                continue;
            }
            spinner.detail(&format!("{}, {}", row.title, who.name()));
            counts.push((*who, driver.count(*who, row)?));
        }
        counted.push((*row, counts));
    }
    // The library of async workers is the safe layer, too.
    let has_tasks = libraries
        .iter()
        .any(|(who, _)| *who == Implementation::Tasks);
    if has_tasks {
        spinner.detail(YIELD.title);
        let count = driver.count(Implementation::Tasks, &YIELD)?;
        counted.push((YIELD, vec![(Implementation::Safe, count)]));
    }
    driver.stop()?;
    Ok(counted)
}

fn table(counted: &[(Row, Counts)]) -> String {
    use Implementation::{C, Raw, Safe};
    let cells = |(row, counts): &(Row, Counts)| {
        let mut cells = vec![row.title.to_owned()];
        cells.extend(
            Implementation::ALL
                .map(|who| of(counts, who).map_or("-".to_owned(), |count| format!("{count:.1}"))),
        );
        cells.extend(
            [Raw, Safe].map(|who| match (of(counts, who), of(counts, C)) {
                (Some(ours), Some(theirs)) => format!("{:.3}", ours / theirs),
                _ => "-".to_owned(),
            }),
        );
        cells
    };
    let rows: Vec<_> = counted.iter().map(cells).collect();
    term::table(&HEAD, &rows)
}

/// Returns everything that affects the instructions.
fn made_with(server: &Server, valgrind: &str) -> Vec<(String, String)> {
    let first_line = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        text.unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    vec![
        ("PostgreSQL".to_owned(), server.version.to_string()),
        (
            "target".to_owned(),
            format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        ),
        // The C library selects functions by the processor's features.
        ("processor".to_owned(), bgworker_cli::page::processor()),
        ("rustc".to_owned(), first_line("rustc")),
        ("cc".to_owned(), first_line("cc")),
        ("ldd".to_owned(), first_line("ldd")),
        ("valgrind".to_owned(), valgrind.to_owned()),
    ]
}
