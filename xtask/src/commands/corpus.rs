//! `cargo xtask corpus`: inspects and loads the extension packages of a distribution.

use crate::corpus::{Apt, Options, Suite, detail, page, plain, run};
use bgworker_cli::build::Workspace;
use bgworker_cli::page::write;
use bgworker_cli::term::{self, Progress};
use pg_scratch::{Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compare what `inspect` says of extension packages with what a server does with their libraries
///
/// The packages are those of Debian, or of an archive like it. They are downloaded with apt, which
/// checks signatures, into a cache, and nothing is installed. Fails if the two disagree about a
/// library.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A suite and the major of its packages, for example bookworm=15; or server=15 for the modules
    /// that are installed with a server. A server of another major loads those of bookworm=15@17.
    /// May be repeated
    #[arg(long = "suite", value_name = "SUITE=MAJOR[@MAJOR]", value_parser = suite)]
    suites: Vec<Suite>,
    /// The archive. By default, that of Debian which apt on this machine uses
    #[arg(long, value_name = "URL")]
    archive: Option<String>,
    /// The keys that sign the archive
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/usr/share/keyrings/debian-archive-keyring.gpg"
    )]
    keyring: PathBuf,
    /// Where packages are kept. By default, target/corpus
    #[arg(long, value_name = "DIRECTORY")]
    cache: Option<PathBuf>,
    /// Print the libraries as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Write the table as a page, for example docs/src/corpus.md
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The suites by default.
const SUITES: [&str; 12] = [
    "bullseye=13",
    "bullseye=13@15",
    "bookworm=15",
    "bookworm=15@17",
    "trixie=17",
    "trixie=17@18",
    "sid=18",
    "sid=18@17",
    "server=13",
    "server=15",
    "server=17",
    "server=18",
];

fn suite(text: &str) -> std::result::Result<Suite, String> {
    let (name, majors) = text.split_once('=').ok_or("it is not SUITE=MAJOR")?;
    let (major, server) = majors.split_once('@').unwrap_or((majors, majors));
    let is_word = |text: &str| {
        let mut letters = text.bytes();
        !text.is_empty() && letters.all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    };
    if ![name, major, server].into_iter().all(is_word) {
        return Err("it is not SUITE=MAJOR".to_owned());
    }
    Ok(Suite {
        name: (name != "server").then(|| name.to_owned()),
        major: major.to_owned(),
        server: server.to_owned(),
    })
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let cache = match args.cache {
        Some(cache) => cache,
        None => Workspace::read()?.target_directory.join("corpus"),
    };
    std::fs::create_dir_all(&cache).map_err(|e| Error::io(cache.display(), &e))?;
    let options = Options {
        archive: match args.archive {
            Some(archive) => archive,
            None => Apt::archive_of_machine()?,
        },
        keyring: args.keyring,
        // apt and the server are run in other directories.
        cache: cache
            .canonicalize()
            .map_err(|e| Error::io(cache.display(), &e))?,
    };
    let suites = match args.suites.as_slice() {
        [] => SUITES.iter().filter_map(|text| suite(text).ok()).collect(),
        given => given.to_vec(),
    };
    let progress = Progress::new();
    let mut rows = Vec::new();
    for suite in &suites {
        rows.extend(run(suite, &options, &progress)?);
    }
    if args.json {
        let text = serde_json::to_string_pretty(&rows)
            .map_err(|error| Error::new(format!("could not write JSON: {error}")))?;
        println!("{text}");
    } else {
        anstream::println!("{}\n{}", plain(&rows), detail(&rows));
    }
    if let Some(file) = &args.save {
        write(file, &page(&rows))?;
        term::status("Wrote", file.display());
    }
    let is_clean = !rows.iter().any(crate::corpus::Row::is_fault);
    Ok(ExitCode::from(u8::from(!is_clean)))
}

#[cfg(test)]
mod tests {
    use super::{SUITES, suite};

    #[test]
    fn suites_have_a_major_and_perhaps_another_server() {
        for text in SUITES {
            assert!(suite(text).is_ok(), "{text}");
        }
        let parts = |text| {
            let suite = suite(text).unwrap();
            (suite.name, suite.major, suite.server)
        };
        let word = |text: &str| text.to_owned();
        assert_eq!(
            parts("sid=18@17"),
            (Some(word("sid")), word("18"), word("17"))
        );
        assert_eq!(parts("server=15"), (None, word("15"), word("15")));
        for text in ["sid", "sid=", "=18", "../sid=18", "sid=18@", "a b=1"] {
            assert!(suite(text).is_err(), "{text}");
        }
    }
}
