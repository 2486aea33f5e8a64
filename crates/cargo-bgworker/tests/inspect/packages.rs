//! Directories and packages with several libraries, and the scripts of their extensions.

use crate::tool::*;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ADD: &str = "PG_FUNCTION_INFO_V1(add_one);\n\
    PGDLLEXPORT Datum add_one(PG_FUNCTION_ARGS) { PG_RETURN_INT32(PG_GETARG_INT32(0) + 1); }\n\
    PGDLLEXPORT int without_record(void); int without_record(void) { return 1; }";
const CONTROL: &str = "default_version = '1.1'\nmodule_pathname = '$libdir/adder'\n";
const CREATE: &str = "-- The first version.\n\
    CREATE FUNCTION add_one(int) RETURNS int AS 'MODULE_PATHNAME' LANGUAGE c;\n";
const UPDATE: &str =
    "CREATE FUNCTION plus(int) RETURNS int\n  LANGUAGE c AS 'MODULE_PATHNAME', 'add_one';\n";

/// Makes a directory as packages have it: a module with an extension, one that does not fit, one
/// that is damaged, and a library that is not for servers.
fn tree(update: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (lib, share) = (
        dir.path().join("usr/lib/x"),
        dir.path().join("usr/share/x/extension"),
    );
    for directory in [&lib, &share] {
        std::fs::create_dir_all(directory).unwrap();
    }
    let made = tempfile::tempdir().unwrap();
    let put = |name: &str, code: &str| {
        std::fs::rename(module(made.path(), code, &[]), lib.join(name)).unwrap();
    };
    put("adder.so", &format!("{GOOD}\n{ADD}"));
    let bad = "extern void not_of_any_server(void);\nPG_MODULE_MAGIC;\n\
        PGDLLEXPORT void f(void) { not_of_any_server(); }";
    put("bad.so", bad);
    let source = made.path().join("plain.c");
    std::fs::write(&source, "int plain(void) { return 1; }\n").unwrap();
    std::fs::rename(compile(made.path(), &source, &[]), lib.join("libplain.so")).unwrap();
    std::fs::write(lib.join("damaged.so"), "\x7fELF\x02\x01\x01").unwrap();
    std::os::unix::fs::symlink("adder.so", lib.join("link.so")).unwrap();
    std::fs::write(lib.join("readme"), "no library").unwrap();
    let text = |name: &str, text: &str| std::fs::write(share.join(name), text).unwrap();
    text("adder.control", CONTROL);
    text("adder--1.0.sql", CREATE);
    text("adder--1.0--1.1.sql", update);
    // Scripts that CREATE EXTENSION does not run.
    text("adder--0.9--1.0.sql", &UPDATE.replace("add_one", "gone"));
    dir
}

fn run(path: &Path, more: &[&str]) -> Output {
    let pg_config = server().pg_config;
    let words = [
        path.to_str().unwrap(),
        "--pg-config",
        pg_config.to_str().unwrap(),
    ];
    tool(&[&words[..], more].concat())
}

fn lines(path: &Path) -> (i32, Vec<String>) {
    let output = run(path, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors, "", "{path:?}");
    (
        output.status.code().unwrap(),
        text.lines().map(str::to_owned).collect(),
    )
}

/// Asserts that the lines about libraries begin so.
fn expect(path: &Path, expected: &[&str]) {
    let (code, found) = lines(path);
    assert_eq!(code, 8, "{found:?}");
    assert_eq!(found.len(), expected.len(), "{path:?}: {found:?}");
    for (line, expected) in found.iter().zip(expected) {
        let line = line.trim_start_matches("./");
        assert!(line.starts_with(expected), "{path:?}: {line}");
        assert!(path.is_dir() || !line.contains("/tmp"), "{path:?}: {line}");
    }
}

const EXPECTED: [&str; 3] = [
    "usr/lib/x/adder.so: good",
    "usr/lib/x/bad.so: broken[missing-symbol]: neither PostgreSQL ",
    "usr/lib/x/damaged.so: broken[unreadable]: ",
];

#[test]
fn all_modules_of_a_directory_are_inspected() {
    let dir = tree(UPDATE);
    expect(dir.path(), &EXPECTED);
    let output = run(dir.path(), &["--json"]);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&data["exit_code"], &data["other_libraries"]),
        (&8.into(), &1.into())
    );
    let libraries = data["libraries"].as_array().unwrap();
    let codes: Vec<_> = libraries
        .iter()
        .map(|one| one["exit_code"].as_u64())
        .collect();
    assert_eq!(codes, [Some(0), Some(8), Some(8)]);
    assert_eq!(libraries[0]["file"], "usr/lib/x/adder.so");
    // The server's own: all fit, and so do their scripts.
    let own = workspace_pkglibdir("plpgsql.so").unwrap();
    let own = own.parent().unwrap();
    let (code, found) = lines(own);
    let wrong: Vec<_> = found
        .iter()
        .filter(|line| !line.ends_with(": good"))
        .collect();
    assert_eq!((code, wrong), (0, vec![]));
    assert!(found.len() > 20, "{}", found.len());
    let output = run(own, &["--function", "x"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("--function is for one library"), "{errors}");
    let empty = tempfile::tempdir().unwrap();
    let output = run(empty.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no module of a server"));
}

#[test]
fn scripts_are_inspected_with_their_library() {
    for (update, expected) in [
        (
            UPDATE.replace("add_one", "add_two"),
            "adder--1.0--1.1.sql:1: the script declares plus as the symbol add_two, which",
        ),
        (
            format!("\n{}", UPDATE.replace("add_one", "without_record")),
            "adder--1.0--1.1.sql:2: the library exports without_record, but not pg_finfo_",
        ),
    ] {
        let dir = tree(&update);
        let (code, found) = lines(dir.path());
        assert_eq!(code, 8);
        assert!(
            found[0].starts_with("usr/lib/x/adder.so: broken[function-"),
            "{found:?}"
        );
        assert!(found[0].contains(expected), "{found:?}");
        assert_eq!(found.len(), 3, "{found:?}");
    }
    // The script names another library.
    let dir = tree(
        &UPDATE
            .replace("add_one", "gone")
            .replace("MODULE_PATHNAME", "$libdir/other"),
    );
    expect(dir.path(), &EXPECTED);
}

fn archive(tree: &Path, file: &Path) {
    let mut archive = tar::Builder::new(std::fs::File::create(file).unwrap());
    archive.follow_symlinks(false);
    archive.append_dir_all("", tree).unwrap();
    archive.finish().unwrap();
}

fn ran(command: &mut Command) {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}

#[test]
fn archives_are_inspected() {
    let (dir, out) = (tree(UPDATE), tempfile::tempdir().unwrap());
    let tar = out.path().join("layer.tar");
    archive(dir.path(), &tar);
    expect(&tar, &EXPECTED);
    let bytes = std::fs::read(&tar).unwrap();
    let gz = out.path().join("layer.tar.gz");
    let mut packer =
        flate2::write::GzEncoder::new(std::fs::File::create(&gz).unwrap(), Default::default());
    std::io::Write::write_all(&mut packer, &bytes).unwrap();
    packer.finish().unwrap();
    expect(&gz, &EXPECTED);
    let zip = out.path().join("package.zip");
    let mut packer = zip::ZipWriter::new(std::fs::File::create(&zip).unwrap());
    for place in ["usr/lib/x", "usr/share/x/extension"] {
        for entry in std::fs::read_dir(dir.path().join(place)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let name = format!("{place}/{}", entry.file_name().to_str().unwrap());
                packer
                    .start_file(name, zip::write::SimpleFileOptions::default())
                    .unwrap();
                std::io::Write::write_all(&mut packer, &std::fs::read(entry.path()).unwrap())
                    .unwrap();
            }
        }
    }
    packer.finish().unwrap();
    expect(&zip, &EXPECTED);
    // Nothing is written outside of the directory.
    let outside = out.path().join("outside.tar");
    let mut archive = tar::Builder::new(std::fs::File::create(&outside).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(7);
    let name = b"../../../outside.so";
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_cksum();
    archive
        .append(&header, &b"\x7fELF\x02\x01\x01"[..])
        .unwrap();
    archive.finish().unwrap();
    let (_, found) = lines(&outside);
    assert!(
        found[0].starts_with("outside.so: broken[unreadable]"),
        "{found:?}"
    );
    // A damaged one.
    std::fs::write(&gz, &std::fs::read(&gz).unwrap()[..2000]).unwrap();
    let text = refusal(&[gz.to_str().unwrap()]);
    assert!(
        text.contains("layer.tar.gz could not be unpacked"),
        "{text}"
    );
}

#[test]
fn packages_of_debian_are_inspected() {
    let (dir, out) = (tree(UPDATE), tempfile::tempdir().unwrap());
    std::fs::create_dir(dir.path().join("DEBIAN")).unwrap();
    let control = "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n";
    std::fs::write(dir.path().join("DEBIAN/control"), control).unwrap();
    for compression in ["none", "gzip", "xz", "zstd"] {
        let package = out.path().join(format!("{compression}.deb"));
        let flag = format!("-Z{compression}");
        ran(Command::new("dpkg-deb")
            .args([&flag, "--build"])
            .arg(dir.path())
            .arg(&package));
        expect(&package, &EXPECTED);
    }
}

#[test]
fn rpm_packages_are_inspected() {
    if Command::new("rpmbuild").arg("--version").output().is_err() {
        return;
    }
    let (dir, out) = (tree(UPDATE), tempfile::tempdir().unwrap());
    let place = |name: &str| -> PathBuf { out.path().join(name) };
    let spec = "Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nAutoReqProv: no\n\n\
        %description\nx\n\n%install\ncp -a \"%{staged}/.\" \"%{buildroot}\"\n\n%files\n\"/usr\"\n";
    std::fs::write(place("spec"), spec).unwrap();
    for payload in ["w6.gzdio", "w2.xzdio", "w3.zstdio"] {
        let made = place(payload);
        let mut rpmbuild = Command::new("rpmbuild");
        rpmbuild
            .args(["-bb", "--quiet", "--target", "x86_64"])
            .env("HOME", out.path());
        for define in [
            format!("_topdir {}", place("top").display()),
            format!("_rpmdir {}", made.display()),
            format!("staged {}", dir.path().display()),
            format!("_binary_payload {payload}"),
            "_build_name_fmt x.rpm".to_owned(),
            "_build_id_links none".to_owned(),
            "debug_package %{nil}".to_owned(),
            "__os_install_post %{nil}".to_owned(),
        ] {
            rpmbuild.args(["--define", &define]);
        }
        ran(rpmbuild.arg(place("spec")));
        expect(&made.join("x.rpm"), &EXPECTED);
    }
}
