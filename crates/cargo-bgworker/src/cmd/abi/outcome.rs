//! Prints the result of a check, as text or as JSON.

use super::findings::Finding;
use super::place;
use bgworker_cli::term::{self, BAD, GOOD, paint, table};
use pg_abi::compare::check::Disagreement;
use pg_abi::compare::collect::Statements;
use pg_abi::contract::Places;
use pg_abi::sources::subject::Subject;
use pg_abi::sources::witness::Witness;
use serde_json::json;

/// The result for one server.
pub(super) struct Outcome {
    pub(super) subject: Subject,
    pub(super) statements: Statements,
    pub(super) differences: Vec<Disagreement>,
    /// Which headers declare items, if some differ and there is a C compiler.
    pub(super) headers: Places,
    pub(super) seconds: f64,
}

impl Outcome {
    /// Returns the header of a differing item, if it is one of the server's.
    fn header(&self, one: &Disagreement) -> Option<&str> {
        let name = one.key.owner().split('(').next().unwrap_or_default();
        // Tags are known without their keyword.
        let name = name.rsplit(' ').next().unwrap_or(name);
        self.headers
            .header(name)
            .filter(|header| !header.is_empty())
    }
}

pub(super) fn print(outcome: &Outcome) {
    let Outcome {
        subject,
        statements,
        differences,
        seconds,
        ..
    } = outcome;
    for (witness, error) in &statements.absent {
        term::warning(format!("source {witness} is not available: {error}"));
    }
    if !differences.is_empty() {
        let witnesses: Vec<Witness> = statements
            .said
            .iter()
            .map(|(witness, _)| *witness)
            .collect();
        let names: Vec<String> = witnesses.iter().map(Witness::to_string).collect();
        let mut head = vec!["item", "what"];
        head.extend(names.iter().map(String::as_str));
        head.push("header");
        let rows = differences.iter().map(|one| row(outcome, one, &witnesses));
        let rows: Vec<_> = rows.collect();
        anstream::println!("{}", table(&head, &rows));
    }
    let verdict = if differences.is_empty() {
        paint(GOOD, "ok")
    } else {
        paint(BAD, "different")
    };
    let names = statements
        .said
        .iter()
        .map(|(witness, _)| witness.to_string());
    anstream::println!(
        "{verdict}: PostgreSQL {}: {} facts, {} differ; {} ({seconds:.2} s)",
        subject.version,
        statements.asked,
        differences.len(),
        names.collect::<Vec<_>>().join(", ")
    );
    if let Some(note) = other_release(outcome) {
        anstream::println!("{note}");
    }
}

/// Says which server the golden facts describe, if it is not this one and they differ.
fn other_release(outcome: &Outcome) -> Option<String> {
    let theirs = outcome.statements.golden_version.as_deref()?;
    let version = format!("PostgreSQL {}", outcome.subject.version);
    let product = outcome.statements.product.as_deref().unwrap_or(&version);
    let mut said = outcome.differences.iter().flat_map(|one| &one.said);
    if product == theirs || !said.any(|(who, _)| *who == Witness::Golden) {
        return None;
    }
    Some(format!(
        "  = note: golden has the facts of {theirs}, and this server is {product}\n  \
         = help: a fork or another release of a major may differ; build libraries for it with its own headers: PG_CONFIG={}, and the feature `bindgen`",
        outcome.subject.pg_config.display()
    ))
}

fn row(outcome: &Outcome, one: &Disagreement, witnesses: &[Witness]) -> Vec<String> {
    let said = witnesses.iter().map(|witness| {
        let said = one.said.iter().find(|(who, _)| who == witness);
        said.map_or_else(|| "-".to_owned(), |(_, value)| value.clone())
    });
    let item = [one.key.to_string(), one.attribute.to_owned()];
    let header = outcome.header(one).unwrap_or("-").to_owned();
    item.into_iter().chain(said).chain([header]).collect()
}

pub(super) fn findings(outcome: &Outcome, places: &place::Places) -> Vec<Finding> {
    let differences = outcome.differences.iter();
    let findings = differences.map(|one| Finding {
        rule: "disagreement".to_owned(),
        sentence: format!(
            "PostgreSQL {}: {}{}",
            outcome.subject.version.major,
            one.sentence(),
            outcome
                .header(one)
                .map_or(String::new(), |header| format!(" ({header})"))
        ),
        is_error: true,
        place: places.of(&one.key),
    });
    findings.collect()
}

pub(super) fn as_data(outcome: &Outcome) -> serde_json::Value {
    let said = outcome
        .statements
        .said
        .iter()
        .map(|(witness, _)| witness.to_string());
    let absent = outcome.statements.absent.iter();
    let absent = absent.map(
        |(witness, error)| json!({ "witness": witness.to_string(), "why": error.to_string() }),
    );
    let differences = outcome.differences.iter().map(|one| {
        let said = one
            .said
            .iter()
            .map(|(witness, value)| (witness.to_string(), json!(value)));
        json!({
            "kind": one.key.kind.word(),
            "name": one.key.name,
            "attribute": one.attribute,
            "header": outcome.header(one),
            "said": said.collect::<serde_json::Map<_, _>>(),
        })
    });
    json!({
        "major": outcome.subject.version.major,
        "version": outcome.subject.version.full,
        "product": outcome.statements.product,
        "golden_version": outcome.statements.golden_version,
        "pg_config": outcome.subject.pg_config,
        "facts": outcome.statements.asked,
        "seconds": outcome.seconds,
        "witnesses": said.collect::<Vec<_>>(),
        "absent": absent.collect::<Vec<_>>(),
        "differences": differences.collect::<Vec<_>>(),
    })
}
