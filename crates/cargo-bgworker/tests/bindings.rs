//! `cargo bgworker bindings`, and packages whose build scripts use `postgres-bgworker-build`.
//!
//! Each test makes a package with a build script of its own. They share the directory of builds.

use pg_scratch::servers::{Server, discover};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/bindings");
const TOOL: &str = env!("CARGO_BIN_EXE_cargo-bgworker");

/// One build at a time.
static BUILDS: Mutex<()> = Mutex::new(());

/// A package of a framework's author.
struct Framework {
    directory: TempDir,
    server: Server,
}

/// What a command printed, and whether it succeeded.
struct Said {
    text: String,
    success: bool,
}

impl Framework {
    /// Makes a package with these lists and this code. Returns `None` without a server. The name is
    /// not that of another package: cargo would believe that it has built this one.
    fn new(name: &str, lists: &str, code: &str) -> Option<Self> {
        let server = match std::env::var_os("PG_CONFIG") {
            Some(path) => Server::from_pg_config(path).expect("PG_CONFIG"),
            None => match discover().into_iter().rev().find(|server| server.headers) {
                Some(server) => server,
                None => {
                    eprintln!("no PostgreSQL server on this machine: nothing to test");
                    return None;
                }
            },
        };
        let directory = tempfile::tempdir().unwrap();
        let manifest = format!(
            r#"
            [package]
            name = "{name}"
            version = "1.0.0"
            edition = "2024"
            [workspace]
            [features]
            default = ["bindgen"]
            bindgen = ["postgres-bgworker-sys/bindgen", "postgres-bgworker-build/bindgen"]
            [dependencies]
            postgres-bgworker-sys = {{ path = "{ROOT}/postgres-bgworker-sys", default-features = false }}
            [build-dependencies]
            postgres-bgworker-build = {{ path = "{ROOT}/crates/postgres-bgworker-build", default-features = false }}
            "#
        );
        let script = format!(
            "fn main() -> std::process::ExitCode {{\n\
             postgres_bgworker_build::run(|server| {{ server.bindings(){lists}.write(\"ffi.rs\") }})\n}}\n"
        );
        let library = format!(
            "#![deny(warnings)]\n\
             pub mod ffi {{ include!(concat!(env!(\"OUT_DIR\"), \"/ffi.rs\")); }}\n{code}"
        );
        let files = [
            ("Cargo.toml", manifest),
            ("build.rs", script),
            ("src/lib.rs", library),
        ];
        fs::create_dir(directory.path().join("src")).unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let lock = directory.path().join("Cargo.lock");
        fs::copy(Path::new(ROOT).join("Cargo.lock"), lock).unwrap();
        Some(Framework { directory, server })
    }

    fn run(&self, program: &str, words: &[&str], variables: &[(&str, &str)]) -> Said {
        let _one_at_a_time = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.directory.path())
            .env("PG_CONFIG", &self.server.pg_config)
            .env("CARGO_TARGET_DIR", TARGET)
            .env_remove("BGWORKER_TEST_ARGUMENTS")
            .env_remove("BGWORKER_TEST_LIBRARIES")
            .envs(variables.iter().copied());
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        Said {
            text: String::from_utf8_lossy(&text).into_owned(),
            success: output.status.success(),
        }
    }

    fn check(&self, words: &[&str], variables: &[(&str, &str)]) -> Said {
        self.run("cargo", &[&["check", "--quiet"], words].concat(), variables)
    }

    fn commit(&self, words: &[&str]) -> Said {
        let major = &self.server.version.major;
        let words = [&["bgworker", "bindings", "--pg", major], words].concat();
        self.run(TOOL, &words, &[])
    }

    fn file(&self, extension: &str) -> std::path::PathBuf {
        let stem = format!("pg{}", self.server.version.major.replace('.', ""));
        let directory = self.directory.path().join("bindings");
        directory.join(stem).with_extension(extension)
    }
}

impl Said {
    #[track_caller]
    fn succeeded(&self) {
        assert!(self.success, "{}", self.text);
    }

    #[track_caller]
    fn failed(&self, lines: &[&str]) {
        assert!(!self.success, "{}", self.text);
        for line in lines {
            assert!(
                self.text.contains(line),
                "{line:?} is not in\n{}",
                self.text
            );
        }
        // What the build script printed for cargo is not repeated.
        assert!(!self.text.contains("cargo:rerun-if"), "{}", self.text);
    }
}

const WRAPPERS: &str = r#"
    .headers(["foreign/fdwapi.h", "foreign/foreign.h", "utils/rel.h", "no/such/header.h?"])
    .items(["FdwRoutine", "RelationData", "GetForeignTable", "no_such_item?", "GetFdwRoutine?", "T_FdwRoutine?", "GetFdwRoutine(ByServerId)?", "SockAddr"])
    .committed("bindings")
"#;

/// Uses types of both crates. `RelationData` has fields here, and `Relation` points to it.
const USES: &str = r#"
    pub fn oid(relation: ffi::Relation) -> ffi::Oid { unsafe { (*relation).rd_id } }
    pub fn routine() -> ffi::FdwRoutine {
        let mut routine: ffi::FdwRoutine = unsafe { core::mem::zeroed() };
        routine.type_ = ffi::NodeTag::T_FdwRoutine;
        routine
    }
    pub fn raw(oid: ffi::Oid) -> postgres_bgworker_sys::Oid { oid }
    #[cfg(pg_has = "GetFdwRoutine")]
    pub fn found() { let _ = ffi::GetFdwRoutine; }
    #[cfg(not(pg_has = "GetFdwRoutine"))]
    compile_error!("the item is there");
    #[cfg(pg_has = "no_such_item")]
    compile_error!("the item is not there");
    #[cfg(not(pg_has = "T_FdwRoutine"))]
    compile_error!("the enumerator is there");
    pub fn salen(address: &ffi::SockAddr) -> u32 { address.salen }
"#;

#[test]
fn a_framework_brings_what_it_needs() {
    let Some(framework) = Framework::new("framework", WRAPPERS, USES) else {
        return;
    };
    framework.check(&[], &[]).succeeded();

    // Without libclang it needs committed files.
    let without = ["--no-default-features"];
    framework.check(&without, &[]).failed(&[
        "no bindings are committed for PostgreSQL",
        "the feature `bindgen` of postgres-bgworker-build is off",
        "cargo bgworker bindings",
    ]);
    framework.commit(&["--check"]).failed(&[
        "committed bindings differ from the generated ones",
        "run cargo bgworker bindings",
    ]);
    framework.commit(&[]).succeeded();
    framework.commit(&["--check"]).succeeded();
    framework.check(&without, &[]).succeeded();

    // They are of these lists.
    let script = framework.directory.path().join("build.rs");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(
        &script,
        text.replace("\"GetForeignTable\"", "\"GetForeignServer\""),
    )
    .unwrap();
    framework.check(&without, &[]).failed(&[
        "was made for other lists than those of the build script",
        "cargo bgworker bindings",
    ]);
    fs::write(&script, text).unwrap();

    // The headers of another server are not taken for those of this one.
    let other = discover();
    let other = other
        .iter()
        .find(|other| other.headers && other.version.num != framework.server.version.num);
    if let Some(other) = other.filter(|_| cfg!(all(target_os = "linux", target_env = "gnu"))) {
        let name = format!("PG_CONFIG_{}-unknown-linux-gnu", std::env::consts::ARCH);
        let path = other.pg_config.display().to_string();
        let words = [
            "bgworker",
            "bindings",
            "--pg",
            &framework.server.version.major,
        ];
        framework
            .run(TOOL, &words, &[(&name, &path)])
            .failed(&["the build was for another server"]);
    }

    // And without a server.
    let major = framework.server.version.major.as_str();
    let facts = ("POSTGRES_BGWORKER_FACTS", major);
    framework.check(&without, &[facts]).succeeded();
    let documents = framework.run(
        "cargo",
        &["doc", "--quiet", "--no-deps"],
        &[facts, ("DOCS_RS", "1")],
    );
    documents.succeeded();
    let page = Path::new(TARGET).join("doc/framework/ffi/struct.FdwRoutine.html");
    assert!(page.is_file());

    // The compiler compares the files with the headers.
    let contract = framework.file("c");
    let text = fs::read_to_string(&contract).unwrap();
    let changed = text.replacen("PGBGW_TYPE(FdwRoutine, ", "PGBGW_TYPE(FdwRoutine, 1", 1);
    assert_ne!(text, changed);
    fs::write(&contract, changed).unwrap();
    framework.check(&without, &[]).failed(&[
        "differ from the committed bindings",
        "FdwRoutine is not of size 1",
    ]);
    fs::remove_file(&contract).unwrap();
    framework.check(&without, &[]).failed(&[
        "the contract",
        "is missing",
        "run cargo bgworker bindings",
    ]);
}

/// The lists of a build script, and what is said about them.
const MISTAKES: &[(&str, &[&str])] = &[
    (
        r#".items(["no_such_item", "nor_this"])"#,
        &[
            "also not bound: nor_this",
            "the list of items in the build script lists \"no_such_item\", but the headers declare no such item",
            "if only some majors have it, write no_such_item?",
        ],
    ),
    (
        r#".headers(["no/such/header.h"]).items(["RelationData"])"#,
        &[
            "there is no header \"no/such/header.h\", which the list of headers in the build script adds",
        ],
    ),
    (
        r#".items(["int128"])"#,
        &["lists \"int128\", and int128 is never bound", "aligns"],
    ),
    (
        r#".items(["sigjmp_buf"])"#,
        &["lists \"sigjmp_buf\", and sigjmp_buf is never bound"],
    ),
    (
        r#".items(["Get(Oid"])"#,
        &["\"Get(Oid\" in the list of items in the build script is not a regular expression"],
    ),
    (
        r#".headers(["utils/rel.h"]).items(["RelationGetRelid"])"#,
        &[
            "lists \"RelationGetRelid\", a macro with arguments",
            "write a C function of your own that calls it",
        ],
    ),
    (
        r#".headers(["common/logging.h"]).items(["pg_log_generic_v"])"#,
        &[
            "lists \"pg_log_generic_v\", a function that is never bound",
            "no Rust type is a va_list",
        ],
    ),
    (
        r#".items(["list_length"])"#,
        &["lists \"list_length\", an inline function"],
    ),
    (
        r#".items(["InvalidOid"])"#,
        &[
            "lists \"InvalidOid\", a macro that bindgen makes no constant of",
            "it is defined as: ((Oid) 0)",
            "declare it in Rust: pub const InvalidOid",
        ],
    ),
];

#[test]
fn mistakes_in_lists_are_explained() {
    for (number, (lists, said)) in MISTAKES.iter().enumerate() {
        let name = format!("mistake-{number}");
        let Some(framework) = Framework::new(&name, lists, "") else {
            return;
        };
        framework.check(&[], &[]).failed(said);
    }
}

/// A constant that needs the types of C, a function with any number of arguments, a member whose
/// name is a keyword, a union without a name, bit-fields, and an array of any length.
#[test]
fn unusual_declarations_are_bound() {
    let lists = r#"
        .headers(["utils/memutils.h", "utils/jsonb.h", "storage/itemid.h", "access/ginblock.h"])
        .items(["MaxAllocHugeSize", "psprintf", "JsonbValue", "ItemIdData", "GinPostingList"])
        .committed("bindings")
    "#;
    let uses = r#"
        const _: () = assert!(ffi::MaxAllocHugeSize == i64::MAX);
        pub fn print() -> *mut core::ffi::c_char { unsafe { ffi::psprintf(c"%d".as_ptr(), 1) } }
        pub fn boolean(value: &ffi::JsonbValue) -> bool {
            value.type_ == ffi::jbvType::jbvBool && unsafe { value.val.boolean }
        }
        pub fn offset(item: ffi::ItemIdData) -> core::ffi::c_uint { item.lp_off() }
        pub fn bytes(list: *mut ffi::GinPostingList) -> *mut u8 { unsafe { (*list).bytes.as_mut_ptr() } }
    "#;
    let Some(framework) = Framework::new("unusual", lists, uses) else {
        return;
    };
    framework.check(&[], &[]).succeeded();
    framework.commit(&[]).succeeded();
    framework.check(&["--no-default-features"], &[]).succeeded();
}

/// The presets together, and the contract for them.
#[test]
fn presets_bind_whole_headers() {
    let lists = "\n.preset(postgres_bgworker_build::Preset::Everyday)";
    let presets = [
        "ForeignData",
        "Executor",
        "Planner",
        "TableAccess",
        "IndexAccess",
        "LogicalDecoding",
        "Nodes",
        "Catalogs",
        "Commands",
    ];
    let presets = presets
        .map(|preset| lists.replace("Everyday", preset))
        .concat();
    let uses = r#"
        pub fn routine() -> ffi::NodeTag { ffi::NodeTag::T_FdwRoutine }
        pub fn scan(state: &ffi::ForeignScanState) -> ffi::NodeTag { state.ss.ps.type_ }
        pub const RELATION: u8 = ffi::RELKIND_RELATION;
        pub fn uses() { let _ = (ffi::F_INT4PL, unsafe { ffi::planner_hook }, ffi::ReadBufferExtended as unsafe extern "C-unwind" fn(_, _, _, _, _) -> _); }
    "#;
    let lists = format!("{presets}.committed(\"bindings\")");
    let Some(framework) = Framework::new("presets", &lists, uses) else {
        return;
    };
    framework.check(&[], &[]).succeeded();
    framework.commit(&[]).succeeded();
    framework.check(&["--no-default-features"], &[]).succeeded();
}

#[test]
fn a_package_without_bindings_is_refused() {
    let Some(framework) = Framework::new("without", r#".items(["RelationData"])"#, "") else {
        return;
    };
    framework
        .commit(&[])
        .failed(&["the build script names no directory for committed bindings"]);
    fs::write(framework.directory.path().join("build.rs"), "fn main() {}").unwrap();
    fs::write(framework.directory.path().join("src/lib.rs"), "").unwrap();
    framework
        .commit(&[])
        .failed(&["the build script has not generated bindings"]);
    // Cargo has the last word on what it cannot build.
    fs::write(framework.directory.path().join("build.rs"), "mistake").unwrap();
    let said = framework.commit(&[]);
    said.failed(&["the package cannot be built for this server"]);
    assert!(!said.text.contains("has not generated"), "{}", said.text);
}
