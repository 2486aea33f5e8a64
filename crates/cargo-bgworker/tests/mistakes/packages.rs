//! The packages in which mistakes are made.

use crate::{Made, Mistake};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// All packages share a directory for what cargo builds, so that each build costs a second.
pub(crate) const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/mistakes");

/// The library that is run.
const LIBRARY: &str = r#"use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::*;

bgworker_module!(init);

static MISTAKE: StringSetting = StringSetting::new(c"jobs.mistake", c"What is run.", c"none");

fn init(preload: &Preload) -> Result<()> {
    MISTAKE.define(preload)?;
    match MISTAKE.get(preload).as_str() {
        "none" => Ok(()),
"#;

/// The beginning of a module with a mistake that has no `init`.
const INIT: &str = "
    pub fn init(preload: &Preload) -> Result<()> {
        BackgroundWorker::new(\"jobs\", worker_main!(run)).restart(Restart::never()).register(preload)
    }
";

/// Writes the package with all modules that are run.
pub(crate) fn library(all: impl Iterator<Item = &'static Mistake>) -> PathBuf {
    let (mut code, mut modules) = (LIBRARY.to_owned(), String::new());
    for (name, module) in all.filter_map(|mistake| match mistake.made {
        Made::Run(code, _) if !code.is_empty() => Some((mistake.name, code)),
        _ => None,
    }) {
        code += &format!("        {name:?} => {name}::init(preload),\n");
        let init = if module.contains("fn init(") {
            ""
        } else {
            INIT
        };
        modules += &format!(
            "#[allow(unused, unreachable_code)]\nmod {name} {{\n    use super::*;\n{init}{module}}}\n"
        );
    }
    code += "        other => panic!(\"{other}\"),\n    }\n}\n";
    package(
        "jobs",
        "[lib]\ncrate-type = [\"cdylib\"]\n",
        &[("src/lib.rs", &(code + &modules))],
    )
}

/// Writes the package with all code that the compiler rejects, as examples.
pub(crate) fn rejected(all: impl Iterator<Item = &'static Mistake>) -> PathBuf {
    let mut manifest = String::new();
    let mut files = vec![("src/lib.rs".to_owned(), String::new())];
    for mistake in all {
        if let Made::Code(code) = mistake.made {
            let name = mistake.name;
            manifest += &format!("[[example]]\nname = {name:?}\ncrate-type = [\"cdylib\"]\n");
            let code = format!("use postgres_bgworker::prelude::*;\n{code}");
            files.push((format!("examples/{name}.rs"), code));
        }
    }
    let files = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    package("rejected", &manifest, &files.collect::<Vec<_>>())
}

/// Writes the package of a mistake.
pub(crate) fn own(name: &str, files: &[(&str, &str)]) -> PathBuf {
    package(name, "[lib]\ncrate-type = [\"cdylib\"]\n", files)
}

/// Writes a package. A file that has not changed keeps its time: cargo does not build it again.
fn package(name: &str, manifest: &str, files: &[(&str, &str)]) -> PathBuf {
    let place = Path::new(TARGET).join("packages").join(name);
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\npostgres-bgworker = {{ path = {ROOT:?}, default-features = false }}\n\n{manifest}"
    );
    let lock = fs::read_to_string(format!("{ROOT}/Cargo.lock")).unwrap();
    let mut all = vec![("Cargo.toml", manifest.as_str())];
    if !place.join("Cargo.lock").exists() {
        all.push(("Cargo.lock", &lock));
    }
    all.extend(files);
    // The last one of a name counts.
    for (at, (path, text)) in all.iter().enumerate() {
        if all[at + 1..].iter().any(|(later, _)| later == path) {
            continue;
        }
        let path = place.join(path.replace("NAME", name));
        let text = text.replace("ROOT", ROOT).replace("NAME", name);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    place
}

/// Returns a command that is run in a package.
pub(crate) fn command(program: &str, place: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(place)
        .env("CARGO_TARGET_DIR", TARGET)
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("BGWORKER_TEST_LIBRARIES");
    command
}

/// What a command has said.
pub(crate) struct Said {
    /// Everything that it has printed.
    pub(crate) text: String,
    pub(crate) success: bool,
}

/// Runs a command. Returns everything that it prints.
pub(crate) fn run(command: Command) -> Result<Said, String> {
    run_until(command, |_| false)
}

/// Runs a command, and asks it to stop when what it has printed is enough. The text has standard
/// output first.
pub(crate) fn run_until(
    mut command: Command,
    is_enough: impl Fn(&str) -> bool,
) -> Result<Said, String> {
    let name = format!("{command:?}");
    let fail = |error: std::io::Error| format!("{name}: {error}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let (sender, lines) = std::sync::mpsc::channel();
    read(0, child.stdout.take().unwrap(), sender.clone());
    read(1, child.stderr.take().unwrap(), sender);
    let mut texts = [String::new(), String::new()];
    let mut is_asked = false;
    for (which, line) in lines {
        let text: &mut String = &mut texts[which];
        text.push_str(&line);
        if !is_asked && is_enough(&texts.concat()) {
            is_asked = true;
            let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
            kill(pid, Signal::SIGTERM).map_err(|error| error.to_string())?;
        }
    }
    let status = child.wait().map_err(fail)?;
    Ok(Said {
        text: texts.concat(),
        success: status.success(),
    })
}

/// Sends each line, with a number.
fn read(which: usize, output: impl Read + Send + 'static, sender: Sender<(usize, String)>) {
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut line = Vec::new();
            if !output
                .read_until(b'\n', &mut line)
                .is_ok_and(|size| size > 0)
            {
                return;
            }
            let line = String::from_utf8_lossy(&line).into_owned();
            if sender.send((which, line)).is_err() {
                return;
            }
        }
    });
}
