//! Compares the list of the server's symbols that the shim uses with the shim and the server.

use std::collections::BTreeSet;
use std::process::Command;

const IMPORTS: &str = include_str!("../shim/imports.txt");

/// The names that `nm` prints with one of these letters.
fn symbols(file: &str, options: &[&str], letters: &str) -> Option<BTreeSet<String>> {
    let output = Command::new("nm")
        .arg("-P")
        .args(options)
        .arg(file)
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let symbol = |line: &str| {
        let (name, rest) = line.split_once(' ')?;
        let is_wanted = letters.contains(rest.chars().next()?);
        is_wanted.then(|| name.split('@').next().unwrap_or(name).to_owned())
    };
    Some(text.lines().filter_map(symbol).collect())
}

#[test]
fn each_symbol_of_the_shim_has_a_stand_in() {
    let pg_config = std::env::var("PG_CONFIG").unwrap_or_else(|_| "pg_config".to_owned());
    let bindir = Command::new(pg_config).arg("--bindir").output().unwrap();
    let server = format!(
        "{}/postgres",
        String::from_utf8(bindir.stdout).unwrap().trim()
    );
    let shim = concat!(env!("OUT_DIR"), "/libpostgres_bgworker_shim.a");
    let (Some(used), Some(exported)) = (
        symbols(shim, &["-u"], "U"),
        symbols(&server, &["-D", "--defined-only"], "TtDdBbRrWVi"),
    ) else {
        eprintln!("nm cannot read the shim or the server: nothing to compare");
        return;
    };
    let listed: BTreeSet<&str> = IMPORTS
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let missing: Vec<_> = used
        .intersection(&exported)
        .filter(|name| !listed.contains(name.as_str()))
        .collect();
    assert!(used.len() > 100 && exported.contains("palloc"), "{used:?}");
    assert!(
        missing.is_empty(),
        "add to shim/imports.txt, as function or variable: {missing:?}"
    );
}
