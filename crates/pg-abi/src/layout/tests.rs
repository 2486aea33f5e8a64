use super::*;
use crate::facts::header::{Header, Origin};
use crate::facts::{Fact, Facts, Key, Kind, Use};

fn facts(
    major: &str,
    fields: &[(&str, u64, u64, &str)],
    size: u64,
    prototype: Option<&str>,
) -> Facts {
    let mut facts = Facts::new(Header::new(major, "t"));
    let (align, used) = (8, Use::Allocated);
    let ty = Fact::Type { size, align, used };
    facts.items.insert(Key::new(Kind::Type, "Pair"), ty);
    for (name, offset, size, ty) in fields {
        let (offset, size, ty) = (*offset, *size, (*ty).to_owned());
        let key = Key::new(Kind::Field, format!("Pair.{name}"));
        facts.items.insert(key, Fact::Field { offset, size, ty });
    }
    if let Some(prototype) = prototype {
        let prototype = prototype.to_owned();
        facts.items.insert(
            Key::new(Kind::Function, "f<T>"),
            Fact::Function { prototype },
        );
    }
    facts
}

/// Newest first, because the input may have any order.
fn history() -> History {
    History::new(vec![
        facts(
            "18",
            &[
                ("a", 0, 4, "int"),
                ("new", 8, 8, "long"),
                ("b", 16, 64, "char [64]"),
            ],
            80,
            Some("int f(long)"),
        ),
        facts(
            "9.6",
            &[
                ("a", 0, 4, "int"),
                ("b", 8, 8, "char [8]"),
                ("old", 16, 4, "int"),
            ],
            24,
            None,
        ),
        facts(
            "10",
            &[
                ("a", 0, 4, "int"),
                ("b", 8, 8, "char [8]"),
                ("old", 16, 4, "int"),
            ],
            24,
            Some("int f(int)"),
        ),
    ])
}

#[test]
fn majors_that_agree_are_one_group() {
    let history = history();
    let groups: Vec<_> = history
        .groups("Pair")
        .iter()
        .map(|g| g.majors.clone())
        .collect();
    assert_eq!(groups, [vec!["9.6", "10"], vec!["18"]]);
    assert!(!history.is_stable("Pair"));
    let groups = history.groups("Pair");
    let (old, new) = (
        groups[0].layout.as_ref().unwrap(),
        groups[1].layout.as_ref().unwrap(),
    );
    let changes: Vec<_> = new
        .pieces
        .iter()
        .map(|p| new.change(p, Some(old)))
        .collect();
    // a, a hole, new, b
    assert_eq!(
        changes,
        [Change::Same, Change::Same, Change::Added, Change::Retyped]
    );
    assert_eq!(new.removed(old), ["old"]);
}

#[test]
fn an_explanation_has_holes_and_both_sides() {
    let text = explain(&history(), "Pair", |cell, change| {
        format!("{cell}{}", change.word())
    })
    .unwrap();
    let row = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_else(|| panic!("{name}: {text}"));
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(row("offset+size"), ["offset+size", "9.6–10", "18"]);
    assert_eq!(row("b "), ["b", "8+8", "16+64changed", "char", "[64]"]);
    assert_eq!(row("new"), ["new", "8+8new", "long"]);
    assert_eq!(
        row("(hole after a)"),
        ["(hole", "after", "a)", "4+4", "4+4"]
    );
    assert_eq!(row("(hole after old)")[3..], ["20+4"]);
    assert_eq!(row("size"), ["size", "24", "80"]);
    assert!(text.contains("gone in 18: old"), "{text}");
    let error = explain(&history(), "pai", |cell, _| cell.to_owned())
        .unwrap_err()
        .to_string();
    assert!(error.contains("did you mean: Pair"), "{error}");
}

#[test]
fn lights_compare_with_the_major_before() {
    let all = symbols(&history());
    let [symbol] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(symbol.lights, [Light::Absent, Light::Added, Light::Changed]);
}

#[test]
fn what_is_not_known_is_not_absent() {
    let mut middle = Facts::new(Header::new("11", "t"));
    middle.header.origin = Origin::Derived;
    let mut all = vec![middle];
    all.extend(history().facts().iter().cloned());
    let history = History::new(all);
    let groups: Vec<_> = history
        .groups("Pair")
        .into_iter()
        .map(|g| g.majors)
        .collect();
    assert_eq!(groups, [vec!["9.6", "10"], vec!["18"]]);
    let lights = &symbols(&history)[0].lights;
    assert_eq!(
        lights[..],
        [Light::Absent, Light::Added, Light::Unknown, Light::Changed]
    );
    let text = explain(&history, "Pair", |cell, _| cell.to_owned()).unwrap();
    assert!(text.contains("unknown in PostgreSQL 11"), "{text}");
}

#[test]
fn html_report_is_self_contained() {
    let page = html::report(&history());
    for foreign in [
        "http:", "https:", "<link", "url(", "src=", "@import", "import(", "fetch(",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    for part in [
        "data-name=\"f&lt;T&gt;\" data-verdict=\"changed\"",
        "data-name=\"Pair a b old new\" data-verdict=\"changed\"",
        "<li>10: <code>int f(int)</code></li><li>18: <code>int f(long)</code></li>",
        "<a href=\"#constants\">",
        "<section id=\"constants\">",
        "id=\"name\" type=\"search\"",
        "f&lt;T&gt;",
        "char [8] → char [64]",
        "9.6–10",
        "name=\"viewport\"",
        "class=\"hole\"",
        "class=\"l-changed\"",
    ] {
        assert!(page.contains(part), "{part} is not in the page");
    }
    // Every opened element is closed.
    for tag in [
        "svg", "figure", "details", "summary", "table", "tr", "td", "ul", "li", "g", "div", "nav",
        "section", "form", "script",
    ] {
        let count = |text: &str| page.matches(text).count();
        let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
        assert_eq!(opened, count(&format!("</{tag}>")), "{tag}");
    }
}

#[test]
fn values_of_enums_and_constants_are_shown() {
    let mut all: Vec<Facts> = history().facts().to_vec();
    let value = |text: &str| text.to_owned();
    for (facts, (constant, first)) in all.iter_mut().zip([("1", "0"), ("1", "0"), ("2", "7")]) {
        let (ty, of) = (value("int"), value("Level"));
        let items = [
            (
                Kind::Constant,
                "LIMIT",
                Fact::Constant {
                    value: value(constant),
                    ty,
                },
            ),
            (
                Kind::Enumerator,
                "LOW",
                Fact::Enumerator {
                    value: value(first),
                    of: of.clone(),
                },
            ),
            (
                Kind::Enumerator,
                "HIGH",
                Fact::Enumerator {
                    value: value("9"),
                    of,
                },
            ),
        ];
        for (kind, name, fact) in items {
            facts.items.insert(Key::new(kind, name), fact);
        }
    }
    // One major has it elsewhere.
    let (ty, of) = (value("0"), value("Other"));
    let key = Key::new(Kind::Enumerator, "LOW");
    all[0].items.insert(key, Fact::Enumerator { value: ty, of });
    let history = History::new(all);
    let low = of_kinds(&history, &[Kind::Enumerator]);
    let low: Vec<_> = low.iter().filter(|one| one.name == "LOW").collect();
    assert_eq!(low.len(), 2);
    assert_eq!(low[0].verdict(), Verdict::Changed);
    assert_eq!(low[0].lights, [Light::Absent, Light::Added, Light::Changed]);
    assert_eq!(low[1].lights, [Light::Same, Light::Absent, Light::Absent]);
    assert_eq!(low[1].verdict(), Verdict::Partial);
    let page = html::report(&history);
    for part in [
        "<tr data-name=\"LIMIT\" data-verdict=\"changed\"><td>LIMIT</td>",
        "title=\"changed\">2</td>",
        "data-name=\"Level HIGH LOW\" data-verdict=\"changed\"",
        "2 values, of which 1 differ between majors",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[test]
fn markdown_says_what_changed() {
    let text = markdown::report(&history());
    let line =
        "* `Pair` in 18: size 24 → 80; new is new, at 8 (long); b: char [8] → char [64]; gone: old";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("| `f<T>` | – | + | ▲ |"), "{text}");
}
