//! Enums and constants, with the values of each major.

use super::page::{Section, TABLE_END, breakable, escape, table_head};
use crate::facts::Kind;
use crate::layout::history::History;
use crate::layout::symbols::{Symbol, Verdict, of_kinds};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn sections(history: &History) -> Vec<Section> {
    let mut enums: BTreeMap<String, Vec<Symbol>> = BTreeMap::new();
    for symbol in of_kinds(history, &[Kind::Enumerator]) {
        enums.entry(symbol.of.clone()).or_default().push(symbol);
    }
    let kinds = [Kind::Constant, Kind::Macro, Kind::Environment, Kind::Text];
    let constants = of_kinds(history, &kinds);
    let (stable, unstable): (Vec<Symbol>, Vec<Symbol>) =
        constants.into_iter().partition(Symbol::is_stable);
    let count = stable.len() + unstable.len();
    let mut body = table(history, &unstable, true);
    let _ = write!(
        body,
        "<details class=\"fold\"><summary>The same in every major: {}</summary>\n{}</details>\n",
        stable.len(),
        table(history, &stable, true)
    );
    let folded: String = enums
        .iter()
        .map(|(of, symbols)| item(history, of, symbols))
        .collect();
    vec![
        Section {
            id: "enums",
            title: format!("Enums: {}", enums.len()),
            body: folded,
        },
        Section {
            id: "constants",
            title: format!("Constants, results of macros, and build options: {count}"),
            body,
        },
    ]
}

fn item(history: &History, of: &str, symbols: &[Symbol]) -> String {
    let names = symbols.iter().map(|symbol| symbol.name.as_str());
    let names: Vec<&str> = std::iter::once(of).chain(names).collect();
    let verdicts: Vec<Verdict> = symbols.iter().map(Symbol::verdict).collect();
    let verdict = verdicts.iter().copied().max().unwrap_or(Verdict::Same);
    let count = verdicts.iter().filter(|one| **one != Verdict::Same).count();
    format!(
        "<details data-name=\"{}\" data-verdict=\"{}\"><summary><code>{}</code> \
         <span class=\"dim\">{} values, of which {count} differ between majors</span></summary>\n{}</details>\n",
        escape(&names.join(" ")),
        verdict.word(),
        escape(of),
        symbols.len(),
        table(history, &in_order(symbols), false)
    )
}

/// By value in the newest major that has them.
fn in_order(symbols: &[Symbol]) -> Vec<Symbol> {
    let value = |symbol: &Symbol| {
        let value = symbol.spellings.iter().rev().flatten().next();
        value.and_then(|value| value.parse::<i64>().ok())
    };
    let mut symbols = symbols.to_vec();
    symbols.sort_by_key(value);
    symbols
}

/// The search looks for rows, or for the whole table.
fn table(history: &History, symbols: &[Symbol], are_items: bool) -> String {
    let mut text = table_head(&history.majors(), " class=\"values\"");
    for symbol in symbols {
        let data = match are_items {
            true => format!(
                " data-name=\"{}\" data-verdict=\"{}\"",
                escape(&symbol.name),
                symbol.verdict().word()
            ),
            false => String::new(),
        };
        let _ = write!(text, "<tr{data}><td>{}</td>", breakable(&symbol.name));
        for (light, value) in symbol.lights.iter().zip(&symbol.spellings) {
            let word = light.word();
            let value = value.as_deref().unwrap_or(light.sign());
            let _ = write!(
                text,
                "<td class=\"l-{word}\" title=\"{word}\">{}</td>",
                breakable(value)
            );
        }
        text.push_str("</tr>\n");
    }
    text.push_str(TABLE_END);
    text
}
