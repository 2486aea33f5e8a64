//! The tables of `docs/src/coverage.md`.

use super::wanted::CLASSES;
use super::{Cell, Coverage, Row, Status};
use std::fmt::Write as _;

const HEAD: &str = "\
# Coverage of the raw crate

`cargo xtask coverage` writes this page from the committed bindings and from `postgres-bgworker-sys/wanted.tsv`, which lists
the names that workers and frameworks use.

* bound: the name is in the bindings.
* shimmed: it is a macro or an inline function, which the crate has in Rust (`inline`, macros), in C (`macros`, `shim`), or both.
* emulated: the module `compat` has it for majors that do not.
* left out, with a reason: the last table has the reason.
* absent from the major: none of its headers declares the name.

A `*` marks an item that has another name in the crate. The last column has that name.

## Summary

";

const GROUPS: [Status; 5] = [
    Status::Bound,
    Status::Shimmed {
        rust: true,
        c: true,
    },
    Status::Emulated,
    Status::Refused,
    Status::Lacking,
];

/// Returns the complete file.
pub(crate) fn render(coverage: &Coverage) -> String {
    let mut text = HEAD.to_owned();
    summary(&mut text, coverage);
    for class in CLASSES {
        let _ = write!(text, "\n## {}\n\n", title(class));
        details(&mut text, coverage, class);
    }
    text.push_str("\n## Left out\n\n| name | class | reason |\n|---|---|---|\n");
    for row in coverage.rows.iter().filter(|row| is_left_out(row)) {
        let reason = row.wanted.reason.as_deref().unwrap_or_default();
        let (name, class) = (&row.wanted.name, &row.wanted.class);
        let _ = writeln!(text, "| `{name}` | {class} | {reason} |");
    }
    text
}

/// Names without a counterpart in any major. Names that are missing from some majors stay in the
/// table of their class.
fn is_left_out(row: &Row) -> bool {
    row.cells.iter().all(|cell| cell.status == Status::Refused)
}

fn title(class: &str) -> &'static str {
    match class {
        "function" => "Functions",
        "inline" => "Inline functions",
        "global" => "Globals",
        "macro" => "Macros and constants",
        _ => "Types",
    }
}

fn heading(text: &mut String, first: &str, majors: &[String], last: &str) {
    let columns = majors.join(" | ");
    let _ = writeln!(text, "| {first} | {columns} |{last}");
    let count = 1 + first.matches('|').count() + majors.len() + last.matches('|').count();
    let _ = writeln!(text, "|{}", "---|".repeat(count));
}

fn summary(text: &mut String, coverage: &Coverage) {
    heading(text, "class | ", &coverage.majors, "");
    for class in CLASSES {
        let rows: Vec<&Row> = of_class(coverage, class).collect();
        let counts = (0..coverage.majors.len()).map(|at| Row::count(&rows, at));
        let counts: Vec<_> = counts.collect();
        for group in GROUPS.map(Status::group) {
            let numbers = counts
                .iter()
                .map(|one| one.get(group).copied().unwrap_or(0));
            let numbers: Vec<usize> = numbers.collect();
            if numbers.iter().any(|number| *number > 0) {
                let numbers = numbers.iter().map(ToString::to_string);
                let numbers = numbers.collect::<Vec<_>>().join(" | ");
                let _ = writeln!(text, "| {class} | {group} | {numbers} |");
            }
        }
    }
}

fn of_class<'a>(coverage: &'a Coverage, class: &'a str) -> impl Iterator<Item = &'a Row> {
    let rows = coverage.rows.iter();
    rows.filter(move |row| row.wanted.class == class)
}

fn details(text: &mut String, coverage: &Coverage, class: &str) {
    heading(text, "name", &coverage.majors, " as |");
    for row in of_class(coverage, class).filter(|row| !is_left_out(row)) {
        let cells: Vec<String> = row.cells.iter().map(show).collect();
        let stand_ins = row.wanted.stand_ins.iter().map(|name| format!("`{name}`"));
        let mut notes: Vec<String> = stand_ins.collect();
        notes.extend(row.wanted.reason.clone());
        let (name, cells, notes) = (&row.wanted.name, cells.join(" | "), notes.join(", "));
        let _ = writeln!(text, "| `{name}` | {cells} | {notes} |");
    }
}

fn show(cell: &Cell) -> String {
    let text = match cell.status {
        Status::Bound => "bound",
        Status::Shimmed {
            rust: true,
            c: true,
        } => "Rust, C",
        Status::Shimmed { rust: true, .. } => "Rust",
        Status::Shimmed { .. } => "C",
        Status::Emulated => "emulated",
        Status::Refused => "left out",
        Status::Lacking => "—",
    };
    let mark = if cell.by_another { "*" } else { "" };
    format!("{text}{mark}")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::coverage::{Cell, Coverage, Row, Status, wanted};

    #[test]
    fn tables_count_and_tell() {
        let wanted = "Get\tfunction\tTake\nMax\tmacro\t-\tOrd::max\n";
        let statuses = [
            vec![
                Status::Lacking,
                Status::Shimmed {
                    rust: false,
                    c: true,
                },
            ],
            vec![Status::Refused; 2],
        ];
        let rows = wanted::parse(wanted).unwrap().into_iter().zip(statuses);
        let rows = rows.map(|(wanted, statuses)| {
            let cells = statuses.into_iter().map(|status| Cell {
                by_another: status != Status::Lacking && status != Status::Refused,
                status,
            });
            Row {
                cells: cells.collect(),
                wanted,
            }
        });
        let coverage = Coverage {
            majors: vec!["9.6".into(), "18".into()],
            rows: rows.collect(),
        };
        let text = render(&coverage);
        for line in [
            "| class |  | 9.6 | 18 |\n|---|---|---|---|\n",
            "| function | shimmed | 0 | 1 |\n",
            "| function | absent from the major | 1 | 0 |\n",
            "| name | 9.6 | 18 | as |\n|---|---|---|---|\n",
            "| `Get` | — | C* | `Take` |\n",
            "| `Max` | macro | Ord::max |\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert_eq!(text.matches("`Max`").count(), 1);
    }
}
