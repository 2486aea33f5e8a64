//! Runs the tests of some packages on one server: cargo builds the programs, which run one after
//! another.
//!
//! Cargo builds for one server at a time, and all builds share a directory, so code that does not
//! depend on the server is built once. With several servers, the programs of one run while cargo
//! builds those of the next.

use super::built::{Built, Program};
use super::libtest::{Reader, Tally};
use super::plan::Group;
use super::program::{LIBRARY_PATH, compiler_libraries, joined};
use super::turns::Turns;
use super::words::Words;
use bgworker_cli::build::{Package, cargo};
use bgworker_cli::choose::cargo_for;
use bgworker_cli::reported::artifacts;
use bgworker_cli::term::Spinner;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

pub(super) struct Suite<'a> {
    pub(super) server: &'a Server,
    pub(super) packages: &'a Group<'a>,
    pub(super) shared: Option<&'a Shared<'a>>,
    pub(super) words: &'a Words,
    /// The log: the output of cargo and of the programs.
    pub(super) log: &'a Path,
    /// The directory of the programs and libraries of this server.
    pub(super) place: &'a Path,
    /// Whether cargo also builds for other servers.
    pub(super) several: bool,
    /// Whether programs that run only once run against this server.
    pub(super) first: bool,
    /// Whether the result of each test is shown.
    pub(super) verbose: bool,
}

/// The feature with which a library contains tests that run inside a server.
const SERVER_TESTS: &str = "server-tests";

/// The variable with the arguments for building, which `pg-scratch` reads.
const ARGUMENTS: &str = "BGWORKER_TEST_ARGUMENTS";

/// Programs that are the same for all servers.
pub(super) struct Shared<'a> {
    pub(super) packages: &'a Group<'a>,
    pub(super) programs: Vec<Program>,
}

/// Writes the output of one suite to its log, and counts the results.
struct Output<'a> {
    log: File,
    reader: Reader,
    ok: bool,
    spinner: &'a Spinner,
    verbose: bool,
}

impl Suite<'_> {
    /// Builds when its turn comes, then runs the tests.
    pub(super) fn run(&self, turns: &Turns, number: usize, spinner: &Spinner) -> Result<Tally> {
        spinner.detail("waiting for cargo");
        // Before anything that may fail, because the next servers wait for the end of this turn.
        let turn = turns.wait(number);
        let io = |error| self.failed(&error);
        let mut output = self.output(spinner)?;
        let mut built = self.build(&mut output)?;
        if !output.ok {
            return self.not_built(output);
        }
        let has_libraries = self.shared.is_some() || self.build_libraries(&built, &mut output)?;
        if !output.ok {
            return self.not_built(output);
        }
        if self.several {
            built.move_to(self.place)?;
        }
        if self.shared.is_some() {
            built.collect_libraries(&self.libraries())?;
        }
        // These need the files in the directory where cargo built them.
        let documented = self.documented();
        if self.words.docs() && !documented.is_empty() {
            let mut docs = self.cargo("test")?;
            for package in documented {
                docs.args(["--package", package]);
            }
            docs.arg("--doc").args(&self.words.cargo);
            docs.env(ARGUMENTS, self.arguments()?);
            docs.args(["--no-fail-fast", "--"])
                .args(&self.words.programs);
            output.ok &= output.read(&docs).map_err(io)?.success();
        }
        drop(turn);
        let arguments = self.arguments()?;
        for program in self.programs(&built) {
            self.program(program, has_libraries, &arguments, &mut output)
                .map_err(io)?;
        }
        if output.ok {
            // The programs are large, and are useful only for the analysis of a failure.
            let _ = std::fs::remove_dir_all(self.place);
        }
        Ok(output.reader.finish(output.ok))
    }

    /// Builds the programs of these packages without running them. Returns an error if that fails.
    pub(super) fn only_build(
        &self,
        spinner: &Spinner,
    ) -> Result<std::result::Result<Vec<Program>, Tally>> {
        let mut output = self.output(spinner)?;
        let built = self.build(&mut output)?;
        Ok(match output.ok {
            true => Ok(built.programs),
            false => Err(self.not_built(output)?),
        })
    }

    fn output<'s>(&self, spinner: &'s Spinner) -> Result<Output<'s>> {
        Ok(Output {
            log: File::create(self.log).map_err(|error| self.failed(&error))?,
            reader: Reader::default(),
            ok: true,
            spinner,
            verbose: self.verbose,
        })
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::new(format!("{}: {error}", self.log.display()))
    }

    /// Cargo's output is only in the log.
    fn not_built(&self, mut output: Output<'_>) -> Result<Tally> {
        let text = std::fs::read(self.log).map_err(|error| self.failed(&error))?;
        for line in String::from_utf8_lossy(&text).lines() {
            output.reader.line(line);
        }
        Ok(output.reader.finish(false))
    }

    fn cargo(&self, what: &str) -> Result<Command> {
        let mut command = cargo_for(self.server)?;
        command.arg(what);
        command.envs([
            ("CARGO_TERM_COLOR", "never"),
            ("CARGO_TERM_PROGRESS_WHEN", "never"),
        ]);
        Ok(command)
    }

    fn build(&self, output: &mut Output<'_>) -> Result<Built> {
        let (words, packages) = (self.words, self.packages);
        let mut built = Built::default();
        if words.only_docs || packages.is_empty() {
            return Ok(built);
        }
        let choice = packages.choice(words);
        if choice.is_none() && self.shared.is_none() {
            return Ok(built);
        }
        let mut build = |what: &str, targets: &[&str]| -> Result<bool> {
            let mut command = self.cargo(what)?;
            command.args(packages.arguments()).args(targets);
            command.args(&words.cargo);
            let outcome = output.build(command, &mut built);
            outcome.map_err(|error| self.failed(&error))?;
            Ok(output.ok)
        };
        // Cargo builds all examples only if all programs are selected, and libraries only if a
        // program of the same package needs them.
        let mut libraries = vec!["--examples"];
        if self.shared.is_some() && packages.has_library() {
            libraries.push("--lib");
        }
        let all = choice.as_ref().is_some_and(Vec::is_empty) && self.shared.is_none();
        if !all && !build("build", &libraries)? {
            return Ok(built);
        }
        if let Some(mut targets) = choice {
            targets.push("--no-run");
            build("test", &targets)?;
        }
        Ok(built)
    }

    /// Builds the libraries that the integration tests of these packages load into this server,
    /// and copies them to where the next build does not replace them. Returns whether there are
    /// any.
    fn build_libraries(&self, built: &Built, output: &mut Output<'_>) -> Result<bool> {
        let packages = self.packages.loadable(&built.programs);
        let _ = std::fs::remove_dir_all(self.libraries());
        // Without the feature last, so that the library in cargo's directory contains no tests.
        for feature in [Some(SERVER_TESTS), None] {
            let is_chosen =
                |package: &Package| feature.is_none_or(|feature| package.has_feature(feature));
            let mut libraries = Built::default();
            for (package, test) in packages.iter().filter(|(package, _)| is_chosen(package)) {
                let mut command = self.cargo("build")?;
                // With a test, so that features of dependencies are those of the build above.
                command.args(["--package", &package.name, "--lib", "--test", &test.target]);
                command.args(&self.words.cargo);
                if let Some(feature) = feature {
                    command.args(["--features", feature]);
                }
                let outcome = output.build(command, &mut libraries);
                outcome.map_err(|error| self.failed(&error))?;
                if !output.ok {
                    return Ok(false);
                }
            }
            let place = self.libraries();
            libraries.copy_libraries(&feature.map_or(place.clone(), |name| place.join(name)))?;
        }
        Ok(!packages.is_empty())
    }

    /// Returns the directory where programs that are built once find the libraries of this server.
    fn libraries(&self) -> PathBuf {
        self.place.join("libraries")
    }

    /// Returns the arguments with which programs build libraries by themselves.
    fn arguments(&self) -> Result<String> {
        let here = std::env::current_dir().map_err(|e| Error::io("the current directory", &e))?;
        Ok(self.words.for_programs(&here))
    }

    fn documented(&self) -> Vec<&str> {
        let mut documented = self.packages.documented(self.first);
        if let Some(shared) = self.shared.filter(|_| self.first) {
            documented.extend(shared.packages.documented(true));
        }
        documented
    }

    /// Returns the programs that run against this server, ordered by name.
    fn programs<'b>(&'b self, built: &'b Built) -> Vec<&'b Program> {
        let wanted =
            |packages: &Group<'_>, program: &&Program| self.first || !packages.runs_once(program);
        let own = built.programs.iter();
        let mut programs: Vec<&Program> = own
            .filter(|program| wanted(self.packages, program))
            .collect();
        if let Some(shared) = self.shared {
            let others = shared.programs.iter();
            programs.extend(others.filter(|program| wanted(shared.packages, program)));
        }
        programs.sort();
        programs
    }

    /// Returns the command that cargo would run.
    fn program(
        &self,
        program: &Program,
        has_libraries: bool,
        arguments: &str,
        output: &mut Output<'_>,
    ) -> std::io::Result<()> {
        output.line(&format!(
            "     Running {} ({})",
            program.name,
            program.path.display()
        ))?;
        let mut command = Command::new(&program.path);
        command
            .args(&self.words.programs)
            .current_dir(&program.directory)
            .env("PG_CONFIG", &self.server.pg_config)
            .env("CARGO", cargo().get_program())
            .env("CARGO_MANIFEST_DIR", &program.directory)
            .env(ARGUMENTS, arguments);
        if let Some(package) = self.packages.name_of(program) {
            command.env("CARGO_PKG_NAME", package);
        }
        if has_libraries {
            command.env("BGWORKER_TEST_LIBRARIES", self.libraries());
        }
        // Tests of procedural macros are linked with the compiler's libraries.
        if let Some(libraries) = compiler_libraries() {
            command.env(LIBRARY_PATH, libraries);
        }
        let status = output.read(&command)?;
        if !status.success() {
            output.ok = false;
            output.line(&format!(
                "process didn't exit successfully: {} ({status})",
                program.path.display()
            ))?;
            output.line(&format!(
                "error: test failed, to rerun pass `{}`",
                program.name
            ))?;
        }
        Ok(())
    }
}

impl Output<'_> {
    fn line(&mut self, line: &str) -> std::io::Result<()> {
        writeln!(self.log, "{line}")?;
        self.shown(line);
        Ok(())
    }

    /// Shows what a line of the tests says.
    fn shown(&mut self, line: &str) {
        let now = self.reader.line(line);
        let is_result = line.starts_with("test ") && line.contains(" ... ");
        if self.verbose && (is_result || now.is_some()) {
            self.spinner.line(line.split(" (").next().unwrap_or(line));
        } else if let Some(now) = now {
            self.spinner.detail(&now);
        }
    }

    /// Runs cargo. Its rendered output goes to the log; its JSON messages tell what it has built.
    fn build(&mut self, mut command: Command, built: &mut Built) -> std::io::Result<()> {
        command.arg("--message-format=json-render-diagnostics");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(self.log.try_clone()?)
            .spawn()?;
        let output = child.stdout.take().into_iter();
        let mut count = 0;
        for artifact in output.flat_map(|output| artifacts(BufReader::new(output))) {
            if let Some(name) = built.artifact(artifact?) {
                count += 1;
                self.spinner
                    .detail(&format!("built {name}, number {count}"));
            }
        }
        if !child.wait()?.success() {
            self.ok = false;
        }
        Ok(())
    }

    /// Runs the command until it exits, and reads all of its output.
    fn read(&mut self, program: &Command) -> std::io::Result<ExitStatus> {
        let mut child = joined(program)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).split(b'\n') {
                let line = line?;
                self.log.write_all(&line)?;
                self.log.write_all(b"\n")?;
                let text = String::from_utf8_lossy(&line);
                self.shown(text.trim_end_matches('\r'));
            }
        }
        child.wait()
    }
}
