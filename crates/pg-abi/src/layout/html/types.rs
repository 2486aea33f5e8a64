//! Drawings of types.

use super::page::{Section, escape};
use super::svg;
use crate::layout::history::{Group, History};
use crate::layout::majors::majors;
use crate::layout::markdown;
use std::fmt::Write;

/// The type that is shown first: workers allocate it.
const FIRST: &str = "BackgroundWorker";

pub(super) fn sections(history: &History) -> Vec<Section> {
    let types = history.types();
    let (changed, stable): (Vec<&str>, Vec<&str>) = types
        .iter()
        .copied()
        .filter(|name| *name != FIRST)
        .partition(|name| !history.is_stable(name));
    let folded = |names: &[&str]| -> String { names.iter().map(|of| item(history, of)).collect() };
    let mut sections = vec![
        Section {
            id: "changed-types",
            title: format!("Changed types: {}", changed.len()),
            body: KEY.to_owned() + &folded(&changed),
        },
        Section {
            id: "unchanged-types",
            title: format!("Unchanged types: {}", stable.len()),
            body: folded(&stable),
        },
    ];
    if types.contains(FIRST) {
        let body = format!(
            "{KEY}<div data-name=\"{}\" data-verdict=\"{}\">{}</div>\n",
            escape(&names(history, FIRST)),
            verdict(history, FIRST),
            drawings(history, FIRST)
        );
        let (id, title) = ("first-type", FIRST.to_owned());
        sections.insert(0, Section { id, title, body });
    }
    sections
}

const KEY: &str = "<p class=\"key dim\">Bytes, eight per row; colors show the change of a field since the previous majors: \
    <span class=\"k-same\">same</span><span class=\"k-moved\">moved</span><span class=\"k-changed\">type or size changed</span>\
    <span class=\"k-new\">new</span><span class=\"k-hole\">hole</span></p>\n";

/// The type and its fields.
fn names(history: &History, of: &str) -> String {
    let mut names = vec![of.to_owned()];
    for layout in history.groups(of).iter().filter_map(|g| g.layout.as_ref()) {
        let fields = layout.pieces.iter().filter_map(|piece| piece.name.as_ref());
        let new: Vec<&String> = fields.filter(|name| !names.contains(name)).collect();
        let new: Vec<String> = new.into_iter().cloned().collect();
        names.extend(new);
    }
    names.join(" ")
}

fn verdict(history: &History, of: &str) -> &'static str {
    let groups = history.groups(of);
    match (history.is_stable(of), groups.len()) {
        (false, _) => "changed",
        (true, 0 | 1) => "same",
        (true, _) => "partial",
    }
}

fn item(history: &History, of: &str) -> String {
    let groups = history.groups(of);
    let sizes: Vec<String> = groups
        .iter()
        .filter_map(|group| Some((group, group.layout.as_ref()?)))
        .map(|(group, layout)| format!("{}: {}", majors(&group.majors), layout.size))
        .collect();
    format!(
        "<details data-name=\"{}\" data-verdict=\"{}\"><summary><code>{}</code> <span class=\"dim\">{} bytes</span></summary>\n{}</details>\n",
        escape(&names(history, of)),
        verdict(history, of),
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
            for line in markdown::changes(layout, before) {
                let _ = write!(text, "<li>{}</li>", escape(&line));
            }
            text.push_str("</ul>");
        }
        text.push_str("</figure>\n");
    }
    text.push_str("</div>\n");
    text
}
