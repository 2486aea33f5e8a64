//! Writes the declarations, from one of two sources: bindgen reads the server's headers, or the
//! committed file of the server's major is used and the C compiler verifies it (see `contract`).

use crate::extra::Extra;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::{vars, versions};
use std::path::PathBuf;

#[path = "docs.rs"]
mod docs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Bindgen,
    Pregenerated,
    /// The committed file without a server.
    Facts,
}

#[derive(Debug)]
pub struct Bindings {
    pub source: Source,
    pub text: String,
    pub version_num: u32,
    /// The committed file's path without its extension.
    pub committed: PathBuf,
}

/// Binds the server's headers.
pub fn generate(headers: &Headers, extra: &Extra) -> Result<Bindings> {
    if headers.is_future {
        println!(
            "cargo:warning=PostgreSQL {} is newer than this crate, which knows majors up to {}: its cfgs stop there",
            headers.major,
            versions::newest()
        );
    }
    match run_bindgen(headers, extra) {
        Some(text) => place(headers, Source::Bindgen, text?),
        None => {
            extra.refuse(why_committed())?;
            place(headers, Source::Pregenerated, read_committed(headers)?)
        }
    }
}

/// Uses the committed file of a major without verification.
pub fn from_facts(major: &str, version_num: u32) -> Result<Bindings> {
    let committed = committed(major);
    let text = read(&committed.with_extension("rs"))?;
    write(&text)?;
    Ok(Bindings {
        source: Source::Facts,
        text,
        version_num,
        committed,
    })
}

/// `declarations.rs` is what gets committed, `bindings.rs` what the crate includes: the same,
/// documented.
fn write(text: &str) -> Result<()> {
    let items = read(&pregenerated().join("items.tsv"))?;
    headers::write(&vars::out_dir().join("declarations.rs"), text)?;
    let documented = docs::Documentation::new(&items, &committed_majors()).add_to(text);
    headers::write(&vars::out_dir().join("bindings.rs"), &documented)
}

fn place(headers: &Headers, source: Source, text: String) -> Result<Bindings> {
    write(&text)?;
    Ok(Bindings {
        source,
        text,
        version_num: headers.version_num,
        committed: committed(&headers.major),
    })
}

pub fn is_committed(major: &str) -> bool {
    committed(major).with_extension("rs").is_file()
}

fn committed(major: &str) -> PathBuf {
    let name = format!("pg{}", major.replace('.', ""));
    pregenerated().join(name)
}

fn pregenerated() -> PathBuf {
    PathBuf::from(vars::cargo("CARGO_MANIFEST_DIR")).join("pregenerated")
}

/// Majors that have committed bindings, oldest first.
fn committed_majors() -> Vec<&'static str> {
    let majors = versions::MAJORS.iter().map(|(major, _)| *major);
    majors
        .filter(|major| committed(major).with_extension("rs").is_file())
        .collect()
}

pub fn read(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Report::new(format!("cannot read {}: {error}", path.display()))
            .help("the sources of this crate are damaged or not readable; download them again")
    })
}

fn why_committed() -> &'static str {
    if cfg!(feature = "bindgen") {
        "the feature `bindgen` is on, but no libclang was found"
    } else {
        "the feature `bindgen` is off"
    }
}

fn read_committed(headers: &Headers) -> Result<String> {
    if is_committed(&headers.major) {
        return read(&committed(&headers.major).with_extension("rs"));
    }
    let sentence = if headers.is_future {
        format!(
            "PostgreSQL {} is newer than this crate, so its headers must be read with libclang",
            headers.major
        )
    } else {
        format!(
            "no committed bindings exist for PostgreSQL {}, so its headers must be read with libclang",
            headers.major
        )
    };
    Err(Report::new(sentence)
        .note(why_committed())
        .help("install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory) and enable the feature `bindgen`"))
}

#[cfg(not(feature = "bindgen"))]
fn run_bindgen(_: &Headers, _: &Extra) -> Option<Result<String>> {
    None
}

/// Returns `None` if this machine has no libclang.
#[cfg(feature = "bindgen")]
fn run_bindgen(headers: &Headers, extra: &Extra) -> Option<Result<String>> {
    if !has_libclang() {
        println!(
            "cargo:warning=no libclang found: using the committed bindings, checked by the C compiler"
        );
        return None;
    }
    Some(read_with_bindgen(headers, extra))
}

/// bindgen panics if it cannot load libclang. This panic is expected and caught.
#[cfg(feature = "bindgen")]
fn has_libclang() -> bool {
    // The search for libclang reads these variables. bindgen reports the variables that it reads
    // itself.
    for name in [
        "LIBCLANG_PATH",
        "LLVM_CONFIG_PATH",
        "CLANG_PATH",
        "LD_LIBRARY_PATH",
        "LIBRARY_PATH",
        "RUSTFMT",
    ] {
        vars::watch(name);
    }
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let found = std::panic::catch_unwind(bindgen::clang_version).is_ok();
    std::panic::set_hook(hook);
    found
}

#[cfg(feature = "bindgen")]
fn read_with_bindgen(headers: &Headers, extra: &Extra) -> Result<String> {
    let mut incomplete = crate::allowlist::INCOMPLETE.to_vec();
    incomplete.retain(|name| !extra.names(name));
    // A type that holds an incomplete one by value needs all of it, and that one may hold others.
    loop {
        let bindings = builder(headers, extra, &incomplete)?
            .generate()
            .map_err(|error| {
                Report::new("bindgen cannot read the server's headers")
                    .note(error.to_string())
                    .note(format!("headers: {}", headers.includedir_server.display()))
                    .help("default-features = false builds without bindgen, from the committed bindings")
            })?;
        let text = bindings.to_string();
        let before = incomplete.len();
        incomplete.retain(|name| !is_held(&text, name));
        if incomplete.len() == before {
            let text = tidy(&text, &incomplete);
            extra.all_bound(&text)?;
            return Ok(text);
        }
    }
}

/// Whether a field is a value of this type, or an array of them.
#[cfg(feature = "bindgen")]
fn is_held(text: &str, name: &str) -> bool {
    let alias = |line: &'_ str| -> Option<String> {
        let (alias, of) = line.strip_prefix("pub type ")?.split_once(" = ")?;
        (of.strip_suffix(';') == Some(name)).then(|| alias.to_string())
    };
    let mut names: Vec<String> = text.lines().filter_map(alias).collect();
    names.push(name.to_string());
    let field = |line: &'_ str| -> Option<String> {
        let (_, value) = line.strip_prefix("    pub ")?.split_once(": ")?;
        let value = value.strip_suffix(',')?.trim_start_matches('[');
        let value = value.split(';').next()?;
        // bindgen writes the fields of a union so if it does not know that they need no drop.
        let inner = value.strip_prefix("::core::mem::ManuallyDrop<");
        Some(
            inner
                .map_or(value, |inner| inner.trim_end_matches('>'))
                .to_string(),
        )
    };
    text.lines()
        .filter_map(field)
        .any(|value| names.contains(&value))
}

#[cfg(feature = "bindgen")]
fn builder(headers: &Headers, extra: &Extra, incomplete: &[&str]) -> Result<bindgen::Builder> {
    use crate::allowlist;
    let join = |patterns: &[&str]| patterns.join("|");
    let more = extra.patterns()?;
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let with_more = |patterns: &[&str]| join(&[patterns, &more].concat());
    let opaque = allowlist::OPAQUE.iter().copied();
    let opaque: Vec<&str> = opaque.filter(|name| !extra.names(name)).collect();
    let mut blocked: Vec<&str> = allowlist::BLOCKED.iter().map(|(name, _)| *name).collect();
    if extra.is_empty() {
        blocked.extend(allowlist::PARTS);
    }
    Ok(bindgen::Builder::default()
        .header(extra.unit()?.display().to_string())
        .clang_args(["-std=gnu11", "-fno-builtin", "-isystem"])
        .clang_arg(headers.includedir_server.display().to_string())
        .clang_args(&headers.cppflags)
        .allowlist_function(with_more(allowlist::FUNCTIONS))
        .allowlist_var(with_more(allowlist::VARS))
        .allowlist_type(with_more(allowlist::TYPES))
        .opaque_type(join(&opaque))
        .blocklist_item(join(&blocked))
        // bindgen would still follow the fields of a type that is only blocked.
        .opaque_type(join(incomplete))
        .blocklist_type(join(incomplete))
        .override_abi(bindgen::Abi::CUnwind, ".*")
        .default_enum_style(bindgen::EnumVariation::NewType {
            is_bitfield: false,
            is_global: false,
        })
        .constified_enum("pgbgw_build")
        .prepend_enum_name(false)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .parse_callbacks(Box::new(Constants))
        .use_core()
        .generate_cstr(true)
        .layout_tests(true)
        .derive_debug(false)
        .derive_default(false)
        .generate_comments(false)
        .merge_extern_blocks(true)
        .sort_semantically(true)
        .disable_header_comment()
        .formatter(bindgen::Formatter::Rustfmt)
        .rust_target(
            bindgen::RustTarget::stable(85, 0).unwrap_or_else(|_| panic!("1.85 is a Rust version")),
        )
        .rust_edition(bindgen::RustEdition::Edition2024))
}

/// Makes the text the same on every machine: without internal names of the C library, and with
/// incomplete types as names only.
#[cfg(feature = "bindgen")]
fn tidy(text: &str, incomplete: &[&str]) -> String {
    let mut text = text.to_string();
    // `pid_t` is `__pid_t` in glibc and another name elsewhere. Both are an int.
    while let Some((name, value)) = text.lines().find_map(private_alias) {
        text = text.replace(&format!("pub type {name} = {value};\n"), "");
        text = replace_word(&text, &name, &value);
    }
    for name in incomplete {
        if versions::mentions(&text, name) {
            text.push_str(&format!(
                "#[repr(C)]\n#[derive(Debug)]\npub struct {name} {{\n    _unused: [u8; 0],\n}}\n"
            ));
        }
    }
    text
}

#[cfg(feature = "bindgen")]
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        replaced.push_str(before);
        replaced.push_str(if is_whole { by } else { word });
        rest = after;
    }
    replaced + rest
}

/// `pub type __name = value;`
#[cfg(feature = "bindgen")]
fn private_alias(line: &str) -> Option<(String, String)> {
    let (name, value) = line
        .strip_prefix("pub type ")?
        .strip_suffix(';')?
        .split_once(" = ")?;
    name.starts_with("__")
        .then(|| (name.to_string(), value.to_string()))
}

/// Gives macros the type that their users in C need.
#[cfg(feature = "bindgen")]
#[derive(Debug)]
struct Constants;

#[cfg(feature = "bindgen")]
impl bindgen::callbacks::ParseCallbacks for Constants {
    fn read_env_var(&self, name: &str) {
        vars::watch(name);
    }

    fn int_macro(&self, name: &str, value: i64) -> Option<bindgen::callbacks::IntKind> {
        use bindgen::callbacks::IntKind;
        if name.ends_with("OID") {
            return Some(IntKind::Custom {
                name: "Oid",
                is_signed: false,
            });
        }
        if name == "DSM_HANDLE_INVALID" {
            return Some(IntKind::Custom {
                name: "dsm_handle",
                is_signed: false,
            });
        }
        // Arguments of type uint32: connection flags, wait event classes.
        let unsigned = name.starts_with("BGWORKER_BYPASS_") || name.starts_with("PG_WAIT_");
        // Lengths of arrays.
        let length = ["BGW_MAXLEN", "BGW_EXTRALEN", "MAXPGPATH", "NAMEDATALEN"].contains(&name);
        match value {
            _ if length => Some(IntKind::Custom {
                name: "usize",
                is_signed: false,
            }),
            _ if unsigned => Some(IntKind::U32),
            value if i32::try_from(value).is_ok() => Some(IntKind::Int),
            value if u32::try_from(value).is_ok() => Some(IntKind::U32),
            _ => None,
        }
    }
}
