//! The format rpm, for the servers of PGDG, Fedora and openSUSE. `rpmbuild` writes it.

use super::tree::{File, Kind, Tree};
use super::{cpio, stage};
use pg_scratch::process::{run_checked, show};
use pg_scratch::servers::Places;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// What rpmbuild otherwise takes from the machine, or changes in the files.
const MACROS: &[&str] = &[
    "_buildhost localhost",
    "use_source_date_epoch_as_buildtime 1",
    "clamp_mtime_to_source_date_epoch 1",
    "_binary_payload w6.gzdio",
    "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
    "_build_id_links none",
    "debug_package %{nil}",
    "optflags %{nil}",
    "__os_install_post %{nil}",
];

/// Returns an error if there is no `rpmbuild`.
pub(super) fn check() -> Result<()> {
    for program in ["rpmbuild", "rpm2cpio"] {
        let found = std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
        });
        if !found {
            return Err(Error::new(format!("--format rpm needs {program}"))
                .help("dnf install rpm-build, zypper install rpm-build, apt-get install rpm")
                .help("or use --format tar"));
        }
    }
    Ok(())
}

/// Writes the package.
pub(super) fn write(tree: &Tree, output: &Path) -> Result<PathBuf> {
    let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
    let (root, spec) = (directory.path().join("root"), directory.path().join("spec"));
    let layout = layout(&tree.places, &tree.major);
    let package = format!("{}_{}", tree.name, digits(&tree.major));
    let prepare = || {
        for file in &tree.files {
            let below = layout.directory(file, &package);
            let below = below.trim_start_matches('/');
            stage::put(&root, below, &file.name, &file.content, file.mode())?;
        }
        stage::set_times(&root, tree.time)?;
        std::fs::write(&spec, spec_file(tree, &layout, &package))
    };
    prepare().map_err(|e| Error::io(directory.path().display(), &e))?;
    // The output directory may have characters that macros cannot have.
    let made = directory.path().join("made");
    let machine = tree.machine.rpm;
    let mut command = Command::new("rpmbuild");
    command.args(["-bb", "--quiet", "--target", machine]);
    let own = [
        format!("_topdir {}", directory.path().join("top").display()),
        format!("_rpmdir {}", made.display()),
        format!("staged {}", root.display()),
    ];
    for value in MACROS.iter().copied().chain(own.iter().map(String::as_str)) {
        command.args(["--define", value]);
    }
    command
        .arg(&spec)
        // Neither the macros of the account nor its language change the package.
        .env("HOME", directory.path())
        .env("LC_ALL", "C")
        .env("SOURCE_DATE_EPOCH", tree.time.to_string());
    run_checked(&mut command, "rpmbuild", LIMIT)?;
    let name = format!("{package}-{}-1.{machine}.rpm", tree.version_with_tilde());
    let path = output.join(&name);
    std::fs::copy(made.join(&name), &path).map_err(|e| Error::io(path.display(), &e))?;
    Ok(path)
}

/// Where the packages of the server have their files, and which of them to require.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    libraries: String,
    extensions: String,
    server: String,
}

impl Layout {
    fn directory(&self, file: &File, package: &str) -> String {
        match file.kind {
            Kind::Library => self.libraries.clone(),
            Kind::Extension => self.extensions.clone(),
            Kind::Text => format!("/usr/share/doc/{package}"),
        }
    }
}

/// Returns the directories of the server if an rpm package installed it, else those of PGDG.
fn layout(places: &Places, major: &str) -> Layout {
    let digits = digits(major);
    let of = |server: String| Layout {
        libraries: places.libraries.display().to_string(),
        extensions: places.extensions.display().to_string(),
        server,
    };
    let server = format!("postgresql{digits}-server");
    let is_below = |path: &str| places.libraries.starts_with(path);
    if is_below("/usr/lib64/pgsql") || is_below("/usr/lib/pgsql") {
        return of(format!("postgresql-server(:MODULE_COMPAT_{major})"));
    }
    // openSUSE; Debian's directories have a slash before the major.
    let suse = format!("/usr/lib/postgresql{digits}");
    if is_below(&format!("/usr/pgsql-{major}")) || is_below(&suse) {
        return of(server);
    }
    Layout {
        libraries: format!("/usr/pgsql-{major}/lib"),
        extensions: format!("/usr/pgsql-{major}/share/extension"),
        server,
    }
}

/// `9.6` is `96` in the names of packages.
fn digits(major: &str) -> String {
    major.replace('.', "")
}

fn spec_file(tree: &Tree, layout: &Layout, package: &str) -> String {
    let (summary, _) = tree.summary();
    let license = tree.license.as_deref().unwrap_or("unspecified");
    let packager = tree.maintainer.as_deref();
    let packager = packager.map_or_else(String::new, |name| format!("Packager: {}\n", line(name)));
    let docs = format!("/usr/share/doc/{package}");
    let has_docs = tree.files.iter().any(|file| file.kind == Kind::Text);
    let mut files = match has_docs {
        true => format!("%dir \"{docs}\"\n"),
        false => String::new(),
    };
    for file in &tree.files {
        let kind = match file.kind {
            Kind::Text if file.is_license() => "%license ",
            Kind::Text => "%doc ",
            Kind::Library | Kind::Extension => "",
        };
        let path = format!("{}/{}", layout.directory(file, package), file.name);
        files += &format!("{kind}\"{}\"\n", escaped(&path));
    }
    // The libraries that it needs are found by rpmbuild. It provides none: nothing links with it.
    format!(
        "Name: {package}\nVersion: {}\nRelease: 1\nSummary: {}\nLicense: {}\n{packager}\
         Requires: {}\nAutoProv: no\n\n%description\n{}\n\n\
         %install\ncp -a \"%{{staged}}/.\" \"%{{buildroot}}\"\n\n%files\n%defattr(-,root,root,-)\n{files}",
        tree.version_with_tilde(),
        line(summary),
        line(license),
        layout.server,
        prose(&tree.description),
    )
}

/// Writes a text on one line.
fn line(text: &str) -> String {
    escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Writes a text below %description. After macros are expanded, rpmbuild takes a line that begins
/// with `%` as a section, a condition or an include, and one with `#` as a comment.
fn prose(text: &str) -> String {
    let mut found = String::new();
    for line in text.trim().lines() {
        let is_special = line.trim_start().starts_with(['%', '#']);
        match (found.is_empty(), is_special) {
            (true, false) => {}
            (true, true) => found += "Description: ",
            (false, false) => found.push('\n'),
            // Also across empty lines.
            (false, true) => {
                found.truncate(found.trim_end().len());
                found.push(' ');
            }
        }
        found += if is_special { line.trim_start() } else { line };
    }
    escaped(&found)
}

/// Keeps rpmbuild from expanding macros.
fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}

/// Returns a file of the package.
pub(super) fn open(file: &Path, name: &str) -> Result<Vec<u8>> {
    let mut command = Command::new("rpm2cpio");
    let output = command
        .arg(file)
        .output()
        .map_err(|e| Error::io("could not run rpm2cpio", &e))?;
    if !output.status.success() {
        return Err(Error::new(format!("{} failed", show(&command)))
            .note(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    cpio::find(&output.stdout, name)
        .map(<[u8]>::to_vec)
        .ok_or_else(|| Error::new(format!("the package has no {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_those_of_the_servers_packages() {
        let places = |libraries: &str, extensions: &str| Places {
            libraries: libraries.into(),
            extensions: extensions.into(),
        };
        let found = |libraries, extensions, major| {
            let layout = layout(&places(libraries, extensions), major);
            (layout.libraries, layout.extensions, layout.server)
        };
        let pgdg = |major: &str, digits: &str| {
            (
                format!("/usr/pgsql-{major}/lib"),
                format!("/usr/pgsql-{major}/share/extension"),
                format!("postgresql{digits}-server"),
            )
        };
        let (lib, share) = ("/usr/pgsql-18/lib", "/usr/pgsql-18/share/extension");
        assert_eq!(found(lib, share, "18"), pgdg("18", "18"));
        // A server that no rpm package installed.
        assert_eq!(found("/opt/lib", "/opt/ext", "9.6"), pgdg("9.6", "96"));
        let debian = "/usr/lib/postgresql/15/lib";
        assert_eq!(found(debian, "/usr/share", "15"), pgdg("15", "15"));
        let fedora = found("/usr/lib64/pgsql", "/usr/share/pgsql/extension", "18");
        assert_eq!(fedora.0, "/usr/lib64/pgsql");
        assert_eq!(fedora.2, "postgresql-server(:MODULE_COMPAT_18)");
        let suse = found("/usr/lib/postgresql18/lib64", "/usr/share/x", "18");
        assert_eq!(suse.0, "/usr/lib/postgresql18/lib64");
        assert_eq!(suse.2, "postgresql18-server");
    }

    #[test]
    fn no_line_of_a_description_is_special() {
        assert_eq!(prose("one\n\n 100% sure\ntwo"), "one\n\n 100%% sure\ntwo");
        let text = "%post\nrm\n  %if 1\n# x\n\n%include /y\n";
        let expected = "Description: %%post\nrm %%if 1 # x %%include /y";
        assert_eq!(prose(text), expected);
        // A file in the list of files begins with a quote, and other texts are after a name.
        assert_eq!(line("a\n%post"), "a %%post");
    }
}
