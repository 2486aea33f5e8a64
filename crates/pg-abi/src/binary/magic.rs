//! The magic block (`Pg_magic_struct` in `fmgr.h`): what a module was built for, and what a server
//! requires.
//!
//! `Pg_magic_func` returns its address. The function is not run. The block is constant data, found
//! by its form: a length that only one range of versions has, followed by such a version and by
//! numbers in their ranges.

use super::image::{Image, Part};
use serde::Serialize;

/// A magic block. Fields that a major does not have are `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Magic {
    /// `PG_VERSION_NUM / 100`: 906 for 9.6, 1500 for 15.
    pub version: i32,
    /// `FUNC_MAX_ARGS`
    pub func_max_args: i32,
    /// `INDEX_MAX_KEYS`
    pub index_max_keys: i32,
    /// `NAMEDATALEN`
    pub name_data_len: i32,
    /// `FLOAT4PASSBYVAL`, up to 12.
    pub float4_by_value: Option<bool>,
    /// `FLOAT8PASSBYVAL`
    pub float8_by_value: bool,
    /// `FMGR_ABI_EXTRA`, since 15: identifies the server's vendor.
    pub abi_extra: Option<String>,
    /// The module's name, since 18.
    pub module_name: Option<String>,
    /// The module's version, since 18.
    pub module_version: Option<String>,
}

impl Magic {
    /// Returns the major as PostgreSQL writes it: `9.6`, `15`.
    pub fn major(&self) -> String {
        if self.version < 1000 {
            format!("{}.{}", self.version / 100, self.version % 100)
        } else {
            (self.version / 100).to_string()
        }
    }

    /// Returns the differences from the server's block `theirs`, in the server's words
    /// (`incompatible_module_error` in `dfmgr.c`): name, this one's, theirs.
    pub fn differences(&self, theirs: &Magic) -> Vec<(&'static str, String, String)> {
        let number = |value: i32| value.to_string();
        let option = |value: Option<bool>| value.map_or("-".into(), |v| v.to_string());
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
        let both = [
            ("version", self.major(), theirs.major()),
            (
                "FUNC_MAX_ARGS",
                number(self.func_max_args),
                number(theirs.func_max_args),
            ),
            (
                "INDEX_MAX_KEYS",
                number(self.index_max_keys),
                number(theirs.index_max_keys),
            ),
            (
                "NAMEDATALEN",
                number(self.name_data_len),
                number(theirs.name_data_len),
            ),
            (
                "FLOAT4PASSBYVAL",
                option(self.float4_by_value),
                option(theirs.float4_by_value),
            ),
            (
                "FLOAT8PASSBYVAL",
                self.float8_by_value.to_string(),
                theirs.float8_by_value.to_string(),
            ),
            (
                "FMGR_ABI_EXTRA",
                text(&self.abi_extra),
                text(&theirs.abi_extra),
            ),
        ];
        let mut found: Vec<_> = both.into_iter().filter(|(_, a, b)| a != b).collect();
        // For another major only the version is reported, like the server does.
        if self.version != theirs.version {
            found.truncate(1);
        }
        found
    }
}

/// Returns every magic block in the data of a file. Servers since 18 compare with one that has no
/// length.
pub(super) fn find(image: &Image<'_>, is_server: bool) -> Vec<Magic> {
    let mut found: Vec<Magic> = Vec::new();
    for Part { address, bytes, .. } in &image.parts {
        // Ints are aligned in memory, whatever the start of the part.
        let first = usize::try_from(address.wrapping_neg() % 4).unwrap_or(0);
        let words = bytes.get(first..).unwrap_or_default().chunks_exact(4);
        for (index, word) in words.enumerate() {
            // Most words are neither a length nor a version.
            if image
                .int(word)
                .is_none_or(|int| !(24..10_000).contains(&int))
            {
                continue;
            }
            let offset = first + 4 * index;
            let (bytes, place) = (&bytes[offset..], address.wrapping_add(offset as u64));
            let demanded = || values(image, bytes).filter(|_| is_server);
            let magic =
                block(image, bytes, place).or_else(|| demanded().filter(|m| m.version >= 1800));
            if let Some(magic) = magic {
                if !found.contains(&magic) && found.len() < 16 {
                    found.push(magic);
                }
            }
        }
    }
    found
}

fn block(image: &Image<'_>, bytes: &[u8], address: u64) -> Option<Magic> {
    let (length, values_of) = (image.int(bytes)?, bytes.get(4..)?);
    let magic = values(image, values_of)?;
    if length != expected_length(magic.version, image.wide) {
        return None;
    }
    if magic.version < 1800 {
        return Some(magic);
    }
    let pointer = if image.wide { 8 } else { 4 };
    Some(Magic {
        module_name: image.pointed_text(address.wrapping_add(56)),
        module_version: image.pointed_text(address.wrapping_add(56 + pointer)),
        ..magic
    })
}

/// Parses the fields after the length: since 18 a separate struct, `Pg_abi_values`.
fn values(image: &Image<'_>, bytes: &[u8]) -> Option<Magic> {
    let int = |index: usize| image.int(bytes.get(index * 4..)?);
    let version = int(0).filter(|version| (903..10_000).contains(version))?;
    let limit = |index: usize| int(index).filter(|value| (1..=100_000).contains(value));
    let flag = |index: usize| match int(index)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let has_float4 = version < 1300;
    Some(Magic {
        version,
        func_max_args: limit(1)?,
        index_max_keys: limit(2)?,
        name_data_len: limit(3)?,
        float4_by_value: if has_float4 { Some(flag(4)?) } else { None },
        float8_by_value: flag(if has_float4 { 5 } else { 4 })?,
        abi_extra: if version >= 1500 {
            Some(padded_text(bytes.get(20..52)?)?)
        } else {
            None
        },
        module_name: None,
        module_version: None,
    })
}

fn expected_length(version: i32, wide: bool) -> i32 {
    match version {
        ..1300 => 28,
        1300..1500 => 24,
        1500..1800 => 56,
        // Two more pointers.
        _ if wide => 72,
        _ => 64,
    }
}

/// Returns a name from a zero-padded array.
fn padded_text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (text, rest) = bytes.split_at(end);
    let is_plain = text.iter().all(|byte| (b' '..=b'~').contains(byte));
    let text = String::from_utf8(text.to_vec()).ok()?;
    (is_plain && rest.iter().all(|byte| *byte == 0)).then_some(text)
}
