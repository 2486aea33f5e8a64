//! The public items of a crate with their signatures, read from its sources. `unreachable_pub` is a
//! lint of ours, so what says `pub` is public. What a server may lack shows by its `cfg`.

use proc_macro2::{Span, TokenTree};
use std::collections::BTreeSet;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Visibility};

/// Every file that has public items, with them.
pub(crate) fn page(directory: &str) -> String {
    let sources = super::sources(directory);
    let parsed: Vec<_> = sources
        .iter()
        .map(|(path, text)| {
            let file = syn::parse_file(text);
            let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, text, file)
        })
        .collect();
    let mut names = BTreeSet::new();
    for (_, _, file) in &parsed {
        public_types(&file.items, &mut names);
    }
    let mut page = String::new();
    for (path, text, file) in &parsed {
        let mut reader = Reader {
            text,
            names: &names,
            lines: Vec::new(),
        };
        reader.attributes(&file.attrs, 0);
        reader.items(&file.items, 0);
        if !reader.lines.is_empty() {
            let lines = reader.lines.join("\n");
            page.push_str(&format!("== {}\n{lines}\n\n", path.display()));
        }
    }
    page.truncate(page.trim_end().len());
    page + "\n"
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Names whose implementations are public.
fn public_types(items: &[Item], names: &mut BTreeSet<String>) {
    for item in items {
        let (visibility, name) = match item {
            Item::Struct(item) => (&item.vis, &item.ident),
            Item::Enum(item) => (&item.vis, &item.ident),
            Item::Union(item) => (&item.vis, &item.ident),
            Item::Trait(item) => (&item.vis, &item.ident),
            Item::Mod(item) => {
                let inner = item.content.as_ref().map(|(_, items)| items.as_slice());
                public_types(inner.unwrap_or_default(), names);
                continue;
            }
            _ => continue,
        };
        if is_public(visibility) {
            names.insert(name.to_string());
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    names: &'a BTreeSet<String>,
    lines: Vec<String>,
}

impl Reader<'_> {
    /// A part of the source in one line, without comments.
    fn part(&self, range: Range<usize>) -> String {
        let code = self.text[range].lines().map(str::trim);
        let code: Vec<&str> = code.filter(|line| !line.starts_with("//")).collect();
        let words: Vec<&str> = code.iter().flat_map(|line| line.split(' ')).collect();
        let text = words.join(" ");
        // As if no line had been broken; and whether `self` is `mut` is nobody's business.
        [
            ("( ", "("),
            (", )", ")"),
            (" )", ")"),
            ("{ ", "{"),
            (", }", "}"),
            ("(mut self", "(self"),
        ]
        .into_iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
    }

    fn between(&self, first: Span, last: Span) -> String {
        self.part(first.byte_range().start..last.byte_range().end)
    }

    /// Up to the body, or to the value of a static.
    fn before(&self, first: Span, end: Span) -> String {
        let text = self.part(first.byte_range().start..end.byte_range().start);
        text.trim_end().to_owned()
    }

    fn line(&mut self, depth: usize, text: String) {
        self.lines.push(format!("{}{text}", "    ".repeat(depth)));
    }

    fn attributes(&mut self, attributes: &[Attribute], depth: usize) {
        const KEPT: &[&str] = &[
            "cfg",
            "cfg_attr",
            "deprecated",
            "derive",
            "macro_export",
            "must_use",
            "non_exhaustive",
            "repr",
        ];
        for attribute in attributes {
            let text = self.part(attribute.span().byte_range());
            let path = attribute.path();
            if KEPT.iter().any(|kept| path.is_ident(kept)) || text == "#[doc(hidden)]" {
                self.line(depth, text);
            }
        }
    }

    fn one(&mut self, attributes: &[Attribute], depth: usize, text: String) {
        self.attributes(attributes, depth);
        self.line(depth, text);
    }

    fn items(&mut self, items: &[Item], depth: usize) {
        for item in items {
            self.item(item, depth);
        }
    }

    fn item(&mut self, item: &Item, depth: usize) {
        match item {
            Item::Const(it) if is_public(&it.vis) => {
                self.one(
                    &it.attrs,
                    depth,
                    self.between(it.vis.span(), it.semi_token.span()),
                );
            }
            Item::Static(it) if is_public(&it.vis) => {
                self.one(
                    &it.attrs,
                    depth,
                    self.before(it.vis.span(), it.eq_token.span()),
                );
            }
            Item::Type(it) if is_public(&it.vis) => {
                self.one(
                    &it.attrs,
                    depth,
                    self.between(it.vis.span(), it.semi_token.span()),
                );
            }
            Item::Use(it) if is_public(&it.vis) => {
                self.one(
                    &it.attrs,
                    depth,
                    self.between(it.vis.span(), it.semi_token.span()),
                );
            }
            Item::Fn(it) if is_public(&it.vis) => {
                self.one(&it.attrs, depth, self.between(it.vis.span(), it.sig.span()));
            }
            Item::Struct(it) if is_public(&it.vis) => {
                let body = match &it.fields {
                    Fields::Named(fields) => fields.brace_token.span.open(),
                    Fields::Unnamed(fields) => fields.paren_token.span.open(),
                    Fields::Unit => it.semi_token.span(),
                };
                self.one(&it.attrs, depth, self.before(it.vis.span(), body));
                self.fields(&it.fields, depth + 1);
            }
            Item::Enum(it) if is_public(&it.vis) => {
                let body = it.brace_token.span.open();
                self.one(&it.attrs, depth, self.before(it.vis.span(), body));
                for variant in &it.variants {
                    let text = self.between(variant.ident.span(), variant.span());
                    self.one(&variant.attrs, depth + 1, text);
                }
            }
            Item::Trait(it) if is_public(&it.vis) => {
                let body = it.brace_token.span.open();
                self.one(&it.attrs, depth, self.before(it.vis.span(), body));
                it.items
                    .iter()
                    .for_each(|item| self.trait_item(item, depth + 1));
            }
            Item::Impl(it) => {
                let first = it
                    .unsafety
                    .as_ref()
                    .map_or(it.impl_token.span(), Spanned::span);
                let head = self.before(first, it.brace_token.span.open());
                self.implementation(it, head, depth);
            }
            Item::ForeignMod(it) => {
                for item in &it.items {
                    self.foreign(item, &it.attrs, depth);
                }
            }
            Item::Mod(it) => self.module(it, depth),
            Item::Macro(it) => self.macros(it, depth),
            Item::Union(it) => assert!(!is_public(&it.vis), "no public unions yet"),
            _ => {}
        }
    }

    /// A private one is of interest for its condition, or for what is in it.
    fn module(&mut self, it: &syn::ItemMod, depth: usize) {
        let condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
        let condition = it.attrs.iter().find(condition);
        let condition = condition.map(|attribute| self.part(attribute.span().byte_range()));
        if condition.as_deref() == Some("#[cfg(test)]") {
            return;
        }
        let before = self.lines.len();
        let text = match is_public(&it.vis) {
            true => format!("pub mod {}", it.ident),
            false => format!("mod {}", it.ident),
        };
        self.one(&it.attrs, depth, text);
        let heading = self.lines.len();
        if let Some((_, items)) = &it.content {
            self.items(items, depth + 1);
        }
        let says_something = self.lines.len() > heading
            || is_public(&it.vis)
            || it.content.is_none() && condition.is_some();
        if !says_something {
            self.lines.truncate(before);
        }
    }

    /// The public ones; that there are others shows, too.
    fn fields(&mut self, fields: &Fields, depth: usize) {
        for field in fields {
            if is_public(&field.vis) {
                let text = self.between(field.vis.span(), field.span());
                self.one(&field.attrs, depth, text);
            }
        }
        if fields.iter().any(|field| !is_public(&field.vis)) {
            self.line(depth, "..".to_owned());
        }
    }

    fn trait_item(&mut self, item: &TraitItem, depth: usize) {
        match item {
            TraitItem::Fn(it) => {
                let body = if it.default.is_some() { " { .. }" } else { ";" };
                let text = self.part(it.sig.span().byte_range()) + body;
                self.one(&it.attrs, depth, text);
            }
            TraitItem::Const(it) => self.one(
                &it.attrs,
                depth,
                self.between(it.const_token.span(), it.span()),
            ),
            TraitItem::Type(it) => self.one(
                &it.attrs,
                depth,
                self.between(it.type_token.span(), it.span()),
            ),
            other => panic!("{}: not known here", self.part(other.span().byte_range())),
        }
    }

    /// Of a trait: that it is there, and its types. Of a type: what is public in it.
    fn implementation(&mut self, it: &syn::ItemImpl, head: String, depth: usize) {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let of_ours = head
            .split(|c| !is_part(c))
            .any(|word| self.names.contains(word));
        let before = self.lines.len();
        self.one(&it.attrs, depth, head);
        let heading = self.lines.len();
        for item in &it.items {
            match item {
                ImplItem::Fn(item) if is_public(&item.vis) => {
                    let text = self.between(item.vis.span(), item.sig.span());
                    self.one(&item.attrs, depth + 1, text);
                }
                ImplItem::Const(item) if is_public(&item.vis) => {
                    let text = self.between(item.vis.span(), item.semi_token.span());
                    self.one(&item.attrs, depth + 1, text);
                }
                ImplItem::Type(item) => {
                    let text = self.between(item.type_token.span(), item.semi_token.span());
                    self.one(&item.attrs, depth + 1, text);
                }
                ImplItem::Macro(item) => {
                    let text = self.part(item.span().byte_range());
                    self.one(&item.attrs, depth + 1, text);
                }
                _ => {}
            }
        }
        let is_empty = self.lines.len() == heading;
        if !of_ours || it.trait_.is_none() && is_empty {
            self.lines.truncate(before);
        }
    }

    fn foreign(&mut self, item: &syn::ForeignItem, of_block: &[Attribute], depth: usize) {
        match item {
            syn::ForeignItem::Fn(it) if is_public(&it.vis) => {
                self.attributes(of_block, depth);
                let text = self.between(it.vis.span(), it.semi_token.span());
                self.one(&it.attrs, depth, text);
            }
            syn::ForeignItem::Static(it) if is_public(&it.vis) => {
                self.attributes(of_block, depth);
                let text = self.between(it.vis.span(), it.semi_token.span());
                self.one(&it.attrs, depth, text);
            }
            _ => {}
        }
    }

    /// Of an exported macro what it takes. Of the others, which write items, the public lines, and
    /// each use.
    fn macros(&mut self, it: &syn::ItemMacro, depth: usize) {
        let Some(name) = &it.ident else {
            // `sqlstates` is generated, and reviewed where it stands.
            let quiet = ["thread_local", "compile_error", "sqlstates"];
            if !quiet.iter().any(|name| it.mac.path.is_ident(name)) {
                let text = self.between(it.mac.path.span(), it.span());
                self.one(&it.attrs, depth, text);
            }
            return;
        };
        let exported = it
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("macro_export"));
        let before = self.lines.len();
        self.one(&it.attrs, depth, format!("macro_rules! {name}"));
        let heading = self.lines.len();
        if exported {
            let mut is_pattern = true;
            for token in it.mac.tokens.clone() {
                match token {
                    TokenTree::Group(group) if is_pattern => {
                        let text = self.part(group.span().byte_range());
                        self.line(depth + 1, text);
                        is_pattern = false;
                    }
                    TokenTree::Punct(mark) if mark.as_char() == ';' => is_pattern = true,
                    _ => {}
                }
            }
        } else {
            let code = self.text[it.span().byte_range()].lines().map(str::trim);
            let starts = ["pub ", "impl", "unsafe impl"];
            let public: Vec<&str> = code
                .filter(|line| starts.iter().any(|start| line.starts_with(start)))
                .collect();
            for line in public {
                self.line(depth + 1, line.to_owned());
            }
        }
        if self.lines.len() == heading {
            self.lines.truncate(before);
        }
    }
}
