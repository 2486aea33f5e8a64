//! The flags with which the test that runs was built. The library is built with the same ones, so
//! that cargo builds no dependency again.

use std::path::Path;

/// The arguments for building that `cargo bgworker test` got, quoted for a shell.
const ARGUMENTS: &str = "BGWORKER_TEST_ARGUMENTS";

/// Returns the arguments for `cargo build`.
pub(super) fn flags() -> Vec<String> {
    let given = std::env::var(ARGUMENTS).ok();
    let program = std::env::current_exe().ok();
    let flags = match given.and_then(|text| shlex::split(&text)) {
        Some(given) => given,
        None => program.as_deref().and_then(of_place).unwrap_or_default(),
    };
    let test = program.as_deref().and_then(this_test);
    flags
        .into_iter()
        .chain(test.into_iter().flatten())
        .collect()
}

/// Returns the arguments that also select the test that calls this. Then cargo uses the same
/// features of dependencies as `cargo test`.
fn this_test(program: &Path) -> Option<[String; 2]> {
    let (name, _) = program.file_stem()?.to_str()?.rsplit_once('-')?;
    let source = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).join("tests");
    let is_test = source.join(format!("{name}.rs")).is_file() || source.join(name).is_dir();
    is_test.then(|| ["--test".to_owned(), name.to_owned()])
}

/// Returns the profile, the target and the directory that cargo has built a program with, by the
/// place of the program: `TARGET-DIR/[TARGET/]PROFILE/deps/NAME`.
fn of_place(program: &Path) -> Option<Vec<String>> {
    let mut above = program.ancestors().skip(1);
    if above.next()?.file_name()? != "deps" {
        return None;
    }
    let profile = match above.next()?.file_name()?.to_str()? {
        "debug" => "dev",
        name => name,
    };
    let directory = above.next()?;
    let is_cargos = |directory: &Path| directory.join("CACHEDIR.TAG").is_file();
    let (directory, target) = match is_cargos(directory) {
        true => (directory, None),
        false => (above.next()?, directory.file_name()?.to_str()),
    };
    if !is_cargos(directory) {
        return None;
    }
    let mut flags = vec!["--profile", profile, "--target-dir", directory.to_str()?];
    flags.extend(target.into_iter().flat_map(|target| ["--target", target]));
    Some(flags.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::of_place;

    #[test]
    fn the_place_of_a_program_tells_the_flags() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().to_str().unwrap();
        let flags = |path: &str| of_place(&place.path().join(path)).map(|flags| flags.join(" "));
        assert_eq!(flags("debug/deps/it-1"), None);
        std::fs::write(place.path().join("CACHEDIR.TAG"), "").unwrap();
        let expected = format!("--profile dev --target-dir {root}");
        assert_eq!(flags("debug/deps/it-1"), Some(expected));
        let expected = format!("--profile release --target-dir {root} --target x86");
        assert_eq!(flags("x86/release/deps/it-1"), Some(expected));
        assert_eq!(flags("debug/it-1"), None);
    }
}
