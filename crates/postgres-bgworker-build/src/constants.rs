//! Corrects the constants that bindgen made of macros. bindgen evaluates the text of a macro
//! without the types of C, and also that of a macro whose definition ends before the header does.

use crate::contract;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::vars;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Compares each constant with the value that the C compiler computes. Replaces the wrong ones, and
/// removes those that do not exist at the end of the headers.
pub fn correct(text: &str, headers: &Headers, unit: &Path) -> Result<String> {
    let constants: Vec<Constant<'_>> = Constant::all(text);
    let questions = constants.iter().map(|constant| {
        let (name, value) = (constant.name, in_c(constant.value));
        format!("({name}) == ({value}) && (({name}) < 0) == (({value}) < 0)")
    });
    let wrong = refused(headers, unit, questions)?;
    if wrong.is_empty() {
        return Ok(text.to_string());
    }
    let wrong: Vec<&Constant<'_>> = wrong.iter().filter_map(|at| constants.get(*at)).collect();
    let bits = wrong
        .iter()
        .flat_map(|constant| questions_of(constant.name));
    let answers = refused(headers, unit, bits)?;
    let mut corrected = text.to_string();
    for (at, constant) in wrong.iter().enumerate() {
        let answers: Vec<bool> = (at * QUESTIONS..(at + 1) * QUESTIONS)
            .map(|question| !answers.contains(&question))
            .collect();
        let declaration = match read(&answers) {
            Answer::Value(value) => constant.with(value),
            Answer::Missing => String::new(),
            Answer::Unknown => continue,
        };
        corrected = corrected.replacen(constant.text, &declaration, 1);
    }
    Ok(corrected)
}

const C_INT: &str = "::core::ffi::c_int";

/// `pub const NAME: TYPE = NUMBER;`
#[derive(Debug, PartialEq)]
struct Constant<'a> {
    text: &'a str,
    name: &'a str,
    ty: &'a str,
    value: &'a str,
}

impl<'a> Constant<'a> {
    fn all(text: &'a str) -> Vec<Self> {
        let starts = text.match_indices("pub const ").map(|(at, _)| at);
        let starts = starts.filter(|at| *at == 0 || text[..*at].ends_with('\n'));
        starts
            .filter_map(|at| {
                let end = text[at..].find(";\n")? + 2;
                Constant::read(&text[at..at + end])
            })
            .collect()
    }

    /// Returns `None` for texts, enumerators and numbers with a fraction.
    fn read(text: &'a str) -> Option<Self> {
        let (name, rest) = text.strip_prefix("pub const ")?.split_once(':')?;
        let (ty, value) = rest.trim_end().strip_suffix(';')?.split_once('=')?;
        let (ty, value) = (ty.trim(), value.trim());
        let value = value.strip_suffix(ty).unwrap_or(value);
        let is_integer = value.parse::<i128>().is_ok();
        is_integer.then_some(Constant {
            text,
            name,
            ty,
            value,
        })
    }

    /// Declares another value. The types of numbers are those that bindgen chooses.
    fn with(&self, value: i128) -> String {
        let ty = match self.ty {
            C_INT | "u32" | "i64" | "u64" => match value {
                _ if i32::try_from(value).is_ok() => C_INT,
                _ if u32::try_from(value).is_ok() => "u32",
                _ if i64::try_from(value).is_ok() => "i64",
                _ => "u64",
            },
            ty => ty,
        };
        format!("pub const {}: {ty} = {value};\n", self.name)
    }
}

/// A number of Rust as one of C, of a type that can hold it.
fn in_c(value: &str) -> String {
    match value.parse::<i128>() {
        Ok(number) if number > i64::MAX.into() => format!("{value}ULL"),
        _ => value.to_string(),
    }
}

const BITS: usize = 64;
/// Whether it is declared, whether it is even, whether it is not negative, and whether each bit is
/// set.
const QUESTIONS: usize = BITS + 3;

fn questions_of(name: &str) -> impl Iterator<Item = String> {
    let bits = (0..BITS).map(move |bit| format!("(unsigned long long) ({name}) >> {bit} & 1"));
    let first = [
        format!("sizeof({name}) > 0"),
        format!("!((unsigned long long) ({name}) & 1)"),
        format!("({name}) >= 0"),
    ];
    first.into_iter().chain(bits)
}

#[derive(Debug, PartialEq)]
enum Answer {
    Value(i128),
    Missing,
    /// A constant variable has no constant value in C.
    Unknown,
}

fn read(answers: &[bool]) -> Answer {
    let (is_not_negative, bits) = match answers {
        // A variable is neither odd nor even.
        [true, is_even, is_not_negative, bits @ ..] if bits.first() == Some(&!is_even) => {
            (is_not_negative, bits)
        }
        [true, ..] => return Answer::Unknown,
        _ => return Answer::Missing,
    };
    let bits = bits.iter().enumerate();
    let value: u64 = bits.map(|(bit, is_set)| u64::from(*is_set) << bit).sum();
    Answer::Value(match is_not_negative {
        true => value.into(),
        false => (value as i64).into(),
    })
}

/// Returns which of the assertions the compiler rejects.
///
/// # Errors
///
/// The compiler stops before the end: then it has not read the last line, which is wrong.
fn refused(
    headers: &Headers,
    unit: &Path,
    assertions: impl Iterator<Item = String>,
) -> Result<BTreeSet<usize>> {
    let mut text = format!("#include \"{}\"\n", unit.display());
    let mut last = 1;
    for assertion in assertions.chain(["0".to_string()]) {
        let _ = writeln!(text, "_Static_assert({assertion}, \"\");");
        last += 1;
    }
    let source = vars::out_dir().join("constants.c");
    headers::write(&source, &text)?;
    let mut lines = contract::lines_with_errors(headers, &source)?;
    if lines.remove(&last).is_none() {
        let report = Report::new("the C compiler stops at an error of a file that has errors")
            .note(format!("file: {}", source.display()))
            .help("leave -Wfatal-errors and limits of errors out of CC and CFLAGS");
        return Err(lines.into_values().take(1).fold(report, Report::note));
    }
    // The first line is the second of the file.
    Ok(lines
        .into_keys()
        .filter_map(|line| line.checked_sub(2))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
pub const A: ::core::ffi::c_int = -1;
pub const B: u8 = 105u8;
pub const C: f64 = 0.5;
pub const D: &::core::ffi::CStr = c\"1\";
pub const E: Tag = Tag(3);
impl Tag {
    pub const F: Tag = Tag(4);
}
pub const G:
    Oid = 23;
";

    #[test]
    fn numbers_are_found() {
        let all = Constant::all(TEXT);
        let all: Vec<_> = all.iter().map(|one| (one.name, one.value)).collect();
        assert_eq!(all, [("A", "-1"), ("B", "105"), ("G", "23")]);
    }

    #[test]
    fn bits_become_numbers() {
        let answers = |number: i64| -> Vec<bool> {
            let bits = (0..BITS).map(|bit| number >> bit & 1 == 1);
            let first = [true, number & 1 == 0, number >= 0];
            first.into_iter().chain(bits).collect()
        };
        for number in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(read(&answers(number)), Answer::Value(number.into()));
        }
        let mut largest = answers(-1);
        largest[2] = true;
        assert_eq!(read(&largest), Answer::Value(u64::MAX.into()));
        assert_eq!(read(&[true, false, false, false]), Answer::Unknown);
        assert_eq!(read(&[true, true, true, true]), Answer::Unknown);
        assert_eq!(read(&[false, false, false, false]), Answer::Missing);
        let [a, .., g] = &Constant::all(TEXT)[..] else {
            panic!("there are constants");
        };
        assert_eq!(
            a.with(u64::MAX.into()),
            "pub const A: u64 = 18446744073709551615;\n"
        );
        assert_eq!(g.with(24), "pub const G: Oid = 24;\n");
    }
}
