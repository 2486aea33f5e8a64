//! The server that a crate is built for.

use crate::find;
use crate::headers::{self, Headers};
use crate::report::{Report, Result};
use crate::vars;
use std::path::{Path, PathBuf};

/// What `postgres-bgworker-sys` tells its dependents.
const PREFIX: &str = "DEP_POSTGRES_BGWORKER_";

/// The server that `postgres-bgworker-sys` was built for.
#[derive(Debug)]
pub struct Server {
    major: String,
    version_num: u32,
    /// `None` for a build without a server.
    headers: Option<Headers>,
    /// The header that the raw crate binds.
    pub(crate) wrapper: PathBuf,
    /// The declarations of the raw crate.
    pub(crate) declarations: PathBuf,
    directives: String,
}

impl Server {
    pub(crate) fn of_raw_crate() -> Result<Self> {
        let version_num = told("VERSION_NUM")?;
        let headers = match told("SOURCE")?.as_str() {
            "facts" => None,
            _ => {
                let pg_config = PathBuf::from(told("PG_CONFIG")?);
                let found = find::ask(&pg_config, "postgres-bgworker-sys")?;
                Some(headers::read(&found.with_headers()?)?)
            }
        };
        Ok(Server {
            major: told("MAJOR")?,
            version_num: version_num.parse().unwrap_or_default(),
            headers,
            wrapper: PathBuf::from(told("WRAPPER")?),
            declarations: PathBuf::from(told("DECLARATIONS")?),
            directives: told("CARGO")?,
        })
    }

    /// Returns the major, as PostgreSQL writes it: `9.6`, `18`.
    pub fn major(&self) -> &str {
        &self.major
    }

    /// Returns `PG_VERSION_NUM` of the headers: 180001. Without a server, it is that of the first
    /// release of the major.
    pub fn version_num(&self) -> u32 {
        self.version_num
    }

    /// Returns the directory of the server's headers, or `None` in a build without a server
    /// (`POSTGRES_BGWORKER_FACTS`, `DOCS_RS`).
    pub fn include_dir(&self) -> Option<&Path> {
        let headers = self.headers.as_ref()?;
        Some(&headers.includedir_server)
    }

    /// Returns a compilation of C files with the server's headers and flags.
    ///
    /// # Errors
    ///
    /// There is no server in a build with `POSTGRES_BGWORKER_FACTS` or `DOCS_RS`. A build script
    /// that compiles C skips that where [`include_dir`](Self::include_dir) is `None`.
    pub fn c(&self) -> Result<cc::Build> {
        let headers = self.headers.as_ref().ok_or_else(|| {
            Report::new("this build has no server whose headers C files could include")
                .note("POSTGRES_BGWORKER_FACTS or DOCS_RS is set")
                .help("compile C files only if Server::include_dir returns a directory")
        })?;
        let mut build = headers.cc();
        build.cargo_metadata(true);
        Ok(build)
    }

    pub(crate) fn headers(&self) -> Option<&Headers> {
        self.headers.as_ref()
    }

    pub(crate) fn set_cfgs(&self) {
        for directive in self.directives.split('\u{1e}') {
            println!("{directive}");
        }
    }
}

fn told(key: &str) -> Result<String> {
    let name = format!("{PREFIX}{key}");
    vars::text(&name)?.ok_or_else(|| {
        Report::new("the build script does not know for which server postgres-bgworker-sys was built")
            .note(format!("{name} is not set"))
            .help("postgres-bgworker-sys must be in [dependencies] of this crate, in the same version as postgres-bgworker-build")
    })
}
