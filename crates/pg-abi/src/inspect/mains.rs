//! Libraries that register workers whose main functions the server will perhaps not find.

use super::problem::Problem;
use crate::binary::{Binary, Kind, Named, is_usual};

/// Before 10, a worker's main function can be given by its address.
const BY_NAME_ONLY: i32 = 1000;

/// Returns what is doubtful about the names of main functions, if nothing is known of them but the
/// texts in the data.
pub(super) fn doubt(library: &Binary) -> Option<Problem> {
    let is_older = |magic: &crate::binary::Magic| magic.version < BY_NAME_ONLY;
    if !library.registers_workers() || library.magic.iter().any(is_older) {
        return None;
    }
    let mains = &library.mains;
    // The server's own workers, such as ParallelWorkerMain.
    if mains
        .others
        .iter()
        .any(|one| one.near && one.name == "postgres")
    {
        return None;
    }
    let is_near = mains.exported.iter().any(|one| one.near);
    let likely = |one: &&Named| one.near || (mains.exported.is_empty() && is_usual(&one.name));
    let hidden = |one: &&Named| library.hidden.contains(&one.name);
    // bgw_library_name is next to the name of the function.
    let own = library
        .path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let is_own =
        |one: &&Named| own.strip_prefix("lib").unwrap_or(own) == one.name || own == one.name;
    let suspects = mains
        .others
        .iter()
        .filter(likely)
        .filter(|one| !is_own(one));
    // Beside a name that is right, only another one that is usual for a main function.
    let is_relevant = |one: &&Named| !is_near || is_usual(&one.name);
    if let Some(Named { name, .. }) = suspects.clone().filter(hidden).find(is_relevant) {
        return Some(Problem::doubt(
            "entry-hidden",
            format!("it registers a worker, and {name} is not exported: it is a local symbol"),
            "if that is the main function, export it, since the server looks it up by name: PGDLLEXPORT and no static in C, #[unsafe(no_mangle)] pub extern in Rust",
        ));
    }
    if is_near {
        return None;
    }
    let near_miss = suspects
        .take(16)
        .find_map(|one| Some((&one.name, misspelled(library, &one.name)?)));
    if let Some((name, exported)) = near_miss {
        return Some(Problem::doubt(
            "entry-missing",
            format!("it registers a worker, and {name} is not exported, but {exported} is"),
            "if that is the main function, bgw_function_name must be spelled as the function",
        ));
    }
    (mains.has_calls && mains.exported.is_empty()).then(|| {
        Problem::doubt(
            "entry-unknown",
            "it registers workers, but none of its texts is the name of an exported function"
                .to_owned(),
            "the server looks up main functions by name; check for a static or misspelled one, or name it with --function",
        )
    })
}

/// Returns an exported function whose name is nearly this one: it differs in case, by an addition
/// at the end, or in two letters.
pub(super) fn similar<'a>(library: &'a Binary, name: &str) -> Option<&'a str> {
    let wanted = plain(name);
    let is_longer = |name: &&str| {
        let name = plain(name);
        name.starts_with(&wanted) || wanted.starts_with(&name)
    };
    misspelled(library, name).or_else(|| functions(library).find(is_longer))
}

/// Like [`similar`], without additions.
fn misspelled<'a>(library: &'a Binary, name: &str) -> Option<&'a str> {
    let wanted = plain(name);
    let is_long = wanted.len() >= 6;
    functions(library).find(|exported| {
        let exported = plain(exported);
        exported == wanted || (is_long && differs_little(exported.as_bytes(), wanted.as_bytes(), 2))
    })
}

fn functions(library: &Binary) -> impl Iterator<Item = &str> {
    /// Modules have fewer functions.
    const MOST: usize = 20_000;
    let functions = library.exports.iter().take(MOST);
    let functions = functions.filter(|(_, export)| export.kind == Kind::Function);
    functions.map(|(name, _)| name.as_str())
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}

/// Returns whether as many changes, additions and removals make two names equal.
fn differs_little(a: &[u8], b: &[u8], changes: usize) -> bool {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[common..], &b[common..]);
    let (Some((_, rest_a)), Some((_, rest_b))) = (a.split_first(), b.split_first()) else {
        return a.len() + b.len() <= changes;
    };
    changes > 0
        && [(rest_a, rest_b), (a, rest_b), (rest_a, b)]
            .into_iter()
            .any(|(a, b)| differs_little(a, b, changes - 1))
}

#[cfg(test)]
mod tests {
    use super::differs_little;

    #[test]
    fn two_changes_are_little() {
        for (a, b, expected) in [
            ("main", "main", true),
            ("wrker_main", "worker_main", true),
            ("wroker_main", "worker_main", true),
            ("worker_main2", "worker_main", true),
            ("worker_mian_2", "worker_main", false),
            ("", "ab", true),
            ("", "abc", false),
        ] {
            assert_eq!(
                differs_little(a.as_bytes(), b.as_bytes(), 2),
                expected,
                "{a} {b}"
            );
        }
    }
}
