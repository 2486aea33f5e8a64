//! What `run` does in the database: scripts, the extension, psql.

use bgworker_cli::term;
use pg_scratch::cluster::session::quoted;
use pg_scratch::cluster::{Cluster, roles};
use pg_scratch::extension::Extension;
use pg_scratch::process::show;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Creates the database, unless there is one of this name.
pub(super) fn create_database(cluster: &Cluster, name: &str) -> Result<()> {
    let mut session = cluster.session("postgres")?;
    let find = format!("select 1 from pg_database where datname = {}", quoted(name));
    if session.query(&find)?.is_empty() {
        session.query(&format!("create database {}", roles::quoted(name)))?;
    }
    Ok(())
}

/// Creates the extension, or updates the one that is there to the version of the control file.
pub(super) fn create_extension(
    cluster: &Cluster,
    database: &str,
    extension: &Extension,
) -> Result<()> {
    let name = roles::quoted(&extension.name);
    let mut session = cluster.session(database)?;
    let find = format!(
        "select 1 from pg_extension where extname = {}",
        quoted(&extension.name)
    );
    let (statement, done) = match session.query(&find)?.is_empty() {
        true => (format!("create extension {name}"), "Created"),
        false => (format!("alter extension {name} update"), "Updated"),
    };
    session.query(&statement).map_err(|error| {
        error
            .context(format!("{statement} failed"))
            .note(format!("control file: {}", extension.control.display()))
    })?;
    term::status(done, format!("extension {name} in {database}"));
    Ok(())
}

/// Drops the extension and what depends on it, so that it is created by its new script.
pub(super) fn drop_extension(
    cluster: &Cluster,
    database: &str,
    extension: &Extension,
) -> Result<()> {
    let name = roles::quoted(&extension.name);
    let statement = format!("set lock_timeout = '10s'; drop extension if exists {name} cascade");
    let dropped = cluster.session(database)?.query(&statement);
    dropped
        .map(drop)
        .map_err(|error| error.context(format!("extension {name} could not be created again")))
}

/// Returns whether the extension has functions of this library. The server has loaded it for them.
pub(super) fn has_functions(
    cluster: &Cluster,
    database: &str,
    extension: &Extension,
    library: &str,
) -> Result<bool> {
    let files = cluster.session(database)?.query(&format!(
        "select f.probin from pg_proc f
         join pg_language l on l.oid = f.prolang and l.lanname = 'c'
         join pg_depend d on d.objid = f.oid and d.classid = 'pg_proc'::regclass
         join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
         where d.deptype = 'e' and e.extname = {}",
        quoted(&extension.name)
    ))?;
    let mut files = files.iter().flatten().flatten();
    Ok(files.any(|file| Path::new(file).file_stem() == Some(library.as_ref())))
}

/// Runs a script. psql tells the line of an error.
pub(super) fn run_script(cluster: &Cluster, database: &str, file: &Path) -> Result<()> {
    let mut command = cluster.psql(database);
    command.args(["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-f"]);
    command.arg(file);
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| without_psql(&command, &error))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
    let (said, complained) = (text(stdout), text(stderr));
    if !status.success() {
        return Err(Error::new(format!("{} failed", file.display())).note(complained));
    }
    for text in [said, complained] {
        if !text.is_empty() {
            anstream::eprintln!("{text}");
        }
    }
    Ok(())
}

/// Starts psql on the terminal.
pub(super) fn open(cluster: &Cluster, database: &str) -> Result<std::process::Child> {
    let mut command = cluster.psql(database);
    command
        .spawn()
        .map_err(|error| without_psql(&command, &error))
}

fn without_psql(command: &Command, error: &std::io::Error) -> Error {
    Error::new(format!("could not run psql: {error}"))
        .note(format!("command: {}", show(command)))
        .help(
            "Debian, Ubuntu: apt-get install postgresql-client; or choose another server with --pg",
        )
}

/// The settings that nothing has defined, each with a help line.
pub(super) fn undefined(
    cluster: &Cluster,
    library: &str,
    names: &[&str],
) -> Result<Vec<(String, String)>> {
    let mut session = cluster.session("postgres")?;
    let rows = session.query("select name from pg_settings where name like '%.%'")?;
    let all: Vec<String> = rows.into_iter().flatten().flatten().collect();
    let library = library.replace('-', "_");
    let mut found = Vec::new();
    for name in names {
        let Some((prefix, rest)) = name.split_once('.') else {
            continue;
        };
        if all.iter().any(|one| one.eq_ignore_ascii_case(name)) || later(cluster, prefix, name)? {
            continue;
        }
        let near = all.iter().find(|one| {
            let own = one.split_once('.');
            own.is_some_and(|(other, end)| end == rest || other == prefix && close(end, rest))
        });
        let help = match near {
            Some(near) => format!("there is {near}"),
            None if prefix == library => {
                format!("define {name} in the function that bgworker_module! names")
            }
            None => format!("no library defines {prefix}.*; --preload loads another library"),
        };
        found.push(((*name).to_owned(), help));
    }
    Ok(found)
}

/// Whether a library that is loaded later, as plpgsql is, defines the setting.
fn later(cluster: &Cluster, library: &str, setting: &str) -> Result<bool> {
    let mut session = cluster.session("postgres")?;
    // The failure is not for the log.
    let load = format!("set log_min_messages = fatal; load {}", quoted(library));
    if session.query(&load).is_err() {
        return Ok(false);
    }
    let setting = quoted(setting);
    let rows = session.query(&format!("select 1 from pg_settings where name = {setting}"))?;
    Ok(!rows.is_empty())
}

/// Whether two words differ in at most two places.
fn close(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()] <= 2
}

/// The directory of `--keep`, beside that of the servers that this command installs.
pub(super) fn kept_directory(library: &str, major: &str) -> PathBuf {
    let servers = pg_scratch::servers::default_directory();
    let base = servers.parent().unwrap_or(&servers);
    base.join("data").join(format!("{library}-{major}"))
}

#[cfg(test)]
mod tests {
    use super::close;

    #[test]
    fn words_that_are_close() {
        assert!(close("naptime", "naptme") && close("naptime", "nap_time") && close("a", "a"));
        assert!(!close("naptime", "database"));
    }
}
