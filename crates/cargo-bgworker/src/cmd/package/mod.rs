//! `cargo bgworker package`: builds archives and packages for several majors.

mod archive;
mod cpio;
mod deb;
mod machine;
mod oci;
mod rpm;
mod shlibs;
mod stage;
mod tree;

use super::module;
use bgworker_cli::build::{Choice, Package, Workspace};
use bgworker_cli::choose;
use bgworker_cli::term;
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
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

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// NAME-VERSION-pgMAJOR-MACHINE.tar.gz, with the directories lib and share/extension
    Tar,
    /// postgresql-MAJOR-NAME_VERSION_MACHINE.deb, for the servers of Debian, Ubuntu and PGDG
    Deb,
    /// NAME_MAJOR-VERSION-1.MACHINE.rpm, for the servers of PGDG, Fedora and openSUSE
    Rpm,
    /// NAME-VERSION-pgMAJOR-MACHINE.oci.tar, an image for image volumes of CloudNativePG, since 18
    Oci,
}

/// What is packaged.
struct Module<'a> {
    choice: &'a Choice,
    package: &'a Package,
    extension: Option<Extension>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::read()?;
    let choice = module::choose(&workspace, args.example.as_deref(), args.package.as_deref())?;
    let servers = choose::several(&args.pg, args.pg_config.as_deref())?;
    let package = workspace.package_of(&choice)?;
    let extension = Extension::find_any(package.directory(), &choice.name)?;
    if let Some(extension) = &extension {
        module::check_names(extension, &choice.name)?;
    }
    if args.format.contains(&Format::Deb) {
        deb::check()?;
    }
    if args.format.contains(&Format::Rpm) {
        rpm::check()?;
    }
    if args.format.contains(&Format::Oci) {
        servers.iter().try_for_each(oci::check)?;
    }
    let default = || workspace.target_directory.join("bgworker-package");
    let output = args.output.clone().unwrap_or_else(default);
    std::fs::create_dir_all(&output).map_err(|e| Error::io(output.display(), &e))?;
    let module = Module {
        choice: &choice,
        package,
        extension,
    };
    let mut made = Vec::new();
    for server in &servers {
        made.extend(module.package(server, &args, &output)?);
    }
    if args.json {
        println!("{:#}", serde_json::json!({ "ok": true, "packages": made }));
    } else {
        made.iter().for_each(|path| println!("{}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

impl Module<'_> {
    /// Makes the packages of a server, before cargo replaces the library.
    fn package(&self, server: &Server, args: &Args, output: &Path) -> Result<Vec<PathBuf>> {
        let name = &self.choice.name;
        term::status(
            "Building",
            format!("{name} for PostgreSQL {}", server.version),
        );
        let library = self.choice.build(server, !args.dev)?;
        module::check(&library)?;
        let tree = Tree::new(
            name,
            self.package,
            self.extension.as_ref(),
            server,
            &library,
        )?;
        let mut made = Vec::new();
        for format in &args.format {
            let file = match format {
                Format::Tar => archive::write(&tree, output)?,
                Format::Deb => deb::write(&tree, output)?,
                Format::Rpm => rpm::write(&tree, output)?,
                Format::Oci => oci::write(&tree, output)?,
            };
            if let Err(error) = self.inspect(&tree, *format, &file, server) {
                // A package that does not work is not left behind.
                let _ = std::fs::remove_file(&file);
                return Err(error);
            }
            term::status("Packaged", file.display());
            if *format == Format::Oci {
                anstream::eprintln!("{}", oci::stanza(&tree));
            }
            made.push(file);
        }
        Ok(made)
    }

    /// Inspects the library in a package, which is what will be loaded.
    fn inspect(&self, tree: &Tree, format: Format, file: &Path, server: &Server) -> Result<()> {
        let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
        let name = tree.library_name();
        let content = match format {
            Format::Tar => archive::extract(&archive::open(file)?, name)?,
            Format::Deb => archive::extract(&deb::open(file)?, name)?,
            Format::Rpm => rpm::open(file, name)?,
            Format::Oci => archive::extract(&oci::open(file)?, name)?,
        };
        let library = directory.path().join(name);
        std::fs::write(&library, content).map_err(|e| Error::io(library.display(), &e))?;
        let found = module::inspected(&library, server, self.extension.as_ref());
        found
            .map(drop)
            .map_err(|error| error.note(format!("in {}", file.display())))
    }
}
