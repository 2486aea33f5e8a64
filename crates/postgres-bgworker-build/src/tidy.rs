//! Corrects the text that bindgen writes.

use crate::versions;

/// Whether a field is a value of this type, or an array of them.
pub fn is_held(text: &str, name: &str) -> bool {
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

/// Makes the text the same on every machine: without internal names of the C library, and with
/// incomplete types as names only.
pub fn tidy(text: &str, incomplete: &[String]) -> String {
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
fn private_alias(line: &str) -> Option<(String, String)> {
    let (name, value) = line
        .strip_prefix("pub type ")?
        .strip_suffix(';')?
        .split_once(" = ")?;
    name.starts_with("__")
        .then(|| (name.to_string(), value.to_string()))
}
