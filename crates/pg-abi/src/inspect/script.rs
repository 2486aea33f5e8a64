//! Reading the SQL script of an extension: which functions it takes from which libraries.

/// A function that a script declares in the language C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// Its name, without the schema.
    pub(super) name: String,
    /// The library, as the script names it.
    pub(super) library: String,
    /// The symbol: the name, unless the script says otherwise.
    pub(super) symbol: String,
    /// The number of the line in which the statement begins. The first one is 1.
    pub(super) line: usize,
}

/// A part of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A word in lower case, or an identifier in quotes as it is.
    Word(String),
    /// The contents of a string constant.
    Text(String),
    Mark(char),
}

/// Returns the functions in the language C that the script declares.
pub(super) fn functions(script: &str) -> Vec<Declared> {
    let tokens = tokens(script);
    let statements = tokens.split(|(_, token)| *token == Token::Mark(';'));
    let (mut line, mut counted) = (1, 0);
    let statement = |tokens: &[(usize, Token)]| {
        let (begin, _) = tokens.first()?;
        line += script[counted..*begin].matches('\n').count();
        counted = *begin;
        let tokens: Vec<Token> = tokens.iter().map(|(_, token)| token.clone()).collect();
        declared(&tokens, line)
    };
    statements.filter_map(statement).collect()
}

fn declared(statement: &[Token], line: usize) -> Option<Declared> {
    let is = |at: usize, word: &str| matches!(statement.get(at), Some(Token::Word(w)) if w == word);
    let mut at = 1;
    if !is(0, "create") {
        return None;
    }
    if is(1, "or") && is(2, "replace") {
        at = 3;
    }
    if !(is(at, "function") || is(at, "procedure")) {
        return None;
    }
    let end = statement
        .iter()
        .position(|token| *token == Token::Mark('('))?;
    let Token::Word(name) = statement.get(end.checked_sub(1)?)? else {
        return None;
    };
    let speaks_c = statement.windows(2).any(|pair| {
        pair[0] == Token::Word("language".into())
            && matches!(&pair[1], Token::Word(word) | Token::Text(word) if word.eq_ignore_ascii_case("c"))
    });
    let definition = statement.windows(2).position(|pair| {
        pair[0] == Token::Word("as".into()) && matches!(pair[1], Token::Text(_))
    })?;
    let Token::Text(library) = &statement[definition + 1] else {
        return None;
    };
    let symbol = match statement.get(definition + 2..definition + 4) {
        Some([Token::Mark(','), Token::Text(symbol)]) => symbol,
        _ => name,
    };
    speaks_c.then(|| Declared {
        name: name.clone(),
        library: library.clone(),
        symbol: symbol.clone(),
        line,
    })
}

/// Splits a script into tokens, with their offsets. Comments, numbers and what psql interprets are
/// left out.
fn tokens(script: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut rest = script;
    let mut begins_line = true;
    while let Some(first) = rest.chars().next() {
        let at = script.len() - rest.len();
        let began_line = std::mem::replace(&mut begins_line, first == '\n');
        if rest.starts_with("--") || (first == '\\' && (began_line || tokens.is_empty())) {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = after_comment(rest);
        } else if first == '\'' || first == '"' {
            let (text, after) = quoted(&rest[1..], first);
            let token = match first {
                '"' => Token::Word(text),
                _ => Token::Text(text),
            };
            tokens.push((at, token));
            rest = after;
        } else if let Some((text, after)) = dollar_quoted(rest) {
            tokens.push((at, Token::Text(text.to_owned())));
            rest = after;
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push((at, Token::Word(rest[..end].to_lowercase())));
            rest = &rest[end..];
        } else {
            if !first.is_whitespace() {
                tokens.push((at, Token::Mark(first)));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Returns what follows a comment, which can contain others.
fn after_comment(text: &str) -> &str {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    &text[at..]
}

/// Returns a text up to its closing quote, and the rest. A doubled quote is a quote.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut found = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            found.push(c);
        } else if text[at + 1..].starts_with(quote) {
            found.push(quote);
            chars.next();
        } else {
            return (found, &text[at + 1..]);
        }
    }
    (found, "")
}

/// Returns the contents of `$tag$ … $tag$`, and the rest.
fn dollar_quoted(text: &str) -> Option<(&str, &str)> {
    let tag = text.strip_prefix('$')?;
    let end = tag.find('$')?;
    if !tag[..end].chars().all(|c| c.is_alphanumeric() || c == '_')
        || tag.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let delimiter = &text[..end + 2];
    let body = &text[end + 2..];
    let close = body.find(delimiter).unwrap_or(body.len());
    let rest = body.get(close + delimiter.len()..).unwrap_or("");
    Some((&body[..close], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(script: &str) -> Vec<(String, String, String)> {
        let all = functions(script).into_iter();
        all.map(|f| (f.name, f.library, f.symbol)).collect()
    }

    #[test]
    fn lines_are_counted() {
        let script = "\n/* a\ncomment */ create function f()\nas 'x' language c;\n\nselect 1;\
            \ncreate function g() as\n'x' language c";
        let lines: Vec<usize> = functions(script).iter().map(|f| f.line).collect();
        assert_eq!(lines, [3, 7]);
    }

    #[test]
    fn long_scripts_take_time_in_proportion() {
        let one = "create function f(int) returns int as 'MODULE_PATHNAME', 'f_1' language c;\n";
        let begin = std::time::Instant::now();
        assert_eq!(functions(&one.repeat(50_000)).len(), 50_000);
        // If each statement counts the lines before it: much longer.
        assert!(begin.elapsed() < std::time::Duration::from_secs(300));
    }

    fn one(name: &str, library: &str, symbol: &str) -> Vec<(String, String, String)> {
        vec![(name.into(), library.into(), symbol.into())]
    }

    #[test]
    fn declarations_are_found() {
        for script in [
            "CREATE FUNCTION add(a int, b int default (1)) RETURNS int AS 'MODULE_PATHNAME', 'add_v2' LANGUAGE C STRICT;",
            "create or replace function s.add() returns int language 'c' as 'MODULE_PATHNAME', 'add_v2'",
            "\\echo Use \"CREATE EXTENSION x\" to load this file. \\quit\n-- it's a comment; create\n/* and /* this */ ' */\ncreate procedure \"add\"() language c as $$MODULE_PATHNAME$$, $a$add_v2$a$;",
        ] {
            assert_eq!(
                found(script),
                one("add", "MODULE_PATHNAME", "add_v2"),
                "{script}"
            );
        }
        assert_eq!(
            found("create function f() returns text as '$libdir/x' language c"),
            one("f", "$libdir/x", "f")
        );
    }

    #[test]
    fn other_statements_are_not() {
        for script in [
            "create function f() returns int language sql as 'select 1';",
            "create function f() returns int language internal as 'int4in';",
            "select 'create function f() as ''x'' language c'; create table f (a int)",
            "do $$ create function f() returns int as 'x' language c $$;",
            "comment on function f() is 'language c as'",
            "",
            "'",
            "/*",
            "$$",
            "$1",
            "create",
            "create function f(",
            "ä",
        ] {
            assert_eq!(found(script), [], "{script}");
        }
    }
}
