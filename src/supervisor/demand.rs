//! Starting as many workers of a pool as there is work for.
#![forbid(unsafe_code)]

use super::child::{Child, Role};
use super::entry::{Millis, Phase};
use super::run::Running;
use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::Oid;
use crate::worker::{SharedCatalogs, Worker};

impl Running {
    /// Lets as many workers start as there is work for.
    pub(super) fn follow_work(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
        now: Millis,
    ) -> Result<()> {
        for (number, (child, _)) in (0..).zip(&self.description.children) {
            let Some(crew) = child.crew.filter(|_| self.plan.permits(number)) else {
                continue;
            };
            let (mut live, mut called, mut absent) = (0, Vec::new(), Vec::new());
            for (at, entry) in self.plan.entries() {
                match entry.phase {
                    _ if entry.child != number => {}
                    _ if entry.is_live() => live += 1,
                    Phase::Waiting => called.push(at),
                    Phase::Pausing(until) if until <= now => called.push(at),
                    Phase::Absent => absent.push(at),
                    _ => {}
                }
            }
            let wanted = crew.demand(worker, live, self.plan.has_room(now))?;
            let dismissed = called.split_off(called.len().min(wanted));
            for at in dismissed {
                if let Some(entry) = self.plan.get_mut(at) {
                    entry.dismiss(now);
                }
            }
            for at in absent.into_iter().take(wanted - called.len()) {
                if let Some(entry) = self.plan.get_mut(at) {
                    entry.call(now);
                }
            }
        }
        Ok(())
    }
}

/// Returns the role of a child of a pool: an invalid OID for the bootstrap superuser.
pub(super) fn role_of(worker: &mut Worker<'_, SharedCatalogs>, child: &Child) -> Result<Oid> {
    let Some(name) = child.role.as_ref().and_then(Role::name) else {
        return Ok(Oid::INVALID);
    };
    let roles = worker.roles()?;
    match roles.iter().find(|role| role.name == name) {
        Some(role) if role.can_login => Ok(role.oid),
        Some(_) => Err(
            Error::new(ErrorKind::Invalid, format!("role \"{name}\" cannot log in"))
                .with_hint(format!("Run ALTER ROLE {name} LOGIN.")),
        ),
        None => Err(Error::new(
            ErrorKind::NotFound,
            format!("role \"{name}\" does not exist"),
        )
        .with_hint(format!("Run CREATE ROLE {name} LOGIN."))),
    }
}
