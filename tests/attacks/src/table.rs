//! What an attack is: its name, what it does, and what must be seen of it.

use crate::prelude::*;

type Stays = Box<dyn Fn(&mut Attacker) -> Result<()>>;
type Leaves = Box<dyn Fn(Attacker) -> Result<Exit>>;

/// What an attack does.
pub(crate) enum Body {
    /// The worker must be sound afterwards: it runs another transaction, waits, and leaves when it is told to.
    Stays(Stays),
    /// The worker leaves when this returns.
    Leaves(Leaves),
    /// It runs while the server preloads the library.
    Preloads(fn(&Preload) -> Result<()>),
}

/// What the observer must see. In every case nothing has crashed, and nothing is left behind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    /// The body succeeds; it has compared the data itself.
    Value,
    /// The body ends with an error of one of these kinds: `Invalid`, or `Server 57014` with a SQLSTATE, separated by `|`.
    Error(&'static str),
    /// The body ends with an error that the layer makes itself.
    Refused,
    /// The body succeeds, or ends with an error other than a failed comparison.
    Survives,
    /// The process ends by itself. If it has told of something, that was good.
    Ends,
    /// As `Ends`, and the process has told of something good.
    Tells,
    /// The process says that it is ready, gets SIGTERM, and ends.
    Stops,
    /// The runtime aborts the process, and all sessions restart: a case that SAFETY.md names as one that cannot be prevented.
    Aborts,
    /// The server starts.
    Starts,
    /// The server refuses to start, with this in its log.
    RefusesToStart(&'static str),
}

/// Where an attack runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// In a server where others run at the same time.
    Together,
    /// In a server of its own, whose fast stop is timed.
    Scratch,
}

pub(crate) struct Attack {
    pub(crate) name: String,
    /// Attacks that differ only in a parameter; of these the short suite runs the first one. Empty where it runs all.
    pub(crate) family: &'static str,
    pub(crate) expect: Expect,
    pub(crate) place: Place,
    pub(crate) database: &'static str,
    /// In how many processes one after the other.
    pub(crate) times: u32,
    pub(crate) body: Body,
}

impl Attack {
    fn new(name: impl Into<String>, expect: Expect, body: Body) -> Self {
        Attack {
            name: name.into(),
            family: "",
            expect,
            place: Place::Together,
            database: "postgres",
            times: 1,
            body,
        }
    }

    pub(crate) fn stays(
        name: impl Into<String>,
        expect: Expect,
        body: impl Fn(&mut Attacker) -> Result<()> + 'static,
    ) -> Self {
        Attack::new(name, expect, Body::Stays(Box::new(body)))
    }

    pub(crate) fn leaves(
        name: impl Into<String>,
        expect: Expect,
        body: impl Fn(Attacker) -> Result<Exit> + 'static,
    ) -> Self {
        Attack::new(name, expect, Body::Leaves(Box::new(body)))
    }

    pub(crate) fn preloads(
        name: impl Into<String>,
        expect: Expect,
        body: fn(&Preload) -> Result<()>,
    ) -> Self {
        Attack::new(name, expect, Body::Preloads(body)).scratch()
    }

    pub(crate) fn family(mut self, family: &'static str) -> Self {
        self.family = family;
        self
    }

    pub(crate) fn scratch(mut self) -> Self {
        self.place = Place::Scratch;
        self
    }

    pub(crate) fn database(mut self, database: &'static str) -> Self {
        self.database = database;
        self
    }

    pub(crate) fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// The observer reads this line.
    pub(crate) fn line(&self, index: usize) -> String {
        let preloads = matches!(self.body, Body::Preloads(_));
        let Attack {
            name,
            family,
            expect,
            place,
            times,
            ..
        } = self;
        let expect = match expect {
            Expect::Error(kinds) => format!("Error {kinds}"),
            Expect::RefusesToStart(needle) => format!("RefusesToStart {needle}"),
            other => format!("{other:?}"),
        };
        format!("attack\t{index}\t{name}\t{family}\t{place:?}\t{times}\t{preloads}\t{expect}")
    }
}

/// An attack whose worker stays, by the name of its function.
macro_rules! stays {
    ($name:ident, $($expect:tt)*) => {
        Attack::stays(stringify!($name), Expect::$($expect)*, $name)
    };
}

/// An attack whose worker leaves, by the name of its function.
macro_rules! leaves {
    ($name:ident, $($expect:tt)*) => {
        Attack::leaves(stringify!($name), Expect::$($expect)*, $name)
    };
}

/// An attack while the library is preloaded, by the name of its function.
macro_rules! preloads {
    ($name:ident, $($expect:tt)*) => {
        Attack::preloads(stringify!($name), Expect::$($expect)*, $name)
    };
}

pub(crate) use {leaves, preloads, stays};
