//! The files of a module, and their places in a server.

use super::replaced::{Old, Replaced};
use pg_scratch::extension::Extension;
use pg_scratch::process::shell_quote;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A file, where it goes, and its mode.
struct File {
    source: PathBuf,
    target: PathBuf,
    mode: u32,
}

/// The library, which is the first one, and the files of the extension.
pub(super) struct Files(Vec<File>);

impl Files {
    pub(super) fn new(
        server: &Server,
        name: &str,
        library: &Path,
        extension: Option<&Extension>,
    ) -> Result<Self> {
        let places = server.places()?;
        let mut files = vec![File {
            source: library.to_owned(),
            target: places.libraries.join(server.library_file(name)),
            mode: 0o755,
        }];
        for source in extension.iter().flat_map(|extension| extension.files()) {
            files.push(File {
                source: source.to_owned(),
                target: places
                    .extensions
                    .join(source.file_name().unwrap_or_default()),
                mode: 0o644,
            });
        }
        Ok(Self(files))
    }

    /// Returns the place of the library.
    pub(super) fn library(&self) -> &Path {
        &self.0[0].target
    }

    pub(super) fn targets(&self) -> Vec<&Path> {
        self.0.iter().map(|file| file.target.as_path()).collect()
    }

    /// Copies each file beside its place, and then renames all. If that fails, all files are as
    /// before.
    pub(super) fn install(&self) -> Result<Replaced> {
        let mut copies = Vec::new();
        for file in &self.0 {
            let copy = copy(file).map_err(|error| self.failed(file, &error))?;
            copies.push((copy, file));
        }
        let mut replaced = Replaced::default();
        for (copy, file) in copies {
            let work = || {
                let old = Old::save(&file.target)?;
                copy.persist(&file.target).map_err(|error| error.error)?;
                Ok(old)
            };
            replaced
                .0
                .push(work().map_err(|error| self.failed(file, &error))?);
        }
        Ok(replaced)
    }

    fn failed(&self, file: &File, error: &std::io::Error) -> Error {
        let directory = file.target.parent().unwrap_or(&file.target);
        match error.kind() {
            ErrorKind::PermissionDenied => not_allowed(directory, &self.commands()),
            _ => Error::io(format!("could not write {}", file.target.display()), error),
        }
    }

    /// Returns the commands that do the same with more rights.
    fn commands(&self) -> Vec<String> {
        let quote = |path: &Path| shell_quote(&path.to_string_lossy());
        let line = |file: &File| {
            let (source, target) = (quote(&file.source), quote(&file.target));
            format!("sudo install -m {:o} {source} {target}", file.mode)
        };
        self.0.iter().map(line).collect()
    }
}

fn copy(file: &File) -> std::io::Result<tempfile::NamedTempFile> {
    let directory = file.target.parent().unwrap_or(Path::new("."));
    let mut copy = tempfile::NamedTempFile::new_in(directory)?;
    std::io::copy(&mut std::fs::File::open(&file.source)?, &mut copy)?;
    let mode = std::fs::Permissions::from_mode(file.mode);
    copy.as_file().set_permissions(mode)?;
    copy.as_file().sync_all()?;
    Ok(copy)
}

/// Returns the error of a directory that this account may not write.
fn not_allowed(directory: &Path, commands: &[String]) -> Error {
    let error = Error::new(format!(
        "this account may not write to {}",
        directory.display()
    ));
    let error = error.note("the library is built; these commands install it:");
    commands
        .iter()
        .fold(error, |error, command| error.help(command.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_rights_the_commands_are_told() {
        let file = File {
            source: "/t/libw.so".into(),
            target: "/usr/lib/pg/it's/w.so".into(),
            mode: 0o755,
        };
        let files = Files(vec![file]);
        let error = files.failed(&files.0[0], &ErrorKind::PermissionDenied.into());
        let expected = r#"sudo install -m 755 /t/libw.so "/usr/lib/pg/it's/w.so""#;
        assert!(error.to_string().contains(expected), "{error}");
        assert!(
            error
                .to_string()
                .contains("may not write to /usr/lib/pg/it's"),
            "{error}"
        );
    }
}
