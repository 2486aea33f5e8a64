//! Tests where the build script searches for a `pg_config`, and in what order.

use crate::build_script::fake::{Fake, answers};
use crate::build_script::{REAL, Run, Script, TARGET};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Two that are refused by name, so that the message says which one was asked.
#[test]
fn variables_win_in_their_order() {
    let fake = Fake::new();
    let rubbish = fake.script("echo rubbish");
    let asked = |names: &[&str]| {
        let script = names
            .iter()
            .fold(Script::new(), |script, name| script.env(name, &rubbish));
        script
            .env(
                "PATH",
                path_with(&[Path::new(REAL.pg_config()).parent().unwrap()]),
            )
            .run()
    };
    let dashes = format!("PG_CONFIG_{}", *TARGET);
    let underscores = format!("PG_CONFIG_{}", TARGET.replace('-', "_"));
    asked(&[&dashes, &underscores, "PG_CONFIG"])
        .refused(&[&format!("named by {dashes} does not answer")]);
    asked(&[&underscores, "PG_CONFIG"])
        .refused(&[&format!("named by {underscores} does not answer")]);
    asked(&["PG_CONFIG"]).refused(&["named by PG_CONFIG does not answer"]);
    // The variable of another target is ignored.
    asked(&["PG_CONFIG_mips-unknown-none", "PG_CONFIG"])
        .refused(&["named by PG_CONFIG does not answer"]);
}

/// A variable of the target's wins over a good one of the general name, and names it as the finder.
#[test]
fn target_variable_is_used() {
    let fake = Fake::new();
    let name = format!("PG_CONFIG_{}", TARGET.replace('-', "_"));
    let run = Script::pg_config(fake.script("echo rubbish"))
        .env(&name, REAL.pg_config())
        .run()
        .succeeded();
    assert_eq!(run.metadata("found_by"), name);
    assert_eq!(run.metadata("pg_config"), REAL.pg_config());
}

/// On PATH an unusable one is passed over, where one named by variable would be an error. An empty
/// variable names nothing.
#[test]
fn path_is_searched_for_a_usable_one() {
    let fake = Fake::new();
    let (broken, client, good) = (fake.dir("broken"), fake.dir("client"), fake.dir("good"));
    fake.script_in(&broken, "echo rubbish", 0o755);
    fake.script_in(
        &client,
        &answers("PostgreSQL 16.1", &fake.dir("include")),
        0o755,
    );
    let wanted = fake.script_in(
        &good,
        &answers(REAL.run.metadata("version"), REAL.include_server()),
        0o755,
    );
    let run = Script::pg_config("")
        .env("PATH", path_with(&[&broken, &client, &good]))
        .run()
        .succeeded();
    assert_eq!(run.metadata("found_by"), "PATH");
    assert_eq!(run.metadata("pg_config"), wanted.to_str().unwrap());
}

#[test]
fn spaces_in_paths_are_kept() {
    let fake = Fake::new();
    let include = fake.dir("with space").join("server include");
    std::os::unix::fs::symlink(REAL.include_server(), &include).unwrap();
    let dir = fake.dir("pg bin");
    let path = fake.script_in(
        &dir,
        &answers(REAL.run.metadata("version"), &include),
        0o755,
    );
    let run = Script::pg_config(&path).run().succeeded();
    assert_eq!(run.metadata("pg_config"), path.to_str().unwrap());
    assert_eq!(run.metadata("include_server"), include.to_str().unwrap());
}

/// Asked last: everything else is hidden from the script, and PATH has the tools of a C compiler
/// only.
#[test]
fn pkg_config_knows_a_prefix() {
    if !REAL.is_committed() {
        return;
    }
    let places = places_here();
    if !places.is_empty() && !can_hide() {
        println!("skipped: unshare(1) is not allowed here, and something is found in {places:?}");
        return;
    }
    let fake = Fake::new();
    let tools = compiler(&fake);
    let prefix = fake.dir("prefix");
    let body = answers(REAL.run.metadata("version"), REAL.include_server());
    let wanted = fake.script_in(&fake.dir("prefix/bin"), &body, 0o755);
    let asked = fake.script_in(&tools, &format!("echo '{}'", prefix.display()), 0o755);
    let pkg_config = asked.with_file_name("pkg-config");
    fs::rename(asked, &pkg_config).unwrap();
    let script = Script::new()
        .without_libclang()
        .env("CC", tools.join("cc"))
        .env("PATH", &tools);
    let run = script.without(&places).run().succeeded();
    assert_eq!(run.metadata("found_by"), "pkg-config (libpq)");
    assert_eq!(run.metadata("pg_config"), wanted.to_str().unwrap());
}

/// Returns a directory for PATH with the tools of a C compiler only.
fn compiler(fake: &Fake) -> PathBuf {
    let tools = fake.dir("tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    for tool in ["cc", "as", "ar"] {
        let mut found = std::env::split_paths(&path).map(|dir| dir.join(tool));
        let found = found.find(|file| file.is_file()).expect("a C compiler");
        std::os::unix::fs::symlink(found, tools.join(tool)).unwrap();
    }
    tools
}

/// The servers of `cargo bgworker servers install` are found last. A release is preferred to a newer
/// release candidate.
#[test]
fn servers_of_the_command_are_found() {
    if !REAL.is_committed() {
        return;
    }
    let places = places_here();
    if !places.is_empty() && !can_hide() {
        println!("skipped: unshare(1) is not allowed here, and something is found in {places:?}");
        return;
    }
    let fake = Fake::new();
    let tools = compiler(&fake);
    let place = |variable: &str, below: &str| {
        let root = fake.dir(variable);
        // That of a release, also if the tests run with a release candidate.
        let version = REAL.run.metadata("version");
        let number = version.split_whitespace().nth(1).unwrap_or_default();
        let major = number.trim_end_matches(|c: char| c.is_ascii_digit());
        let version = match major.trim_end_matches(|c: char| c.is_ascii_alphabetic()) {
            release if release.len() < major.len() => {
                version.replace(number, &format!("{release}.0"))
            }
            _ => version.to_string(),
        };
        for (major, version) in [("98", &*version), ("99", "PostgreSQL 18rc1")] {
            let directory = fake.dir(format!("{variable}/{below}{major}/bin"));
            let body = answers(version, REAL.include_server());
            fake.script_in(&directory, &body, 0o755);
        }
        let wanted = fake.dir(format!("{variable}/{below}98/bin"));
        (root, wanted.join("pg_config"))
    };
    for (variable, below) in [
        ("BGWORKER_SERVERS", ""),
        ("XDG_DATA_HOME", "cargo-bgworker/servers/"),
        ("HOME", ".local/share/cargo-bgworker/servers/"),
    ] {
        let (root, wanted) = place(variable, below);
        let script = Script::new()
            .without_libclang()
            .env("CC", tools.join("cc"))
            .env("PATH", &tools)
            .env("PKG_CONFIG_LIBDIR", fake.dir("empty"))
            .env(variable, root);
        let run = script.without(&places).run().succeeded();
        assert_eq!(run.metadata("pg_config"), wanted.to_str().unwrap());
    }
}

/// All places are listed, and what to install. Places that exist on this machine are hidden from
/// the script, or, where that is not allowed, must be what it finds.
#[test]
fn nothing_found() {
    let fake = Fake::new();
    let client = fake.dir("client");
    let again = client.join("again");
    std::os::unix::fs::symlink(&client, &again).unwrap();
    let script = Script::new()
        .env("PATH", std::env::join_paths([&client, &again]).unwrap())
        .env("PKG_CONFIG_LIBDIR", fake.dir("empty"));
    fake.script_in(&client, "echo client only", 0o755);
    let mut places = places_here();
    let ours = PathBuf::from("/var/lib/cargo-bgworker/servers");
    places.extend(ours.is_dir().then_some(ours));
    let run = if places.is_empty() {
        script.run()
    } else if can_hide() {
        script.without(&places).run()
    } else {
        println!("not hidden, since unshare(1) is not allowed here: {places:?}");
        let run = script.run();
        if !run.stderr.contains("no PostgreSQL server") {
            // The C compiler is not on that PATH.
            run.refused(&["C compiler"]);
            return;
        }
        run
    };
    says_where_and_what(&run, &client);
}

fn says_where_and_what(run: &Run, client: &Path) {
    let help = run.refused(&[
        "no PostgreSQL server with headers was found",
        "in this order: PG_CONFIG_<TARGET>, PG_CONFIG, PATH, versioned directories, pkg-config, the servers of cargo bgworker",
        client.join("pg_config").to_str().unwrap(),
        "does not answer like a pg_config",
    ]);
    // PATH leads to it twice.
    let lines = run.stderr.lines();
    let tried = lines.filter(|line| line.contains("does not answer like a pg_config"));
    assert_eq!(tried.count(), 1, "{run}");
    assert_eq!(help[0], "cargo bgworker servers install 18");
    for package in [
        "apt install postgresql-server-dev-",
        "dnf install postgresql-server-devel",
        "apk add postgresql-dev",
        "PG_CONFIG=/path/to/pg_config",
        "POSTGRES_BGWORKER_FACTS=18",
    ] {
        assert!(
            help.iter().any(|line| line.contains(package)),
            "{package:?} is not in the help of\n{run}"
        );
    }
}

/// The caller's PATH (the C compiler is there), behind these directories.
fn path_with(first: &[&Path]) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = first
        .iter()
        .map(|dir| dir.to_path_buf())
        .chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).expect("no colon in a temporary directory's name")
}

/// The directories of this machine in which servers may be found without PATH.
fn places_here() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = [
        "/usr/lib/postgresql",
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/usr/local/pgsql",
    ]
    .map(PathBuf::from)
    .into();
    let usr = fs::read_dir("/usr").into_iter().flatten().flatten();
    places.extend(
        usr.map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().starts_with("/usr/pgsql-")),
    );
    places.retain(|path| path.is_dir());
    places
}

fn can_hide() -> bool {
    let dir = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs none '{}'", dir.path().display());
    let unshare = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount])
        .output();
    unshare.is_ok_and(|output| output.status.success())
}

/// The servers of this machine are not the target's.
#[test]
fn a_cross_build_does_not_guess() {
    let path = path_with(&[Path::new(REAL.pg_config()).parent().unwrap()]);
    let run = Script::new()
        .env("HOST", "mips-unknown-none")
        .env("PATH", &path)
        .run();
    run.refused(&[
        &format!(
            "a build on mips-unknown-none for {} needs to be told",
            *TARGET
        ),
        &format!("PG_CONFIG_{}=", *TARGET),
    ]);
    // Told, it goes on; whether there is a compiler for it is another question.
    let run = Script::pg_config(REAL.pg_config())
        .env("HOST", "mips-unknown-none")
        .run();
    assert!(!run.stderr.contains("needs to be told"), "{run}");
}
