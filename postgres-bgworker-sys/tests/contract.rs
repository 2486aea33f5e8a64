//! Tests the contract of the committed bindings: it holds for the server of `PG_CONFIG`, and
//! detects changes.
//!
//! A change is detected if the compiler names a declaration that was changed in a copy of the
//! headers.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const BGWORKER_H: &str = "postmaster/bgworker.h";

/// A server's headers, and the contract that is committed for its major.
struct Server {
    contract: PathBuf,
    headers: PathBuf,
    cppflags: String,
}

impl Server {
    /// Prints a message and returns `None` for majors without committed bindings.
    fn find() -> Option<Self> {
        let version = pg_config("--version");
        let number = version.split_whitespace().nth(1).expect("a version");
        let stem = format!("pg{}", major(number).replace('.', ""));
        let contract = package()
            .join("pregenerated")
            .join(stem)
            .with_extension("c");
        if !contract.is_file() {
            println!(
                "SKIPPED: nothing is committed for {version}: no {}",
                contract.display()
            );
            return None;
        }
        Some(Self {
            contract,
            headers: pg_config("--includedir-server").into(),
            cppflags: pg_config("--cppflags"),
        })
    }

    /// Returns the compiler's errors for the contract. Empty if it holds for these headers.
    fn complaints(&self, headers: &Path) -> String {
        // As `postgres-bgworker-build` calls it.
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let wanted = |flag: &&str| ["-D", "-U", "-I"].iter().any(|kind| flag.starts_with(kind));
        let output = Command::new(compiler)
            .env("LC_ALL", "C")
            .args(["-std=gnu11", "-fsyntax-only", "-w", "-I"])
            .arg(package())
            .arg("-I")
            .arg(headers)
            .args(self.cppflags.split_whitespace().filter(wanted))
            .arg(&self.contract)
            .output()
            .expect("a C compiler");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), !text.contains("error:"), "{text}");
        text
    }

    /// Asserts that after one change to `header` the compiler says `named`.
    fn bites(&self, header: &str, old: &str, new: &str, named: &str) {
        let copy = tempfile::tempdir().expect("a directory");
        copy_with(&self.headers, copy.path(), Path::new(header), &|text| {
            assert!(text.contains(old), "{header} does not say {old:?}");
            text.replacen(old, new, 1)
        });
        let text = self.complaints(copy.path());
        assert!(
            text.contains(named),
            "{old:?} -> {new:?} was not seen:\n{text}"
        );
    }
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pg_config(question: &str) -> String {
    let program = std::env::var_os("PG_CONFIG").filter(|path| !path.is_empty());
    let program = PathBuf::from(program.unwrap_or_else(|| "pg_config".into()));
    let output = Command::new(&program).arg(question).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

/// `9.6` of 9.6.24, `15` of 15.18, `19` of 19rc1.
fn major(number: &str) -> &str {
    let parts = if number.starts_with("9.") { 2 } else { 1 };
    let ends = |c: char| !c.is_ascii_digit();
    let end = number.match_indices(ends).nth(parts - 1);
    end.map_or(number, |(end, _)| &number[..end])
}

/// Links to everything in `from`, but `changed` is a file of its own, with another text.
fn copy_with(from: &Path, to: &Path, changed: &Path, change: &dyn Fn(&str) -> String) {
    let mut parts = changed.components();
    let first = parts.next().expect("a file to change").as_os_str();
    for entry in from
        .read_dir()
        .expect("headers")
        .map(|entry| entry.expect("an entry"))
    {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() != first {
            symlink(source, target).expect("a link");
        } else if source.is_dir() {
            std::fs::create_dir(&target).expect("a directory");
            copy_with(&source, &target, parts.as_path(), change);
        } else {
            let text = std::fs::read_to_string(source).expect("a header");
            std::fs::write(target, change(&text)).expect("a changed header");
        }
    }
}

#[test]
fn majors_are_told_from_minors() {
    let numbers = ["9.3.25", "9.6beta1", "10.23", "15.18", "19rc1", "20devel"];
    assert_eq!(numbers.map(major), ["9.3", "9.6", "10", "15", "19", "20"]);
}

#[test]
fn the_contract_holds() {
    let Some(server) = Server::find() else { return };
    assert_eq!(server.complaints(&server.headers), "");
}

#[test]
fn it_holds_for_a_copy() {
    let Some(server) = Server::find() else { return };
    let copy = tempfile::tempdir().expect("a directory");
    copy_with(
        &server.headers,
        copy.path(),
        Path::new(BGWORKER_H),
        &str::to_owned,
    );
    assert_eq!(server.complaints(copy.path()), "");
}

#[test]
fn a_field_that_was_inserted_is_seen() {
    let Some(server) = Server::find() else { return };
    let (old, new) = (
        "bgw_restart_time;",
        "bgw_restart_time;\n\tint bgw_inserted;",
    );
    server.bites(
        BGWORKER_H,
        old,
        new,
        "BackgroundWorker.bgw_library_name is not",
    );
}

#[test]
fn a_field_of_another_type_is_seen() {
    let Some(server) = Server::find() else { return };
    // Of the same size, at the same place.
    let (old, new) = (
        "bgw_restart_time;",
        "bgw_flags_too;\n\tunsigned int bgw_restart_time;",
    );
    server.bites(
        BGWORKER_H,
        &format!("int\t\t\t{old}"),
        &format!("unsigned {old}"),
        "BackgroundWorker.bgw_restart_time is not int",
    );
    server.bites(
        BGWORKER_H,
        old,
        new,
        "BackgroundWorker.bgw_restart_time is not int",
    );
}

#[test]
fn a_parameter_of_another_type_is_seen() {
    let Some(server) = Server::find() else { return };
    let name = "RegisterDynamicBackgroundWorker";
    let dynamic = format!("conflicting types for '{name}'");
    let (old, new) = (
        format!("{name}(BackgroundWorker *"),
        format!("{name}(const BackgroundWorker *"),
    );
    server.bites(BGWORKER_H, &old, &new, &dynamic);
    let connect = "conflicting types for 'BackgroundWorkerInitializeConnection'";
    server.bites(BGWORKER_H, "uint32 flags);", "int32 flags);", connect);
}

#[test]
fn a_function_that_is_gone_is_seen() {
    let Some(server) = Server::find() else { return };
    server.bites(
        BGWORKER_H,
        "void TerminateBackgroundWorker(",
        "void Terminate2(",
        "'TerminateBackgroundWorker' undeclared",
    );
}

#[test]
fn a_constant_of_another_value_is_seen() {
    let Some(server) = Server::find() else { return };
    for name in ["BGWORKER_SHMEM_ACCESS", "BGW_MAXLEN"] {
        let (old, new) = (format!("#define {name}"), format!("#define {name} 40 +"));
        server.bites(BGWORKER_H, &old, &new, &format!("{name} is not "));
    }
}

#[test]
fn an_enumerator_of_another_value_is_seen() {
    let Some(server) = Server::find() else { return };
    let name = "BgWorkerStart_ConsistentState";
    server.bites(
        BGWORKER_H,
        name,
        &format!("BgWorkerStart_Inserted, {name}"),
        &format!("{name} is not 1"),
    );
}

#[test]
fn a_global_of_another_type_is_seen() {
    let Some(server) = Server::find() else { return };
    let (old, new) = (
        "BackgroundWorker *MyBgworkerEntry",
        "BackgroundWorker **MyBgworkerEntry",
    );
    server.bites(
        BGWORKER_H,
        old,
        new,
        "MyBgworkerEntry is not BackgroundWorker *",
    );
}
