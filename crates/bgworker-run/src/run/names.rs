//! The names of workers. The title of a process has more than the name, and may be half written;
//! the message about its end has the type. The message about its start has the name.

use std::collections::BTreeSet;

/// A title may be cut off, but never before this length.
const SHORTEST_CUT: usize = 40;

/// The names that the server's log has told.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeSet<String>,
    /// The starts for which no process is known yet, oldest first.
    open: Vec<String>,
}

impl Names {
    /// The server starts a process of this name.
    pub(super) fn started(&mut self, name: &str) {
        self.known.insert(name.to_owned());
        self.open.push(name.to_owned());
    }

    /// Returns the name of the worker with this title, if it is the title of a worker.
    pub(super) fn of_title(&mut self, title: &str) -> Option<String> {
        let is = |name: &&String| {
            title
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                || title.len() >= SHORTEST_CUT && name.starts_with(title)
        };
        let longest = self.known.iter().filter(is).max_by_key(|name| name.len());
        let name = longest?.clone();
        self.close(|open| open == name);
        Some(name)
    }

    /// Returns the name of a worker that ended before its title was seen.
    pub(super) fn of_type(&mut self, kind: &str) -> String {
        self.close(|open| open == kind)
            .or_else(|| self.close(|open| open.starts_with(kind)))
            .or_else(|| (self.open.len() == 1).then(|| self.open.remove(0)))
            .unwrap_or_else(|| kind.to_owned())
    }

    fn close(&mut self, is: impl Fn(&str) -> bool) -> Option<String> {
        let place = self.open.iter().position(|open| is(open))?;
        Some(self.open.remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    fn names(started: &[&str]) -> Names {
        let mut names = Names::default();
        started.iter().for_each(|name| names.started(name));
        names
    }

    #[test]
    fn a_title_is_a_name_and_an_activity() {
        let mut names = names(&["job", "job 5"]);
        assert_eq!(names.of_title("job 5  waiting").as_deref(), Some("job 5"));
        assert_eq!(names.of_title("job").as_deref(), Some("job"));
        for other in ["postgres postgres [loc[25795]", "job51", ""] {
            assert_eq!(names.of_title(other), None, "{other}");
        }
        let long = "x".repeat(90);
        names.started(&long);
        assert_eq!(names.of_title(&long[..60]), Some(long));
    }

    #[test]
    fn a_short_life_has_the_name_of_its_start() {
        let mut names = names(&["launcher", "job 4", "job 5"]);
        assert_eq!(names.of_title("job 4").as_deref(), Some("job 4"));
        assert_eq!(names.of_type("job"), "job 5");
        assert_eq!(names.of_type("another type"), "launcher");
        assert_eq!(names.of_type("job"), "job");
    }
}
