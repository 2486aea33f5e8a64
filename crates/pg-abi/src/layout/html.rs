//! The report as an HTML page.

use super::history::{Group, History};
use super::majors::majors;
use super::page::{breakable, escape, page};
use super::svg;
use super::symbols::{Light, Symbol, symbols};
use crate::facts::Kind;
use crate::facts::header::Origin;
use std::fmt::Write;

/// The types that are shown first: workers allocate them.
const FIRST: &str = "BackgroundWorker";

/// Returns the complete page.
pub fn report(history: &History) -> String {
    let title = format!(
        "PostgreSQL {} as a background worker sees it",
        majors(&history.majors())
    );
    let mut body = format!("<h1>{}</h1>\n", escape(&title));
    body.push_str(&servers(history));
    body.push_str(KEY);
    let (changed, stable): (Vec<&str>, Vec<&str>) = history
        .types()
        .into_iter()
        .filter(|name| *name != FIRST)
        .partition(|name| !history.is_stable(name));
    if history.types().contains(FIRST) {
        let _ = write!(body, "<h2>{FIRST}</h2>\n{}", drawings(history, FIRST));
    }
    let _ = writeln!(body, "<h2>Changed types: {}</h2>", changed.len());
    for name in changed {
        body.push_str(&folded(history, name));
    }
    let _ = writeln!(body, "<h2>Unchanged types: {}</h2>", stable.len());
    for name in stable {
        body.push_str(&folded(history, name));
    }
    let (stable, unstable): (Vec<Symbol>, Vec<Symbol>) =
        symbols(history).into_iter().partition(Symbol::is_stable);
    let _ = write!(
        body,
        "<h2>Functions and variables</h2>\n<p class=\"key dim\"><span class=\"l-same\">● present</span>\
         <span class=\"l-new\">+ new</span><span class=\"l-changed\">▲ prototype changed</span>\
         <span class=\"l-absent\">– absent</span><span class=\"l-unknown\">? unknown</span></p>\n\
         <h3>Not in every major alike: {}</h3>\n{}",
        unstable.len(),
        table(history, &unstable)
    );
    body.push_str(&prototypes(history, &unstable));
    let _ = write!(
        body,
        "<details><summary>Same in every major: {}</summary>\n{}</details>\n",
        stable.len(),
        table(history, &stable)
    );
    page(&title, &body)
}

const KEY: &str = "<p class=\"key dim\">Bytes, eight per row; colors show the change of a field since the previous majors: \
    <span class=\"k-same\">same</span><span class=\"k-moved\">moved</span><span class=\"k-changed\">type or size changed</span>\
    <span class=\"k-new\">new</span><span class=\"k-hole\">hole</span></p>\n";

fn servers(history: &History) -> String {
    let mut text = String::from("<p class=\"dim\">");
    let all = history.facts().iter().map(|facts| {
        let version = facts.header.pg_config.get("VERSION");
        let version = version.map_or(facts.header.major.as_str(), |v| {
            v.trim_start_matches("PostgreSQL ")
        });
        let is_derived = facts.header.origin == Origin::Derived;
        escape(version) + if is_derived { " (incomplete)" } else { "" }
    });
    let targets: std::collections::BTreeSet<&str> = history
        .facts()
        .iter()
        .map(|f| f.header.target.as_str())
        .collect();
    let targets = targets.into_iter().collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        text,
        "Facts of {}; target {}.</p>",
        all.collect::<Vec<_>>().join(", "),
        escape(&targets)
    );
    text
}

fn folded(history: &History, of: &str) -> String {
    let groups = history.groups(of);
    let sizes: Vec<String> = groups
        .iter()
        .filter_map(|group| Some((group, group.layout.as_ref()?)))
        .map(|(group, layout)| format!("{}: {}", majors(&group.majors), layout.size))
        .collect();
    format!(
        "<details><summary><code>{}</code> <span class=\"dim\">{} bytes</span></summary>\n{}</details>\n",
        escape(of),
        escape(&sizes.join("; ")),
        drawings(history, of)
    )
}

fn drawings(history: &History, of: &str) -> String {
    let groups = history.groups(of);
    let known: Vec<&Group<'_>> = groups.iter().filter(|g| g.layout.is_some()).collect();
    let mut text = String::from("<div class=\"layouts\">\n");
    for (index, group) in known.iter().enumerate() {
        let Some(layout) = &group.layout else {
            continue;
        };
        let before = index.checked_sub(1).and_then(|i| known[i].layout.as_ref());
        let range = majors(&group.majors);
        let title = format!("{of} in PostgreSQL {range}");
        let _ = write!(
            text,
            "<figure><figcaption><b>{}</b>: {} bytes, alignment {}</figcaption>{}",
            escape(&range),
            layout.size,
            layout.align,
            svg::draw(&title, layout, before)
        );
        if let Some(before) = before {
            text.push_str("<ul class=\"dim\">");
            for line in super::markdown::changes(layout, before) {
                let _ = write!(text, "<li>{}</li>", escape(&line));
            }
            text.push_str("</ul>");
        }
        text.push_str("</figure>\n");
    }
    text.push_str("</div>\n");
    text
}

fn table(history: &History, symbols: &[Symbol]) -> String {
    let mut text = String::from("<div class=\"scroll\"><table><thead><tr><th>name</th>");
    for major in history.majors() {
        let _ = write!(text, "<th>{}</th>", escape(major));
    }
    text.push_str("</tr></thead><tbody>\n");
    for symbol in symbols {
        let _ = write!(text, "<tr><td>{}</td>", breakable(&symbol.name));
        for light in &symbol.lights {
            let (word, sign) = (light.word(), light.sign());
            let _ = write!(text, "<td class=\"l-{word}\" title=\"{word}\">{sign}</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>\n");
    text
}

/// Returns the old and new prototypes of changed symbols.
fn prototypes(history: &History, symbols: &[Symbol]) -> String {
    let changed: Vec<&Symbol> = symbols
        .iter()
        .filter(|symbol| symbol.lights.contains(&Light::Changed))
        .collect();
    let mut text = format!(
        "<details><summary>Changed prototypes: {}</summary>\n",
        changed.len()
    );
    for symbol in changed {
        let kind = if symbol.kind == Kind::Global {
            " (variable)"
        } else {
            ""
        };
        let _ = write!(text, "<h3>{}{kind}</h3><ul>", escape(&symbol.name));
        for (range, spelling) in super::markdown::spellings(history, symbol) {
            let _ = write!(
                text,
                "<li>{}: <code>{}</code></li>",
                escape(&range),
                escape(&spelling)
            );
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</details>\n");
    text
}
