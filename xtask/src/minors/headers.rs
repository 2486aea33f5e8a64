//! Functions and variables that a header declares.
//!
//! Headers are not preprocessed: both branches of most conditions count.

use super::conditions;
use crate::coverage::headers::without_comments;
use std::collections::BTreeSet;

/// Returns the names of functions, and of variables that are `extern`.
pub(super) fn declared(text: &str) -> BTreeSet<String> {
    let clean = without_comments(text);
    let mut names = BTreeSet::new();
    let mut statement = Statement::default();
    for line in conditions::lines(&clean) {
        // Branches of an `#if` may not be balanced.
        if line.starts_with("extern ") {
            statement = Statement::default();
        }
        for token in tokens(line) {
            if statement.push(token) {
                names.extend(std::mem::take(&mut statement).names());
            }
        }
        if line.starts_with('}') {
            statement.depth = 0;
        }
    }
    names
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Splits into words and signs.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if is_part(c) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The tokens of a statement outside of brackets, and those directly after a bracket.
#[derive(Default)]
struct Statement<'a> {
    tokens: Vec<&'a str>,
    depth: usize,
}

impl<'a> Statement<'a> {
    /// Whether the statement is complete.
    fn push(&mut self, token: &'a str) -> bool {
        let outer = self.depth;
        match token {
            // extern "C" { … }
            "{" if self.tokens.ends_with(&["\"", "C", "\""]) => {
                self.tokens.clear();
                return false;
            }
            "{" | "(" | "[" => self.depth += 1,
            "}" | ")" | "]" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        let is_pointer = outer == 1 && matches!(self.tokens.last(), Some(&"(" | &"*"));
        if outer == 0 || is_pointer || self.depth == 0 {
            self.tokens.push(token);
        }
        self.depth == 0 && (token == ";" || token == "}" && self.is_body())
    }

    /// Whether the braces are those of a function, after which there is no semicolon.
    fn is_body(&self) -> bool {
        let open = self.tokens.iter().position(|token| *token == "{");
        open.is_some_and(|at| at > 0 && self.tokens[at - 1] == ")")
    }

    fn names(self) -> Vec<String> {
        let is_extern = self.tokens.contains(&"extern");
        let is_other = |token: &&str| matches!(*token, "typedef" | "static" | "{" | "=");
        if self.tokens.iter().any(is_other) {
            return Vec::new();
        }
        let tokens = without_attributes(&self.tokens);
        let names = match tokens.iter().position(|token| *token == "(") {
            Some(at) if tokens.get(at + 1) == Some(&"*") => vec![tokens.get(at + 2)],
            // A macro has no type in front of it.
            Some(at) if at > 1 => vec![tokens.get(at - 1)],
            Some(_) => Vec::new(),
            None if is_extern => {
                let ends = tokens.windows(2);
                let ends = ends.filter(|pair| matches!(pair[1], ";" | "," | "["));
                ends.map(|pair| Some(&pair[0])).collect()
            }
            None => Vec::new(),
        };
        let names = names
            .into_iter()
            .flatten()
            .filter(|name| is_name(name) && *name != &"extern");
        names.map(|name| (*name).to_owned()).collect()
    }
}

/// Leaves out `pg_attribute_printf(…)` and the like.
fn without_attributes<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut is_skipped = false;
    for token in tokens {
        let is_attribute = token.starts_with("pg_attribute_") || *token == "__attribute__";
        is_skipped = is_attribute || is_skipped && !is_name(token) && *token != ";";
        if !is_skipped {
            kept.push(*token);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::declared;

    const TEXT: &str = r#"
/* extern int in_a_comment(void); */
#define extern_macro(a) \
	behind(a)
#ifdef __cplusplus
extern "C" {
#endif
extern PGDLLIMPORT int	volume, names[3];
extern PGDLLIMPORT volatile struct Thing *const pointer;
extern void plain(int a, void (*inner) (int), struct X x);
extern const char *
			two_lines(int a,
					  int b);
extern void (*hook) (int x);
extern PGDLLIMPORT void (*imported_hook) (int x);
pg_noreturn extern void leaves(int code);
extern void prints(const char *fmt,...) pg_attribute_printf(1, 2);
extern pg_attribute_cold bool is_cold(int a);
extern int attributed(int a) __attribute__((format(printf, 1, 2)));
bool without_extern(int a);
typedef int (*callback) (int a);
typedef struct Both { int a; } Both;
struct Thing { int a; int (*member) (int); };
enum { FIRST, SECOND };
#ifdef X
struct Half {
	int a;
#else
struct Half {
	long a;
#endif
};
extern int after_half(void);
static inline int
inlined(int a)
{
	return plain(a);
}
CATALOG(pg_thing,1) { int a; } FormData_thing;
PG_KEYWORD("abort", ABORT_P)
extern void last(void);
#ifdef __cplusplus
}
#endif
"#;

    #[test]
    fn declarations_of_any_form_count() {
        let found: Vec<String> = declared(TEXT).into_iter().collect();
        let mut expected = [
            "volume",
            "names",
            "pointer",
            "plain",
            "two_lines",
            "hook",
            "imported_hook",
            "leaves",
            "prints",
            "is_cold",
            "attributed",
            "without_extern",
            "after_half",
            "last",
        ];
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
