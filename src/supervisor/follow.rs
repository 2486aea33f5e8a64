//! Following databases and extensions: the events since the last look, and the list of databases.
#![forbid(unsafe_code)]

use super::child::Role;
use super::start::Description;
use crate::error::Result;
use crate::events::{Event, Events};
use crate::server::datum::Oid;
use crate::server::log_line::Level;
use crate::server::report::Report;
use crate::server::tokens::OnServerThread;
use crate::worker::{Database, SharedCatalogs, Worker};
use std::collections::{BTreeMap, BTreeSet};

/// The number of events that are certainly kept.
const KEPT: u64 = 60;

/// What the events since the last look say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// The list of databases may have changed.
    pub(super) databases: bool,
    /// Events were lost: anything may have changed.
    pub(super) all: bool,
    /// The databases in which an extension has changed, and that extension, or 0.
    pub(super) extensions: BTreeSet<(u32, u32)>,
    /// An event is being written. Look again soon.
    pub(super) late: bool,
}

/// Why no worker can connect to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    Template,
    Refuses,
    Invalid,
    NoRole,
    MayNotConnect,
}

impl Bar {
    pub(super) const fn number(self) -> u32 {
        self as u32 + 1
    }

    /// Returns the reason with this number.
    pub(super) fn text(number: u32) -> Option<&'static str> {
        Some(match number {
            1 => "the database is a template",
            2 => "the database does not allow connections",
            3 => "the database is invalid, because DROP DATABASE was interrupted",
            4 => "the role of the child does not exist",
            5 => "the role of the child may not connect to the database",
            _ => return None,
        })
    }
}

/// What the supervisor knows of databases.
#[derive(Debug, Default)]
pub(super) struct Followed {
    next_event: u64,
    stuck_at: u64,
    /// The names of the databases that exist.
    pub(super) names: BTreeMap<u32, String>,
    /// The hashes of the names of databases that commands in progress want.
    wanted: BTreeSet<u32>,
    /// The workers that cannot run, by child and database.
    pub(super) bars: BTreeMap<(u32, u32), Bar>,
    /// The roles of the children, as the catalog has them now.
    pub(super) roles: Vec<Option<Oid>>,
    /// The names of roles that do not exist.
    pub(super) missing_roles: BTreeSet<String>,
}

impl Followed {
    /// Follows the events that are kept: a command that is in progress may have come before this
    /// process.
    pub(super) fn begin(
        &mut self,
        events: &'static Events,
        worker: &impl OnServerThread,
    ) -> Result<()> {
        self.next_event = events.written(worker)?.saturating_sub(KEPT) + 1;
        Ok(())
    }

    /// Reads the events since the last look.
    pub(super) fn read(
        &mut self,
        events: &'static Events,
        worker: &impl OnServerThread,
    ) -> Result<News> {
        let mut news = News::default();
        loop {
            match events.read(worker, self.next_event)? {
                Event::None => break,
                // Its process may have been unable to write it.
                Event::Late if self.stuck_at != self.next_event => {
                    self.stuck_at = self.next_event;
                    news.late = true;
                    break;
                }
                Event::Late | Event::Lost => {
                    self.next_event = events.written(worker)?;
                    self.wanted.clear();
                    (news.databases, news.all) = (true, true);
                }
                Event::Wanted(hash) => {
                    self.wanted.insert(hash);
                }
                Event::Released(0) => {
                    self.wanted.clear();
                    news.databases = true;
                }
                Event::Released(hash) => {
                    self.wanted.remove(&hash);
                    news.databases = true;
                }
                Event::DatabasesChanged => news.databases = true,
                Event::ExtensionChanged(database, extension) => {
                    news.extensions.insert((database, extension));
                }
            }
            self.next_event += 1;
        }
        // No command is in progress: an end was lost.
        if !self.wanted.is_empty() && !events.are_commands_in_progress(worker) {
            self.wanted.clear();
            news.databases = true;
        }
        Ok(news)
    }

    /// Returns whether a command in progress wants this database.
    pub(super) fn is_wanted(&self, database: u32) -> bool {
        let name = self.names.get(&database);
        name.is_some_and(|name| self.wanted.contains(&hash(name.as_bytes())))
    }

    /// Reads the databases, and finds out which of them workers can connect to.
    pub(super) fn list(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
        supervisor: &str,
        description: &Description,
    ) -> Result<()> {
        let databases = worker.databases()?;
        let roles = worker.roles()?;
        let find = |role: &Role| match role.name() {
            None => Some(Oid::INVALID),
            Some(name) => roles
                .iter()
                .find(|role| role.name == name)
                .map(|role| role.oid),
        };
        self.roles = description
            .children
            .iter()
            .map(|(child, _)| child.role.as_ref().and_then(find))
            .collect();
        let declared = description.children.iter();
        let declared = declared.filter_map(|(child, _)| child.role.as_ref());
        let missing: BTreeSet<String> = declared
            .filter(|role| find(role).is_none())
            .filter_map(|role| Some(role.name()?.to_string()))
            .collect();
        for role in missing.difference(&self.missing_roles) {
            Report::new(
                Level::Warning,
                format!("supervisor \"{supervisor}\": role \"{role}\" does not exist"),
            )
            .hint(format!("Run CREATE ROLE {role} LOGIN."))
            .emit(worker);
        }
        self.missing_roles = missing;
        self.names = databases
            .iter()
            .map(|database| (database.oid.0, database.name.clone()))
            .collect();
        self.bars.clear();
        for (child, (_, per_database)) in description.children.iter().enumerate() {
            for database in databases.iter().filter(|_| *per_database) {
                if let Some(bar) = bar(worker, database, self.roles[child])? {
                    self.bars.insert((child as u32, database.oid.0), bar);
                }
            }
        }
        Ok(())
    }
}

fn bar(
    worker: &mut Worker<'_, SharedCatalogs>,
    database: &Database,
    role: Option<Oid>,
) -> Result<Option<Bar>> {
    if database.is_invalid {
        return Ok(Some(Bar::Invalid));
    }
    if !database.allows_connections {
        return Ok(Some(Bar::Refuses));
    }
    if database.is_template {
        return Ok(Some(Bar::Template));
    }
    let Some(role) = role else {
        return Ok(Some(Bar::NoRole));
    };
    if role != Oid::INVALID && !worker.may_connect(role, database.oid)? {
        return Ok(Some(Bar::MayNotConnect));
    }
    Ok(None)
}

/// FNV-1a with 32 bits, as `shim/events.c` computes it.
fn hash(name: &[u8]) -> u32 {
    let hash = name.iter().fold(0x811C_9DC5, |hash: u32, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    hash.max(1)
}
