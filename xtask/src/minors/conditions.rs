//! Leaves out what headers declare for programs and servers other than released ones for Unix.

/// Programs that are not the server, other systems, and servers with assertions.
const OTHER: [&str; 5] = [
    "EXEC_BACKEND",
    "FRONTEND",
    "USE_ASSERT_CHECKING",
    "WIN32",
    "__CYGWIN__",
];

/// Whether the two branches of an `#if` are left out.
#[derive(Clone, Copy)]
struct Branches {
    this: bool,
    after_else: bool,
}

/// Returns the lines that are no directives. The branches of other conditions all count.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut open: Vec<Branches> = Vec::new();
    text.lines().filter(move |line| {
        let Some(directive) = line.trim_start().strip_prefix('#') else {
            return !open.iter().any(|branches| branches.this);
        };
        let directive = directive.trim();
        if directive.starts_with("if") {
            open.push(branches(directive));
        } else if directive.starts_with("endif") {
            open.pop();
        } else if let Some(last) = open.last_mut() {
            if directive.starts_with("else") {
                last.this = last.after_else;
            } else if directive.starts_with("elif") {
                last.this = false;
            }
        }
        false
    })
}

fn branches(directive: &str) -> Branches {
    let (word, condition) = directive.split_once([' ', '\t']).unwrap_or((directive, ""));
    let condition = condition.trim_start();
    let negated = condition.strip_prefix('!');
    let is_negated = word == "ifndef" || negated.is_some();
    let condition = negated.unwrap_or(condition);
    let condition = condition.strip_prefix("defined").unwrap_or(condition);
    let name = condition
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let is_other = OTHER.contains(&name);
    // What a system lacks is in its C library today.
    let is_replacement = is_negated && name.starts_with("HAVE_");
    Branches {
        this: is_other && !is_negated || is_replacement,
        after_else: is_other && is_negated,
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn branches_for_other_programs_are_left_out() {
        let text = "a\n#ifdef WIN32\nno\n#else\nb\n#endif\n#ifndef FRONTEND\nc\n#if X\nd\n#else\ne\n#endif\n\
             #else\nno\n#endif\n# if defined(USE_ASSERT_CHECKING)\nno\n#ifdef Y\nno\n#endif\n#endif\n\
             #if !HAVE_DECL_STRTOLL\nno\n#endif\n#ifndef HAVE_X\nno\n#elif Z\nf\n#endif\n\
             #if !defined(HAVE_Y)\nno\n#endif\n#ifdef HAVE_Z\ng\n#endif\n#ifndef FILE_H\nh\n#endif";
        let found: Vec<_> = lines(text).collect();
        assert_eq!(found, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    }
}
