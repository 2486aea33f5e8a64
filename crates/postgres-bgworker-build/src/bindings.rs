//! Bindings of a crate's own, on top of those of the raw crate.

use crate::declared::Declared;
use crate::everything;
use crate::headers;
use crate::presets::Preset;
use crate::report::{Report, Result};
use crate::request::{Lists, Request};
use crate::server::Server;
use crate::vars;
use std::path::{Path, PathBuf};

const LISTS: Lists = Lists {
    headers: "the list of headers in the build script",
    items: "the list of items in the build script",
};

/// The declarations alone, and what was done: files in `OUT_DIR` for `cargo bgworker bindings`.
const OWN: &str = "postgres-bgworker-own.rs";
const MADE: &str = "postgres-bgworker-own.txt";

/// The names of the declarations are those of C.
const HEAD: &str = "\
#[allow(missing_docs, missing_debug_implementations, unreachable_pub)]
#[allow(non_camel_case_types, non_snake_case, non_upper_case_globals, improper_ctypes)]
#[allow(unsafe_op_in_unsafe_fn, unused_imports, dead_code)]
#[allow(clippy::all, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]
mod bindings {
pub use ::postgres_bgworker_sys::*;
";

/// Headers and items of the server that a crate needs besides those of `postgres-bgworker-sys`.
///
/// The declarations use the types, functions and constants of that crate where it has them, and
/// export all of them. A type that it declares without fields gets them here if it is named in
/// full, or if another type holds it by value. Then it is another type for Rust than that of the
/// raw crate, and so is everything that mentions it: the file has its own declarations of all of
/// that, which hide those of the raw crate.
#[derive(Debug)]
pub struct Bindings<'a> {
    pub(crate) server: &'a Server,
    pub(crate) request: Request,
    pub(crate) committed: Option<PathBuf>,
    is_everything: bool,
}

impl Server {
    /// Returns an empty list of headers and items that this crate needs besides those of
    /// `postgres-bgworker-sys`.
    pub fn bindings(&self) -> Bindings<'_> {
        Bindings::new(self)
    }
}

impl<'a> Bindings<'a> {
    fn new(server: &'a Server) -> Self {
        Bindings {
            server,
            request: Request::new(LISTS),
            committed: None,
            is_everything: false,
        }
    }

    /// Adds headers, in this order, as the server's sources include them: `foreign/fdwapi.h`. `?`
    /// in the end says that a server may lack the header.
    #[must_use]
    pub fn headers<'b>(mut self, headers: impl IntoIterator<Item = &'b str>) -> Self {
        let headers = headers.into_iter();
        headers.for_each(|header| self.request.add_header(header));
        self
    }

    /// Adds items: functions, variables, constants and types, as names or as regular expressions.
    /// Types that they use are bound, too.
    ///
    /// `?` after a name says that a server may lack the item. Then `cfg(pg_has = "NAME")` says
    /// whether it is there.
    #[must_use]
    pub fn items<'b>(mut self, items: impl IntoIterator<Item = &'b str>) -> Self {
        items
            .into_iter()
            .for_each(|item| self.request.add_item(item));
        self
    }

    /// Adds all items that these headers declare, in the form of [`headers`](Self::headers).
    /// Inline functions and macros with arguments are not declarations.
    #[must_use]
    pub fn items_of<'b>(mut self, headers: impl IntoIterator<Item = &'b str>) -> Self {
        let headers = headers.into_iter();
        headers.for_each(|header| self.request.add_whole(header));
        self
    }

    /// Adds the headers of a reviewed list, with all their items.
    #[must_use]
    pub fn preset(mut self, preset: Preset) -> Self {
        for header in preset.headers() {
            self.request.add_whole(&format!("{header}?"));
        }
        self
    }

    /// Adds every item that the installed headers declare. Headers that do not compile together
    /// with the others are left out: those of programs outside of the server, and of other systems.
    #[must_use]
    pub fn everything(mut self) -> Self {
        self.is_everything = true;
        self
    }

    /// Names the directory, in the package, of the bindings that `cargo bgworker bindings` writes
    /// and the package contains: for machines without libclang, and for docs.rs. The C compiler
    /// verifies them where there is a server.
    #[must_use]
    pub fn committed(mut self, directory: impl Into<PathBuf>) -> Self {
        self.committed = Some(directory.into());
        self
    }

    /// Writes the declarations into a file of `OUT_DIR`, which a module of the crate includes:
    ///
    /// ```ignore
    /// pub mod ffi {
    ///     include!(concat!(env!("OUT_DIR"), "/NAME"));
    /// }
    /// ```
    ///
    /// A build script writes one file.
    ///
    /// # Errors
    ///
    /// * A header does not exist, or does not compile together with the others.
    /// * An item is not declared, is a macro with arguments or an inline function, or is never
    ///   bound.
    /// * There is no libclang, and no file is committed for this major, or the headers differ from
    ///   it.
    pub fn write(mut self, name: &str) -> Result<()> {
        let raw = read(&self.server.declarations)?;
        if let Some(headers) = self.server.headers() {
            if self.is_everything {
                everything::add(&mut self.request, headers, &self.server.wrapper)?;
            }
            self.request.verify(headers, &self.server.wrapper)?;
            self.request.unit(&self.server.wrapper)?;
        }
        let (source, text) = match self.generate(&raw)? {
            Some(text) => ("bindgen", format!("// {}\n{text}", self.request.list())),
            None => ("committed", self.read_committed()?),
        };
        self.set_cfgs(&text, &raw);
        let out_dir = vars::out_dir();
        headers::write(&out_dir.join(OWN), &text)?;
        headers::write(&out_dir.join(MADE), &self.made(source))?;
        // `cargo bgworker bindings` looks for this line.
        println!("cargo:own_bindings=1");
        headers::write(
            &out_dir.join(name),
            &format!("{HEAD}{text}}}\npub use bindings::*;\n"),
        )
    }

    /// Returns what `cargo bgworker bindings` has to know.
    fn made(&self, source: &str) -> String {
        let committed = self.committed.as_deref().unwrap_or(Path::new(""));
        format!(
            "source = {source}\nversion_num = {}\npackage = {}\ncommitted = {}\nraw = {}\n",
            self.server.version_num(),
            vars::cargo("CARGO_MANIFEST_DIR"),
            committed.display(),
            self.server.declarations.display(),
        )
    }

    /// Says which of the optional items are there.
    fn set_cfgs(&self, text: &str, raw: &str) {
        for name in &self.request.optional {
            let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !is_name {
                continue;
            }
            println!("cargo:rustc-check-cfg=cfg(pg_has, values(\"{name}\"))");
            let declares = |text: &str| Declared::read(text).has(name);
            if declares(text) || declares(raw) {
                println!("cargo:rustc-cfg=pg_has=\"{name}\"");
            }
        }
    }

    #[cfg(not(feature = "bindgen"))]
    fn generate(&self, _: &str) -> Result<Option<String>> {
        Ok(None)
    }

    /// Returns `None` if there are no headers, or no libclang.
    #[cfg(feature = "bindgen")]
    fn generate(&self, raw: &str) -> Result<Option<String>> {
        use crate::constants;
        use crate::generate::{Generator, missing_tool};
        use crate::tidy::{is_held, tidy};
        use std::collections::BTreeSet;

        let Some(headers) = self.server.headers() else {
            return Ok(None);
        };
        if missing_tool().is_some() {
            return Ok(None);
        }
        let declared = Declared::read(raw);
        let incomplete: BTreeSet<&str> = declared.incomplete().collect();
        let not_copied = declared.not_copied();
        let not_copied = not_copied
            .into_iter()
            .map(str::to_string)
            .collect::<BTreeSet<_>>();
        let mut opened: BTreeSet<&str> = incomplete
            .iter()
            .copied()
            .chain(declared.opaque())
            .filter(|name| self.request.names(name))
            .collect();
        loop {
            let again = declared.dependents(&opened);
            let is_own = |name: &str| opened.contains(name) || again.contains(name);
            let foreign = declared.names().filter(|name| !is_own(name));
            let asked = self.request.patterns()?;
            let asked: Vec<String> = asked
                .into_iter()
                .chain(again.iter().map(|name| (*name).to_string()))
                .collect();
            let generator = Generator {
                headers,
                unit: self.request.unit(&self.server.wrapper)?,
                functions: asked.clone(),
                variables: asked.clone(),
                types: asked,
                files: self.request.files(headers),
                opaque: Vec::new(),
                blocked: Vec::new(),
                incomplete: incomplete
                    .iter()
                    .filter(|name| !opened.contains(*name))
                    .map(|name| (*name).to_string())
                    .collect(),
                foreign: foreign.map(str::to_string).collect(),
                not_copied: not_copied.clone(),
            };
            let text = generator.read()?;
            let before = opened.len();
            let closed = incomplete.iter().filter(|name| !opened.contains(*name));
            let held: Vec<&str> = closed
                .copied()
                .filter(|name| is_held(&text, name))
                .collect();
            opened.extend(held);
            if opened.len() == before {
                let text = constants::correct(&text, headers, &generator.unit)?;
                let wrapper = &self.server.wrapper;
                self.request.all_bound(&[&text, raw], headers, wrapper)?;
                return Ok(Some(tidy(&text, &[])));
            }
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Report::new(format!("cannot read {}: {error}", path.display())).help(
            "run cargo clean and build again; if it is a file of a package, download that again",
        )
    })
}
