//! Whether the inspection and the loader agree.

use super::loader::Loaded;
use pg_abi::inspect::{Inspection, Problem, Source, Told};
use serde::Serialize;

/// How the two agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// They agree.
    Right,
    /// The inspection complains, and the library is loaded.
    FalseAlarm,
    /// The inspection is content, and the library is refused, or the process dies.
    Missed,
    /// Both refuse the library, and the inspection does not say what the server says.
    OtherReason,
    /// The corpus cannot tell.
    Unclear,
}

/// What the inspection says.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) word: &'static str,
    pub(super) problems: Vec<String>,
    /// Symbols without a provider.
    #[serde(skip)]
    missing: Vec<String>,
    /// A library that it needs is not here.
    lacks_library: bool,
    /// Whether it registers workers, and what is known of their main functions.
    pub(super) workers: Option<Workers>,
    /// Whether it says that the library perhaps must be preloaded.
    pub(super) preloading: bool,
}

/// The main functions of workers in a library.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Workers {
    pub(super) named: usize,
    pub(super) found: usize,
}

/// One library.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(super) suite: String,
    pub(super) major: String,
    pub(super) server: String,
    pub(super) package: String,
    pub(super) version: String,
    pub(super) library: String,
    pub(super) sha256: String,
    pub(super) verdict: Verdict,
    pub(super) loaded: Loaded,
    pub(super) outcome: Outcome,
    /// Why it is unclear.
    pub(super) why: Option<String>,
}

impl Verdict {
    pub(super) fn of(found: &Inspection, registers: bool) -> Self {
        let word = match found.exit_code() {
            0 => "good",
            4 => "doubt",
            _ => "broken",
        };
        let here = ["library-not-here", "unknown-symbol"];
        let text = |problem: &Problem| format!("{}: {}", problem.code, problem.text);
        let points = found.entry_points.iter();
        Self {
            word,
            problems: found.problems.iter().map(text).collect(),
            missing: found
                .imports
                .iter()
                .filter(|import| import.source == Source::Missing)
                .map(|import| import.name.clone())
                .collect(),
            lacks_library: found.problems.iter().any(|one| here.contains(&one.code)),
            workers: registers.then(|| Workers {
                named: points.clone().filter(|one| one.told != Told::Asked).count(),
                found: points.filter(|one| one.found).count(),
            }),
            preloading: found.preloading.is_some() || !found.preloading_signs.is_empty(),
        }
    }

    /// A file that cannot be read cannot be loaded.
    pub(super) fn unreadable(why: String) -> Self {
        Self {
            word: "broken",
            problems: vec![why],
            missing: Vec::new(),
            lacks_library: false,
            workers: None,
            preloading: false,
        }
    }

    fn is_broken(&self) -> bool {
        self.word == "broken"
    }

    /// Returns whether a reason of the server is among the problems.
    fn says(&self, why: &str) -> bool {
        let is_code = |code: &str| self.problems.iter().any(|one| one.starts_with(code));
        let after = |text: &str| {
            let (_, rest) = why.split_once(text)?;
            rest.split([',', ' ', '\n']).next().map(str::to_owned)
        };
        if let Some(symbol) = after("undefined symbol: ") {
            let is_shown = |one: &String| one.split([' ', ',']).any(|word| word == symbol);
            return self.missing.contains(&symbol) || self.problems.iter().any(is_shown);
        }
        let codes: &[&str] = match why {
            _ if why.contains("missing magic block") => &["no-magic"],
            _ if why.contains("incompatible library") => &["other-magic"],
            _ if why.contains("version `") => &["library-too-old"],
            _ if why.contains("cannot open shared object") => &["library-not-here"],
            _ => return true,
        };
        codes.iter().any(|code| is_code(code))
    }
}

/// Compares a verdict with what happened. `absent` are dependencies that were not unpacked.
pub(super) fn compare(
    verdict: &Verdict,
    loaded: &Loaded,
    absent: &[String],
) -> (Outcome, Option<String>) {
    let unclear = |why: String| (Outcome::Unclear, Some(why));
    match loaded {
        Loaded::Session | Loaded::Preloaded(_) if verdict.is_broken() || verdict.lacks_library => {
            (Outcome::FalseAlarm, None)
        }
        Loaded::Session | Loaded::Preloaded(_) => (Outcome::Right, None),
        Loaded::Itself(_) if verdict.is_broken() => (Outcome::FalseAlarm, None),
        Loaded::Itself(why) => unclear(format!("its own code refuses: {why}")),
        Loaded::Refused(why) if verdict.is_broken() && !verdict.says(why) => {
            (Outcome::OtherReason, None)
        }
        _ if verdict.is_broken() => (Outcome::Right, None),
        Loaded::Refused(why) if verdict.lacks_library => {
            let absent = match absent {
                [] => String::new(),
                absent => format!("; not in the suite: {}", absent.join(", ")),
            };
            unclear(format!("a library was not unpacked: {why}{absent}"))
        }
        Loaded::Refused(_) | Loaded::Died(_) => (Outcome::Missed, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(word: &'static str, lacks_library: bool) -> Verdict {
        Verdict {
            word,
            problems: Vec::new(),
            missing: vec!["a".to_owned()],
            lacks_library,
            workers: None,
            preloading: false,
        }
    }

    #[test]
    fn verdicts_and_loaders_agree_or_not() {
        let why = || "why".to_owned();
        let symbol = |name: &str| {
            Loaded::Refused(format!(
                "could not load library \"x\": undefined symbol: {name}"
            ))
        };
        let (good, doubt, broken) = (
            verdict("good", false),
            verdict("doubt", false),
            verdict("broken", false),
        );
        let away = verdict("doubt", true);
        for (verdict, loaded, expected) in [
            (&good, Loaded::Session, Outcome::Right),
            (&good, Loaded::Preloaded(why()), Outcome::Right),
            (&good, Loaded::Refused(why()), Outcome::Missed),
            (&good, Loaded::Died(why()), Outcome::Missed),
            (&good, Loaded::Itself(why()), Outcome::Unclear),
            (&doubt, Loaded::Session, Outcome::Right),
            (&doubt, Loaded::Refused(why()), Outcome::Missed),
            (&away, Loaded::Session, Outcome::FalseAlarm),
            (&away, Loaded::Refused(why()), Outcome::Unclear),
            (&away, Loaded::Died(why()), Outcome::Missed),
            (&broken, Loaded::Session, Outcome::FalseAlarm),
            (&broken, Loaded::Preloaded(why()), Outcome::FalseAlarm),
            (&broken, Loaded::Itself(why()), Outcome::FalseAlarm),
            (&broken, Loaded::Refused(why()), Outcome::Right),
            (&broken, symbol("a"), Outcome::Right),
            (&broken, symbol("b"), Outcome::OtherReason),
        ] {
            assert_eq!(
                compare(verdict, &loaded, &[]).0,
                expected,
                "{verdict:?} {loaded:?}"
            );
        }
    }
}
