//! The text of declarations: the bodies of macros and of inline functions, the names of parameters,
//! attributes such as `noreturn`, and everything inside of a type. The preprocessor expands all
//! macros in it.

use crate::contract::{Compiler, declarations, pieces};
use pg_scratch::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Comes before the expansion of each macro.
const MARK: &str = "pgbgw_text";

/// Texts do not depend on the place of a file.
const NOWHERE: [&str; 2] = ["-D__FILE__=\"\"", "-D__LINE__=0"];

/// Returns the text of each name that the headers declare.
pub(super) fn read(
    compiler: &Compiler,
    names: &BTreeSet<&str>,
) -> Result<BTreeMap<String, String>> {
    let text = compiler.preprocessed(&["-dD", NOWHERE[0], NOWHERE[1]])?;
    let mut found = declarations(&text, names);
    let calls: Vec<(&str, String)> = names
        .iter()
        .filter_map(|name| Some((*name, call(&text, name)?)))
        .collect();
    if calls.is_empty() {
        return Ok(found);
    }
    let lines = calls.iter().map(|(_, call)| format!("{MARK} {call}"));
    let lines: Vec<String> = lines.chain([MARK.to_owned()]).collect();
    let expanded = compiler.expanded(&lines, &NOWHERE)?;
    let (_, expanded) = expanded.split_once(MARK).unwrap_or_default();
    for ((name, _), text) in calls.iter().zip(expanded.split(MARK)) {
        let pieces: Vec<&str> = text.lines().flat_map(pieces).collect();
        found.insert((*name).to_owned(), pieces.join(" "));
    }
    Ok(found)
}

/// Returns a call of a macro with the names of its parameters; `None` for another name. The last
/// definition counts, and it may have been withdrawn.
fn call(text: &str, name: &str) -> Option<String> {
    let mut call = None;
    for line in text.lines() {
        let undefined = line.strip_prefix("#undef ");
        if undefined.is_some_and(|rest| rest.trim() == name) {
            call = None;
        }
        let defined = line.strip_prefix("#define ");
        let rest = defined.and_then(|rest| rest.strip_prefix(name));
        match rest.and_then(|rest| Some((rest, rest.chars().next()?))) {
            Some((rest, '(')) => {
                let (parameters, _) = rest.split_once(')')?;
                call = Some(format!("{name}{})", parameters.replace("...", "rest")));
            }
            Some((_, ' ')) => call = Some(name.to_owned()),
            _ => {}
        }
    }
    call
}

#[cfg(test)]
mod tests {
    use super::call;

    #[test]
    fn macros_are_called_with_their_parameters() {
        let text =
            "#define ONE 1\n#define ONE_MORE(a,...) a\n#define GONE 2\n#undef GONE\nint one;\n";
        assert_eq!(call(text, "ONE").as_deref(), Some("ONE"));
        assert_eq!(call(text, "ONE_MORE").as_deref(), Some("ONE_MORE(a,rest)"));
        assert_eq!([call(text, "GONE"), call(text, "one")], [None, None]);
    }
}
