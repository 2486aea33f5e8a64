//! The report as an HTML page.

mod page;
mod svg;
mod symbols;
mod types;
mod values;

use super::history::History;
use super::majors::majors;
use crate::facts::header::Origin;
use page::{Section, escape, page};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Returns the complete page.
pub fn report(history: &History) -> String {
    let title = format!(
        "PostgreSQL {} as a background worker sees it",
        majors(&history.majors())
    );
    let sections: Vec<Section> = [
        types::sections(history),
        values::sections(history),
        symbols::sections(history),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut body = format!("<h1>{}</h1>\n{}", escape(&title), servers(history));
    body.push_str(SEARCH);
    body.push_str("<nav><ul>\n");
    for Section { id, title, .. } in &sections {
        let _ = writeln!(body, "<li><a href=\"#{id}\">{}</a></li>", escape(title));
    }
    body.push_str("</ul></nav>\n");
    for section in &sections {
        let _ = write!(
            body,
            "<section id=\"{}\"><h2>{}</h2>\n{}</section>\n",
            section.id,
            escape(&section.title),
            section.body
        );
    }
    page(&title, &body)
}

/// Without a script it is hidden, and everything is shown.
const SEARCH: &str = "<form id=\"find\" role=\"search\" hidden>\
    <label>Name <input id=\"name\" type=\"search\" placeholder=\"RegisterBackgroundWorker\" autocomplete=\"off\"></label>\
    <label>Show <select id=\"verdict\"><option value=\"\">everything</option><option value=\"changed\">changed</option>\
    <option value=\"partial\">not in every major</option><option value=\"same\">the same in every major</option></select></label>\
    <output id=\"found\" class=\"dim\"></output></form>\n";

fn servers(history: &History) -> String {
    let all = history.facts().iter().map(|facts| {
        let version = facts.header.pg_config.get("VERSION");
        let version = version.map_or(facts.header.major.as_str(), |v| {
            v.trim_start_matches("PostgreSQL ")
        });
        let is_derived = facts.header.origin == Origin::Derived;
        escape(version) + if is_derived { " (incomplete)" } else { "" }
    });
    let all = all.collect::<Vec<_>>().join(", ");
    let targets = history.facts().iter().map(|f| f.header.target.as_str());
    let targets: BTreeSet<&str> = targets.collect();
    let targets = targets.into_iter().collect::<Vec<_>>().join(", ");
    format!(
        "<p class=\"dim\">Facts of {all}; target {}.</p>\n",
        escape(&targets)
    )
}
