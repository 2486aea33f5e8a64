//! Divides a script into statements and commands of psql, as psql does.

use crate::variables::{Part, variable};

/// The rest of a script.
#[derive(Debug, Clone)]
pub(crate) struct Script<'s> {
    text: &'s str,
    at: usize,
}

/// A part of a script.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Statement {
        line: usize,
        parts: Vec<Part>,
        /// Whether `\;` divides it.
        is_divided: bool,
        /// The command of psql that ends it, without the backslash. A semicolon is empty.
        end: String,
    },
    Command {
        line: usize,
        name: String,
        arguments: String,
    },
}

/// A statement that is being read.
#[derive(Default)]
struct Statement {
    parts: Vec<Part>,
    text: String,
    is_divided: bool,
    parentheses: u32,
    /// The first words, and the depth of BEGIN ATOMIC.
    words: Vec<String>,
    blocks: u32,
}

impl Statement {
    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        let is_routine = self.words.first().is_some_and(|first| first == "create")
            && self
                .words
                .iter()
                .any(|word| word == "function" || word == "procedure");
        if is_routine && self.parentheses == 0 {
            match word.as_str() {
                "begin" => self.blocks += 1,
                "case" if self.blocks > 0 => self.blocks += 1,
                "end" if self.blocks > 0 => self.blocks -= 1,
                _ => {}
            }
        }
        if self.words.len() < 4 {
            self.words.push(word);
        }
    }

    fn finish(mut self, line: usize, end: &str) -> Option<Item> {
        let text = self.text.trim_end();
        if text.is_empty() && self.parts.is_empty() {
            return None;
        }
        self.parts.push(Part::Text(text.to_owned()));
        Some(Item::Statement {
            line,
            parts: self.parts,
            is_divided: self.is_divided,
            end: end.to_owned(),
        })
    }
}

impl<'s> Script<'s> {
    pub(crate) fn new(text: &'s str) -> Self {
        Script { text, at: 0 }
    }

    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    /// Takes a part of the text whose length is given.
    fn take(&mut self, length: usize) -> &'s str {
        let part = &self.rest()[..length];
        self.at += length;
        part
    }

    /// Takes everything up to the end of a part, or up to the end of the script.
    fn take_through(&mut self, end: &str, skip: usize) -> &'s str {
        let rest = &self.rest()[skip..];
        let length = rest.find(end).map_or(rest.len(), |at| at + end.len());
        self.take(skip + length)
    }

    /// Takes the lines of data up to the line `\.`, which must follow the line of the statement.
    pub(crate) fn data(&mut self) -> String {
        self.take_through("\n", 0);
        let mut data = String::new();
        while !self.rest().is_empty() {
            let line = self.take_through("\n", 0);
            if line.trim_end() == "\\." {
                break;
            }
            data += line;
        }
        data
    }

    /// Takes the lines of data that follow, if the lines up to `\.` are no statements.
    pub(crate) fn skip_data(&mut self) {
        let mut rest = self.clone();
        let data = rest.data();
        let is_closed = self.text[..rest.at].trim_end().ends_with("\n\\.");
        if is_closed && !data.lines().any(|line| line.trim_end().ends_with(';')) {
            *self = rest;
        }
    }

    fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    fn quoted(&mut self, escapes: bool) -> &'s str {
        let rest = self.rest();
        let quote = rest.as_bytes()[0];
        let mut length = 1;
        while length < rest.len() && rest.as_bytes()[length] != quote {
            length += if escapes && rest.as_bytes()[length] == b'\\' {
                2
            } else {
                1
            };
        }
        self.take((length + 1).min(rest.len()))
    }

    fn comment(&mut self) {
        let mut depth = 0;
        loop {
            let rest = self.rest();
            let (length, change) = match rest.get(..2) {
                Some("/*") => (2, 1),
                Some("*/") => (2, -1),
                _ => (rest.chars().next().map_or(0, char::len_utf8), 0),
            };
            self.at += length;
            depth += change;
            if depth == 0 || length == 0 {
                return;
            }
        }
    }

    /// Takes a command of psql with its arguments.
    fn command(&mut self) -> (String, String) {
        let line = self.take_through("\n", 0).trim_end();
        let line = &line[1..];
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        (line[..end].to_owned(), line[end..].trim().to_owned())
    }

    /// Takes a literal in dollar quotes, if one begins here.
    fn dollar_quoted(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        let tag = rest[1..].find('$').map(|end| &rest[..end + 2])?;
        let inside = &tag[1..tag.len() - 1];
        let is_name = inside.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !inside.starts_with(|c: char| c.is_ascii_digit());
        is_name.then(|| self.take_through(tag, tag.len()))
    }

    /// Takes the next statement or command.
    pub(crate) fn next(&mut self) -> Option<Item> {
        let mut statement = Statement::default();
        let mut line = 0;
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                // psql sends the last statement even if it has no semicolon.
                return statement.finish(line, "");
            };
            let is_empty = statement.text.is_empty() && statement.parts.is_empty();
            if is_empty {
                line = self.line();
            }
            if c.is_whitespace() {
                self.at += c.len_utf8();
                if !is_empty {
                    statement.text.push(c);
                }
            } else if rest.starts_with("--") {
                let comment = self.take_through("\n", 0);
                if !is_empty {
                    statement.text += comment;
                }
            } else if rest.starts_with("/*") {
                let begin = self.at;
                self.comment();
                if !is_empty {
                    statement.text += &self.text[begin..self.at];
                }
            } else if rest.starts_with("\\;") {
                self.at += 2;
                statement.is_divided = true;
                statement.text.push(';');
            } else if c == '\\' {
                let (name, arguments) = self.command();
                if is_empty {
                    return Some(Item::Command {
                        line,
                        name,
                        arguments,
                    });
                }
                return statement.finish(line, &format!("{name} {arguments}"));
            } else if c == ';' && statement.parentheses == 0 && statement.blocks == 0 {
                self.at += 1;
                if let Some(item) = statement.finish(line, "") {
                    return Some(item);
                }
                statement = Statement::default();
            } else {
                self.token(c, &mut statement);
            }
        }
    }

    /// Takes a token of a statement.
    fn token(&mut self, c: char, statement: &mut Statement) {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        if c == '\'' || c == '"' {
            statement.text += self.quoted(false);
        } else if c == '$' {
            let quoted = self.dollar_quoted();
            statement.text += quoted.unwrap_or_else(|| self.take(1));
        } else if rest.starts_with("::") {
            statement.text += self.take(2);
        } else if let Some((part, length)) = variable(rest) {
            self.at += length;
            statement
                .parts
                .push(Part::Text(std::mem::take(&mut statement.text)));
            statement.parts.push(part);
        } else if c.is_alphanumeric() || c == '_' {
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let word = self.take(length);
            statement.text += word;
            if word.eq_ignore_ascii_case("e") && self.rest().starts_with('\'') {
                statement.text += self.quoted(true);
            } else {
                statement.word(word);
            }
        } else {
            match c {
                '(' => statement.parentheses += 1,
                ')' => statement.parentheses = statement.parentheses.saturating_sub(1),
                _ => {}
            }
            statement.text += self.take(c.len_utf8());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Variables;

    fn texts(script: &str) -> Vec<String> {
        let mut script = Script::new(script);
        std::iter::from_fn(|| script.next())
            .map(|item| match item {
                Item::Statement { parts, end, .. } => {
                    format!("{}{end}", Variables::default().replace(&parts))
                }
                Item::Command {
                    name, arguments, ..
                } => format!("\\{name} {arguments}"),
            })
            .collect()
    }

    #[test]
    fn statements_end_where_psql_ends_them() {
        let script = r##"-- a comment; here
            select 1; select ';', e'\';', ";" /* ; /* ; */ */;
            do $x$ begin; $$ ; $$ end $x$; create rule r as on insert to t do (a; b);
            create function f() returns int begin atomic select case when true then 1 end; end;
            \d t
            select 2 \gset
            select 1\; select 2;
            ;; last"##;
        assert_eq!(
            texts(script),
            [
                "select 1",
                r#"select ';', e'\';', ";" /* ; /* ; */ */"#,
                "do $x$ begin; $$ ; $$ end $x$",
                "create rule r as on insert to t do (a; b)",
                "create function f() returns int begin atomic select case when true then 1 end; end",
                "\\d t",
                "select 2gset ",
                "select 1; select 2",
                "last",
            ]
        );
    }

    #[test]
    fn data_follows_the_line_of_the_statement() {
        let mut script = Script::new("copy t from stdin; -- data\n1\n2\n\\.\nselect 1;");
        assert!(script.next().is_some());
        assert_eq!(script.data(), "1\n2\n");
        assert!(matches!(
            script.next(),
            Some(Item::Statement { line: 5, .. })
        ));
    }
}
