//! Commands that refuse.

use crate::{Made, Mistake};

const PLAIN: &str = r#"[package]
name = "NAME"
version = "1.0.0"
edition = "2024"

[workspace]

[dependencies]
postgres-bgworker = { path = "ROOT", default-features = false }
"#;

const WORKER: &str = r#"use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("jobs", worker_main!(jobs)).register(preload)
}

fn jobs(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}
"#;

const CONTROL: &str = "default_version = '1.0'\nmodule_pathname = '$libdir/NAME'\n";

/// Its directories cannot be written to, not even by root.
const READ_ONLY: &str = r#"#!/bin/sh
if [ "$1 $2" = "--pkglibdir --sharedir" ]; then
    echo /sys/kernel
    echo /sys/kernel
else
    exec "$REAL" "$@"
fi
"#;

pub(super) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "no_crate_type",
        what: "`crate-type` is missing",
        made: Made::Package {
            files: &[("src/lib.rs", ""), ("Cargo.toml", PLAIN)],
            command: "cargo bgworker run",
        },
        says: r#"error: package "jobs" has no loadable library
= help: in its Cargo.toml: [lib] crate-type = ["cdylib"]"#,
        remedy: "Add the section `[lib]` to `Cargo.toml`.",
    },
    Mistake {
        name: "no_such_package",
        what: "`--package` names no package",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cargo bgworker run --package jbos",
        },
        says: r#"error: package "jbos" does not exist in this workspace
= packages: jobs"#,
        remedy: "Use a name of the list.",
    },
    Mistake {
        name: "no_such_example",
        what: "`--example` names no example",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cargo bgworker run --example heartbeat",
        },
        says: r#"error: no example is named "heartbeat"
= help: cargo bgworker run --package jobs"#,
        remedy: "Use the command of the help. Examples of `postgres-bgworker` run in its checkout.",
    },
    Mistake {
        name: "no_such_major",
        what: "`--pg` names a major that is not installed",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cargo bgworker run --pg 9.2",
        },
        says: r#"error: no PostgreSQL 9.2 was found
= majors found: …"#,
        remedy: "`cargo bgworker servers install 18`, or a major of the list. Background workers exist since 9.3.",
    },
    Mistake {
        name: "no_manifest",
        what: "There is no `Cargo.toml`",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cd / && cargo bgworker run",
        },
        says: r#"error: no Cargo package was found
= error: could not find `Cargo.toml` in `/` or any parent directory
= help: change to the directory of a package or a workspace"#,
        remedy: "Change to the package, or create one: `cargo bgworker new jobs`.",
    },
    Mistake {
        name: "built_for_another_major",
        what: "A library for one major, in a server of another",
        made: Made::Package {
            files: &[("src/lib.rs", WORKER)],
            command: "[ $OTHER != $REAL ] || { echo 'skipped: only one major is installed'; exit; }
cargo build --quiet && cargo bgworker inspect $CARGO_TARGET_DIR/debug/lib$NAME.so --pg-config $OTHER",
        },
        says: r#"broken[other-magic]: the server would reject its magic block: version is …, the server's …
= help: build it with the headers of PostgreSQL … (set PG_CONFIG)"#,
        remedy: "Build the library for each major: `cargo bgworker package --pg 15`.",
    },
    Mistake {
        name: "preload_by_set",
        what: "`--set shared_preload_libraries`",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cargo bgworker run --set shared_preload_libraries=auto_explain",
        },
        says: r#"error: --set shared_preload_libraries would replace the library that this command runs
= help: add other libraries to it: --preload auto_explain"#,
        remedy: "`cargo bgworker run --preload auto_explain`",
    },
    Mistake {
        name: "no_tests",
        what: "`cargo bgworker test` without tests",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cargo bgworker test --pg-config $PG_CONFIG",
        },
        says: r#"error: no test was run"#,
        remedy: "Write `#[test]` functions, or `server_tests!`. See [Testing](testing.md).",
    },
    Mistake {
        name: "no_such_command",
        what: "A subcommand that does not exist",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "cargo bgworker init",
        },
        says: r#"error: no such command: `bgworker-init`"#,
        remedy: "`cargo bgworker --help` lists the commands. `new` creates a package.",
    },
    Mistake {
        name: "install_without_permission",
        what: "`install` without permission",
        made: Made::Package {
            files: &[
                ("src/lib.rs", WORKER),
                ("jobs.control", CONTROL),
                ("sql/jobs--1.0.sql", ""),
                ("pg_config", READ_ONLY),
            ],
            command: "cargo bgworker install --dev --pg-config ./pg_config",
        },
        says: r#"error: this account may not write to /sys/kernel
= the library is built; these commands install it:
= help: sudo install -m 755 …/libjobs.so /sys/kernel/jobs.so"#,
        remedy: "Run the commands of the help as the owner of the directory.",
    },
    Mistake {
        name: "new_into_a_directory_that_exists",
        what: "`new` with the name of a directory that exists",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "mkdir -p taken && touch taken/file && cargo bgworker new taken",
        },
        says: r#"error: taken exists
= help: choose another name, or remove it"#,
        remedy: "Choose another name.",
    },
    Mistake {
        name: "package_without_control",
        what: "`package` with a script, but without a control file",
        made: Made::Package {
            files: &[("src/lib.rs", WORKER), ("sql/NAME--1.0.sql", "")],
            command: "cargo bgworker package --pg-config $PG_CONFIG",
        },
        says: r#"error: jobs.control is missing
= …/sql/jobs--1.0.sql is a script of the extension jobs
= help: write jobs.control: default_version = '1.0' and module_pathname = '$libdir/jobs'"#,
        remedy: "Write the control file, which names the extension and its version. A worker without functions and tables needs neither. See [Installing and packaging](packaging.md).",
    },
];
