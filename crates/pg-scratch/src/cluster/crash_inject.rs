//! Fault injection: crashes and unusual states of a server, and replaced files.

use super::children::Process;
use super::library::copy_library;
use super::running::Cluster;
use super::{mirror, program};
use crate::error::{Error, Result};
use crate::extension::Extension;
use nix::sys::signal::Signal;
use std::path::Path;
use std::sync::PoisonError;

impl Cluster {
    /// Sends SIGKILL to the postmaster. Returns the children that it had. These should exit by
    /// themselves.
    pub fn kill_postmaster(&mut self) -> Result<Vec<Process>> {
        let family = self.children();
        let slot = self
            .postmaster
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(postmaster) = slot else {
            return Err(Error::new("the server is not running"));
        };
        postmaster.signal(Signal::SIGKILL)?;
        postmaster.collect();
        *slot = None;
        Ok(family)
    }

    /// Replaces the file of a library by renaming, so processes that have loaded it keep the old
    /// file.
    pub fn replace_library(&self, name: &str, library: &Path) -> Result<()> {
        let directory = self.place.path().join("lib");
        copy_library(&self.server, &directory, name, library)
    }

    /// Replaces the files of an extension that the builder has made available.
    pub fn replace_extension(&self, extension: &Extension) -> Result<()> {
        let place = self.place.path();
        let directory = match mirror::has_setting(&self.server) {
            true => place.join("share/extension"),
            false => mirror::control_directory(&self.server, &place.join("server"))?,
        };
        mirror::remove(extension, &directory)?;
        mirror::copy(extension, &directory)
    }

    /// Runs `sql` in a single-user server on this data directory and returns its output. The server
    /// must be stopped.
    pub fn single_user(&self, sql: &str) -> Result<String> {
        program::single_user(&self.server, &self.data, &[], sql)
    }
}
