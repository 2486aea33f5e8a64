//! Parses the output of `cargo test`: the summaries of all test programs, and the failures.

/// The sum over all test programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed. A program that crashed or did not build counts as one.
    pub failed: u64,
    /// Tests that were ignored.
    pub skipped: u64,
    /// The output of failed tests.
    pub failures: Vec<String>,
}

/// Parses the output line by line.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    tally: Tally,
    program: String,
    /// Whether the current program has reported a failure.
    reported: bool,
    section: Option<String>,
    /// The last lines, for programs that crash without a summary.
    recent: std::collections::VecDeque<String>,
}

/// The number of lines that are shown of a program that crashed.
const RECENT: usize = 40;

impl Reader {
    /// Processes a line. Returns the current step if the line names it.
    pub(crate) fn line(&mut self, line: &str) -> Option<String> {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(line.to_owned());
        if let Some(name) = program(line) {
            self.program = name.clone();
            self.reported = false;
            self.recent.clear();
            return Some(name);
        }
        if let Some([passed, failed, skipped]) = summary(line) {
            self.tally.passed += passed;
            self.tally.failed += failed;
            self.tally.skipped += skipped;
            self.reported |= failed > 0;
            self.close_section(failed > 0);
        } else if let Some(section) = &mut self.section {
            section.push_str(line);
            section.push('\n');
        } else if line == "failures:" {
            self.section = Some(format!("{}:\n", self.program));
        } else if is_failure_of_a_program(line) && !self.reported {
            // The program crashed before its summary.
            self.reported = true;
            self.tally.failed += 1;
            self.tally.failures.push(self.last_words(line));
        } else if let Some(what) = line.trim_start().strip_prefix("Compiling ") {
            return Some(format!("compiling {what}"));
        }
        None
    }

    /// Processes the end of the output. `success` is cargo's exit status.
    pub(crate) fn finish(mut self, success: bool) -> Tally {
        self.close_section(true);
        if !success && self.tally.failed == 0 {
            self.tally.failed = 1;
            let words = self.last_words("cargo test failed");
            self.tally.failures.push(words);
        }
        self.tally
    }

    fn close_section(&mut self, keep: bool) {
        if let Some(section) = self.section.take().filter(|_| keep) {
            self.tally.failures.push(section);
        }
    }

    fn last_words(&self, headline: &str) -> String {
        let lines: Vec<&str> = self.recent.iter().map(String::as_str).collect();
        let program = match &*self.program {
            "" => String::new(),
            name => format!("{name}: "),
        };
        format!("{program}{headline}\n{}\n", lines.join("\n"))
    }
}

/// `     Running tests/live.rs (target/debug/deps/live-0123)`, `   Doc-tests name`.
fn program(line: &str) -> Option<String> {
    let words = line.trim_start();
    if let Some(rest) = words
        .strip_prefix("Running ")
        .filter(|_| line.starts_with("  "))
    {
        return Some(rest.split(" (").next().unwrap_or(rest).to_owned());
    }
    words
        .strip_prefix("Doc-tests ")
        .map(|name| format!("doc tests of {name}"))
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; …`
fn summary(line: &str) -> Option<[u64; 3]> {
    let rest = line.strip_prefix("test result: ")?;
    let (_, counts) = rest.split_once(". ")?;
    let count = |what: &str| {
        counts
            .split(';')
            .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
    };
    Some([count("passed")?, count("failed")?, count("ignored")?])
}

fn is_failure_of_a_program(line: &str) -> bool {
    line.starts_with("error: test failed, to rerun")
        || line.starts_with("error: doctest failed, to rerun")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, success: bool) -> Tally {
        let mut reader = Reader::default();
        for line in text.lines() {
            reader.line(line);
        }
        reader.finish(success)
    }

    #[test]
    fn summaries_add_up() {
        let text = "     Running unittests src/lib.rs (target/debug/deps/a-1)\n\nrunning 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0s\n\
            \x20  Doc-tests a\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let tally = read(text, true);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (5, 0, 1));
        assert_eq!(tally.failures, Vec::<String>::new());
    }

    #[test]
    fn failures_are_kept_with_what_they_printed() {
        let text = "     Running tests/live.rs (target/debug/deps/live-1)\n\nfailures:\n\n\
            ---- bad stdout ----\nboom\n\nfailures:\n    bad\n\n\
            test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n\n\
            error: test failed, to rerun pass `--test live`\n";
        let tally = read(text, false);
        assert_eq!((tally.passed, tally.failed), (1, 1));
        assert!(
            tally.failures[0].starts_with("tests/live.rs:") && tally.failures[0].contains("boom")
        );
    }

    #[test]
    fn a_program_that_dies_is_one_failure() {
        let text = "     Running tests/a.rs (x)\nrunning 9 tests\nlast words\n\
            error: test failed, to rerun pass `--test a`\n\n\
            Caused by:\n  process didn't exit successfully (signal: 11, SIGSEGV)\n\
            \x20    Running tests/b.rs (x)\n\
            test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let tally = read(text, false);
        assert_eq!((tally.passed, tally.failed), (1, 1));
        assert!(
            tally.failures[0].contains("last words"),
            "{:?}",
            tally.failures
        );
    }

    #[test]
    fn a_build_failure_is_one_failure() {
        let tally = read(
            "   Compiling a v0.1.0\nerror[E0308]: mismatched types\n",
            false,
        );
        assert_eq!((tally.passed, tally.failed), (0, 1));
        assert!(tally.failures[0].contains("E0308"));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            "test result: ok",
            "test result: ok. x passed; 0 failed; 0 ignored",
            " test result: ok. 1 passed; 0 failed; 0 ignored",
        ] {
            assert_eq!(summary(line), None, "{line}");
        }
    }
}
