//! Reads facts of the headers through the preprocessor. No program is run, so this also works for
//! another target.

use crate::pg_config::PgConfig;
use crate::report::{Report, Result};
use crate::{shell_words, vars, versions};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The server's headers, verified to belong to the server and to the target.
#[derive(Debug)]
pub struct Headers {
    pub version_num: u32,
    /// `PG_VERSION`, with the vendor's additions.
    pub version: String,
    /// What `select version()` begins with: `PostgreSQL 18.4 (IvorySQL 5.4)`. Some forks name
    /// themselves only here.
    pub product: String,
    pub major: String,
    /// `FMGR_ABI_EXTRA`: the vendor whose modules this server loads. Empty before 15.
    pub abi_extra: String,
    pub assertions: bool,
    /// Whether the server executes its program for each process, which inherits nothing then.
    pub exec_backend: bool,
    /// `BLCKSZ`
    pub block_size: u32,
    /// The program, or the description, that names the directory.
    pub pg_config: PathBuf,
    pub includedir_server: PathBuf,
    pub cppflags: Vec<String>,
    /// Flags that change the meaning of C in the server's headers.
    pub cflags: Vec<String>,
    pub is_future: bool,
}

/// The macros whose values are read. An undefined macro expands to its own name.
const QUESTIONS: &[&str] = &[
    "PG_VERSION_NUM",
    "PG_VERSION",
    "PG_VERSION_STR",
    "BLCKSZ",
    "SIZEOF_VOID_P",
    "WORDS_BIGENDIAN",
    "FMGR_ABI_EXTRA",
    "USE_ASSERT_CHECKING",
    "EXEC_BACKEND",
    "FRONTEND",
];

pub fn read(pg_config: &PgConfig) -> Result<Headers> {
    let dir = PathBuf::from(&pg_config.includedir_server);
    // All headers and their directories are watched: a package manager gives a new file the time of
    // its build, which may be long ago, but the directory's time changes.
    println!("cargo:rerun-if-changed={}", dir.display());
    // A bare name was found on PATH. Cargo treats a missing file as a changed one.
    if pg_config.path.is_file() {
        println!("cargo:rerun-if-changed={}", pg_config.path.display());
    }
    let mut headers = Headers {
        version_num: 0,
        version: String::new(),
        product: String::new(),
        major: String::new(),
        abi_extra: String::new(),
        assertions: false,
        exec_backend: false,
        block_size: 0,
        pg_config: pg_config.path.clone(),
        includedir_server: dir,
        cppflags: preprocessor_flags(&pg_config.cppflags),
        cflags: language_flags(&pg_config.cflags),
        is_future: pg_config.is_future(),
    };
    let facts = ask_preprocessor(&headers)?;
    let number = |name: &str| facts.get(name).and_then(|value| value.parse::<u32>().ok());
    let Some(version_num) = number("PG_VERSION_NUM") else {
        return Err(Report::new(
            "these are not PostgreSQL's headers: PG_VERSION_NUM is not defined",
        )
        .note(format!("directory: {}", pg_config.includedir_server))
        .help("name the pg_config of a server: PG_CONFIG=/path/to/pg_config")
        .help_install(&pg_config.major));
    };
    headers.version_num = version_num;
    headers.major = versions::major_of(version_num);
    let text = |name: &str| {
        facts
            .get(name)
            .map_or("", |v| v.trim_matches('"'))
            .to_string()
    };
    headers.version = text("PG_VERSION");
    headers.product = product(&text("PG_VERSION_STR"), &headers.version);
    headers.abi_extra = text("FMGR_ABI_EXTRA");
    headers.block_size = number("BLCKSZ").unwrap_or_default();
    headers.assertions = facts.contains_key("USE_ASSERT_CHECKING");
    headers.exec_backend = facts.contains_key("EXEC_BACKEND");
    check_major(pg_config, &headers)?;
    check_width(number("SIZEOF_VOID_P"), &pg_config.includedir_server)?;
    check_byte_order(
        facts.contains_key("WORDS_BIGENDIAN"),
        &pg_config.includedir_server,
    )?;
    say_vendor(&headers.abi_extra);
    Ok(headers)
}

fn check_major(pg_config: &PgConfig, headers: &Headers) -> Result<()> {
    if headers.major == pg_config.major {
        return Ok(());
    }
    Err(Report::new(format!(
        "pg_config belongs to PostgreSQL {}, but its headers are of PostgreSQL {}",
        pg_config.major, headers.major
    ))
    .note(format!("pg_config: {}", pg_config.path.display()))
    .note(format!("headers: {}", pg_config.includedir_server))
    .help_install(&pg_config.major))
}

fn check_width(size: Option<u32>, dir: &str) -> Result<()> {
    let target = vars::cargo("CARGO_CFG_TARGET_POINTER_WIDTH");
    match size.map(|bytes| (bytes * 8).to_string()) {
        Some(bits) if bits != target => Err(Report::new(format!(
            "these are headers of a {bits}-bit server, and the target is {target}-bit"
        ))
        .note(format!("headers: {dir}; target: {}", vars::cargo("TARGET")))
        .help("name a pg_config of the target's server: PG_CONFIG_<TARGET>=/path/to/pg_config")),
        _ => Ok(()),
    }
}

/// The C compiler, which knows the target's alignments, compares them. See `shim/target.c`.
fn check_byte_order(is_big: bool, dir: &str) -> Result<()> {
    let headers = if is_big { "big" } else { "little" };
    let target = vars::cargo("CARGO_CFG_TARGET_ENDIAN");
    if target == headers {
        return Ok(());
    }
    Err(Report::new(format!(
        "these are headers of a {headers}-endian server, and the target is {target}-endian"
    ))
    .note(format!("headers: {dir}; target: {}", vars::cargo("TARGET")))
    .help("name a pg_config of the target's server: PG_CONFIG_<TARGET>=/path/to/pg_config"))
}

/// A vendor's server rejects modules that were not built for it, and other servers reject those
/// that were.
fn say_vendor(abi_extra: &str) {
    if !["", "PostgreSQL"].contains(&abi_extra) {
        println!(
            "cargo:warning=modules built here load only into servers of {abi_extra}: these headers define FMGR_ABI_EXTRA so"
        );
    }
}

/// Returns what stands before the machine and the compiler in `PG_VERSION_STR`.
fn product(text: &str, version: &str) -> String {
    let (product, _) = text.split_once(" on ").unwrap_or_default();
    match product {
        "" => format!("PostgreSQL {version}"),
        product => product.to_string(),
    }
}

/// Returns those flags of the server's build that change the meaning of its headers. The
/// `pg_config` of 9.6 and 10 adds `-DFRONTEND`, with which it was compiled itself, but the server
/// was not.
fn preprocessor_flags(cppflags: &str) -> Vec<String> {
    const KINDS: [&str; 3] = ["-D", "-U", "-I"];
    let mut words = shell_words::split(cppflags).into_iter();
    let mut flags = Vec::new();
    while let Some(mut word) = words.next() {
        if KINDS.contains(&word.as_str()) {
            // The argument may be a separate word.
            word.extend(words.next());
        }
        if KINDS.iter().any(|kind| word.starts_with(kind)) && word != "-DFRONTEND" {
            flags.push(word);
        }
    }
    flags
}

/// Returns those flags of the server's build that change what C means: the server's macros and
/// inline functions count on them. Flags for warnings, speed and debugging are left out.
fn language_flags(cflags: &str) -> Vec<String> {
    const FLAGS: [&str; 5] = [
        "-fno-strict-aliasing",
        "-fwrapv",
        "-fexcess-precision=",
        "-fshort-enums",
        "-fno-short-enums",
    ];
    let words = shell_words::split(cflags).into_iter();
    words
        .filter(|word| FLAGS.iter().any(|flag| word.starts_with(flag)))
        .collect()
}

impl Headers {
    /// Returns where the headers are, and whose they are: a fork may have the number of a release
    /// of PostgreSQL.
    pub fn describe(&self) -> String {
        let whose = match self.abi_extra.as_str() {
            "" | "PostgreSQL" => String::new(),
            vendor => format!(", FMGR_ABI_EXTRA \"{vendor}\""),
        };
        format!(
            "{}: {}{whose}",
            self.includedir_server.display(),
            self.product
        )
    }

    /// Returns the directories that are searched for a header of the server.
    pub fn include_dirs(&self) -> Vec<PathBuf> {
        let flags = self.cppflags.iter();
        let more = flags.filter_map(|flag| flag.strip_prefix("-I").map(PathBuf::from));
        std::iter::once(self.includedir_server.clone())
            .chain(more)
            .collect()
    }

    /// Returns a C compilation with this server's flags.
    pub fn cc(&self) -> cc::Build {
        // gcc and clang read these variables. The crate cc reports those that it reads.
        for name in ["CPATH", "C_INCLUDE_PATH"] {
            vars::watch(name);
        }
        let mut build = cc::Build::new();
        let package = PathBuf::from(vars::cargo("CARGO_MANIFEST_DIR"));
        // Another package may have headers of the same names as the server.
        if package.join("wrapper.h").is_file() {
            build.include(package);
        }
        build
            .include(vars::out_dir())
            .include(&self.includedir_server)
            .cargo_metadata(false)
            .std("gnu11")
            .warnings(false);
        for flag in &self.cppflags {
            build.flag(flag);
        }
        for flag in &self.cflags {
            build.flag_if_supported(flag);
        }
        build
    }
}

fn ask_preprocessor(headers: &Headers) -> Result<BTreeMap<String, String>> {
    let source = vars::out_dir().join("facts.c");
    let questions: String = QUESTIONS
        .iter()
        // The prefix keeps the name itself from being expanded.
        .map(|name| format!("#ifdef {name}\npgbgw_fact_{name} {name}\n#endif\n"))
        .collect();
    write(
        &source,
        &format!("#include \"postgres.h\"\n#include \"fmgr.h\"\n{questions}"),
    )?;
    let expanded = headers.cc().file(&source).try_expand().map_err(|error| {
        Report::new("the C compiler cannot read the server's headers")
            .note(error.to_string())
            .help("a C compiler is needed: apt install gcc libc6-dev, dnf install gcc, apk add gcc musl-dev")
            .help("the variable CC names another compiler")
    })?;
    Ok(String::from_utf8_lossy(&expanded)
        .lines()
        .filter_map(|line| line.strip_prefix("pgbgw_fact_"))
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .map(|(name, value)| (name.to_string(), value.trim().to_string()))
        .collect())
}

pub fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| {
        Report::new(format!("cannot write {}: {error}", path.display()))
            .help("check free space and permissions; CARGO_TARGET_DIR names another directory")
    })
}
