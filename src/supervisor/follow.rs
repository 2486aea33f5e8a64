//! Following databases and extensions: the events since the last look, and the list of databases.
#![forbid(unsafe_code)]

use super::child::Role;
use super::entry::Millis;
use super::start::Description;
use crate::error::Result;
use crate::events::{Event, Events};
use crate::server::datum::Oid;
use crate::server::log_line::Level;
use crate::server::report::Report;
use crate::server::tokens::OnServerThread;
use crate::worker::{SharedCatalogs, Worker};
use std::collections::{BTreeMap, BTreeSet};

/// The number of events that are certainly kept.
const KEPT: u64 = 60;

/// Commands on a database that come within this time make its workers pause, longer each time: any
/// role can run commands that fail.
const OFTEN: Millis = 10_000;

/// The longest such pause.
const LONGEST_PAUSE: Millis = 5000;

/// What the events since the last look say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// The list of databases may have changed.
    pub(super) databases: bool,
    /// Anything may have changed.
    pub(super) all: bool,
    /// Workers that found nothing to do look again.
    pub(super) idle: bool,
    /// Commands have begun or ended that want databases.
    wanted: bool,
    /// The databases in which an extension has changed, and that extension, or 0.
    pub(super) extensions: BTreeSet<(u32, u32)>,
    /// An event is being written. Look again soon.
    pub(super) late: bool,
}

impl News {
    pub(super) fn is_any(&self) -> bool {
        self.databases || self.all || self.idle || self.wanted || !self.extensions.is_empty()
    }
}

/// Why no worker can connect to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    Template,
    Refuses,
    Invalid,
    NoRole,
    MayNotConnect,
    NoLogin,
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
            6 => "the role of the child cannot log in",
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
    /// The hashes of the names of existing databases.
    hashes: BTreeMap<u32, u32>,
    /// The number of commands in progress that want a database, by the hash of its name.
    wanted: BTreeMap<u32, u32>,
    /// Commands are in progress of which it is not known what they want.
    all_wanted: bool,
    /// The last end of a command that wanted a database, and the number of such ends in short time.
    released: BTreeMap<u32, (Millis, u32)>,
    /// The next look is one at everything.
    looks_at_all: bool,
    /// The workers that cannot run, by child and database.
    pub(super) bars: BTreeMap<(u32, u32), Bar>,
    /// The roles of the children, as the catalog has them now.
    pub(super) roles: Vec<Option<Oid>>,
    /// The names of roles that do not exist.
    pub(super) missing_roles: BTreeSet<String>,
}

impl Followed {
    /// Follows the events from `next` on, or those that are kept: a command that is in progress may
    /// have come before this process.
    pub(super) fn begin(
        &mut self,
        events: &'static Events,
        worker: &impl OnServerThread,
        next: Option<u64>,
    ) -> Result<()> {
        let kept = events.written(worker)?.saturating_sub(KEPT) + 1;
        match next {
            Some(next) if next >= kept => self.next_event = next,
            _ => (self.next_event, self.looks_at_all) = (kept, true),
        }
        Ok(())
    }

    pub(super) fn next_event(&self) -> u64 {
        self.next_event
    }

    /// Makes the next look one at everything.
    pub(super) fn look_at_all(&mut self) {
        self.looks_at_all = true;
    }

    /// Reads the events since the last look.
    pub(super) fn read(
        &mut self,
        events: &'static Events,
        worker: &impl OnServerThread,
        now: Millis,
    ) -> Result<News> {
        let mut news = News {
            all: std::mem::take(&mut self.looks_at_all),
            ..News::default()
        };
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
                    self.all_wanted = true;
                    (news.databases, news.all) = (true, true);
                }
                Event::Wanted(hash) => {
                    *self.wanted.entry(hash).or_default() += 1;
                    news.wanted = true;
                }
                Event::Released(hash) => {
                    self.release(hash, now);
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
        let waits = self.all_wanted || !self.wanted.is_empty();
        if waits && !events.are_commands_in_progress(worker) {
            self.wanted.clear();
            self.all_wanted = false;
            news.databases = true;
        }
        Ok(news)
    }

    fn release(&mut self, hash: u32, now: Millis) {
        if let Some(commands) = self.wanted.get_mut(&hash) {
            *commands -= 1;
            if *commands == 0 {
                self.wanted.remove(&hash);
            }
        }
        self.released.retain(|_, (last, _)| now - *last < OFTEN);
        let (last, times) = self.released.entry(hash).or_default();
        (*last, *times) = (now, times.saturating_add(1));
    }

    /// Returns whether a command in progress wants this database.
    pub(super) fn is_wanted(&self, database: u32) -> bool {
        let hash = self.hashes.get(&database);
        self.all_wanted || hash.is_some_and(|hash| self.wanted.contains_key(hash))
    }

    /// Returns the pause before workers return to a database that commands have wanted often.
    pub(super) fn pause(&self, database: u32) -> Millis {
        let hash = self.hashes.get(&database);
        let times = hash.and_then(|hash| Some(self.released.get(hash)?.1));
        match times.unwrap_or(0) {
            0..=3 => 0,
            times => (10 << (times - 3).min(16)).min(LONGEST_PAUSE),
        }
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
        self.hashes = databases
            .iter()
            .map(|database| (database.oid.0, database.name_hash))
            .collect();
        self.bars.clear();
        for (child, (declared, per_database)) in (0..).zip(&description.children) {
            if !*per_database {
                continue;
            }
            let role = declared.role.as_ref().and_then(find);
            let is_superuser = role == Some(Oid::INVALID);
            let can_login = is_superuser
                || roles
                    .iter()
                    .any(|known| Some(known.oid) == role && known.can_login);
            let allowed = match role.filter(|_| !is_superuser) {
                Some(role) => worker.connectable(role)?,
                None => BTreeSet::new(),
            };
            for database in &databases {
                let bar = if database.is_invalid {
                    Bar::Invalid
                } else if !database.allows_connections {
                    Bar::Refuses
                } else if database.is_template {
                    Bar::Template
                } else if role.is_none() {
                    Bar::NoRole
                } else if !can_login {
                    Bar::NoLogin
                } else if !is_superuser && !allowed.contains(&database.oid.0) {
                    Bar::MayNotConnect
                } else {
                    continue;
                };
                self.bars.insert((child, database.oid.0), bar);
            }
        }
        Ok(())
    }
}
