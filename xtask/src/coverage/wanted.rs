//! `wanted.tsv`: the server API that workers and frameworks use.

use pg_scratch::{Error, Result};

/// The classes, in the order of the tables.
pub(super) const CLASSES: [&str; 5] = ["function", "inline", "global", "macro", "type"];

/// A line: name, class, alternative names (`-` for none), and the reason if there is no
/// counterpart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) class: String,
    pub(super) stand_ins: Vec<String>,
    pub(super) reason: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<Vec<Wanted>> {
    let lines = text.lines().enumerate();
    let wanted = lines.map(|(at, text)| {
        line(text).ok_or_else(|| {
            Error::new(format!("wanted.tsv: could not parse line {}", at + 1))
                .note(text)
                .help("expected name, class, alternative names or -, and optionally a reason, separated by tabs")
        })
    });
    let wanted = wanted.collect::<Result<Vec<_>>>()?;
    let mut pairs = wanted.windows(2);
    let order = pairs.find(|pair| pair[0].name >= pair[1].name);
    order.map_or(Ok(()), |pair| {
        Err(Error::new(format!(
            "wanted.tsv is not sorted: `{}` comes after `{}`",
            pair[1].name, pair[0].name
        )))
    })?;
    Ok(wanted)
}

fn line(text: &str) -> Option<Wanted> {
    let fields: Vec<&str> = text.split('\t').collect();
    let (name, class, stand_ins, reason) = match fields[..] {
        [name, class, stand_ins] => (name, class, stand_ins, None),
        [name, class, stand_ins, reason] if !reason.is_empty() => {
            (name, class, stand_ins, Some(reason))
        }
        _ => return None,
    };
    let stand_ins = stand_ins.split(' ').filter(|name| *name != "-");
    let is_whole = !name.is_empty() && CLASSES.contains(&class);
    is_whole.then(|| Wanted {
        name: name.to_owned(),
        class: class.to_owned(),
        stand_ins: stand_ins.map(str::to_owned).collect(),
        reason: reason.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lines_have_three_or_four_fields() {
        let found = parse("Max\tmacro\t-\tOrd::max\nelog\tmacro\tone two\n").unwrap();
        assert_eq!(found[0].reason.as_deref(), Some("Ord::max"));
        assert!(found[0].stand_ins.is_empty());
        assert_eq!(found[1].stand_ins, ["one", "two"]);
        for bad in [
            "a\tmacro",
            "a\tmacros\t-",
            "\tmacro\t-",
            "a\tmacro\t-\t",
            "b\ttype\t-\na\ttype\t-",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
