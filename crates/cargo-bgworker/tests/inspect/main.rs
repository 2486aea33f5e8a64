//! Tests `cargo bgworker inspect` with real libraries and servers, and with small invalid ones.

mod forks;
mod headers;
mod indirect;
#[path = "../abi/links.rs"]
mod links;
mod mains;
mod minors;
mod packages;
mod preloading;
mod refusals;
mod tool;
mod versions;

use pg_abi::binary::{Binary, Kind};
use std::path::{Path, PathBuf};
use std::process::Command;
use tool::*;

#[test]
fn a_server_is_read_without_its_debug_information() {
    let server = server();
    let binary = Binary::read(server.program("postgres")).unwrap();
    assert!(binary.is_server());
    assert_eq!(
        binary.exports["RegisterBackgroundWorker"].kind,
        Kind::Function
    );
    assert_eq!(binary.exports["MyProcPid"].kind, Kind::Data);
    assert_eq!(binary.exports["MyProcPid"].size, 4);
    assert!(binary.exports.len() > 5000, "{}", binary.exports.len());
    assert_eq!(binary.server_version, Some(server.version.full.clone()));
    let product = format!("PostgreSQL {}", server.version.full);
    assert_eq!(binary.server_product, Some(product));
    let [magic] = binary.magic.as_slice() else {
        panic!("{:?}", binary.magic);
    };
    assert_eq!(magic.major(), server.version.major);
    assert_eq!((magic.func_max_args, magic.name_data_len), (100, 64));
}

#[test]
fn the_servers_own_modules_fit_it() {
    for name in ["plpgsql.so", "pg_stat_statements.so", "worker_spi.so"] {
        let Some(path) = workspace_pkglibdir(name) else {
            assert_ne!(name, "plpgsql.so", "every server has it");
            continue;
        };
        let (code, data) = inspect(&path, &[]);
        assert_eq!((code, problems(&data)), (0, vec![]), "{name}");
        let imports = data["imports"].as_array().unwrap();
        let of_server = imports.iter().filter(|i| i["source"]["by"] == "server");
        assert!(of_server.count() > 30, "{name}");
    }
}

#[test]
fn a_good_module_of_c_fits() {
    let dir = tempfile::tempdir().unwrap();
    let library = module(dir.path(), GOOD, &[]);
    let (code, data) = inspect(&library, &["--function", "good_main"]);
    assert_eq!((code, problems(&data)), (0, vec![]));
    let version = data["magic"]["version"].as_u64().unwrap();
    assert_eq!(version, u64::from(server().version.num / 100));
    let point = &data["entry_points"][0];
    assert_eq!(
        (&point["name"], &point["told"], &point["found"]),
        (&"good_main".into(), &"asked".into(), &true.into())
    );
    let imports = data["imports"].as_array().unwrap();
    let pid = imports.iter().find(|i| i["name"] == "MyProcPid").unwrap();
    assert_eq!(pid["source"]["by"], "server");
    assert_eq!(pid["found"], "data");
    assert!(data["fingerprint"].is_null());
}

#[test]
fn worker_registered_by_name_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let code = "#include \"postmaster/bgworker.h\"\nPG_MODULE_MAGIC;\n\
        PGDLLEXPORT void my_worker_main(Datum arg) {}\n\
        PGDLLEXPORT void _PG_init(void) { BackgroundWorker w = {0}; strcpy(w.bgw_function_name, \"my_worker_main\"); \
        RegisterBackgroundWorker(&w); }\n";
    // Not as an immediate operand.
    let (_, data) = inspect(&module(dir.path(), code, &["-O0", "-fno-builtin"]), &[]);
    assert_eq!(data["entry_points"][0]["name"], "my_worker_main");
    assert_eq!(data["entry_points"][0]["told"], "named");
}

#[test]
fn missing_entry_points_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let code = format!(
        "{GOOD}\nstatic void lost_main(Datum arg) {{ elog(LOG, \"x\"); }}\n\
         PGDLLEXPORT int data_main = 1; PGDLLEXPORT void (*keep)(Datum) = lost_main;"
    );
    let library = module(dir.path(), &code, &[]);
    let cases = [
        ("lost_main", "entry-hidden", "exists, but is hidden"),
        (
            "nowhere_main",
            "entry-missing",
            "nowhere_main is not exported",
        ),
        (
            "data_main",
            "entry-not-a-function",
            "is exported as a variable",
        ),
        ("Good_Main", "entry-missing", "Good_Main is not exported"),
    ];
    for (name, expected, part) in cases {
        let (code, data) = inspect(&library, &["--function", name]);
        assert_eq!(code, 8, "{name}");
        only(&data, expected, part);
    }
    let (_, data) = inspect(&library, &["--function", "Good_Main"]);
    assert_eq!(data["problems"][0]["help"], "did you mean good_main?");
}

#[test]
fn what_the_server_lacks_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let code = format!(
        "extern void not_of_any_server(void); extern void neither(void) __attribute__((weak));\n\
         {GOOD}\nPGDLLEXPORT void f(void) {{ not_of_any_server(); if (neither) neither(); }}"
    );
    let (status, data) = inspect(&module(dir.path(), &code, &[]), &[]);
    assert_eq!(status, 8);
    only(&data, "missing-symbol", "provides: not_of_any_server");
    let help = data["problems"][0]["help"].as_str().unwrap();
    assert!(help.starts_with("if it was built for a later minor release, upgrade"));
    assert!(!problems(&data)[0].1.contains("neither,"));
}

#[test]
fn a_variable_that_is_called_is_of_the_wrong_kind() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("kind.c");
    let code = "extern int MyProcPid(void); int f(void) { return MyProcPid(); }\n";
    std::fs::write(&source, code).unwrap();
    let (status, data) = inspect(&compile(dir.path(), &source, &[]), &[]);
    assert_eq!(status, 8);
    let found = problems(&data);
    let wrong = found.iter().find(|(code, _)| code == "wrong-kind").unwrap();
    assert!(
        wrong
            .1
            .contains("MyProcPid is used as a function, but is a variable of the server")
    );
    assert!(found.iter().any(|(code, _)| code == "no-magic"));
}

#[test]
fn another_magic_block_is_refused_as_the_server_would() {
    let dir = tempfile::tempdir().unwrap();
    let code = GOOD.replace(
        "PG_MODULE_MAGIC;",
        "#undef INDEX_MAX_KEYS\n#define INDEX_MAX_KEYS 64\nPG_MODULE_MAGIC;",
    );
    let (status, data) = inspect(&module(dir.path(), &code, &[]), &[]);
    assert_eq!(status, 8);
    only(
        &data,
        "other-magic",
        "INDEX_MAX_KEYS is 64, the server's 32",
    );
    // A major whose block has the same fields.
    let other = match server().version.num / 10_000 {
        11 => 12,
        13 => 14,
        14 => 13,
        17 => 16,
        19 => 18,
        next => next + 1,
    };
    let lines =
        format!("#undef PG_VERSION_NUM\n#define PG_VERSION_NUM {other}0000\nPG_MODULE_MAGIC;");
    let code = GOOD.replace("PG_MODULE_MAGIC;", &lines);
    let (_, data) = inspect(&module(dir.path(), &code, &[]), &[]);
    let part = format!("version is {other}, the server's");
    only(&data, "other-magic", &part);
}

#[test]
fn library_without_a_magic_block_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (status, data) = inspect(&module(dir.path(), "int f(void) { return 1; }", &[]), &[]);
    assert_eq!(status, 8);
    only(&data, "no-magic", "does not export Pg_magic_func");
}

#[test]
fn missing_library_is_reported_as_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let helper = dir.path().join("libhelper-of-a-test.so");
    let source = dir.path().join("helper.c");
    std::fs::write(&source, "int helps(void) { return 1; }\n").unwrap();
    std::fs::rename(
        compile(dir.path(), &source, &["-Wl,-soname,libhelper-of-a-test.so"]),
        &helper,
    )
    .unwrap();
    let code =
        format!("extern int helps(void);\n{GOOD}\nPGDLLEXPORT int f(void) {{ return helps(); }}");
    let link = [
        "-L",
        dir.path().to_str().unwrap(),
        "-lhelper-of-a-test",
        "-Wl,-rpath,$ORIGIN",
    ];
    let library = module(dir.path(), &code, &link);
    let (status, data) = inspect(&library, &[]);
    assert_eq!((status, problems(&data)), (0, vec![]));
    let elsewhere = tempfile::tempdir().unwrap();
    let place = elsewhere.path().join("libhelper-of-a-test.so");
    std::fs::copy(&helper, place).unwrap();
    std::fs::remove_file(helper).unwrap();
    let words = ["--library-path", elsewhere.path().to_str().unwrap()];
    let (status, data) = inspect(&library, &words);
    assert_eq!((status, problems(&data)), (0, vec![]));
    let (status, data) = inspect(&library, &[]);
    let codes: Vec<_> = problems(&data).into_iter().map(|(code, _)| code).collect();
    assert_eq!(
        (status, codes),
        (
            4,
            vec!["unknown-symbol".to_owned(), "library-not-here".to_owned()]
        )
    );
}

#[test]
fn other_machine_is_reported_first() {
    let dir = tempfile::tempdir().unwrap();
    let library = module(dir.path(), GOOD, &[]);
    let mut bytes = std::fs::read(&library).unwrap();
    // e_machine
    let theirs = if bytes[18] == 62 { 183 } else { 62 };
    bytes[18] = theirs;
    std::fs::write(&library, bytes).unwrap();
    let (status, data) = inspect(&library, &[]);
    assert_eq!(status, 8);
    only(&data, "other-machine", "but the server for");
}

#[test]
fn text_output_has_no_color_in_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let library = module(dir.path(), GOOD, &[]);
    let pg_config = server().pg_config;
    let words = [
        library.to_str().unwrap(),
        "--pg-config",
        pg_config.to_str().unwrap(),
        "--symbols",
    ];
    let output = tool(&words);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        format!("built for  PostgreSQL {}", server().version.major),
        "good: it fits this server".to_owned(),
        "MyProcPid".to_owned(),
    ] {
        assert!(text.contains(&part), "expected {part:?}:\n{text}");
    }
    assert!(!text.contains('\x1b'));
}

/// Compiles a C module with a fingerprint: `worker` is the offset of `bgw_name`.
pub(crate) fn with_fingerprint(directory: &Path, version: u32, size: u64) -> PathBuf {
    let major = server().version.major;
    let text = format!(
        "HEADERS = {major}.0\\nVERSION-NUM = {version}\\nTARGET = x86_64-unknown-linux-gnu\\nABI-EXTRA =\\n\
         BLOCK-SIZE = 8192\\nASSERTIONS = no\\nLAYOUT = 0\\n\\nBackgroundWorker {size} bgw_name@0\\n"
    );
    let code = format!(
        "{GOOD}\n__attribute__((section(\".note.postgres-bgworker\"), aligned(4), used))\n\
         static const struct {{ int owner, text, kind; char o[20]; char t[sizeof \"{text}\"]; }}\n\
         note = {{ 18, sizeof \"{text}\", 1, \"postgres-bgworker\", \"{text}\" }};"
    );
    module(directory, &code, &[])
}

#[test]
fn a_fingerprint_is_compared_with_the_facts_that_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let version = server().version.num / 10_000 * 10_000;
    let size = if version < 170_000 { 544 } else { 1472 };
    let (status, data) = inspect(&with_fingerprint(dir.path(), version, size), &[]);
    // The headers of 19.0 are not those of its release candidates.
    let found: Vec<_> = problems(&data).into_iter().map(|(code, _)| code).collect();
    assert!(status == 0 || found == ["other-headers"], "{found:?}");
    assert_eq!(data["fingerprint"]["version_num"], version);
    let (status, data) = inspect(&with_fingerprint(dir.path(), version, size + 8), &[]);
    let (code, text) = problems(&data).remove(0);
    assert_eq!((status & 8, code.as_str()), (8, "other-layout"));
    assert!(
        text.contains(&format!(
            "BackgroundWorker has {} bytes, the server's {size}",
            size + 8
        )),
        "{text}"
    );
    // The facts of another major, by its name.
    let other = if version < 170_000 { "18" } else { "16" };
    let (_, data) = inspect(
        &with_fingerprint(dir.path(), version, size),
        &["--facts", other],
    );
    let (code, text) = problems(&data).remove(0);
    assert_eq!(code, "other-layout", "{text}");
}

#[test]
fn layouts_are_explained_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let abi = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
        command
            .arg("abi")
            .args(words)
            .args(["--target", "x86_64-unknown-linux-gnu"]);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (good, text, errors) = abi(&[
        "explain",
        "BackgroundWorker",
        "--facts",
        "16",
        "--facts",
        "17",
    ]);
    assert!(good, "{errors}");
    let line = text
        .lines()
        .find(|line| line.starts_with("bgw_library_name"))
        .unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[..3], ["bgw_library_name", "204+96", "204+1024"]);
    let (good, _, errors) = abi(&["explain", "NoSuchType"]);
    assert!(
        !good && errors.contains("type \"NoSuchType\" is not known"),
        "{errors}"
    );
    let page = dir.path().join("page.html");
    let (good, _, errors) = abi(&["report", "--html", page.to_str().unwrap()]);
    assert!(good, "{errors}");
    let text = std::fs::read_to_string(page).unwrap();
    assert!(
        text.contains("Register<wbr>Dynamic<wbr>Background<wbr>Worker")
            && text.contains("bgw_library_name")
    );
    let (good, text, errors) = abi(&["report", "--facts", "16", "--facts", "17"]);
    assert!(good, "{errors}");
    assert!(
        text.contains("* `BackgroundWorker` in 17: size 544 → 1472"),
        "{text}"
    );
}
