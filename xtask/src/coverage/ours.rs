//! The C names with counterparts in the raw crate, read from its source.

use pg_abi::major::order;
use pg_scratch::{Error, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ForeignItem, Item, ItemUse, Lit, Meta, Token, UseTree, Visibility};

/// C names by the location of their counterparts, in one major.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// In `inline`, with the C name; in `magic.rs`, as macros documented with it.
    pub(super) rust: BTreeSet<String>,
    /// In `macros` and `shim`: functions documented with it, and their own names.
    pub(super) c: BTreeSet<String>,
    /// `compat.rs`.
    pub(super) emulated: BTreeSet<String>,
}

impl Ours {
    pub(super) fn read(src: &Path, major: &str) -> Result<Self> {
        let mut ours = Self::default();
        for file in files(src, "inline")? {
            for item in parse(&file)? {
                ours.rust.extend(inline(item));
            }
        }
        for item in parse(&src.join("magic.rs"))? {
            if let Item::Macro(item) = item {
                ours.rust.extend(named(&item.attrs));
            }
        }
        for file in files(src, "macros")?.into_iter().chain(files(src, "shim")?) {
            for item in parse(&file)? {
                ours.c.extend(foreign(item, major));
            }
        }
        for item in parse(&src.join("compat.rs"))? {
            if let Item::Use(ItemUse { tree, .. }) = item {
                ours.emulated.extend(leaf(&tree));
            }
        }
        Ok(ours)
    }
}

/// The files of a module: its own, and those in its directory.
fn files(src: &Path, module: &str) -> Result<Vec<PathBuf>> {
    let own = src.join(module).with_extension("rs");
    let directory = src.join(module);
    let mut files = Vec::from_iter(own.exists().then_some(own));
    if directory.is_dir() {
        let failed = |error: std::io::Error| Error::io(directory.display(), &error);
        for entry in std::fs::read_dir(&directory).map_err(failed)? {
            files.push(entry.map_err(failed)?.path());
        }
    }
    Ok(files)
}

fn parse(file: &Path) -> Result<Vec<Item>> {
    let text = read(file)?;
    let parsed = syn::parse_file(&text);
    let parsed = parsed
        .map_err(|error| Error::new(format!("{} is not valid Rust: {error}", file.display())))?;
    Ok(parsed.items)
}

fn inline(item: Item) -> Vec<String> {
    match item {
        Item::Fn(item) if is_public(&item.vis) => vec![item.sig.ident.to_string()],
        Item::Const(item) if is_public(&item.vis) => vec![item.ident.to_string()],
        // `word! { To, From, type; … }`
        Item::Macro(item) if item.ident.is_none() => {
            let tokens = item.mac.tokens.into_iter().map(|token| token.to_string());
            let tokens: Vec<String> = tokens.collect();
            let entries = tokens.split(|token| token == ";");
            let pairs = entries.filter(|entry| entry.len() > 2);
            pairs
                .flat_map(|entry| [entry[0].clone(), entry[2].clone()])
                .collect()
        }
        _ => Vec::new(),
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn foreign(item: Item, major: &str) -> Vec<String> {
    let Item::ForeignMod(block) = item else {
        return Vec::new();
    };
    let functions = block.items.into_iter().filter_map(|item| match item {
        ForeignItem::Fn(function) => Some(function),
        _ => None,
    });
    let here = functions.filter(|function| is_here(&function.attrs, major));
    here.flat_map(|function| {
        let mut names = named(&function.attrs);
        names.push(function.sig.ident.to_string());
        names
    })
    .collect()
}

/// Returns the names in backticks in the first paragraph of the documentation:
/// `CHECK_FOR_INTERRUPTS()`.
fn named(attributes: &[Attribute]) -> Vec<String> {
    let lines = attributes.iter().filter_map(documentation);
    let paragraph: Vec<String> = lines.take_while(|line| !line.trim().is_empty()).collect();
    let text = paragraph.join("\n");
    let quoted = text.split('`').skip(1).step_by(2);
    let names = quoted.map(|name| name.trim_end_matches("()"));
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    names
        .filter(|name| !name.is_empty() && name.chars().all(is_part))
        .map(str::to_owned)
        .collect()
}

fn documentation(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(literal) if pair.path.is_ident("doc") => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Returns whether a major satisfies every `#[cfg(…)]`.
fn is_here(attributes: &[Attribute], major: &str) -> bool {
    let conditions = attributes.iter().filter(|one| one.path().is_ident("cfg"));
    conditions.into_iter().all(|attribute| {
        attribute
            .parse_args::<Meta>()
            .is_ok_and(|meta| holds(&meta, major))
    })
}

fn holds(condition: &Meta, major: &str) -> bool {
    match condition {
        Meta::NameValue(pair) if pair.path.is_ident("pg_since") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(since) => order(&since.value()) <= order(major),
                _ => false,
            },
            _ => false,
        },
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let parts = parts.unwrap_or_default();
            let mut parts = parts.iter().map(|part| holds(part, major));
            match list.path.get_ident().map(ToString::to_string).as_deref() {
                Some("not") => parts.all(|part| !part),
                Some("any") => parts.any(|part| part),
                _ => parts.all(|part| part),
            }
        }
        _ => false,
    }
}

fn leaf(tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => leaf(&path.tree),
        UseTree::Name(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

/// A file of the raw crate.
pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))
}

#[cfg(test)]
mod tests {
    use super::{holds, named};

    #[test]
    fn conditions_are_of_majors() {
        for (text, since) in [
            (r#"pg_since = "9.6""#, [false, true, true]),
            (r#"not(pg_since = "10")"#, [true, true, false]),
            (
                r#"all(pg_since = "9.6", not(pg_since = "10"))"#,
                [false, true, false],
            ),
            (
                r#"any(pg_since = "10", not(pg_since = "9.6"))"#,
                [true, false, true],
            ),
        ] {
            let condition = syn::parse_str(text).unwrap();
            let found = ["9.5", "9.6", "10"].map(|major| holds(&condition, major));
            assert_eq!(found, since, "{text}");
        }
    }

    #[test]
    fn only_names_of_the_first_paragraph_count() {
        let text = "/// `GET()` and `PUT`, not `a b`,\n/// nor `x.h`; `Third`.\n///\n/// `NOT_THIS`\nfn get() {}";
        let item: syn::ItemFn = syn::parse_str(text).unwrap();
        assert_eq!(named(&item.attrs), ["GET", "PUT", "Third"]);
    }
}
