//! Functions and variables.

use super::page::{Section, TABLE_END, breakable, escape, table_head};
use crate::facts::Kind;
use crate::layout::history::History;
use crate::layout::markdown;
use crate::layout::symbols::{Symbol, Verdict, symbols};
use std::fmt::Write;

pub(super) fn sections(history: &History) -> Vec<Section> {
    let (stable, unstable): (Vec<Symbol>, Vec<Symbol>) =
        symbols(history).into_iter().partition(Symbol::is_stable);
    let title = "Functions and variables";
    vec![
        Section {
            id: "symbols",
            title: format!("{title} that differ between majors: {}", unstable.len()),
            body: KEY.to_owned() + &table(history, &unstable),
        },
        Section {
            id: "unchanged-symbols",
            title: format!("{title} of every major: {}", stable.len()),
            body: format!(
                "<details class=\"fold\"><summary>{} names</summary>\n{}</details>\n",
                stable.len(),
                table(history, &stable)
            ),
        },
    ]
}

const KEY: &str = "<p class=\"key dim\"><span class=\"l-same\">● present</span>\
    <span class=\"l-new\">+ new</span><span class=\"l-changed\">▲ prototype changed</span>\
    <span class=\"l-absent\">– absent</span><span class=\"l-unknown\">? unknown</span></p>\n";

fn table(history: &History, symbols: &[Symbol]) -> String {
    let mut text = table_head(&history.majors(), "");
    for symbol in symbols {
        let _ = write!(
            text,
            "<tr data-name=\"{}\" data-verdict=\"{}\"><td>{}</td>",
            escape(&symbol.name),
            symbol.verdict().word(),
            name(history, symbol)
        );
        for light in &symbol.lights {
            let (word, sign) = (light.word(), light.sign());
            let _ = write!(text, "<td class=\"l-{word}\" title=\"{word}\">{sign}</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str(TABLE_END);
    text
}

/// The name, and the prototype in each major.
fn name(history: &History, symbol: &Symbol) -> String {
    let spellings = markdown::spellings(history, symbol);
    let mut text = format!(
        "<details><summary>{}</summary><ul>",
        breakable(&symbol.name)
    );
    for (range, spelling) in spellings {
        let range = match symbol.verdict() {
            Verdict::Same => String::new(),
            _ => format!("{}: ", escape(&range)),
        };
        let _ = write!(text, "<li>{range}<code>{}</code></li>", escape(&spelling));
    }
    if symbol.kind == Kind::Global {
        text.push_str("<li>a variable</li>");
    }
    text.push_str("</ul></details>");
    text
}
