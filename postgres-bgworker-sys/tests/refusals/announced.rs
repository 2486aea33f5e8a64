//! Tests the output of a successful run: the cfgs of the server's version and no others, also for
//! dependent crates.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Run, Script};
use std::collections::BTreeSet;

/// Every major, listed by hand, as a check of the build script's table.
const MAJORS: &[&str] = &[
    "9.3", "9.4", "9.5", "9.6", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
];

fn lines<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.lines()
        .filter_map(|line| line.strip_prefix(prefix))
        .collect()
}

fn values<'a>(run: &'a Run, cfg: &str) -> Vec<&'a str> {
    lines(&run.stdout, &format!("cargo:rustc-cfg={cfg}="))
        .into_iter()
        .map(|value| value.trim_matches('"'))
        .collect()
}

/// The values that `cargo:rustc-check-cfg=cfg(NAME, values("…", …))` allows.
fn allowed<'a>(run: &'a Run, cfg: &str) -> BTreeSet<&'a str> {
    let prefix = format!("cargo:rustc-check-cfg=cfg({cfg}, values(");
    let list = lines(&run.stdout, &prefix)
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no list for {cfg} in\n{run}"));
    list.trim_end_matches(')')
        .split(", ")
        .map(|value| value.trim_matches('"'))
        .collect()
}

#[test]
fn since_holds_for_every_major_up_to_the_servers() {
    let run = &REAL.run;
    let major = REAL.major();
    assert_eq!(run.metadata("major"), major);
    let position = MAJORS
        .iter()
        .position(|name| *name == major)
        .unwrap_or_else(|| panic!("unknown major {major}"));
    assert_eq!(values(run, "pg_since"), MAJORS[..=position]);
}

/// `pg_config --cppflags` says how the server was built; no header does.
#[test]
fn exec_backend_is_announced() {
    assert_eq!(REAL.run.metadata("exec_backend"), "0");
    let fake = Fake::new();
    let cppflags = format!("{} -DEXEC_BACKEND", REAL.run.metadata("cppflags"));
    let path = fake.description(&[("CPPFLAGS", Some(&cppflags))]);
    let run = Script::pg_config(path).run().succeeded();
    assert_eq!(run.metadata("exec_backend"), "1");
}

/// Betas and the first release of a major have its number with zeros behind it.
#[test]
fn since_holds_from_the_first_release_on() {
    let fake = Fake::new();
    let major = REAL.major();
    let zeros = if major.contains('.') { "00" } else { "0000" };
    let first = format!("{}{zeros}", major.replace('.', "0"));
    let include = fake.headers(&[("PG_VERSION_NUM", &first)]);
    let path = fake.pg_config(&format!("PostgreSQL {major}beta1"), &include);
    let run = Script::pg_config(path).run().succeeded();
    assert_eq!(run.metadata("version_num"), first);
    assert_eq!(run.metadata("version"), format!("PostgreSQL {major}beta1"));
    assert_eq!(values(&run, "pg_since"), values(&REAL.run, "pg_since"));
}

#[test]
fn every_cfg_is_declared() {
    let run = &REAL.run;
    for cfg in lines(&run.stdout, "cargo:rustc-cfg=") {
        let (name, value) = cfg
            .split_once('=')
            .unwrap_or_else(|| panic!("a cfg without a value: {cfg}"));
        assert!(
            allowed(run, name).contains(value.trim_matches('"')),
            "{cfg} is not in the list of\n{run}"
        );
    }
    assert_eq!(allowed(run, "pg_since"), MAJORS.iter().copied().collect());
    assert!(!values(run, "pg_has").is_empty(), "{run}");
}

/// Three capabilities, each with the major that brought it.
#[test]
fn capabilities_follow_the_server() {
    let run = &REAL.run;
    let since = values(run, "pg_since");
    for (capability, major) in [
        ("bgw_type", "11"),
        ("interruptible", "19"),
        ("bypass_rolelogincheck", "17"),
        ("dynamic", "9.4"),
    ] {
        let has = values(run, "pg_has").contains(&capability);
        assert_eq!(
            has,
            since.contains(&major),
            "{capability} on {}",
            REAL.major()
        );
    }
}

#[test]
fn dependants_get_the_same_lines() {
    let run = &REAL.run;
    let (told, printed): (Vec<&str>, Vec<&str>) = (
        run.metadata("cargo").split('\u{1e}').collect(),
        run.stdout
            .lines()
            .filter(|line| line.starts_with("cargo:rustc-"))
            .collect(),
    );
    let only = |lines: &[&str], prefix: &str| -> Vec<String> {
        lines
            .iter()
            .filter(|line| line.starts_with(prefix))
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        only(&told, "cargo:rustc-cfg="),
        only(&printed, "cargo:rustc-cfg=")
    );
    let declared = |lines: &[&str]| BTreeSet::from_iter(only(lines, "cargo:rustc-check-cfg="));
    assert_eq!(declared(&told), declared(&printed));
    // Nothing else goes along: what links the shim is this crate's own affair.
    assert!(
        told.iter().all(|line| line.starts_with("cargo:rustc-cfg=")
            || line.starts_with("cargo:rustc-check-cfg=")),
        "{told:?}"
    );
}
