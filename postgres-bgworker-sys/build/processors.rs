//! The committed files are those of x86-64. `pregenerated/processors.tsv` has what differs on other
//! processors: the types of spinlocks and atomic flags. In a build with headers, the C compiler
//! verifies the result, so a wrong line stops the build.

use crate::bindings::read;
use postgres_bgworker_build::Result;
use postgres_bgworker_build::raw::{headers, vars};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("../pregenerated/processors.tsv");

/// Reads a committed file for the target's processor.
pub fn of_target(path: &Path) -> Result<String> {
    let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, kind) = (text(path.file_stem()), text(path.extension()));
    let processor = vars::cargo("CARGO_CFG_TARGET_ARCH");
    Ok(adapt(&read(path)?, [&processor, &kind], &stem))
}

/// Returns the contract for the target's processor: the committed file, or a copy.
pub fn contract(path: &Path) -> Result<PathBuf> {
    // The caller reports that it is missing.
    if !path.is_file() {
        return Ok(path.to_owned());
    }
    let text = of_target(path)?;
    if text == read(path)? {
        return Ok(path.to_owned());
    }
    let copy = vars::out_dir().join("contract.c");
    headers::write(&copy, &text)?;
    Ok(copy)
}

fn adapt(text: &str, wanted: [&str; 2], stem: &str) -> String {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut columns = line.split('\t');
        let [processor, kind, others, committed, there] =
            [(); 5].map(|()| columns.next().unwrap_or_default());
        let applies = [processor, kind] == wanted && !others.split(' ').any(|name| name == stem);
        applies.then(|| [committed, there].map(|part| part.replace("\\n", "\n")))
    })
    .fold(text.to_owned(), |text, [committed, there]| {
        text.replace(&committed, &there)
    })
}
