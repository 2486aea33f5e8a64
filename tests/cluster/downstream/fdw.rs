//! A framework for foreign data wrappers, with wrappers that work and that fail:
//! `tests/downstream/fdw`.

mod elsewhere;
mod errors;
mod files;
mod packaged;

use super::build;
use pg_scratch::cluster::Cluster;
use postgres::Client;
use std::path::PathBuf;
use support::cluster;

/// A server with a wrapper.
struct Server {
    cluster: Cluster,
    name: &'static str,
}

impl Server {
    fn start(name: &'static str, package: &str) -> Self {
        Self::with(name, build(package, &[]))
    }

    fn with(name: &'static str, library: PathBuf) -> Self {
        let cluster = cluster().library(name, library).start().unwrap();
        Server { cluster, name }
    }

    fn client(&self) -> Client {
        let name = self.name;
        let mut client = self.cluster.connect().unwrap();
        client
            .batch_execute(&format!(
                "create function {name}_handler() returns fdw_handler language c as '{name}';
                 create function {name}_validator(text[], oid) returns void language c as '{name}';
                 create foreign data wrapper {name} handler {name}_handler validator {name}_validator"
            ))
            .unwrap();
        client
    }
}
