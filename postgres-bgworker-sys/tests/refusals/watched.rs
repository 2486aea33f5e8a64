//! Tests what makes cargo run the build script again: every variable it reads, and every header.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Run, Script, TARGET, exec_lock};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

fn variables(run: &Run) -> BTreeSet<&str> {
    let lines = run.lines("cargo:rerun-if-env-changed=");
    lines.into_iter().collect()
}

/// One file reads variables, and it watches every variable that it reads.
#[test]
fn only_vars_rs_reads_variables() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = fs::read_dir(package.join("build")).unwrap();
    let library = package.join("../crates/postgres-bgworker-build/src");
    let mut seen = 0;
    for entry in own.chain(fs::read_dir(library).unwrap()).flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        seen += 1;
        if entry.file_name() != "vars.rs" {
            for reading in ["env::", "use std::env", "env!(", "getenv"] {
                assert!(!text.contains(reading), "{reading} in {:?}", entry.path());
            }
        }
    }
    assert!(seen > 20, "{seen} files");
}

#[test]
fn every_variable_of_a_build() {
    let run = Script::pg_config(REAL.pg_config()).run().succeeded();
    let target = TARGET.as_str();
    let underscores = target.replace('-', "_");
    let mut wanted: Vec<String> = [
        "POSTGRES_BGWORKER_FACTS",
        "POSTGRES_BGWORKER_EXTRA_HEADERS",
        "POSTGRES_BGWORKER_EXTRA_ITEMS",
        "DOCS_RS",
        "PG_CONFIG",
        "CC",
        "CFLAGS",
        "CPATH",
        "C_INCLUDE_PATH",
    ]
    .map(String::from)
    .into();
    let mut both = |name: &str| {
        wanted.push(format!("{name}_{target}"));
        wanted.push(format!("{name}_{underscores}"));
    };
    both("PG_CONFIG");
    both("CC");
    if REAL.has_libclang() {
        both("BINDGEN_EXTRA_CLANG_ARGS");
        wanted
            .extend(["LIBCLANG_PATH", "CLANG_PATH", "BINDGEN_EXTRA_CLANG_ARGS"].map(String::from));
    }
    for name in &wanted {
        assert!(variables(&run).contains(name.as_str()), "{name} in\n{run}");
    }
    // The search reads more variables.
    let found = searching().run().succeeded();
    for name in ["PATH", "PG_CONFIG"] {
        assert!(variables(&found).contains(name), "{name} in\n{found}");
    }
}

/// Asked of the C library, so that what the build script's libraries read is seen too.
#[test]
fn nothing_else_is_looked_at() {
    let fake = Fake::new();
    let Some(spy) = spy(&fake) else {
        println!("skipped: no library can be put before the C library here");
        return;
    };
    let log = fake.path("log");
    let watching = |script: Script| {
        fs::write(&log, "").unwrap();
        let run = script
            .env("LD_PRELOAD", &spy)
            .env("PGBGW_SPY_LOG", &log)
            .run();
        // One that failed runs again in any case.
        let run = run.succeeded();
        let text = fs::read_to_string(&log).unwrap();
        let own = |name: &&str| {
            // Cargo's, the language's, the linker's; CARGO_PKG_* is for messages.
            !["OUT_DIR", "HOST", "TARGET", "PWD"].contains(name)
                && !["RUST", "CARGO", "LD_PRELOAD", "PGBGW_SPY"]
                    .iter()
                    .any(|own| name.starts_with(own))
        };
        let read: BTreeSet<&str> = text.lines().filter(own).collect();
        assert!(
            read.contains("POSTGRES_BGWORKER_FACTS"),
            "the spy saw {read:?}"
        );
        let unwatched: Vec<_> = read.difference(&variables(&run)).copied().collect();
        assert!(unwatched.is_empty(), "{unwatched:?} of\n{run}");
    };
    watching(Script::new().env("POSTGRES_BGWORKER_FACTS", "18"));
    // libclang reads variables for its own debugging; what bindgen reads is watched by name.
    if REAL.is_committed() {
        watching(Script::pg_config(REAL.pg_config()).without_libclang());
        watching(searching().without_libclang());
    }
}

/// Finds the server at hand on PATH.
fn searching() -> Script {
    let first = Path::new(REAL.pg_config()).parent().unwrap().to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(first).chain(std::env::split_paths(&path));
    Script::new().env("PATH", std::env::join_paths(dirs).unwrap())
}

const SPY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *getenv(const char *name)
{
	char *(*real)(const char *) = (char *(*)(const char *)) dlsym(RTLD_NEXT, "getenv");

	if (strstr(program_invocation_name, "build-script"))
	{
		FILE *log = fopen(real("PGBGW_SPY_LOG"), "a");

		fprintf(log, "%s\n", name);
		fclose(log);
	}
	return real(name);
}
"#;

/// A library that writes down what its own process asks `getenv` for, and not what programs that it
/// starts do.
fn spy(fake: &Fake) -> Option<std::path::PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let source = fake.text("spy.c", SPY);
    let library = fake.path("spy.so");
    let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl");
    let _lock = exec_lock();
    let output = compiler.output().ok()?;
    output.status.success().then_some(library)
}

/// The newest time of a change below the paths that cargo is told to watch, as cargo finds it.
fn newest(run: &Run, below: &Path) -> SystemTime {
    let paths = run.lines("cargo:rerun-if-changed=");
    let times = paths
        .into_iter()
        .map(Path::new)
        .filter(|path| path.starts_with(below))
        .flat_map(tree)
        .map(|path| fs::metadata(path).unwrap().modified().unwrap());
    times.max().expect("something is watched")
}

/// Everything below, the directories too.
fn tree(path: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries.flat_map(|entry| tree(&entry.path())).collect();
    found.push(path.to_owned());
    found
}

fn copied(fake: &Fake) -> std::path::PathBuf {
    let (real, copy) = (REAL.include_server(), fake.path("copy"));
    let _lock = exec_lock();
    let status = Command::new("cp").arg("-rpL").args([real, &copy]).status();
    assert!(status.unwrap().success());
    copy
}

/// The configuration, and a header that is deep inside.
#[test]
fn headers_that_change() {
    let fake = Fake::new();
    let include = copied(&fake);
    let path = fake.pg_config(REAL.run.metadata("version"), &include);
    let run = Script::pg_config(&path).run().succeeded();
    let watched = run.lines("cargo:rerun-if-changed=");
    assert!(watched.contains(&path.to_str().unwrap()), "{run}");
    let mut later = SystemTime::now();
    for header in ["pg_config.h", "storage/latch.h", "nodes/nodes.h"] {
        later += Duration::from_secs(60);
        assert!(newest(&run, &include) < later);
        let file = fs::File::options()
            .append(true)
            .open(include.join(header))
            .unwrap();
        file.set_modified(later).unwrap();
        assert_eq!(newest(&run, &include), later, "{header}");
    }
}

/// A package brings its files with the times at which they were built, and puts them in the place
/// of the old ones.
#[test]
fn headers_that_a_package_replaces() {
    let fake = Fake::new();
    let include = copied(&fake);
    let path = fake.pg_config(REAL.run.metadata("version"), &include);
    let run = Script::pg_config(path).run().succeeded();
    let built = newest(&run, &include).max(SystemTime::now());
    std::thread::sleep(Duration::from_millis(20));
    let (old, new) = (include.join("pg_config.h"), include.join("pg_config.h.new"));
    fs::copy(&old, &new).unwrap();
    let file = fs::File::options().append(true).open(&new).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
        .unwrap();
    fs::rename(new, old).unwrap();
    assert!(newest(&run, &include) > built, "{run}");
}
