//! Builds that find no server.

use crate::{Made, Mistake};

/// Answers like the server, but for the headers.
const CLIENT: &str = r##"#!/bin/sh
"$REAL" "$@" | sed "s#^$("$REAL" --includedir-server)\$#/nowhere/include#"
"##;

/// Builds in a mount namespace in which the directories of servers are empty.
const HIDE: &str = r#"#!/bin/sh
unset PG_CONFIG BGWORKER_SERVERS
export CARGO_TARGET_DIR="$REFUSED" XDG_DATA_HOME=/nowhere
if [ "$1" != inside ]; then
    unshare --user --map-root-user --mount true || { echo "skipped: no namespaces here"; exit; }
    exec unshare --user --map-root-user --mount ./hide.sh inside
fi
for program in $(which -a pg_config); do
    hidden="$hidden $($program --includedir-server)"
done
for directory in $hidden /usr/lib/postgresql /usr/pgsql-* /usr/local/pgsql /var/lib/cargo-bgworker/servers; do
    [ ! -d "$directory" ] || mount -t tmpfs none "$directory"
done
exec cargo check
"#;

pub(super) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "pg_config_missing",
        what: "`PG_CONFIG` is a path that does not exist",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "CARGO_TARGET_DIR=$REFUSED PG_CONFIG=/nowhere/pg_config cargo check",
        },
        says: r#"error: the pg_config named by PG_CONFIG cannot be run: No such file or directory (os error 2)
= note: path: /nowhere/pg_config"#,
        remedy: "Correct `PG_CONFIG`, or unset it. `cargo bgworker doctor` lists the servers that it finds.",
    },
    Mistake {
        name: "pg_config_without_headers",
        what: "The server of `PG_CONFIG` has no headers",
        made: Made::Package {
            files: &[("src/lib.rs", ""), ("pg_config", CLIENT)],
            command: "CARGO_TARGET_DIR=$REFUSED PG_CONFIG=$PWD/pg_config cargo check",
        },
        says: r#"error: the pg_config named by PG_CONFIG belongs to an installation without server headers
= note: cannot find …/postmaster/bgworker.h
= help: cargo bgworker servers install …
= help: or name the right one: PG_CONFIG=/path/to/pg_config
= help: Debian, Ubuntu: apt install postgresql-server-dev-…"#,
        remedy: "Install the headers, or `cargo bgworker servers install 18`, which needs no root.",
    },
    Mistake {
        name: "pg_config_is_psql",
        what: "`PG_CONFIG` is `psql`",
        made: Made::Package {
            files: &[("src/lib.rs", "")],
            command: "CARGO_TARGET_DIR=$REFUSED PG_CONFIG=$BINDIR/psql cargo check",
        },
        says: r#"error: the pg_config named by PG_CONFIG does not answer like a pg_config
= note: path: …/psql
= note: --version printed: "psql (PostgreSQL) …
= help: a server's pg_config prints a line like "PostgreSQL 18.1""#,
        remedy: "Name the program `pg_config` that is beside it.",
    },
    Mistake {
        name: "no_pg_config",
        what: "There is no `pg_config`",
        made: Made::Package {
            files: &[("src/lib.rs", ""), ("hide.sh", HIDE)],
            command: "./hide.sh",
        },
        says: r#"error: no PostgreSQL server with headers was found
= note: looked at, in this order: PG_CONFIG_<TARGET>, PG_CONFIG, PATH, versioned directories, pkg-config, the servers of cargo bgworker
= help: cargo bgworker servers install 18
= help: or name the right one: PG_CONFIG=/path/to/pg_config"#,
        remedy: "`cargo bgworker servers install 18`, or install the headers of your server.",
    },
];
