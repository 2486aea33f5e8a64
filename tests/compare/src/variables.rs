//! The variables of psql, and the parts of a text that they replace.

use std::collections::HashMap;

/// The values of the variables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables(HashMap<String, String>);

/// A part of a text.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(String),
    /// A variable, as it is, or as a literal (`'`) or a name (`"`).
    Variable(String, Option<char>),
}

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// Returns the text with the values of the variables. What has no value stays as it is.
    pub(crate) fn replace(&self, parts: &[Part]) -> String {
        parts.iter().map(|part| self.text_of(part)).collect()
    }

    /// Returns whether a variable contains statements, which psql sends one by one.
    pub(crate) fn has_statements(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| match part {
            Part::Variable(name, None) => self.0.get(name).is_some_and(|value| value.contains(';')),
            _ => false,
        })
    }

    fn text_of(&self, part: &Part) -> String {
        let (name, quote) = match part {
            Part::Text(text) => return text.clone(),
            Part::Variable(name, quote) => (name, quote),
        };
        match (self.0.get(name), quote) {
            (Some(value), None) => value.clone(),
            (Some(value), Some('"')) => format!("\"{}\"", value.replace('"', "\"\"")),
            (Some(value), Some(_)) => format!("'{}'", value.replace('\'', "''")),
            (None, None) => format!(":{name}"),
            (None, Some(quote)) => format!(":{quote}{name}{quote}"),
        }
    }

    /// Runs `\set`: the value is all words after the name, one after the other.
    pub(crate) fn run_set(&mut self, arguments: &str) {
        let mut words = self.words(arguments).into_iter();
        if let Some(name) = words.next() {
            let value: String = words.collect();
            self.set(&name, value);
        }
    }

    /// Returns the words of the arguments of a command.
    fn words(&self, arguments: &str) -> Vec<String> {
        let (mut words, mut word, mut is_open) = (Vec::new(), String::new(), false);
        let mut rest = arguments;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            if c.is_whitespace() {
                if std::mem::take(&mut is_open) {
                    words.push(std::mem::take(&mut word));
                }
                rest = after;
                continue;
            }
            is_open = true;
            if c == '\'' {
                let end = after.find('\'').unwrap_or(after.len());
                word += &after[..end];
                rest = after.get(end + 1..).unwrap_or("");
            } else if let Some((part, length)) = variable(rest) {
                word += &self.text_of(&part);
                rest = &rest[length..];
            } else {
                word.push(c);
                rest = after;
            }
        }
        if is_open {
            words.push(word);
        }
        words
    }
}

/// Returns the variable at the beginning of a text, and its length.
pub(crate) fn variable(text: &str) -> Option<(Part, usize)> {
    let rest = text.strip_prefix(':')?;
    let quote = rest.chars().next().filter(|c| ['\'', '"'].contains(c));
    let name = &rest[quote.map_or(0, char::len_utf8)..];
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let length = name.find(|c| !is_part(c)).unwrap_or(name.len());
    if length == 0 || quote.is_some_and(|quote| !name[length..].starts_with(quote)) {
        return None;
    }
    let quotes = if quote.is_some() { 2 } else { 0 };
    let part = Part::Variable(name[..length].to_owned(), quote);
    Some((part, 1 + quotes + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_and_quoted() {
        let mut variables = Variables::default();
        variables.set("dir", "/a b".into());
        variables.run_set("file :dir '/data/x''y.data'");
        let parts = [
            Part::Text("copy t from ".into()),
            Part::Variable("file".into(), Some('\'')),
            Part::Variable("none".into(), None),
        ];
        assert_eq!(
            variables.replace(&parts),
            "copy t from '/a b/data/xy.data':none"
        );
    }

    #[test]
    fn a_cast_is_not_a_variable() {
        assert!(variable("::int").is_none());
        assert!(variable(":'open").is_none());
        assert!(matches!(variable(":'a' x"), Some((Part::Variable(..), 4))));
    }
}
