//! The fingerprint: what a module from this build assumes of its server, as text that
//! `pg_module_magic!` adds to it.

use crate::bindings::Bindings;
use postgres_bgworker_build::Result;
use postgres_bgworker_build::raw::headers::{self, Headers};
use postgres_bgworker_build::raw::vars;
use std::collections::BTreeMap;

/// Without headers, the values are those of the bindings.
struct Server<'a> {
    version: &'a str,
    version_num: u32,
    block_size: u32,
    assertions: bool,
    abi_extra: &'a str,
}

/// Writes `fingerprint.rs`, which the crate includes.
pub fn write(bindings: &Bindings, headers: Option<&Headers>) -> Result<()> {
    let server = match headers {
        Some(headers) => Server {
            version: &headers.version,
            version_num: headers.version_num,
            block_size: headers.block_size,
            assertions: headers.assertions,
            abi_extra: &headers.abi_extra,
        },
        None => Server {
            version: "",
            version_num: bindings.version_num,
            block_size: 0,
            assertions: false,
            abi_extra: "",
        },
    };
    let layout = layout(&bindings.text);
    let text = format!(
        "HEADERS = {}\nVERSION-NUM = {}\nTARGET = {}\nABI-EXTRA = {}\nBLOCK-SIZE = {}\nASSERTIONS = {}\nLAYOUT = {:016x}\n\n{layout}",
        server.version,
        server.version_num,
        vars::cargo("TARGET"),
        server.abi_extra,
        server.block_size,
        if server.assertions { "yes" } else { "no" },
        fnv1a(layout.as_bytes())
    );
    let code = format!(
        "/// The fingerprint.\npub const TEXT: &str = {text:?};\n\
         /// `PG_VERSION` of the headers, with what the vendor adds; empty without headers.\npub const VERSION: &str = {:?};\n\
         /// `PG_VERSION_NUM` of the headers: 180001.\npub const VERSION_NUM: u32 = {};\n\
         /// `BLCKSZ` of the headers; 0 without headers.\npub const BLOCK_SIZE: u32 = {};\n",
        server.version, server.version_num, server.block_size
    );
    headers::write(&vars::out_dir().join("fingerprint.rs"), &code)
}

/// Size, and offsets and names of fields.
#[derive(Default)]
struct Layout<'a> {
    size: u64,
    fields: Vec<(u64, &'a str)>,
}

/// Returns a line for each type whose fields are bound: its size, and the offsets of its fields.
/// They are taken from the assertions in the bindings, so the compiler has verified them.
fn layout(bindings: &str) -> String {
    let mut types: BTreeMap<&str, Layout<'_>> = BTreeMap::new();
    for assertion in bindings.split("[\"").skip(1) {
        let Some((what, rest)) = assertion.split_once("\"]") else {
            continue;
        };
        let Some(number) = number(rest) else {
            continue;
        };
        if let Some(name) = what.strip_prefix("Size of ") {
            types.entry(name).or_default().size = number;
        } else if let Some(field) = what.strip_prefix("Offset of field: ") {
            if let Some((name, field)) = field.split_once("::") {
                let fields = &mut types.entry(name).or_default().fields;
                fields.push((number, field));
            }
        }
    }
    let mut text = String::new();
    // A name that bindgen generated does not exist in C.
    for (name, Layout { size, mut fields }) in types.into_iter().filter(|(name, _)| is_of_c(name)) {
        fields.retain(|(_, field)| is_of_c(field));
        fields.sort_unstable();
        text.push_str(&format!("{name} {size}"));
        for (offset, field) in fields {
            text.push_str(&format!(" {field}@{offset}"));
        }
        text.push('\n');
    }
    text
}

/// The number of `[size_of::<T>() - 8usize]`, wherever the lines break.
fn number(assertion: &str) -> Option<u64> {
    let (before, _) = assertion.split_once("usize]")?;
    before.rsplit([' ', '\n']).next()?.parse().ok()
}

fn is_of_c(name: &str) -> bool {
    !name.contains("__bindgen_") && !name.starts_with("_bitfield_")
}

/// 64-bit FNV-1a. It is for comparison only, and does not resist attacks.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
