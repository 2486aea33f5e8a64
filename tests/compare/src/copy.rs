//! The statement COPY, as the arguments of `Transaction::copy_in` and `copy_out`.

use crate::command::Command;
use serde_json::{Value, json};

/// A COPY from or to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    /// The name of the table, or the query.
    pub(crate) source: String,
    pub(crate) columns: Vec<String>,
    pub(crate) options: Vec<(String, Value)>,
}

/// A token of a statement. The text of a word is in lower case, that of a literal or of a quoted
/// name is without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    is_quoted: bool,
    /// Where it ends.
    end: usize,
}

pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let escapes = rest.starts_with("e'") || rest.starts_with("E'");
        if c.is_whitespace() {
            at += c.len_utf8();
        } else if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if c == '\'' || c == '"' || escapes {
            let skip = if escapes { 2 } else { 1 };
            let (text, length) = literal(&rest[skip..], if c == '"' { '"' } else { '\'' }, escapes);
            at += skip + length;
            let is_quoted = true;
            let end = at;
            tokens.push(Token {
                text,
                is_quoted,
                end,
            });
        } else {
            let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let length = word.max(c.len_utf8());
            at += length;
            tokens.push(Token {
                text: rest[..length].to_ascii_lowercase(),
                is_quoted: false,
                end: at,
            });
        }
    }
    tokens
}

/// Returns the text of a literal, and its length with the last quote.
fn literal(rest: &str, quote: char, escapes: bool) -> (String, usize) {
    let mut text = String::new();
    let mut characters = rest.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == quote {
            if characters.next_if(|(_, next)| *next == quote).is_none() {
                return (text, at + 1);
            }
        } else if c == '\\' && escapes {
            match characters.next() {
                Some((_, 't')) => text.push('\t'),
                Some((_, 'n')) => text.push('\n'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, other)) => text.push(other),
                None => {}
            }
            continue;
        }
        text.push(c);
    }
    (text, rest.len())
}

/// The tokens that are still to be read.
struct Rest<'t>(&'t [Token]);

impl Rest<'_> {
    fn peek(&self) -> &str {
        self.0.first().map_or("", |token| &token.text)
    }

    fn next(&mut self) -> String {
        let text = self.peek().to_owned();
        self.0 = self.0.get(1..).unwrap_or_default();
        text
    }

    fn accept(&mut self, word: &str) -> bool {
        let is_next = self
            .0
            .first()
            .is_some_and(|token| token.text == word && !token.is_quoted);
        if is_next {
            self.next();
        }
        is_next
    }

    /// Reads a list of names, with or without parentheses.
    fn names(&mut self) -> Vec<String> {
        let in_parentheses = self.accept("(");
        let mut names = vec![self.next()];
        while self.accept(",") {
            names.push(self.next());
        }
        if in_parentheses {
            self.accept(")");
        }
        names
    }
}

impl Copy {
    /// Returns the command for a statement that begins with COPY.
    pub(crate) fn command(tokens: &[Token], sql: &str) -> Command {
        let bare: Vec<&str> = tokens
            .iter()
            .map(|token| {
                if token.is_quoted {
                    "'"
                } else {
                    token.text.as_str()
                }
            })
            .collect();
        // The server takes both words for the client, in both directions.
        let has = |direction: &str| {
            bare.windows(2)
                .any(|pair| pair[0] == direction && ["stdin", "stdout"].contains(&pair[1]))
        };
        if has("from") {
            Command::CopyIn(Self::parse(tokens, sql, "from"))
        } else if has("to") {
            Command::CopyOut(Self::parse(tokens, sql, "to"))
        } else {
            Command::Other
        }
    }

    fn parse(tokens: &[Token], sql: &str, direction: &str) -> Option<Self> {
        let mut rest = Rest(&tokens[1..]);
        let mut options = Vec::new();
        if rest.accept("binary") {
            options.push(("format".to_owned(), json!("binary")));
        }
        let (mut source, mut columns) = (String::new(), Vec::new());
        if rest.peek() == "(" && direction == "to" {
            source = query(&mut rest, sql)?;
        } else {
            source += &rest.next();
            while rest.accept(".") {
                source = format!("{source}.{}", rest.next());
            }
            if rest.peek() == "(" {
                columns = rest.names();
            }
        }
        (rest.accept(direction) && (rest.accept("stdin") || rest.accept("stdout"))).then_some(())?;
        let _ = rest.accept("with");
        if rest.accept("(") {
            while !rest.accept(")") {
                options.push(option(&mut rest)?);
                rest.accept(",");
            }
        } else {
            while !rest.peek().is_empty() {
                if let Some(option) = old_option(&mut rest)? {
                    options.push(option);
                }
            }
        }
        rest.peek().is_empty().then_some(Copy {
            source,
            columns,
            options,
        })
    }
}

/// Reads a query in parentheses.
fn query(rest: &mut Rest<'_>, sql: &str) -> Option<String> {
    let begin = rest.0.first()?.end;
    let mut depth = 0;
    loop {
        let token = rest.0.first()?.clone();
        rest.next();
        match token.text.as_str() {
            "(" if !token.is_quoted => depth += 1,
            ")" if !token.is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(sql[begin..token.end - 1].to_owned());
        }
    }
}

/// Reads an option in parentheses.
fn option(rest: &mut Rest<'_>) -> Option<(String, Value)> {
    let name = rest.next();
    if name.is_empty() {
        return None;
    }
    let is_list = ["force_quote", "force_null", "force_not_null"].contains(&name.as_str());
    let value = match rest.peek() {
        "" => return None,
        "*" if is_list => {
            rest.next();
            json!([])
        }
        "(" if is_list => json!(rest.names()),
        "," | ")" if !rest.0[0].is_quoted => json!("true"),
        "(" | "*" => return None,
        _ => json!(rest.next()),
    };
    Some((name, value))
}

/// Reads an option in the syntax from before 9.0. Words without a meaning give `None`.
fn old_option(rest: &mut Rest<'_>) -> Option<Option<(String, Value)>> {
    let word = rest.next();
    let name = match word.as_str() {
        "with" | "using" => return Some(None),
        "csv" | "binary" => return Some(Some(("format".to_owned(), json!(word)))),
        "header" | "freeze" | "oids" => return Some(Some((word, json!("true")))),
        "delimiter" | "delimiters" => "delimiter",
        "null" | "quote" | "escape" | "encoding" => &word,
        "force" => {
            let name = match rest.next().as_str() {
                "quote" => "force_quote",
                "null" => "force_null",
                "not" if rest.accept("null") => "force_not_null",
                _ => return None,
            };
            let columns = if rest.accept("*") {
                Vec::new()
            } else {
                rest.names()
            };
            return Some(Some((name.to_owned(), json!(columns))));
        }
        _ => return None,
    };
    let _ = rest.accept("as");
    rest.0
        .first()?
        .is_quoted
        .then(|| Some((name.to_owned(), json!(rest.next()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_become_calls() {
        for (sql, source, columns, options) in [
            ("COPY T (a, \"B\") FROM stdin", "t", "a,B", "[]"),
            (
                "copy s.t from stdin with delimiter as E'\\t' null '' csv header",
                "s.t",
                "",
                r#"[["delimiter","\t"],["null",""],["format","csv"],["header","true"]]"#,
            ),
            (
                "copy (select ')' from t) to stdout (format csv, force_quote (a, b), header)",
                "select ')' from t",
                "",
                r#"[["format","csv"],["force_quote",["a","b"]],["header","true"]]"#,
            ),
            (
                "copy t to stdout csv force quote *",
                "t",
                "",
                r#"[["format","csv"],["force_quote",[]]]"#,
            ),
        ] {
            let (Command::CopyIn(copy) | Command::CopyOut(copy)) = Command::of(sql) else {
                panic!("{sql}");
            };
            let copy = copy.unwrap();
            let found = json!(copy.options).to_string();
            assert_eq!(
                (copy.source.as_str(), copy.columns.join(","), found.as_str()),
                (source, columns.to_owned(), options),
                "{sql}"
            );
        }
        assert_eq!(
            Command::of("copy t from stdin where a > 0"),
            Command::CopyIn(None)
        );
    }
}
