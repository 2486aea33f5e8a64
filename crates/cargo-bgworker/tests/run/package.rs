//! `package`: formats, contents, and the same bytes each time.

use super::rpm::has;
use super::{PACKAGE, TARGET, make, write};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

pub(super) fn package(directory: &Path, words: &[&str], epoch: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command
        .args(["package", "--dev"])
        .args(words)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", TARGET)
        .env_remove("SOURCE_DATE_EPOCH");
    command.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch)));
    command
}

fn output(directory: &Path, words: &[&str], epoch: Option<&str>) -> Output {
    package(directory, words, epoch).output().unwrap()
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Makes packages of the format in a new directory. Returns their names and bytes.
pub(super) fn made(format: &str, epoch: Option<&str>) -> Vec<(String, Vec<u8>)> {
    made_in(PACKAGE.path(), format, epoch)
}

/// The same for another package.
pub(super) fn made_in(module: &Path, format: &str, epoch: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    let words = ["--format", format, "--output", place];
    let done = output(module, &words, epoch);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let entries = fs::read_dir(directory.path()).unwrap().map(Result::unwrap);
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    };
    entries.map(read).collect()
}

pub(super) fn listing(program: &str, words: &[&str], package: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), package).unwrap();
    let output = Command::new(program)
        .args(words)
        .arg(file.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn an_archive_has_all_files_and_the_same_bytes() {
    let first = made("tar", None);
    // Other times of the sources, and another umask of the checkout.
    write(
        PACKAGE.path(),
        "acts.control",
        &fs::read_to_string(PACKAGE.path().join("acts.control")).unwrap(),
    );
    let second = made("tar", None);
    assert_eq!(first.len(), 1);
    assert!(first == second, "two runs differ");
    let (name, bytes) = &first[0];
    assert!(name.starts_with("acts-1.0.0-pg") && name.ends_with(".tar.gz"));
    let list = listing("tar", &["--utc", "-tvzf"], bytes);
    let root = name.strip_suffix(".tar.gz").unwrap();
    for file in [
        "-rwxr-xr-x 0/0",
        "1980-01-01",
        &format!("{root}/lib/acts.so"),
        &format!("{root}/share/extension/acts.control"),
        &format!("{root}/share/extension/acts--1.0.sql"),
    ] {
        assert!(list.contains(file), "{file}: {list}");
    }
    let third = made("tar", Some("1700000000"));
    let list = listing("tar", &["--utc", "-tvzf"], &third[0].1);
    assert!(list.contains("2023-11-14"), "{list}");
    let wrong = output(PACKAGE.path(), &[], Some("yesterday"));
    assert!(text(&wrong.stderr).contains("SOURCE_DATE_EPOCH is \"yesterday\""));
}

/// Debug information has the path of the package. `package` without `--dev` leaves it out.
fn without_debug_information(name: &str) -> tempfile::TempDir {
    let module = make(name);
    // The image names this role.
    let role = "[package.metadata.bgworker]\nroles = [\"the actor\"]\n";
    let mut manifest = fs::read_to_string(module.path().join("Cargo.toml")).unwrap();
    manifest += role;
    manifest += &format!("[profile.dev.package.{name}]\ndebug = false\n");
    write(module.path(), "Cargo.toml", &manifest);
    let control = format!("default_version = '1.0'\nmodule_pathname = '$libdir/{name}'\n");
    write(module.path(), "acts.control", &control);
    module
}

#[test]
fn packages_are_the_same_in_another_directory() {
    let version = pg_scratch::Server::from_env().unwrap().version;
    let major = version.major;
    let mut formats = vec!["tar"];
    formats.extend(["deb"].iter().filter(|_| has("dpkg-deb")));
    formats.extend(["rpm"].iter().filter(|_| has("rpmbuild")));
    formats.extend((version.num >= 180_000).then_some("oci"));
    let formats = formats.join(",");
    // The second one is newer than what cargo has built, so cargo builds it again.
    let [(first, data), (_second, other)] = [(); 2].map(|()| {
        let module = without_debug_information("moved");
        // What is named twice is made once.
        let again = format!("{formats},tar");
        let words = ["--json", "--output", "out", "--format", &again];
        let majors = ["--pg", &major, &major];
        let done = output(module.path(), &[&words[..], &majors].concat(), None);
        assert!(done.status.success(), "{}", text(&done.stderr));
        let said = text(&done.stderr);
        assert!(said.contains("Compiling moved"), "{said}");
        if version.num >= 180_000 {
            for part in [
                "- name: \"the actor\"",
                "shared_preload_libraries:\n      - moved\n",
            ] {
                assert!(said.contains(part), "{said}");
            }
        }
        let data: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        (module, data)
    });
    assert!(data == other, "{data:#} {other:#}");
    let packages = data["packages"].as_array().unwrap();
    assert_eq!(packages.len(), formats.split(',').count());
    for (one, format) in packages.iter().zip(formats.split(',')) {
        assert_eq!(
            (&one["format"], &one["major"]),
            (&format.into(), &(*major).into())
        );
        let content = fs::read(first.path().join(one["file"].as_str().unwrap())).unwrap();
        assert_eq!(one["size"], content.len());
        assert_eq!(one["preloading"], "needed");
        assert_eq!(
            sha256(&content),
            format!("sha256:{}", one["sha256"].as_str().unwrap())
        );
    }
    // Nothing else is left.
    let left = fs::read_dir(first.path().join("out")).unwrap();
    assert_eq!(left.count(), packages.len());
}

#[test]
fn a_debian_package_is_for_the_servers_of_debian() {
    if !has("dpkg-deb") {
        return;
    }
    let first = made("deb", None);
    assert!(first == made("deb", None), "two runs differ");
    let (name, bytes) = &first[0];
    let control = listing("dpkg-deb", &["--field"], bytes);
    let major = name.split('-').nth(1).unwrap();
    for line in [
        format!("Package: postgresql-{major}-acts"),
        "Version: 1.0.0".to_owned(),
        format!("Depends: postgresql-{major}, libc6 (>= 2."),
    ] {
        assert!(control.contains(&line), "{line}: {control}");
    }
    let list = listing("dpkg-deb", &["--contents"], bytes);
    for file in [
        format!("./usr/lib/postgresql/{major}/lib/acts.so"),
        format!("./usr/share/postgresql/{major}/extension/acts--1.0.sql"),
    ] {
        assert!(list.contains(&file), "{file}: {list}");
    }
    assert!(!list.contains("DEBIAN"), "{list}");
    // The library needs the functions for unwinding.
    assert!(control.contains(", libgcc-s1"), "{control}");
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("a.deb"), bytes).unwrap();
    let script = "dpkg-deb --raw-extract a.deb x && cd x && md5sum --check --strict DEBIAN/md5sums";
    let mut checked = Command::new("sh");
    let checked = checked.args(["-c", script]).current_dir(place.path());
    let checked = checked.output().unwrap();
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let checked = text(&checked.stdout);
    assert_eq!(checked.lines().count(), 5, "{checked}");
    assert!(checked.contains("lib/acts.so: OK"), "{checked}");
}

#[test]
fn a_script_that_the_library_does_not_have_is_refused() {
    let module = make("packed");
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/packed'\n";
    write(module.path(), "acts.control", control);
    let out = || {
        let files = fs::read_dir(module.path().join("out")).unwrap();
        let files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        files.collect::<Vec<_>>()
    };
    let done = output(module.path(), &["--output", "out"], None);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let before = out();
    assert_eq!(before.len(), 1);
    let script = "create function f() returns int language c as 'MODULE_PATHNAME', 'absent';";
    write(module.path(), "sql/acts--1.0.sql", script);
    let output = output(module.path(), &["--output", "out"], None);
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains("absent") && said.contains("= in out/packed-1.0.0-pg"),
        "{said}"
    );
    // The package of the earlier run is whole.
    assert!(out() == before);
}

/// Reads a layout as a registry's tools do: by digests.
#[test]
fn an_image_is_a_layout_of_the_open_container_initiative() {
    let server = pg_scratch::Server::from_env().unwrap();
    if server.version.num < 180_000 {
        let said = text(&output(PACKAGE.path(), &["--format", "oci"], None).stderr);
        assert!(said.contains("cannot use an image volume"), "{said}");
        return;
    }
    let first = made("oci", None);
    assert!(first == made("oci", None), "two runs differ");
    let (name, bytes) = &first[0];
    assert!(name.ends_with(".oci.tar"), "{name}");
    let directory = tempfile::tempdir().unwrap();
    // Not every machine has this tool of registries.
    if let Ok(skopeo) = Command::new("skopeo").arg("--version").output() {
        assert!(skopeo.status.success());
        let file = directory.path().join("image");
        fs::write(&file, bytes).unwrap();
        let place = format!("oci-archive:{}", file.display());
        let read = Command::new("skopeo")
            .args(["inspect", &place])
            .output()
            .unwrap();
        assert!(read.status.success(), "{}", text(&read.stderr));
        let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
        assert_eq!(
            (&read["Os"], read["Layers"].as_array().unwrap().len()),
            (&"linux".into(), 1)
        );
        fs::remove_file(file).unwrap();
    }
    tar::Archive::new(bytes.as_slice())
        .unpack(directory.path())
        .unwrap();
    let read = |path: &str| fs::read(directory.path().join(path)).unwrap();
    let parse = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
    // Each blob has the digest and the size that its descriptor says.
    let blob = |descriptor: &serde_json::Value| {
        let digest = descriptor["digest"].as_str().unwrap();
        let content = read(&format!("blobs/{}", digest.replace(':', "/")));
        assert_eq!(digest, sha256(&content));
        assert_eq!(descriptor["size"], content.len());
        content
    };
    assert_eq!(parse(&read("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = parse(&read("index.json"));
    let manifest = parse(&blob(&index["manifests"][0]));
    let config = parse(&blob(&manifest["config"]));
    let layer = blob(&manifest["layers"][0]);
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*layer), &mut content).unwrap();
    assert_eq!(config["rootfs"]["diff_ids"][0], sha256(&content));
    let list = listing("tar", &["-tf"], &content);
    let files: Vec<&str> = list.lines().collect();
    assert_eq!(
        files,
        [
            "lib/acts.so",
            "share/extension/acts--1.0.sql",
            "share/extension/acts.control",
            "licenses/README.md"
        ]
    );
}

/// A digest, as `sha256sum` computes it.
fn sha256(content: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), content).unwrap();
    let output = Command::new("sha256sum").arg(file.path()).output().unwrap();
    format!("sha256:{}", text(&output.stdout).split(' ').next().unwrap())
}
