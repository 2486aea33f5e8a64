//! Mistakes of new users. Each one is made, and what is said is compared with the table. The page
//! `docs/src/mistakes.md` shows the same table: `BLESS=1` writes it.

mod judge;
mod made;
mod packages;
mod page;
mod table;

use libtest_mimic::{Arguments, Failed, Trial};
use made::Bench;
use pg_scratch::servers::{Server, discover};
use std::process::ExitCode;
use std::sync::Arc;

/// A row of the table.
struct Mistake {
    /// The name of the test.
    name: &'static str,
    /// The mistake, for the page.
    what: &'static str,
    made: Made,
    /// Lines that are said in this order, among others. `…` matches any text in a line.
    says: &'static str,
    /// What to do.
    remedy: &'static str,
}

/// How a mistake is made.
enum Made {
    /// The compiler rejects this code.
    Code(&'static str),
    /// A worker with this code is run, with these options of `cargo bgworker run`.
    Run(&'static str, &'static [&'static str]),
    /// A command is run in a package with these files.
    Package {
        files: &'static [(&'static str, &'static str)],
        command: &'static str,
    },
    /// A session runs this statement in a server without the library in shared_preload_libraries.
    Session(&'static str),
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("page_shows_the_table", || Ok(page::check()?))];
    if let Some(server) = server() {
        let bench = Arc::new(Bench::new(server));
        for mistake in table::all() {
            let bench = Arc::clone(&bench);
            trials.push(Trial::test(mistake.name, move || {
                let said = bench.make(mistake)?;
                Ok::<_, Failed>(judge::judge(mistake, &said)?)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The server that the mistakes are made with.
fn server() -> Option<Server> {
    let server = match std::env::var_os("PG_CONFIG") {
        Some(path) => Some(Server::from_pg_config(path).expect("PG_CONFIG")),
        None => discover().into_iter().rev().find(|server| server.headers),
    };
    if server.is_none() {
        eprintln!("no PostgreSQL server on this machine: nothing to test");
    }
    server
}
