//! Servers of forks: other magic blocks, and other headers.

use crate::links::change;
use crate::tool::*;
use crate::with_fingerprint;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Since 15, a block names the vendor. The headers of the same major are no remedy.
#[test]
fn a_module_of_another_vendor_is_refused_and_the_remedy_is_its_headers() {
    if server().version.num < 150_000 {
        println!("skipped: before 15 no module says whose it is");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let vendor = "#undef FMGR_ABI_EXTRA\n#define FMGR_ABI_EXTRA \"Fork\"\nPG_MODULE_MAGIC;";
    let code = GOOD.replace("PG_MODULE_MAGIC;", vendor);
    let (status, data) = inspect(&module(dir.path(), &code, &[]), &[]);
    assert_eq!(status, 8);
    only(
        &data,
        "other-magic",
        "FMGR_ABI_EXTRA is Fork, the server's PostgreSQL",
    );
    let help = data["problems"][0]["help"].as_str().unwrap();
    assert!(
        help.starts_with("servers of PostgreSQL load only libraries"),
        "{help}"
    );
}

/// A fork may keep the magic block of PostgreSQL and have another layout of a type. Then only its
/// headers tell.
#[test]
fn the_headers_of_a_named_server_are_measured() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (
        "bgw_restart_time;",
        "bgw_restart_time;\n\tint64 bgw_inserted;",
    );
    let include = dir.path().join("include");
    let header = Path::new("postmaster/bgworker.h");
    change(&server().includedir_server, &include, header, |text| {
        assert!(text.contains(old), "{text}");
        text.replacen(old, new, 1)
    });
    let fork = pg_config(dir.path(), &include);
    let version = server().version.num / 10_000 * 10_000;
    let size = if version < 170_000 { 544 } else { 1472 };
    let library = with_fingerprint(dir.path(), version, size);
    let layouts = |pg_config: &Path| {
        let words = ["--json", "--pg-config", pg_config.to_str().unwrap()];
        let output = tool(&[&[library.to_str().unwrap()], &words[..]].concat());
        let data: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = problems(&data).into_iter();
        found.find(|(code, _)| code == "other-layout")
    };
    assert_eq!(layouts(&server().pg_config), None);
    let (_, text) = layouts(&fork).unwrap();
    let said = format!(
        "BackgroundWorker has {size} bytes, the server's {}",
        size + 8
    );
    assert!(text.contains(&said), "{text}");
}

/// Makes a `pg_config` of the server with other headers.
fn pg_config(directory: &Path, include: &Path) -> PathBuf {
    let path = directory.join("pg_config");
    let real = server().pg_config;
    let script = format!(
        "#!/bin/sh\nfor question; do case $question in\n--includedir-server) echo '{}';;\n\
         *) '{}' \"$question\";;\nesac; done\n",
        include.display(),
        real.display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}
