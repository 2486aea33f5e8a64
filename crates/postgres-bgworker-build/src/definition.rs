//! Finds out why a name of the headers has no declaration that could be bound.

use crate::generate::VA_LISTS;
use crate::headers::{self, Headers};
use crate::vars;
use std::path::Path;

/// What a name is that bindgen does not bind.
#[derive(Debug, PartialEq, Eq)]
pub enum Definition {
    /// A macro, with its text. No constant could be made of it.
    Macro(String),
    MacroWithArguments,
    InlineFunction,
    /// A function with a `va_list`.
    VaList,
}

/// Looks for the name in the preprocessed headers.
pub fn find(headers: &Headers, unit: &Path, name: &str) -> Option<Definition> {
    let source = vars::out_dir().join("definition.c");
    headers::write(&source, &format!("#include \"{}\"\n", unit.display())).ok()?;
    let expanded = headers.cc().file(&source).flag("-dD").try_expand().ok()?;
    in_text(&String::from_utf8_lossy(&expanded), name)
}

fn in_text(text: &str, name: &str) -> Option<Definition> {
    let mut macros = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("#define ")?.strip_prefix(name)?;
        match rest.chars().next() {
            Some('(') => Some(Definition::MacroWithArguments),
            None | Some(' ') => Some(Definition::Macro(rest.trim().to_string())),
            Some(_) => None,
        }
    });
    // A macro may be defined again.
    macros.next_back().or_else(|| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let mut places = text.match_indices(name).filter(|(at, _)| {
            let rest = text[at + name.len()..].trim_start();
            !text[..*at].ends_with(is_part) && rest.starts_with('(')
        });
        places.find_map(|(at, _)| {
            let declaration = text[..at].rsplit([';', '{', '}']).next()?;
            let mut words = declaration
                .lines()
                .filter(|line| !line.starts_with('#'))
                .flat_map(|line| line.split(|c| !is_part(c)));
            if words.any(|word| ["inline", "__inline", "__inline__"].contains(&word)) {
                return Some(Definition::InlineFunction);
            }
            let arguments = text[at..].split([';', '{']).next()?;
            let mut words = arguments.split(|c| !is_part(c));
            words
                .any(|word| VA_LISTS.contains(&word))
                .then_some(Definition::VaList)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
#define InvalidOid ((Oid) 0)
#define GETSTRUCT(TUP) ((char *) (TUP))
#define always_inline inline
extern int length(int a);
extern void print(const char *format, va_list arguments);
static inline int
list_length(const List *l)
{
\treturn l ? length(l->length) : 0;
}
";

    #[test]
    fn macros_and_inline_functions_are_told_apart() {
        let text = "((Oid) 0)".to_string();
        for (name, found) in [
            ("InvalidOid", Some(Definition::Macro(text))),
            ("GETSTRUCT", Some(Definition::MacroWithArguments)),
            ("list_length", Some(Definition::InlineFunction)),
            ("length", None),
            ("print", Some(Definition::VaList)),
            ("Invalid", None),
        ] {
            assert_eq!(in_text(TEXT, name), found, "{name}");
        }
    }
}
