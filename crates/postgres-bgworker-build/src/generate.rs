//! Runs bindgen over headers of the server.

use crate::declared::Declared;
use crate::headers::Headers;
use crate::report::{Report, Result};
use crate::tidy::{is_held, tidy};
use crate::{constants, vars};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// Never bound, and why.
pub const BLOCKED: &[(&str, &str)] = &[
    ("PG_exception_stack", JUMP),
    ("sigjmp_buf", JUMP),
    ("appendStringInfoVA", VA_LIST),
    ("pvsnprintf", VA_LIST),
    ("pg_vfprintf", VA_LIST),
    ("pg_vprintf", VA_LIST),
    ("pg_vsnprintf", VA_LIST),
    ("pg_vsprintf", VA_LIST),
    ("vwrite_stderr", VA_LIST),
    ("va_list", VA_LIST),
    ("__builtin_va_list", VA_LIST),
    ("__va_list_tag", VA_LIST),
    ("int128", INT128),
    ("uint128", INT128),
    ("INT128", INT128),
    ("Vector8", VECTOR),
    ("Vector32", VECTOR),
];

const JUMP: &str = "a Rust frame cannot be the target of a jump: pgbgw_try catches errors";
pub const VA_LIST: &str = "no Rust type is a va_list";
const INT128: &str = "Rust aligns an integer of 128 bits to 16 bytes, and the server to 8";
const VECTOR: &str = "bindgen gives a vector of the processor the wrong alignment";

/// The names of the type in C and on several processors.
pub const VA_LISTS: [&str; 4] = ["va_list", "__builtin_va_list", "__va_list_tag", "__va_list"];

/// What to bind. Names are anchored regular expressions; separate ones cost bindgen quadratic time,
/// so they are joined into one.
#[derive(Debug)]
pub struct Generator<'a> {
    pub headers: &'a Headers,
    /// The file that includes all headers.
    pub unit: PathBuf,
    pub functions: Vec<String>,
    pub variables: Vec<String>,
    pub types: Vec<String>,
    /// Files of which all items are bound: expressions for whole paths.
    pub files: Vec<String>,
    /// Bytes of the right size.
    pub opaque: Vec<String>,
    pub blocked: Vec<String>,
    /// Types that are declared without size or fields, like incomplete types in C, unless another
    /// type holds them by value.
    pub incomplete: Vec<String>,
    /// Types that another module declares.
    pub foreign: Vec<String>,
    /// Those of them whose values cannot be copied.
    pub not_copied: BTreeSet<String>,
}

impl Generator<'_> {
    /// Returns the declarations.
    pub fn generate(mut self) -> Result<String> {
        // A type that holds an incomplete one by value needs all of it, and that one may hold
        // others.
        loop {
            let text = self.read()?;
            let before = self.incomplete.len();
            self.incomplete.retain(|name| !is_held(&text, name));
            if self.incomplete.len() == before {
                let text = constants::correct(&text, self.headers, &self.unit)?;
                return Ok(tidy(&text, &self.incomplete));
            }
        }
    }

    /// Runs bindgen, again if functions have an argument that Rust has no type for.
    pub fn read(&self) -> Result<String> {
        let text = self.run(&[])?;
        let declared = Declared::read(&text);
        let refused: Vec<String> = VA_LISTS
            .iter()
            .flat_map(|name| declared.that_mention(name))
            .map(str::to_string)
            .collect();
        match refused.is_empty() {
            true => Ok(text),
            false => self.run(&refused),
        }
    }

    fn run(&self, refused: &[String]) -> Result<String> {
        let bindings = self.builder(refused).generate().map_err(|error| {
            Report::new("bindgen cannot read the server's headers")
                .note(error.to_string())
                .note(format!(
                    "headers: {}",
                    self.headers.includedir_server.display()
                ))
                .help(
                    "default-features = false builds without bindgen, from the committed bindings",
                )
        })?;
        Ok(bindings.to_string())
    }

    fn builder(&self, refused: &[String]) -> bindgen::Builder {
        let never = BLOCKED.iter().map(|(name, _)| (*name).to_string());
        let blocked = self.blocked.iter().chain(refused).cloned();
        let blocked: Vec<String> = blocked.chain(never).collect();
        // An empty expression would match everything.
        let mut builder = bindgen::Builder::default();
        let mut add = |names: &[String], to: fn(bindgen::Builder, String) -> bindgen::Builder| {
            if !names.is_empty() {
                builder = to(std::mem::take(&mut builder), names.join("|"));
            }
        };
        add(&self.functions, bindgen::Builder::allowlist_function);
        add(&self.variables, bindgen::Builder::allowlist_var);
        add(&self.types, bindgen::Builder::allowlist_type);
        add(&self.files, bindgen::Builder::allowlist_file);
        add(&self.opaque, bindgen::Builder::opaque_type);
        add(&blocked, bindgen::Builder::blocklist_item);
        // bindgen would still follow the fields of a type that is only blocked.
        add(&self.incomplete, bindgen::Builder::opaque_type);
        add(&self.incomplete, bindgen::Builder::blocklist_type);
        add(&self.foreign, bindgen::Builder::blocklist_item);
        builder
            .header(self.unit.display().to_string())
            .clang_args(["-std=gnu11", "-fno-builtin", "-isystem"])
            .clang_arg(self.headers.includedir_server.display().to_string())
            .clang_args(&self.headers.cppflags)
            .override_abi(bindgen::Abi::CUnwind, ".*")
            .default_enum_style(bindgen::EnumVariation::NewType {
                is_bitfield: false,
                is_global: false,
            })
            .constified_enum("pgbgw_build")
            .prepend_enum_name(false)
            .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
            .parse_callbacks(Box::new(Callbacks {
                has_foreign: !self.foreign.is_empty(),
                not_copied: self.not_copied.clone(),
            }))
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
                bindgen::RustTarget::stable(85, 0)
                    .unwrap_or_else(|_| panic!("1.85 is a Rust version")),
            )
            .rust_edition(bindgen::RustEdition::Edition2024)
    }
}

/// Returns what this machine lacks for reading headers.
pub fn missing_tool() -> Option<&'static str> {
    // The search for libclang reads these variables. bindgen reports the variables that it reads
    // itself.
    for name in [
        "LIBCLANG_PATH",
        "LLVM_CONFIG_PATH",
        "CLANG_PATH",
        "LD_LIBRARY_PATH",
        "LIBRARY_PATH",
    ] {
        vars::watch(name);
    }
    if !has_libclang() {
        return Some("libclang");
    }
    // bindgen goes on without it, and its text cannot be read then.
    let rustfmt = vars::get("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let version = Command::new(rustfmt).arg("--version").output();
    let runs = version.is_ok_and(|output| output.status.success());
    (!runs).then_some("rustfmt")
}

/// bindgen panics if it cannot load libclang. This panic is expected and caught.
fn has_libclang() -> bool {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let found = std::panic::catch_unwind(bindgen::clang_version).is_ok();
    std::panic::set_hook(hook);
    found
}

/// Gives macros the type that their users in C need.
#[derive(Debug)]
struct Callbacks {
    has_foreign: bool,
    not_copied: BTreeSet<String>,
}

impl bindgen::callbacks::ParseCallbacks for Callbacks {
    fn read_env_var(&self, name: &str) {
        vars::watch(name);
    }

    fn blocklisted_type_implements_trait(
        &self,
        name: &str,
        derived: bindgen::callbacks::DeriveTrait,
    ) -> Option<bindgen::callbacks::ImplementsTrait> {
        use bindgen::callbacks::{DeriveTrait, ImplementsTrait};
        if !self.has_foreign || derived != DeriveTrait::Copy {
            return None;
        }
        // The name may have a tag: `struct varlena`.
        let name = name.rsplit(' ').next().unwrap_or(name);
        Some(match self.not_copied.contains(name) {
            true => ImplementsTrait::No,
            false => ImplementsTrait::Yes,
        })
    }

    fn int_macro(&self, name: &str, value: i64) -> Option<bindgen::callbacks::IntKind> {
        use bindgen::callbacks::IntKind;
        if name.ends_with("OID") || name.ends_with("RelationId") {
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
