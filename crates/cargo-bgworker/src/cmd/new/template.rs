//! The files of a new package. `templates/` has them, with the name `my_extension`.

use super::name::Names;
use clap::ValueEnum;
use std::path::PathBuf;

/// What an extension contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// A worker that inserts rows
    Worker,
    /// Jobs in a table, and workers that do them
    Queue,
    /// Functions, one of which starts a worker; needs no preloading
    Functions,
    /// An async worker with two tasks
    Async,
    /// A worker in each database in which the extension is installed
    PerDatabase,
}

/// The licenses that come with their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum License {
    /// MIT OR Apache-2.0
    Both,
    /// MIT
    Mit,
    /// Apache-2.0
    Apache,
    /// No license
    None,
}

/// Where the crates come from.
#[derive(Debug)]
pub(super) enum Source {
    /// A checkout of the repository.
    Checkout(PathBuf),
    /// The registry, with this version.
    Published(&'static str),
}

/// What the files depend on.
pub(super) struct Context<'a> {
    pub(super) names: &'a Names,
    pub(super) license: License,
    pub(super) source: Source,
    pub(super) pg_config: Option<PathBuf>,
    /// Whether the package needs a workspace of its own.
    pub(super) own_workspace: bool,
}

/// The files that differ between templates.
struct Own {
    comment: &'static str,
    library: &'static str,
    server_tests: &'static str,
    test: &'static str,
    create: &'static str,
    upgrade: &'static str,
    is_preloaded: bool,
}

macro_rules! own {
    ($directory:literal, $comment:literal, preloaded: $is_preloaded:literal) => {
        Own {
            comment: $comment,
            library: own!(@file $directory, "lib.rs"),
            server_tests: own!(@file $directory, "server_tests.rs"),
            test: own!(@file $directory, "extension.rs"),
            create: own!(@file $directory, "create.sql"),
            upgrade: own!(@file $directory, "upgrade.sql"),
            is_preloaded: $is_preloaded,
        }
    };
    (@file $directory:literal, $file:literal) => {
        include_str!(concat!("../../../templates/", $directory, "/", $file))
    };
}

const MIT: &str = include_str!("../../../LICENSE-MIT");
const APACHE: &str = include_str!("../../../LICENSE-APACHE");

impl Template {
    /// Returns the files, with their paths in the package.
    pub(super) fn files(self, context: &Context<'_>) -> Vec<(String, String)> {
        let own = self.own();
        let extension = &context.names.extension;
        let control = format!("{extension}.control");
        let create = format!("sql/{extension}--1.0.sql");
        let upgrade = format!("sql/{extension}--1.0--1.1.sql");
        let mut files = vec![
            ("Cargo.toml", own!(@file "common", "Cargo.toml.in")),
            ("README.md", own!(@file "common", "README.md")),
            (&control, own!(@file "common", "extension.control")),
            (&create, own.create),
            (&upgrade, own.upgrade),
            ("src/lib.rs", own.library),
            ("src/server_tests.rs", own.server_tests),
            ("tests/extension.rs", own.test),
            ("tests/server.rs", own!(@file "common", "server.rs")),
            (
                ".github/workflows/test.yml",
                own!(@file "common", "test.yml"),
            ),
            (".gitignore", own!(@file "common", "gitignore")),
        ];
        if context.pg_config.is_some() {
            files.push((".cargo/config.toml", own!(@file "common", "config.toml")));
        }
        if matches!(context.license, License::Both | License::Mit) {
            files.push(("LICENSE-MIT", MIT));
        }
        if matches!(context.license, License::Both | License::Apache) {
            files.push(("LICENSE-APACHE", APACHE));
        }
        let filled = files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), context.fill(text, &own)));
        filled.collect()
    }

    fn own(self) -> Own {
        match self {
            Self::Worker => own!("worker", "Inserts a row from time to time", preloaded: true),
            Self::Queue => own!("queue", "Does jobs in workers", preloaded: true),
            Self::Functions => own!("functions", "Keeps notes", preloaded: false),
            Self::Async => own!("async", "Records ticks and pokes", preloaded: true),
            Self::PerDatabase => own!(
                "per-database",
                "Keeps the history of the size of a database",
                preloaded: true
            ),
        }
    }
}

impl Context<'_> {
    fn fill(&self, text: &str, own: &Own) -> String {
        let crates = |name: &str, features: &str| match &self.source {
            Source::Checkout(path) if name == "postgres-bgworker" => {
                format!("{name} = {{ path = {:?}{features} }}", path)
            }
            Source::Checkout(path) => {
                format!(
                    "{name} = {{ path = {:?}{features} }}",
                    path.join("crates").join(name)
                )
            }
            Source::Published(version) if features.is_empty() => format!("{name} = {version:?}"),
            Source::Published(version) => format!("{name} = {{ version = {version:?}{features} }}"),
        };
        let license = match self.license {
            License::Both => "license = \"MIT OR Apache-2.0\"\n",
            License::Mit => "license = \"MIT\"\n",
            License::Apache => "license = \"Apache-2.0\"\n",
            License::None => "",
        };
        let preload = match own.is_preloaded {
            true => {
                "create the role, add `my_extension` to `shared_preload_libraries`, restart the server, and create the extension in the database `postgres`:"
            }
            false => "run:",
        };
        let installation = format!(
            "{preload}\n\n```sql\ncreate role my_extension login;\ncreate extension my_extension;\n```"
        );
        let pg_config = self
            .pg_config
            .as_deref()
            .map(|path| path.display().to_string());
        let mut text = text
            .replace("LICENSE\n", license)
            .replace(
                "POSTGRES_BGWORKER\n",
                &format!("{}\n", crates("postgres-bgworker", "")),
            )
            .replace(
                "PG_SCRATCH\n",
                &format!(
                    "{}\n",
                    crates("pg-scratch", ", features = [\"server-tests\"]")
                ),
            )
            .replace("PG_CONFIG_PATH", &pg_config.unwrap_or_default())
            .replace("INSTALLATION", &installation)
            .replace("INSTALL", "cargo install cargo-bgworker")
            .replace("COMMENT", own.comment)
            .replace(
                "The postgres-bgworker founders",
                "The authors of my-package",
            )
            .replace("my-package", &self.names.package)
            .replace("my_extension", &self.names.extension);
        if self.own_workspace && text.starts_with("[package]") {
            text.push_str("\n# It does not belong to the workspace around it.\n[workspace]\n");
        }
        text
    }
}
