//! The description of a supervisor, and its registration.
#![forbid(unsafe_code)]

use super::child::{Child, Role};
#[cfg(pg_has = "named_lwlock_tranche")]
use super::crew::Crew;
use super::entry::ChildRules;
use crate::error::{Error, ErrorKind, Result};
use crate::events::Events;
use crate::server::children::{Family, PLACES};
use crate::server::mapped;
use crate::server::preload::Preload;
use crate::server::tokens::OnServerThread;
use crate::settings::IntSetting;
use crate::shmem::Shared;
use crate::worker::{BackgroundWorker, Restart, StartTime, Unconnected, WorkerMain};
use std::collections::BTreeSet;
use std::ffi::CString;
use std::time::Duration;

/// What the failure of a child means for the children after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// Nothing: only the child that failed restarts.
    #[default]
    OneForOne,
    /// The children after it are stopped, the last one first, and start again after it. A child
    /// starts only when all children before it run or are done. Workers per database do not stop
    /// others.
    RestForOne,
}

/// A worker that launches its children; see the [module](super).
///
/// The order of the calls of [`child`](Supervisor::child) and
/// [`per_database`](Supervisor::per_database) is the order in which the children start. So a child
/// can depend on those before it only.
#[derive(Debug)]
#[must_use = "nothing happens before `start`"]
pub struct Supervisor {
    name: String,
    main: WorkerMain<Unconnected>,
    strategy: Strategy,
    slots: Option<&'static IntSetting>,
    events: Option<&'static Events>,
    keeps_children: bool,
    children: Vec<(Child, bool)>,
}

/// What the process of the supervisor knows of its description.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) number: u16,
    pub(super) rest_for_one: bool,
    pub(super) slots: Option<&'static IntSetting>,
    pub(super) events: Option<&'static Events>,
    pub(super) keeps_children: bool,
    pub(super) children: Vec<(Child, bool)>,
    /// Tells whether the server has crashed since.
    pub(super) start: &'static Shared<u32>,
}

impl Description {
    pub(super) fn rules(&self) -> Vec<ChildRules> {
        let children = self.children.iter();
        children
            .map(|(child, per_database)| child.rules(*per_database))
            .collect()
    }
}

/// The longest name: that of the memory of a supervisor has 47 bytes.
const MAX_NAME: usize = 36;

impl Supervisor {
    /// Declares a supervisor with this name, which its worker has (1 to 36 bytes, unique in the
    /// server). `main` is [`supervisor_main!()`](crate::supervisor_main).
    pub fn new(name: impl Into<String>, main: WorkerMain<Unconnected>) -> Self {
        Supervisor {
            name: name.into(),
            main,
            strategy: Strategy::OneForOne,
            slots: None,
            events: None,
            keeps_children: false,
            children: Vec::new(),
        }
    }

    /// Sets what the failure of a child means for the others.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Limits the number of workers that run at the same time to this setting. Without it, only
    /// `max_worker_processes` limits them.
    ///
    /// The setting takes effect with a reload. With 0, no worker runs.
    pub fn slots(mut self, setting: &'static IntSetting) -> Self {
        self.slots = Some(setting);
        self
    }

    /// Follows databases and extensions with these events. [`start`](Supervisor::start) watches
    /// them, unless the library already does. Necessary for children per database.
    pub fn databases(mut self, events: &'static Events) -> Self {
        self.events = Some(events);
        self
    }

    /// Lets the children run if the supervisor gets SIGTERM. The next supervisor, which the server
    /// starts, takes them over. By default, the supervisor stops its children first.
    pub fn keep_children(mut self) -> Self {
        self.keeps_children = true;
        self
    }

    /// Adds a child.
    pub fn child(mut self, child: Child) -> Self {
        self.children.push((child, false));
        self
    }

    /// Adds a child with one worker in each database that needs it. Its main function connects with
    /// [`Worker::connect_assigned`](crate::Worker::connect_assigned).
    ///
    /// A database is skipped if it is a template, refuses connections, or is invalid after an
    /// interrupted `DROP DATABASE`, and if the role of the child does not exist or may not connect.
    /// [`children`](super::children) tells why.
    pub fn per_database(mut self, child: Child) -> Self {
        self.children.push((child, true));
        self
    }

    /// Adds a child with workers for this crew.
    #[cfg(pg_has = "named_lwlock_tranche")]
    pub(crate) fn crew(mut self, mut child: Child, crew: &'static dyn Crew) -> Self {
        child.crew = Some(crew);
        self.children.push((child, false));
        self
    }

    /// Registers the supervisor.
    ///
    /// In binary upgrade mode this function registers nothing.
    ///
    /// # Errors
    /// An invalid description: no children, two children with the same name, a child per database
    /// without a role or without [`databases`](Supervisor::databases), and other values that
    /// contradict each other. Those of [`BackgroundWorker::register`], and of
    /// [`Shared::reserve`](crate::shmem::Shared::reserve) if another supervisor has the same name.
    pub fn start(self, preload: &Preload) -> Result<()> {
        let thread = preload.server_thread();
        self.check().map_err(|error| self.named(error))?;
        for (child, _) in &self.children {
            child
                .check_launch(thread)
                .map_err(|error| self.named(error))?;
        }
        let table = mapped::map().map_err(|error| self.named(error.into()))?;
        let memory = CString::new(format!("supervisor {}", self.name)).unwrap_or_default();
        let start: &'static Shared<u32> = Box::leak(Box::new(Shared::new(
            Box::leak(memory.into_boxed_c_str()),
            0,
        )));
        start.reserve(preload)?;
        if let Some(events) = self.events {
            events.watch_once(preload)?;
        }
        let number = thread.process().families.borrow().len();
        for crew in self.children.iter().filter_map(|(child, _)| child.crew) {
            crew.register(preload, number)?;
        }
        let needs = self.children.iter();
        let needs = needs.map(|(child, per_database)| child.needs(*per_database));
        let on_standby = self
            .children
            .iter()
            .any(|(child, _)| child.start_time == StartTime::ConsistentState);
        let family = Family {
            name: self.name.clone(),
            table,
            children: needs.collect(),
            description: Box::leak(Box::new(Description {
                number: u16::try_from(number)?,
                rest_for_one: self.strategy == Strategy::RestForOne,
                slots: self.slots,
                events: self.events,
                keeps_children: self.keeps_children,
                children: self.children,
                start,
            })),
        };
        let families = &thread.process().families;
        families.borrow_mut().push(Box::leak(Box::new(family)));
        BackgroundWorker::new(self.name, self.main)
            .worker_type("supervisor")
            .argument(number as i32)
            .start_at(if on_standby {
                StartTime::ConsistentState
            } else {
                StartTime::RecoveryFinished
            })
            .restart(Restart::backoff(
                Duration::from_secs(1),
                Duration::from_secs(10),
            ))
            .register(preload)
    }

    fn named(&self, error: Error) -> Error {
        let message = format!("supervisor \"{}\": {}", self.name, error.message());
        let mut named = Error::new(error.kind(), message);
        if let Some(detail) = error.detail() {
            named = named.with_detail(detail);
        }
        if let Some(hint) = error.hint() {
            named = named.with_hint(hint);
        }
        named
    }

    fn check(&self) -> Result<()> {
        let invalid =
            |what: String, hint: &str| Err(Error::new(ErrorKind::Invalid, what).with_hint(hint));
        if self.name.is_empty() || self.name.len() > MAX_NAME || self.name.contains('\0') {
            return invalid(
                "the name must have 1 to 36 bytes, and no NUL".to_string(),
                "Choose a short name, such as that of the extension.",
            );
        }
        if self.children.is_empty() {
            return invalid(
                "there are no children".to_string(),
                "Add some with Supervisor::child or Supervisor::per_database.",
            );
        }
        let mut names = BTreeSet::new();
        let mut copies = 0;
        for (child, per_database) in &self.children {
            if !names.insert(&child.name) {
                return invalid(
                    format!("two children have the name \"{}\"", child.name),
                    "Use Child::copies to run several workers of one kind.",
                );
            }
            child.check(*per_database).map_err(|error| {
                let message = format!("child \"{}\": {}", child.name, error.message());
                Error::new(error.kind(), message).with_hint(error.hint().unwrap_or_default())
            })?;
            if *per_database && self.events.is_none() {
                return invalid(
                    format!(
                        "child \"{}\": the supervisor does not follow databases",
                        child.name
                    ),
                    "Declare a static of type Events, and pass it to Supervisor::databases.",
                );
            }
            copies += child.rules(*per_database).copies as usize;
        }
        if copies > PLACES {
            return invalid(
                format!("{copies} workers are too many"),
                "A supervisor can have at most 4096 workers.",
            );
        }
        Ok(())
    }
}

impl Role {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Role::Superuser => None,
            Role::Name(name) => Some(name),
        }
    }
}
