//! The tokens of a line in a configuration file, as in the server's `guc-file.l`.

/// A token. Text is as it is in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `name`
    Name(&'a str),
    /// `prefix.name`. The server accepts it as a name, and not as a value.
    Qualified(&'a str),
    /// A number, or a word with other characters than a name.
    Bare(&'a str),
    /// The text inside the quotes, without escapes.
    Quoted(String),
    Equals,
    /// What is no token.
    Invalid(&'a str),
}

/// Returns the first token and the rest of the line, or `None` at its end or before a comment.
pub(super) fn next(line: &str) -> Option<(Token<'_>, &str)> {
    let line = line.trim_start_matches([' ', '\t', '\r']);
    let first = line.chars().next().filter(|c| *c != '#')?;
    let whole = |length: usize| line.split_at(length);
    Some(match first {
        '=' => (Token::Equals, whole(1).1),
        '\'' => match quoted(&line[1..]) {
            Some((text, rest)) => (Token::Quoted(text), rest),
            None => (Token::Invalid(line), ""),
        },
        c if is_letter(c) => {
            let (word, rest) = whole(prefix(line, |c| is_name(c) || "-._:/".contains(c)));
            (classified(word), rest)
        }
        other => match number(line) {
            0 => (
                Token::Invalid(whole(other.len_utf8()).0),
                whole(other.len_utf8()).1,
            ),
            length => (Token::Bare(whole(length).0), whole(length).1),
        },
    })
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_name(c: char) -> bool {
    is_letter(c) || c.is_ascii_digit()
}

/// Returns the length of the characters at the beginning.
fn prefix(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

fn classified(word: &str) -> Token<'_> {
    if word.chars().all(is_name) {
        return Token::Name(word);
    }
    match word.split_once('.') {
        Some((first, second))
            if first.chars().all(is_name)
                && second.starts_with(is_letter)
                && second.chars().all(is_name) =>
        {
            Token::Qualified(word)
        }
        _ => Token::Bare(word),
    }
}

/// Returns the length of an integer with its unit, or of a real number. The longer one wins.
fn number(text: &str) -> usize {
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = |text: &str| prefix(text, |c| c.is_ascii_digit());
    let unsigned = &text[sign..];
    let whole = digits(unsigned);
    let unit = |at: usize| at + prefix(&unsigned[at..], |c| c.is_ascii_alphabetic());
    let hex = unsigned
        .strip_prefix("0x")
        .map_or(0, |rest| prefix(rest, |c| c.is_ascii_hexdigit()));
    let integer = match (hex, whole) {
        (0, 0) => 0,
        (0, whole) => unit(whole),
        (hex, _) => unit(2 + hex),
    };
    let real = unsigned[whole..].strip_prefix('.').map_or(0, |rest| {
        let end = whole + 1 + digits(rest);
        let exponent = unsigned[end..].strip_prefix(['e', 'E']);
        let exponent = exponent.map_or(0, |rest| {
            let sign = usize::from(rest.starts_with(['-', '+']));
            match digits(&rest[sign..]) {
                0 => 0,
                digits => 1 + sign + digits,
            }
        });
        end + exponent
    });
    match integer.max(real) {
        0 => 0,
        length => sign + length,
    }
}

/// Returns the text before the closing quote, and the rest of the line. A doubled quote is one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' => {
                let Some(more) = rest.strip_prefix('\'') else {
                    return Some((String::from_utf8_lossy(&found).into_owned(), rest));
                };
                found.push(b'\'');
                rest = more;
            }
            '\\' => {
                let (byte, length) = escaped(rest)?;
                found.extend_from_slice(&byte);
                rest = &rest[length..];
            }
            other => found.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Returns what a backslash before this text means, and the length of what it is about.
fn escaped(text: &str) -> Option<(Vec<u8>, usize)> {
    let octal = prefix(text, |c| matches!(c, '0'..='7')).min(3);
    if let Ok(value) = u32::from_str_radix(&text[..octal], 8) {
        return Some((vec![(value & 0xff) as u8], octal));
    }
    let c = text.chars().next()?;
    let bytes = match c {
        'b' => vec![8],
        'f' => vec![12],
        'n' => vec![b'\n'],
        'r' => vec![b'\r'],
        't' => vec![b'\t'],
        other => other.to_string().into_bytes(),
    };
    Some((bytes, c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::{Token, next};

    fn first(line: &str) -> Token<'_> {
        next(line).unwrap().0
    }

    #[test]
    fn tokens_are_those_of_the_server() {
        for (line, bare) in [
            ("1.0", "1.0"),
            (".", "."),
            ("1.0.0", "1.0"),
            ("-1.5e-3x", "-1.5e-3"),
            ("0x1Fkb", "0x1Fkb"),
            ("0xg", "0xg"),
            ("64kB#", "64kB"),
            ("a-b.c:d/e f", "a-b.c:d/e"),
        ] {
            assert_eq!(first(line), Token::Bare(bare), "{line}");
        }
        assert_eq!(first("\t é_1=x"), Token::Name("é_1"));
        assert_eq!(first("a.b"), Token::Qualified("a.b"));
        assert_eq!(first("a.1"), Token::Bare("a.1"));
        for (line, text) in [
            (r"'it''s'", "it's"),
            (r"'\'\\\q'", r"'\q"),
            (r"'a\tb\101\303\251'", "a\tbAé"),
            ("''", ""),
        ] {
            assert_eq!(first(line), Token::Quoted(text.to_owned()), "{line}");
        }
        for line in ["$libdir/w", "-", "+x", "'open", r"'open\", r"'x\'", "\"x\""] {
            assert!(matches!(first(line), Token::Invalid(_)), "{line}");
        }
        assert_eq!(next(" \t\r# comment"), None);
        assert_eq!(next("true#no"), Some((Token::Name("true"), "#no")));
    }
}
