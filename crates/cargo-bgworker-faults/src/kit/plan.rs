//! How to start a server with the worker under test.

use super::host::{self, Host};
use super::target::{Start, Target};
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::PathBuf;

/// `max_worker_processes`. A standby must not have less than its primary.
pub(crate) const SLOTS: &str = "48";

/// How to start a server with the worker under test.
pub(crate) struct Plan<'a> {
    pub(crate) server: &'a Server,
    pub(crate) target: &'a Target,
    pub(crate) host: Option<&'a Host>,
    pub(crate) workers: Option<u32>,
    pub(crate) settings: Vec<(String, String)>,
    /// Server libraries to preload before the library under test.
    pub(crate) neighbours: Vec<String>,
    /// Settings of the server.
    pub(crate) environment: Vec<(String, PathBuf)>,
}

impl Plan<'_> {
    pub(crate) fn builder(&self) -> Result<ClusterBuilder> {
        self.describe(Cluster::builder(self.server))
    }

    /// Returns a plan for a standby of `primary`, with the worker.
    pub(crate) fn standby(&self, primary: &Cluster) -> Result<ClusterBuilder> {
        self.describe(primary.standby())
    }

    fn describe(&self, builder: ClusterBuilder) -> Result<ClusterBuilder> {
        let name = self.target.library_name();
        let mut builder = builder
            .role_of_library(&name)
            .setting("log_min_messages", "debug1");
        if host::has_dynamic_workers(self.server) {
            builder = builder.setting("max_worker_processes", SLOTS);
        }
        for neighbour in &self.neighbours {
            builder = builder.preload_installed(neighbour);
        }
        builder = match &self.target.start {
            Start::Preloaded | Start::Function { preload: true, .. } => {
                builder.preload(&name, &self.target.library)
            }
            Start::Function { preload: false, .. } => builder.library(&name, &self.target.library),
        };
        if let Some(host) = self.host {
            builder = builder.preload(host::NAME, host.library());
        }
        if let Start::Function {
            name: function,
            restart,
            ..
        } = &self.target.start
        {
            if self.host.is_none() {
                return Err(Error::new(
                    "registering a function needs the kit's own library, which was not compiled",
                ));
            }
            builder = builder
                .setting("faults_host.library", &name)
                .setting("faults_host.function", function)
                .setting("faults_host.restart", &restart.to_string())
                .setting(
                    "faults_host.workers",
                    &self.workers.unwrap_or(4).to_string(),
                );
        }
        if let (Some(setting), Some(workers)) = (&self.target.workers_setting, self.workers) {
            builder = builder.setting(setting, &workers.to_string());
        }
        builder = self
            .environment
            .iter()
            .fold(builder, |builder, (name, value)| {
                builder.environment(name, value)
            });
        let settings = self.target.settings.iter().chain(&self.settings);
        Ok(settings.fold(builder, |builder, (name, value)| {
            builder.setting(name, value)
        }))
    }
}
