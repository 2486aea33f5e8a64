//! What to do after the installation.

use super::identifier::identifier;
use bgworker_run::module;
use pg_abi::inspect::{Inspection, Preloading};
use pg_scratch::extension::Extension;
use pg_scratch::process::run_limited;
use pg_scratch::servers::Server;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const RESTART: &str =
    "restart the server: it reads shared_preload_libraries, and the library, only when it starts";

/// A running server that this account can ask.
struct Running {
    configuration: String,
    preloaded: String,
}

/// Returns the steps that are left, in order.
pub(super) fn of(
    server: &Server,
    library: &str,
    extension: Option<&Extension>,
    roles: &[String],
    found: &Inspection,
) -> Vec<String> {
    let mut steps = Vec::new();
    if module::has_workers(found) {
        let own = [library.to_owned()];
        let roles = if roles.is_empty() { &own } else { roles };
        steps.extend(roles.iter().map(|role| {
            let role = identifier(role);
            format!("create the role that the workers connect as, if there is none: CREATE ROLE {role} LOGIN;")
        }));
    }
    let running = ask(server);
    let is_preloaded = running
        .as_ref()
        .is_some_and(|running| names(&running.preloaded).any(|name| name == library));
    let why = match module::preloading(found) {
        Some(Preloading::Needed) => Some(""),
        Some(Preloading::Optional) => Some("if its workers start with the server: "),
        None => Some("if the library registers workers while it is loaded: "),
        Some(Preloading::Unneeded) => None,
    };
    match (why, is_preloaded) {
        (None, false) => {
            steps.push("new sessions load the new library; no restart is needed".to_owned());
        }
        (Some(why), false) => {
            steps.push(format!(
                "{why}{}",
                preload(server, running.as_ref(), library)
            ));
            steps.push(format!("{why}{RESTART}"));
        }
        (_, true) => {
            let configuration = running.map(|running| running.configuration);
            steps.push(format!(
                "{library} is in shared_preload_libraries of {}",
                configuration.unwrap_or_default()
            ));
            steps.push(RESTART.to_owned());
        }
    }
    if matches!(why, Some(why) if !why.is_empty() && !is_preloaded) {
        steps.push(
            "if it has functions and dynamic workers only, new sessions load the new library; no restart is needed"
                .to_owned(),
        );
    }
    if let Some(extension) = extension {
        steps.push(create(&extension.name));
    }
    steps
}

fn create(extension: &str) -> String {
    let name = identifier(extension);
    format!(
        "in each database that needs it: CREATE EXTENSION {name};    if it is there: ALTER EXTENSION {name} UPDATE;"
    )
}

/// Says which line of which file preloads the library.
fn preload(server: &Server, running: Option<&Running>, library: &str) -> String {
    match running {
        Some(running) => format!(
            "in {}: shared_preload_libraries = '{}'",
            running.configuration,
            added(&running.preloaded, library)
        ),
        // It is not known what else the server preloads.
        None => format!(
            "add {library} to shared_preload_libraries in {}",
            files(server)
        ),
    }
}

/// Returns the names of a list of libraries, without quotes and directories.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|name| {
        let name = name.trim().trim_matches('"');
        name.strip_prefix("$libdir/").unwrap_or(name)
    })
}

fn added(old: &str, library: &str) -> String {
    match old.trim() {
        "" => library.to_owned(),
        old => format!("{old}, {library}"),
    }
}

/// Asks the running server of this installation, if psql connects to it.
fn ask(server: &Server) -> Option<Running> {
    // A server on another machine is another one.
    let is_remote = |host: std::ffi::OsString| !PathBuf::from(host).is_absolute();
    if std::env::var_os("PGHOST").is_some_and(is_remote) {
        return None;
    }
    let mut command = Command::new(server.program("psql"));
    command.args([
        "--no-psqlrc",
        "--no-password",
        "-At",
        "-d",
        "postgres",
        "-c",
    ]);
    command.arg(
        "select current_setting('server_version_num'), \
         coalesce((select sourcefile from pg_catalog.pg_settings \
         where name = 'shared_preload_libraries'), current_setting('config_file')), \
         current_setting('shared_preload_libraries')",
    );
    let done = run_limited(&mut command, Duration::from_secs(5)).ok()?;
    let line = done.stdout.lines().next()?;
    let mut fields = line.splitn(3, '|');
    let same = fields.next()? == server.version.num.to_string();
    let (configuration, preloaded) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    (same && done.status.success()).then_some(Running {
        configuration,
        preloaded,
    })
}

/// Returns the files of Debian's clusters, else the name of the file.
fn files(server: &Server) -> String {
    let parent = PathBuf::from("/etc/postgresql").join(&server.version.major);
    let own = server.bindir.starts_with("/usr/lib/postgresql");
    let clusters = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let clusters = clusters.map(|entry| entry.path().join("postgresql.conf"));
    let mut found: Vec<String> = clusters
        .filter(|path| own && path.is_file())
        .map(|path| path.display().to_string())
        .collect();
    found.sort();
    match found.is_empty() {
        true => "postgresql.conf, which SHOW config_file names".to_owned(),
        false => found.join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::{added, create, names};

    #[test]
    fn other_libraries_stay() {
        assert_eq!(added("", "w"), "w");
        assert_eq!(added("auto_explain", "w"), "auto_explain, w");
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let list = r#"one, "two" , $libdir/three"#;
        assert!(names(list).eq(["one", "two", "three"]));
    }

    #[test]
    fn an_extension_is_quoted_where_sql_needs_it() {
        assert!(create("w2").contains("CREATE EXTENSION w2;"));
        let said = create("my-worker");
        for statement in [
            "CREATE EXTENSION \"my-worker\";",
            "ALTER EXTENSION \"my-worker\" UPDATE;",
        ] {
            assert!(said.contains(statement), "{said}");
        }
    }
}
