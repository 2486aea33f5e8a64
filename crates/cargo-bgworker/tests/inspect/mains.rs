//! Main functions that the server finds by name, or not.

use crate::tool::*;
use serde_json::Value;

/// A module that registers a worker. `%M` is where its main function is, `%S` sets the name.
const MODULE: &str = r#"
#include "postmaster/bgworker.h"
PG_MODULE_MAGIC;
%M
PGDLLEXPORT void _PG_init(void);
void _PG_init(void) {
    BackgroundWorker worker = {0};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
    worker.bgw_start_time = BgWorkerStart_ConsistentState;
    snprintf(worker.bgw_name, BGW_MAXLEN, "a worker of a test");
    snprintf(worker.bgw_library_name, BGW_MAXLEN, "module");
    %S
    if (IsUnderPostmaster) elog(ERROR, "_PG_init comes too late");
    RegisterBackgroundWorker(&worker);
}
"#;

const SET: &str = "snprintf(worker.bgw_function_name, BGW_MAXLEN, \"quiet_main\");";
const GOOD_MAIN: &str = "PGDLLEXPORT void quiet_main(Datum a) { elog(LOG, \"%d\", MyProcPid); }";

/// Since 16, PGDLLEXPORT is what exports a function.
fn visibility() -> &'static str {
    match server().version.num >= 160_000 {
        true => "-fvisibility=hidden",
        false => "-fvisibility=default",
    }
}

fn look(main: &str, set: &str, flags: &[&str]) -> (i32, Value) {
    let dir = tempfile::tempdir().unwrap();
    let code = MODULE.replace("%M", main).replace("%S", set);
    let all = [&[visibility()], flags].concat();
    inspect(&module(dir.path(), &code, &all), &[])
}

fn guesses(data: &Value) -> Vec<&str> {
    let points = data["entry_points"].as_array().unwrap().iter();
    points
        .map(|point| point["name"].as_str().unwrap())
        .collect()
}

/// Since 10, the name is all that the server has.
fn is_by_name_only() -> bool {
    server().version.num >= 100_000
}

#[test]
fn an_exported_main_is_found_however_the_name_is_set() {
    for set in [
        SET,
        "strcpy(worker.bgw_function_name, \"quiet_main\");",
        "strlcpy(worker.bgw_function_name, \"quiet_main\", BGW_MAXLEN);",
        "memcpy(worker.bgw_function_name, \"quiet_main\", sizeof \"quiet_main\");",
    ] {
        for flags in [&["-O0"][..], &["-O2"], &["-O2", "-s"], &["-Os", "-fno-plt"]] {
            let (code, data) = look(GOOD_MAIN, set, flags);
            assert_eq!((code, problems(&data)), (0, vec![]), "{set} {flags:?}");
            assert_eq!(guesses(&data), ["quiet_main"], "{set} {flags:?}");
        }
    }
    let long = "the_main_function_of_a_worker_of_a_test";
    for length in [4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 31, 32, 33, 39] {
        let name = &long[..length];
        let main = GOOD_MAIN.replace("quiet_main", name);
        let set = SET
            .replace("snprintf", "strcpy")
            .replace("BGW_MAXLEN, ", "");
        let set = set.replace("quiet_main", name);
        let (code, data) = look(&main, &set, &["-O2", "-s"]);
        assert_eq!((code, problems(&data)), (0, vec![]), "{name}");
        assert_eq!(guesses(&data), [name]);
    }
}

#[test]
fn a_hidden_main_is_doubtful() {
    if !is_by_name_only() || visibility() != "-fvisibility=hidden" {
        return;
    }
    let is_used = "\nvoid *volatile quiet_use; __attribute__((constructor)) static void use(void) \
        { quiet_use = quiet_main; }";
    for main in [
        GOOD_MAIN.replace("PGDLLEXPORT", "static") + is_used,
        GOOD_MAIN.replace("PGDLLEXPORT", "__attribute__((visibility(\"hidden\")))"),
    ] {
        for flags in ["-O0", "-O2"] {
            let (code, data) = look(&main, SET, &[flags]);
            assert_eq!(code, 4);
            only(
                &data,
                "entry-hidden",
                "quiet_main is not exported: it is a local symbol",
            );
            assert_eq!(guesses(&data), [""; 0]);
        }
        // Stripped: there is no trace of the function.
        let (code, data) = look(&main, SET, &["-O2", "-s"]);
        assert_eq!(code, 4);
        only(
            &data,
            "entry-unknown",
            "none of its texts is the name of an exported function",
        );
    }
    // Beside functions that SQL calls, which name themselves.
    let noise = "PGDLLEXPORT Datum noise(PG_FUNCTION_ARGS); PG_FUNCTION_INFO_V1(noise);\n\
        Datum noise(PG_FUNCTION_ARGS) { ereport(ERROR, (errmsg(\"no\"))); return 0; }\n\
        PGDLLEXPORT void loud(void); void loud(void) { elog(ERROR, \"loud\"); }\n";
    let main = noise.to_owned() + &GOOD_MAIN.replace("PGDLLEXPORT", "static") + is_used;
    let (code, data) = look(&main, SET, &["-O2"]);
    assert_eq!(code, 4);
    only(&data, "entry-hidden", "quiet_main is not exported");
    // The user may know better.
    let dir = tempfile::tempdir().unwrap();
    let code = MODULE.replace("%M", &main).replace("%S", SET);
    let library = module(dir.path(), &code, &[visibility()]);
    let (code, data) = inspect(&library, &["--function", "loud"]);
    assert_eq!((code, problems(&data)), (0, vec![]));
}

#[test]
fn a_misspelled_main_is_doubtful() {
    if !is_by_name_only() || visibility() != "-fvisibility=hidden" {
        return;
    }
    for (name, flags) in [
        ("quiet_mian", "-O0"),
        ("quiet_Main", "-O2"),
        ("quietmain", "-O2"),
        ("quiet_main_2", "-O2"),
    ] {
        let (code, data) = look(GOOD_MAIN, &SET.replace("quiet_main", name), &[flags, "-s"]);
        assert_eq!(code, 4, "{name}");
        only(
            &data,
            "entry-missing",
            &format!("{name} is not exported, but quiet_main is"),
        );
    }
    let (code, data) = look(
        GOOD_MAIN,
        &SET.replace("quiet_main", "another_one"),
        &["-O2"],
    );
    assert_eq!(code, 4);
    only(&data, "entry-unknown", "it registers workers");
}

#[test]
fn a_library_that_names_its_mains_is_not_guessed_about() {
    let note = "\n__attribute__((section(\".note.postgres-bgworker\"), aligned(4), used))\n\
        static const struct { int owner, text, kind; char o[20]; char t[12]; }\n\
        note = { 18, 12, KIND, \"postgres-bgworker\", \"noted_main\" };\n\
        PGDLLEXPORT void noted_main(Datum a) {}\n";
    let note = note.replace("KIND", &pg_abi::fingerprint::NOTE_WORKER.to_string());
    let (code, data) = look(&(GOOD_MAIN.to_owned() + &note), SET, &["-O2"]);
    assert_eq!((code, problems(&data)), (0, vec![]));
    assert_eq!(guesses(&data), ["noted_main"]);
    assert_eq!(data["guesses_left_out"], 0);
}

/// The name of the library is next to the call, and that of the function is elsewhere.
#[test]
fn a_library_that_begins_as_its_main_is_not_misspelled() {
    let main = "PGDLLEXPORT void module_main(Datum a) {}\n\
        __attribute__((noinline, noclone)) static void set(BackgroundWorker *worker) \
        { snprintf(worker->bgw_function_name, BGW_MAXLEN, \"module_main\"); }";
    let (code, data) = look(main, "set(&worker);", &["-O2"]);
    assert_eq!((code, problems(&data)), (0, vec![]));
    assert_eq!(guesses(&data), ["module_main"]);
}

#[test]
fn a_main_may_be_declared_as_a_function_for_sql() {
    let main = "PGDLLEXPORT Datum quiet_main(PG_FUNCTION_ARGS); PG_FUNCTION_INFO_V1(quiet_main);\n\
        Datum quiet_main(PG_FUNCTION_ARGS) { return 0; }\n";
    let (code, data) = look(main, SET, &["-O2"]);
    assert_eq!((code, problems(&data)), (0, vec![]));
    assert_eq!(guesses(&data), ["quiet_main"]);
}

#[test]
fn guesses_are_few_and_the_best_ones_first() {
    let mut noise = String::new();
    for number in 0..30 {
        noise += &format!(
            "PGDLLEXPORT void noise_{number}(void); void noise_{number}(void) {{ elog(ERROR, \"x\"); }}\n"
        );
    }
    let (_, data) = look(&(noise.clone() + GOOD_MAIN), SET, &["-O2", "-s"]);
    assert_eq!(guesses(&data), ["quiet_main"]);
    assert_eq!(data["guesses_left_out"], 30);
    // Nothing is better than the others.
    let set = SET.replace("\"quiet_main\"", "getenv(\"NAME\")");
    let (_, data) = look(&noise, &set, &["-O2", "-s"]);
    assert_eq!(guesses(&data).len(), 8);
    assert_eq!(data["guesses_left_out"], 22);
    assert!(guesses(&data).iter().all(|name| name.starts_with("noise_")));
}

/// The texts of Rust do not end with a zero, and a builder far from the texts registers the worker.
#[test]
fn a_main_that_rust_names_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("module.rs");
    let code = r#"
        use std::ffi::c_void;
        unsafe extern "C" { fn RegisterBackgroundWorker(worker: *mut c_void); }
        pub struct Builder { name: String, function: String }
        impl Builder {
            #[inline(never)]
            pub fn load(&self) {
                let mut bytes = [0_u8; 2048];
                bytes[..self.name.len()].copy_from_slice(self.name.as_bytes());
                bytes[96..96 + self.function.len()].copy_from_slice(self.function.as_bytes());
                unsafe { RegisterBackgroundWorker(bytes.as_mut_ptr().cast()) };
            }
        }
        #[unsafe(no_mangle)] pub extern "C" fn background_work(_: usize) {}
        #[unsafe(no_mangle)] pub extern "C" fn another_function(_: usize) {}
        #[unsafe(no_mangle)] pub extern "C" fn _PG_init() {
            Builder { name: "A worker of a test".into(), function: FUNCTION.into() }.load();
        }
        #[repr(C)] pub struct Magic([i32; 18]);
        static MAGIC: Magic = Magic([72, 1800, 100, 32, 64, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        #[unsafe(no_mangle)] pub extern "C" fn Pg_magic_func() -> &'static Magic { &MAGIC }
    "#;
    for (function, expected) in [
        ("background_work", None),
        ("lost_function", Some("entry-unknown")),
    ] {
        let code = code.replace("FUNCTION", &format!("{function:?}"));
        std::fs::write(&source, code).unwrap();
        for level in ["0", "3"] {
            let library = dir.path().join("module.so");
            let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
            let mut rustc = std::process::Command::new(rustc);
            rustc.args([
                "--edition=2024",
                "--crate-type=cdylib",
                "-Clink-arg=-Wl,-z,lazy",
            ]);
            let done = rustc
                .args([&format!("-Copt-level={level}"), "-o"])
                .arg(&library)
                .arg(&source)
                .output()
                .unwrap();
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
            let binary = pg_abi::binary::Binary::read(&library).unwrap();
            let found = pg_abi::inspect::inspect(&binary, &Default::default());
            let codes: Vec<_> = found.problems.iter().map(|problem| problem.code).collect();
            assert_eq!(codes, Vec::from_iter(expected), "{function} {level}");
            let mains: Vec<_> = found
                .entry_points
                .iter()
                .map(|point| point.name.as_str())
                .collect();
            assert_eq!(
                mains,
                Vec::from_iter(expected.is_none().then_some(function))
            );
        }
    }
}
