//! Which header declares a name, read from the preprocessor's output.

use std::collections::{BTreeMap, BTreeSet};

/// The kinds of declaration, the most specific first: `struct name` may be mentioned anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Definition,
    Declaration,
    Mention,
}

/// Every name that the headers declare or define, with the header's path relative to the server's
/// include directory; empty for a header outside it.
#[derive(Debug, Default)]
pub struct Places(BTreeMap<String, (Rank, String)>);

impl Places {
    /// Parses the output of `cc -E -dD`; `root` is the server's include directory.
    pub fn read(preprocessed: &str, root: &str) -> Self {
        let mut places = Self::default();
        let (mut header, mut of_statement) = (String::new(), String::new());
        let mut statement = Statement::default();
        for line in preprocessed.lines() {
            if let Some(marker) = line.strip_prefix("# ") {
                if let Some(path) = marker.split('"').nth(1) {
                    header = below(path, root);
                }
            } else if let Some(define) = line.strip_prefix("#define ") {
                let name = define.split([' ', '(']).next().unwrap_or_default();
                places.add(name, Rank::Definition, &header);
            } else if !line.starts_with('#') {
                for token in tokens(line) {
                    if statement.tokens.is_empty() {
                        of_statement.clone_from(&header);
                    }
                    if statement.push(token) {
                        let whole = std::mem::take(&mut statement);
                        for (name, rank) in whole.names() {
                            places.add(name, rank, &of_statement);
                        }
                    }
                }
            }
        }
        places
    }

    /// Adds the declaration of a function, with its path as gcc lists it.
    pub(super) fn add_function(&mut self, name: &str, path: &str, root: &str) {
        self.add(name, Rank::Declaration, &below(path, root));
    }

    /// Returns the header of a name: empty for a header outside the server's, `None` if nothing
    /// declares the name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(_, header)| header.as_str())
    }

    /// Returns whether a name is declared, not only mentioned.
    pub fn defines(&self, name: &str) -> bool {
        let place = self.0.get(name);
        place.is_some_and(|(rank, _)| *rank < Rank::Mention)
    }

    fn add(&mut self, name: &str, rank: Rank, header: &str) {
        let known = self.0.get(name);
        if known.is_none_or(|(best, _)| rank < *best) {
            self.0.insert(name.to_owned(), (rank, header.to_owned()));
        }
    }
}

fn below(path: &str, root: &str) -> String {
    let relative = path.strip_prefix(root).unwrap_or_default();
    relative.trim_start_matches('/').to_owned()
}

/// Returns the declarations of these names, as the preprocessor leaves them, with one space between
/// words and signs. A definition comes before other declarations.
pub(crate) fn declarations(preprocessed: &str, names: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::<String, String>::new();
    let mut statement = Statement::default();
    let mut whole: Vec<&str> = Vec::new();
    let lines = preprocessed.lines().filter(|line| !line.starts_with('#'));
    for piece in lines.flat_map(pieces) {
        whole.push(piece);
        if is_quoted(piece) || !statement.push(piece) {
            continue;
        }
        let text = std::mem::take(&mut whole).join(" ");
        for (name, rank) in std::mem::take(&mut statement).names() {
            let known = found.get(name);
            let is_better = known.is_none_or(|known| !known.contains('{') && text.contains('{'));
            if names.contains(name) && rank < Rank::Mention && is_better {
                found.insert(name.to_owned(), text.clone());
            }
        }
    }
    found
}

fn is_quoted(piece: &str) -> bool {
    piece.starts_with(['"', '\''])
}

/// Splits into words and signs; numbers count as words, strings are omitted.
pub(crate) fn tokens(line: &str) -> Vec<&str> {
    let pieces = pieces(line).into_iter();
    pieces.filter(|piece| !is_quoted(piece)).collect()
}

/// Operators of two signs.
const OPERATORS: [&str; 9] = ["!=", "==", "<=", ">=", "&&", "||", "->", "<<", ">>"];

/// Splits into words, signs and strings.
pub(crate) fn pieces(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => quoted(rest, first),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => match rest.get(..2) {
                Some(two) if OPERATORS.contains(&two) => 2,
                _ => c.len_utf8(),
            },
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Returns the length of a literal, including quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// A top-level declaration: its tokens, each with its bracket depth.
#[derive(Debug, Default)]
struct Statement<'a> {
    tokens: Vec<(&'a str, usize)>,
    depth: usize,
    /// Whether the open top-level braces are a function body.
    is_body: bool,
    /// Inside the brackets of `__attribute__` and similar, or directly before them.
    skipped: Option<usize>,
}

impl<'a> Statement<'a> {
    /// Whether the statement is complete.
    fn push(&mut self, token: &'a str) -> bool {
        let outer = self.depth;
        match token {
            "{" | "(" | "[" => self.depth += 1,
            "}" | ")" | "]" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if let Some(from) = self.skipped {
            let is_over = token == ")" && self.depth == from;
            self.skipped = (!is_over).then_some(from);
            return false;
        }
        if matches!(token, "__attribute__" | "__asm__" | "asm" | "__extension__") {
            self.skipped = (token != "__extension__").then_some(self.depth);
            return false;
        }
        if token == "{" && outer == 0 {
            self.is_body = self.tokens.last().is_some_and(|last| last.0 == ")");
        }
        self.tokens.push((token, outer.min(self.depth)));
        self.depth == 0 && (token == ";" || token == "}" && self.is_body)
    }

    fn names(&self) -> Vec<(&'a str, Rank)> {
        let mut names = self.inside();
        let declared = self.declared();
        names.extend(declared.iter().map(|name| (*name, Rank::Declaration)));
        names
    }

    /// Collects tags and enumerators, which may appear at any depth.
    fn inside(&self) -> Vec<(&'a str, Rank)> {
        let mut names = Vec::new();
        for (at, (token, depth)) in self.tokens.iter().enumerate() {
            if !matches!(*token, "struct" | "union" | "enum") {
                continue;
            }
            let tag = self.tokens.get(at + 1).filter(|(tag, _)| is_name(tag));
            let open = at + 1 + usize::from(tag.is_some());
            let is_whole = self.tokens.get(open).is_some_and(|(open, _)| *open == "{");
            let rank = if is_whole {
                Rank::Definition
            } else {
                Rank::Mention
            };
            names.extend(tag.map(|(tag, _)| (*tag, rank)));
            if !is_whole {
                continue;
            }
            if *token == "enum" {
                let body = self.tokens[open..].windows(2);
                let body = body.take_while(|pair| pair[0].0 != "}" || pair[0].1 != *depth);
                let first =
                    body.filter(|pair| matches!(pair[0].0, "{" | ",") && is_name(pair[1].0));
                names.extend(first.map(|pair| (pair[1].0, Rank::Definition)));
            }
        }
        names
    }

    /// Returns the name that a typedef, variable or function declaration declares.
    fn declared(&self) -> Vec<&'a str> {
        let outer: Vec<usize> = (0..self.tokens.len())
            .filter(|at| self.tokens[*at].1 == 0)
            .collect();
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.0);
        let bracket = outer.iter().find(|at| text(**at) == "(");
        if let Some(&at) = bracket {
            let pointed = (text(at + 1) == "*").then(|| text(at + 2));
            let name = pointed.unwrap_or_else(|| text(at.wrapping_sub(1)));
            return [name].into_iter().filter(|name| is_name(name)).collect();
        }
        let ends = outer.iter().filter(|at| {
            is_name(text(**at)) && matches!(text(**at + 1), ";" | "," | "[" | "=") && **at > 0
        });
        let tag_only = matches!(self.tokens[..], [("struct" | "union" | "enum", _), _, _]);
        ends.map(|at| text(*at)).filter(|_| !tag_only).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, declarations};

    const TEXT: &str = r##"
# 1 "/h/server/a.h" 1
#define PG_A(x) ("{" x)
struct Early;
typedef unsigned int Oid;
typedef struct Early *EarlyPtr;
typedef void (*callback) (int code, struct Late *late);
typedef enum { FIRST = sizeof("a;b"), SECOND } Kind;
# 1 "/h/server/sub/b.h" 1
struct Early { int a; union { int x; } u; };
extern __attribute__((visibility ("default"))) int volume, names[3];
extern void (*hook) (void);
static inline int twice(int x) { struct Inner { int q; } i; return 2 * x; }
extern int after(int);
typedef struct Both { enum Nested { THIRD, FOURTH = 4 } kind; char *p; } Both;
# 1 "/usr/include/x.h" 1
typedef int pid_t;
"##;

    #[test]
    fn each_name_has_its_declaration() {
        let names = ["twice", "after", "Early", "Both", "volume", "x"];
        let found = declarations(TEXT, &names.into_iter().collect());
        let twice =
            "static inline int twice ( int x ) { struct Inner { int q ; } i ; return 2 * x ; }";
        assert_eq!(found["twice"], twice);
        assert_eq!(found["after"], "extern int after ( int ) ;");
        assert_eq!(
            found["Early"],
            "struct Early { int a ; union { int x ; } u ; } ;"
        );
        assert!(found["Both"].starts_with("typedef struct Both {"));
        assert!(found["volume"].contains("visibility ( \"default\" )"));
        assert!(!found.contains_key("x"));
    }

    #[test]
    fn each_name_has_its_header() {
        let places = Places::read(TEXT, "/h/server");
        for name in [
            "PG_A", "Oid", "EarlyPtr", "callback", "FIRST", "SECOND", "Kind",
        ] {
            assert_eq!(places.header(name), Some("a.h"), "{name}");
        }
        for name in [
            "Early", "volume", "names", "hook", "twice", "after", "Nested", "THIRD", "FOURTH",
            "Both",
        ] {
            assert_eq!(places.header(name), Some("sub/b.h"), "{name}");
        }
        assert_eq!(places.header("pid_t"), Some(""));
        assert_eq!(places.header("Late"), Some("a.h"));
        for name in ["x", "code", "sizeof", "p", "visibility", "a"] {
            assert_eq!(places.header(name), None, "{name}");
        }
    }
}
