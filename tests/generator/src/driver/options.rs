//! The command line.

use crate::program::{CLASSES, Recipe, classes, list, numbers};
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Options {
    pub recipe: Recipe,
    pub time: Duration,
    pub programs: Option<u32>,
    /// How many steps are enough.
    pub count: Option<u64>,
    pub runners: u32,
    pub signals: bool,
    /// After a failure.
    pub go_on: bool,
    pub alone: bool,
    pub print: bool,
    /// As they were given, for the command that repeats a failure.
    pub without: String,
}

impl Options {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options {
            recipe: Recipe {
                seed: 1,
                number: 0,
                length: 10_000,
                without: 0,
                keep: None,
            },
            time: Duration::from_secs(300),
            programs: None,
            count: None,
            runners: 2,
            signals: true,
            go_on: false,
            alone: false,
            print: false,
            without: "abort".to_owned(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--seed" => options.recipe.seed = number(&value()?)?,
                "--minutes" => options.time = Duration::from_secs(60 * number::<u64>(&value()?)?),
                "--seconds" => options.time = Duration::from_secs(number(&value()?)?),
                "--programs" => options.programs = Some(number(&value()?)?),
                "--count" => options.count = Some(number(&value()?)?),
                "--first" => options.recipe.number = number(&value()?)?,
                "--length" => options.recipe.length = number(&value()?)?,
                "--runners" => options.runners = number::<u32>(&value()?)?.clamp(1, 8),
                "--without" => options.without = value()?,
                "--only" => {
                    let only = classes(&value()?)?;
                    let others = CLASSES
                        .iter()
                        .filter(|(name, class)| *name != "sql" && only & (1 << *class as u32) == 0);
                    options.without = others.map(|(name, _)| *name).collect::<Vec<_>>().join(",");
                }
                "--no-signals" => options.signals = false,
                "--all" => options.go_on = true,
                "--program" => {
                    options.recipe.number = number(&value()?)?;
                    options.alone = true;
                }
                "--steps" => {
                    let text = value()?;
                    options.recipe.keep =
                        Some(numbers(&text).ok_or(format!("{text:?} is no list of numbers"))?);
                }
                "--print" => options.print = true,
                other => return Err(format!("there is no option {other}")),
            }
        }
        options.recipe.without = classes(&options.without)?;
        Ok(options)
    }

    /// The command that runs this program alone.
    pub fn command(&self, recipe: &Recipe) -> String {
        let keep = recipe
            .keep
            .as_ref()
            .map_or(String::new(), |keep| format!(" --steps {}", list(keep)));
        let without = match self.without.as_str() {
            "" => "\"\"",
            without => without,
        };
        format!(
            "PG_CONFIG={} cargo run --package generator -- --seed {} --program {} --length {} --without {without}{keep}",
            super::PG_CONFIG,
            recipe.seed,
            recipe.number,
            recipe.length,
        )
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}
