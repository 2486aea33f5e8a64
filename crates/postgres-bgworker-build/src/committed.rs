//! Bindings that a package has committed: for machines without libclang, and for docs.rs.

use crate::bindings::{Bindings, read};
use crate::contract;
use crate::report::{Report, Result};
use crate::vars;
use std::path::Path;

impl Bindings<'_> {
    pub(crate) fn read_committed(&self) -> Result<String> {
        let major = self.server.major();
        let Some(directory) = &self.committed else {
            return Err(self.cannot_read("this package has no committed bindings"));
        };
        let directory = Path::new(&vars::cargo("CARGO_MANIFEST_DIR")).join(directory);
        println!("cargo:rerun-if-changed={}", directory.display());
        let stem = directory.join(format!("pg{}", major.replace('.', "")));
        let file = stem.with_extension("rs");
        if !file.is_file() {
            let what = format!("no bindings are committed for PostgreSQL {major}");
            return Err(self
                .cannot_read(&what)
                .note(format!("not found: {}", file.display())));
        }
        let mut text = read(&file)?;
        if let Some(headers) = self.server.headers() {
            let contract = stem.with_extension("c");
            text = contract::verify(headers, &contract, text, "cargo bgworker bindings")?;
        }
        // Optional headers of this server are in the list only with a server.
        let list = text.lines().next().unwrap_or_default();
        if self.server.headers().is_some() && list != format!("// {}", self.request.list()) {
            return Err(Report::new(format!(
                "{} was made for other lists than those of the build script",
                file.display()
            ))
            .note(format!("made for: {}", list.trim_start_matches("// ")))
            .note(format!("the build script has: {}", self.request.list()))
            .help("authors of the package commit bindings with: cargo bgworker bindings"));
        }
        Ok(text)
    }

    fn cannot_read(&self, what: &str) -> Report {
        let (why, help) = match self.server.headers() {
            None => (
                "this build has no server (POSTGRES_BGWORKER_FACTS or DOCS_RS is set)",
                "unset the variable, and name a server: PG_CONFIG=/path/to/pg_config",
            ),
            Some(_) if cfg!(feature = "bindgen") => (
                "no libclang was found, or no rustfmt",
                "install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory) and rustfmt (rustup component add rustfmt)",
            ),
            Some(_) => (
                "the feature `bindgen` of postgres-bgworker-build is off",
                "enable that feature, and install libclang (Debian: apt install libclang-dev)",
            ),
        };
        Report::new(format!("{what}, and the server's headers cannot be read"))
            .note(why)
            .help(help)
            .help("authors of the package commit bindings with: cargo bgworker bindings")
    }
}
