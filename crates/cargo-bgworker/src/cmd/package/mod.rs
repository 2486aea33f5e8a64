//! `cargo bgworker package`: builds archives and packages for several majors.

mod archive;
mod cpio;
mod deb;
mod format;
mod machine;
mod oci;
mod pgxn;
mod rpm;
mod shlibs;
mod stage;
mod stanza;
mod tree;

use bgworker_cli::build::{Choice, Package, Workspace};
use bgworker_cli::choose;
use bgworker_cli::term;
use bgworker_run::module;
use format::Format;
use pg_abi::inspect::{Inspection, Preloading};
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use stanza::Stanza;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tree::Tree;

/// Builds archives and packages of a library and its extension, for several majors
///
/// The same sources, paths and tools give the same bytes. SOURCE_DATE_EPOCH sets the times of the
/// files. The library in each package is inspected, and compared with the SQL scripts.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The example to package (crate-type cdylib)
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    example: Option<String>,
    /// The package. The default is the package in the current directory
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// The majors of the servers, like 15 18
    #[arg(long, value_name = "MAJOR", num_args = 1.., conflicts_with = "pg_config")]
    pg: Vec<String>,
    /// The path of the server's pg_config
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// The formats
    #[arg(long, value_enum, value_delimiter = ',', default_value = "tar")]
    format: Vec<Format>,
    /// The directory of the packages. The default is bgworker-package in cargo's target directory
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Build without optimizations
    #[arg(long)]
    dev: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What is packaged.
struct Module<'a> {
    choice: &'a Choice,
    package: &'a Package,
    /// The root directory of the workspace.
    workspace: &'a Path,
    extension: Option<Extension>,
    formats: Vec<Format>,
    output: PathBuf,
    warnings: module::Warnings,
}

/// A package that is complete.
#[derive(serde::Serialize)]
struct Made {
    file: PathBuf,
    format: &'static str,
    major: Option<String>,
    server: Option<String>,
    machine: Option<&'static str>,
    size: usize,
    sha256: String,
    /// Whether the library must be preloaded, if that is known.
    preloading: Option<Preloading>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let choice = module::choose(&workspace, args.example.as_deref(), args.package.as_deref())?;
    let servers = choose::several(&args.pg, args.pg_config.as_deref())?;
    let servers = format::one_per_major(servers)?;
    let formats = format::distinct(&args.format);
    let package = workspace.package_of(&choice)?;
    if choice.is_example() && formats.contains(&Format::Pgxn) {
        return Err(Error::new(format!(
            "PGXN distributes packages, and {} is an example of the package {}",
            choice.name, package.name
        ))
        .help("use another --format, or move the example into a package of its own"));
    }
    let extension = module::extension(&choice, package)?;
    for (extension, server) in extension
        .iter()
        .flat_map(|one| servers.iter().map(move |s| (one, s)))
    {
        module::check_extension(extension, &choice.name, server)?;
    }
    formats
        .iter()
        .try_for_each(|format| format.check(&servers))?;
    let default = || workspace.target_directory.join("bgworker-package");
    let output = args.output.clone().unwrap_or_else(default);
    std::fs::create_dir_all(&output).map_err(|e| Error::io(output.display(), &e))?;
    let mut module = Module {
        choice: &choice,
        package,
        workspace: &workspace.workspace_root,
        extension,
        formats,
        output,
        warnings: module::Warnings::default(),
    };
    let mut made = Vec::new();
    if module.formats.contains(&Format::Pgxn) {
        made.push(module.sources()?);
        module.formats.retain(|format| *format != Format::Pgxn);
    }
    let for_servers = servers.iter().filter(|_| !module.formats.is_empty());
    for server in for_servers {
        made.extend(module.package(server, !args.dev)?);
    }
    if args.json {
        println!("{:#}", serde_json::json!({ "ok": true, "packages": made }));
    } else {
        made.iter()
            .for_each(|one| println!("{}", one.file.display()));
    }
    Ok(ExitCode::SUCCESS)
}

impl Module<'_> {
    /// Makes the packages of a server, before cargo replaces the library.
    fn package(&self, server: &Server, release: bool) -> Result<Vec<Made>> {
        let name = &self.choice.name;
        term::status(
            "Building",
            format!("{name} for PostgreSQL {}", server.version),
        );
        let library = self.choice.build(server, release)?;
        module::check(&library)?;
        let tree = Tree::new(
            name,
            self.package,
            self.extension.as_ref(),
            server,
            &library,
        )?;
        let mut made = Vec::new();
        for format in &self.formats {
            let one = self.make(&tree, *format, server)?;
            term::status("Packaged", one.file.display());
            if *format == Format::Oci {
                let stanza = Stanza {
                    library: name,
                    tag: &oci::tag(&tree),
                    preloading: one.preloading,
                    roles: self.package.roles(),
                };
                anstream::eprintln!("{}", stanza.text());
            }
            made.push(one);
        }
        Ok(made)
    }

    /// Makes a package of the library, and inspects what is in it.
    fn make(&self, tree: &Tree, format: Format, server: &Server) -> Result<Made> {
        let hidden = self.hidden()?;
        let written = format.write(tree, hidden.path())?;
        let found = self
            .inspect(tree, format, &written, server)
            .map_err(|error| error.note(format!("in {}", self.place(&written).display())))?;
        let made = self.complete(&written, format)?;
        Ok(Made {
            major: Some(tree.major.clone()),
            server: Some(server.version.full.clone()),
            machine: Some(tree.machine.name),
            preloading: module::preloading(&found),
            ..made
        })
    }

    /// Makes the archive of the sources, which are the same for all servers.
    fn sources(&self) -> Result<Made> {
        let extension = self.extension.as_ref().ok_or_else(|| {
            Error::new(format!(
                "{} has no extension, and PGXN is for extensions",
                self.package.name
            ))
            .help(format!(
                "add {0}.control and {0}--1.0.sql",
                self.choice.name
            ))
        })?;
        let hidden = self.hidden()?;
        let written = pgxn::write(
            self.package,
            self.workspace,
            extension,
            tree::time()?,
            hidden.path(),
        )?;
        let made = self.complete(&written, Format::Pgxn)?;
        term::status("Packaged", made.file.display());
        Ok(made)
    }

    /// Returns a directory in the file system of the output, so that a package can be renamed.
    fn hidden(&self) -> Result<tempfile::TempDir> {
        let mut builder = tempfile::Builder::new();
        let made = builder.prefix(".bgworker-package").tempdir_in(&self.output);
        made.map_err(|e| Error::io(self.output.display(), &e))
    }

    fn place(&self, written: &Path) -> PathBuf {
        self.output.join(written.file_name().unwrap_or_default())
    }

    /// Gives a package its name when it is complete.
    fn complete(&self, written: &Path, format: Format) -> Result<Made> {
        let file = self.place(written);
        let content = std::fs::read(written);
        let content = content.and_then(|content| std::fs::rename(written, &file).map(|()| content));
        let content = content.map_err(|e| Error::io(file.display(), &e))?;
        Ok(Made {
            file,
            format: format.name(),
            major: None,
            server: None,
            machine: None,
            preloading: None,
            size: content.len(),
            sha256: oci::sha256(&content),
        })
    }

    /// Inspects the library in a package, which is what will be loaded.
    fn inspect(
        &self,
        tree: &Tree,
        format: Format,
        package: &Path,
        server: &Server,
    ) -> Result<Inspection> {
        let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
        let name = tree.library_name();
        let library = directory.path().join(name);
        std::fs::write(&library, format.read(package, name)?)
            .map_err(|e| Error::io(library.display(), &e))?;
        module::inspected(&library, server, self.extension.as_ref(), &self.warnings)
    }
}
