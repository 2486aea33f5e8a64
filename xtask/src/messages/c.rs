//! Messages in C: arguments of `errmsg`, `errdetail` and `errhint`.

use super::message::Message;

pub(super) fn messages(text: &str) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut rest = text;
    while let Some((at, name)) = first(rest, &["errmsg(", "errdetail(", "errhint("]) {
        let after = &rest[at + name.len()..];
        let Some(argument) = literal(after) else {
            rest = after;
            continue;
        };
        // A text of the Rust side, which has its own line.
        if argument == "%s" {
            rest = after;
            continue;
        }
        match (name, messages.last_mut()) {
            ("errdetail(", Some(message)) => message.detail.push(argument),
            ("errhint(", Some(message)) => message.hint.push(argument),
            _ => messages.push(Message {
                kind: level(&rest[..at]),
                text: argument,
                ..Message::default()
            }),
        }
        rest = after;
    }
    messages
}

/// Returns the first of these that occurs.
fn first<'n>(text: &str, names: &[&'n str]) -> Option<(usize, &'n str)> {
    let found = names
        .iter()
        .filter_map(|name| Some((text.find(name)?, *name)));
    found.min()
}

/// Returns adjacent string literals at the beginning of an argument.
fn literal(text: &str) -> Option<String> {
    let mut rest = text.trim_start().strip_prefix('"')?;
    let mut literal = String::new();
    loop {
        let end = rest.find('"')?;
        literal.push_str(&rest[..end]);
        match rest[end + 1..].trim_start().strip_prefix('"') {
            Some(more) => rest = more,
            None => return Some(literal),
        }
    }
}

/// Returns the level of the `ereport` that encloses the end of this text.
fn level(before: &str) -> String {
    let argument = before.rsplit("ereport(").next().unwrap_or_default();
    argument
        .split(',')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_report_belong_together() {
        let text = r#"
            ereport(WARNING,
                    (errmsg("first \"%s\"" "part", name),
                     errhint("Do it.")));
            ereport(FATAL, (errcode(X), errmsg("second")));
            ereport(level, (errmsg("%s", text), errdetail("%s", detail)));
        "#;
        let found = messages(&text.replace("\\\"", "'"));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "first '%s'part");
        assert_eq!(found[0].kind, "WARNING");
        assert_eq!(found[0].hint, ["Do it."]);
        assert_eq!(
            (found[1].kind.as_str(), found[1].text.as_str()),
            ("FATAL", "second")
        );
    }
}
