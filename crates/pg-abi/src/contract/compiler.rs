//! Runs the C compiler on the server's headers.

use super::places::Places;
use object::{Architecture, Object};
use pg_scratch::process::{Finished, Unfinished, run_limited, tail};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// The list of server headers.
const WRAPPER: &str = include_str!("../../wrapper.h");

/// A flag that the `pg_config` of 9.6 and 10 reports although only `pg_config` itself was compiled
/// with it.
const NOT_THE_SERVERS: &str = "-DFRONTEND";

/// Prefixes of the flags that change the meaning of headers.
const MEANING: [&str; 9] = [
    "-D",
    "-U",
    "-I",
    "-m32",
    "-m64",
    "-mx32",
    "-mabi=",
    "-fshort-",
    "-fpack-struct",
];

/// One error per line, without a limit.
const EVERY_ERROR: [&str; 2] = ["-ftrack-macro-expansion=0", "-fmax-errors=0"];

/// `$CC` or `cc`, like the build script of the raw crate.
#[derive(Debug)]
pub struct Compiler {
    program: String,
    flags: Vec<String>,
    /// The server's include directory.
    root: String,
    /// Headers besides those of `wrapper.h`.
    includes: Vec<String>,
    /// The target that it must compile for, if that is known.
    target: Option<String>,
    scratch: tempfile::TempDir,
}

impl Compiler {
    /// Creates a compiler for the headers of `server`; `package` is the directory of `wrapper.h`.
    pub fn new(server: &Server, package: &Path) -> Result<Self> {
        let program = std::env::var("CC").ok().filter(|cc| !cc.is_empty());
        let program = program.unwrap_or_else(|| "cc".to_owned());
        let cppflags = server.cppflags()?;
        Self::with(
            &program,
            Some(package),
            &server.includedir_server,
            &cppflags,
        )
    }

    /// Creates a compiler from its command, for headers in a directory, with those of `flags` that
    /// change their meaning. Without a package, uses this program's `wrapper.h`.
    pub(crate) fn with(
        command: &str,
        package: Option<&Path>,
        root: &Path,
        flags: &str,
    ) -> Result<Self> {
        let scratch =
            tempfile::tempdir().map_err(|e| Error::io("could not create a directory", &e))?;
        let wrapper = scratch.path().join("wrapper.h");
        if package.is_none() {
            std::fs::write(&wrapper, WRAPPER).map_err(|e| Error::io(wrapper.display(), &e))?;
        }
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().unwrap_or_else(|| "cc".to_owned());
        let mut all: Vec<String> = words.collect();
        let package = package.unwrap_or(scratch.path());
        all.extend(["-std=gnu11", "-w"].map(str::to_owned));
        all.push(format!("-I{}", package.display()));
        all.push(format!("-I{}", root.display()));
        let wanted = |flag: &&str| {
            MEANING.iter().any(|kind| flag.starts_with(kind)) && *flag != NOT_THE_SERVERS
        };
        all.extend(flags.split_whitespace().filter(wanted).map(str::to_owned));
        Ok(Self {
            program,
            flags: all,
            root: root.display().to_string(),
            includes: Vec::new(),
            target: None,
            scratch,
        })
    }

    /// Returns the same compiler with a keyword defined as empty.
    pub(crate) fn without(&self, keyword: &str) -> Result<Self> {
        let mut flags = self.flags.clone();
        flags.push(format!("-D{keyword}="));
        Ok(Self {
            program: self.program.clone(),
            flags,
            root: self.root.clone(),
            includes: self.includes.clone(),
            target: self.target.clone(),
            scratch: tempfile::tempdir()
                .map_err(|e| Error::io("could not create a directory", &e))?,
        })
    }

    /// Sets the headers that are included after those of `wrapper.h`.
    pub(crate) fn include(&mut self, headers: &[String]) {
        self.includes = headers.to_vec();
    }

    /// Sets the target, a Rust target triple: what another compiler says would be wrong.
    pub(crate) fn expect(&mut self, target: &str) {
        self.target = Some(target.to_owned());
    }

    /// Returns an error for an object file of another machine than the target.
    fn expect_machine(&self, object: &[u8]) -> Result<()> {
        let Some(target) = &self.target else {
            return Ok(());
        };
        let processor = target.split('-').next().unwrap_or_default();
        let Ok(object) = object::File::parse(object) else {
            return Ok(());
        };
        let machine = object.architecture();
        if machine_of(processor).is_none_or(|expected| expected == machine) {
            return Ok(());
        }
        Err(Error::new(format!(
            "{} compiles for {machine:?}, and the target is {target}",
            self.program
        ))
        .help(format!(
            "CC_{} names the compiler of the target",
            target.replace('-', "_")
        )))
    }

    /// Returns the lines that include all headers.
    fn head(&self) -> String {
        let more = self.includes.iter();
        let more = more.map(|header| format!("#include \"{header}\"\n"));
        format!("#include \"wrapper.h\"\n{}", more.collect::<String>())
    }

    /// Returns an error unless the contract in `file` compiles.
    pub fn verify(&self, file: &Path) -> Result<()> {
        let done = self.run(&["-fsyntax-only"], file)?;
        if done.status.success() {
            return Ok(());
        }
        let errors = done
            .stderr
            .lines()
            .filter(|line| line.contains("error:"))
            .take(20);
        Err(errors.fold(
            Error::new(format!(
                "these headers do not satisfy the contract {}",
                file.display()
            )),
            |error, line| error.note(line.trim()),
        ))
    }

    /// Returns which of the independent lines the compiler rejects after `vocabulary`,
    /// and why.
    pub(crate) fn refused(
        &self,
        vocabulary: &str,
        lines: &[&str],
    ) -> Result<BTreeMap<usize, String>> {
        let source = self.lines(vocabulary, lines)?;
        let flags = [EVERY_ERROR[0], EVERY_ERROR[1], "-fsyntax-only"];
        let done = self.run(&flags, &source)?;
        Self::of_lines(&done)
    }

    /// Returns the object file of the lines that the compiler accepts after `vocabulary`, and why
    /// it does not accept the others.
    pub(crate) fn object(
        &self,
        vocabulary: &str,
        lines: &[&str],
    ) -> Result<(Vec<u8>, BTreeMap<usize, String>)> {
        let mut lines = lines.to_vec();
        let mut refused = BTreeMap::new();
        let object = self.scratch.path().join("lines.o");
        let output = object.to_string_lossy().into_owned();
        loop {
            let source = self.lines(vocabulary, &lines)?;
            let flags = [EVERY_ERROR[0], EVERY_ERROR[1], "-O0", "-c", "-o", &output];
            let done = self.run(&flags, &source)?;
            if done.status.success() {
                let bytes = std::fs::read(&object).map_err(|e| Error::io(object.display(), &e))?;
                self.expect_machine(&bytes)?;
                return Ok((bytes, refused));
            }
            let now = Self::of_lines(&done)?;
            if now.is_empty()
                || now
                    .keys()
                    .all(|line| lines.get(*line).is_none_or(|it| it.is_empty()))
            {
                return Err(
                    Error::new(format!("{} did not write an object file", self.program))
                        .note(tail(&done.stderr, 10)),
                );
            }
            for line in now.keys() {
                if let Some(line) = lines.get_mut(*line) {
                    *line = "";
                }
            }
            refused.extend(now);
        }
    }

    fn lines(&self, vocabulary: &str, lines: &[&str]) -> Result<PathBuf> {
        let text = format!(
            "{}{vocabulary}\n#line 1 \"lines\"\n{}\n",
            self.head(),
            lines.join("\n")
        );
        self.place("lines.c", &text)
    }

    /// Returns the first error of each line. An error in a macro belongs to the line that calls it.
    fn of_lines(done: &Finished) -> Result<BTreeMap<usize, String>> {
        let mut refused = BTreeMap::new();
        for line in done.stderr.lines().filter(|line| line.contains("error:")) {
            let number = line
                .strip_prefix("lines:")
                .and_then(|rest| rest.split(':').next());
            let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) else {
                return Err(Error::new("C compiler could not read the server's headers").note(line));
            };
            refused.entry(number - 1).or_insert_with(|| line.to_owned());
        }
        Ok(refused)
    }

    /// Returns the prototype of every function that the headers declare, without `extern` and the
    /// semicolon.
    pub(super) fn prototypes(&self) -> Result<BTreeMap<String, String>> {
        Ok(self.listed()?.lines().filter_map(prototype).collect())
    }

    /// Returns the preprocessed headers.
    pub(crate) fn preprocessed(&self, more: &[&str]) -> Result<String> {
        let source = self.place("places.c", &self.head())?;
        let done = self.run(&[&["-E"], more].concat(), &source)?;
        if !done.status.success() {
            return Err(
                Error::new("preprocessor could not read the server's headers")
                    .note(tail(&done.stderr, 10)),
            );
        }
        Ok(done.stdout)
    }

    /// Returns the preprocessed headers, and these lines after them.
    pub(crate) fn expanded(&self, lines: &[String], more: &[&str]) -> Result<String> {
        let text = format!("{}{}\n", self.head(), lines.join("\n"));
        let source = self.place("expanded.c", &text)?;
        let done = self.run(&[&["-E", "-P"], more].concat(), &source)?;
        if done.status.success() {
            return Ok(done.stdout);
        }
        Err(Error::new("preprocessor could not expand macros").note(tail(&done.stderr, 10)))
    }

    /// Returns which header declares each name.
    pub fn places(&self) -> Result<Places> {
        let text = self.preprocessed(&["-dD"])?;
        let mut places = Places::read(&text, &self.root);
        for (name, path) in self.listed()?.lines().filter_map(listed_at) {
            places.add_function(name, path, &self.root);
        }
        Ok(places)
    }

    /// Returns gcc's list of functions: `/* file:line:NC */ extern void proc_exit (int);`
    fn listed(&self) -> Result<String> {
        let source = self.place("prototypes.c", &self.head())?;
        let list = self.scratch.path().join("prototypes.txt");
        let done = self.run(
            &["-fsyntax-only", "-aux-info", &list.to_string_lossy()],
            &source,
        )?;
        let text = std::fs::read_to_string(&list)
            .ok()
            .filter(|_| done.status.success());
        text.ok_or_else(|| {
            Error::new(format!("{} did not list prototypes", self.program))
                .note(tail(&done.stderr, 10))
                .help("install gcc, or set CC to another compiler that supports -aux-info")
        })
    }

    fn place(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.scratch.path().join(name);
        std::fs::write(&path, text).map_err(|e| Error::io(path.display(), &e))?;
        Ok(path)
    }

    fn run(&self, more: &[&str], file: &Path) -> Result<Finished> {
        let mut command = Command::new(&self.program);
        command
            .env("LC_ALL", "C")
            .args(&self.flags)
            .args(more)
            .arg(file);
        run_limited(&mut command, LIMIT).map_err(|unfinished| match unfinished {
            Unfinished::CannotRun(error) => {
                Error::io(format!("could not run {}", self.program), &error)
                    .help("install a C compiler (Debian: apt install gcc), or set CC to one")
            }
            Unfinished::TimedOut => {
                Error::new(format!("{} did not exit within {LIMIT:?}", self.program))
            }
        })
    }
}

/// Returns the machine of the first part of a target triple, if it is a known one.
fn machine_of(processor: &str) -> Option<Architecture> {
    Some(match processor {
        "x86_64" => Architecture::X86_64,
        "i386" | "i586" | "i686" => Architecture::I386,
        "aarch64" => Architecture::Aarch64,
        "riscv64gc" => Architecture::Riscv64,
        "powerpc64" | "powerpc64le" => Architecture::PowerPc64,
        "s390x" => Architecture::S390x,
        _ if processor.starts_with("armv") || processor == "arm" => Architecture::Arm,
        _ => return None,
    })
}

/// `/* file:line:NC */ extern void proc_exit (int);`
fn prototype(line: &str) -> Option<(String, String)> {
    let (_, declaration) = line.split_once("*/ extern ")?;
    // gcc's old notation for a function that does not return; other compilers see another type.
    let declaration = declaration
        .strip_prefix("volatile ")
        .filter(|rest| rest.starts_with("void "))
        .unwrap_or(declaration);
    let (head, parameters) = declaration.trim_end().strip_suffix(';')?.split_once(" (")?;
    let name = head.rsplit([' ', '*']).next()?;
    Some((name.to_owned(), format!("{head}({parameters}")))
}

/// Returns name and file of a function in gcc's list, including inline functions.
fn listed_at(line: &str) -> Option<(&str, &str)> {
    let (place, declaration) = line.strip_prefix("/* ")?.split_once(" */ ")?;
    let path = place.split(':').next()?;
    let name = declaration.split(" (").next()?.rsplit([' ', '*']).next()?;
    Some((name, path))
}

#[cfg(test)]
mod tests {
    use super::{Compiler, listed_at, prototype};
    use std::path::Path;

    #[test]
    fn a_compiler_of_another_machine_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let package = root.path();
        std::fs::write(package.join("wrapper.h"), "int x;\n").unwrap();
        let mut compiler = Compiler::with("cc", Some(package), Path::new("/"), "").unwrap();
        let object = |compiler: &Compiler| compiler.object("", &["int y;"]).map(drop);
        object(&compiler).unwrap();
        compiler.expect(&format!("{}-unknown-linux-gnu", std::env::consts::ARCH));
        object(&compiler).unwrap();
        compiler.expect("s390x-unknown-linux-gnu");
        let error = object(&compiler).unwrap_err().to_string();
        assert!(
            error.contains("and the target is s390x-unknown-linux-gnu"),
            "{error}"
        );
    }

    #[test]
    fn inline_functions_are_listed_too() {
        let line = "/* /h/a.h:3:NF */ static _Bool yes (Datum X); /* (X) Datum X; */";
        assert_eq!(listed_at(line), Some(("yes", "/h/a.h")));
        assert_eq!(listed_at("/* compiled from: . */"), None);
    }

    #[test]
    fn prototypes_are_found_by_name() {
        for (line, name, text) in [
            (
                "/* /h/a.h:3:NC */ extern _Bool start (Worker *, Handle **);",
                "start",
                "_Bool start(Worker *, Handle **)",
            ),
            (
                "/* /h/a.h:3:NC */ extern const char *name (pid_t);",
                "name",
                "const char *name(pid_t)",
            ),
            (
                "/* /h/a.h:3:NC */ extern volatile void leave (int);",
                "leave",
                "void leave(int)",
            ),
            (
                "/* /h/a.h:3:NC */ extern void on (void (*)(int), int);",
                "on",
                "void on(void (*)(int), int)",
            ),
        ] {
            assert_eq!(prototype(line), Some((name.to_owned(), text.to_owned())));
        }
        assert_eq!(prototype("/* compiled from: . */"), None);
        assert_eq!(
            prototype("/* /h/a.h:3:NC */ static int inline_one (int);"),
            None
        );
    }
}
