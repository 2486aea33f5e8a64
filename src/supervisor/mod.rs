//! Supervisors: workers that launch other workers, restart them, and follow databases and
//! extensions. Since 9.5.
//!
//! ```no_run
//! use postgres_bgworker::prelude::*;
//! use postgres_bgworker::events::Events;
//! use postgres_bgworker::settings::IntSetting;
//! use postgres_bgworker::supervisor::{Child, Supervisor};
//! use postgres_bgworker::supervisor_main;
//!
//! static EVENTS: Events = Events::new(c"mail_events");
//! static WORKERS: IntSetting =
//!     IntSetting::new(c"mail.max_workers", c"Maximum number of workers.", 8, 0..=1000);
//!
//! fn init(preload: &Preload) -> Result<()> {
//!     WORKERS.define(preload)?;
//!     Supervisor::new("mail", supervisor_main!())
//!         .slots(&WORKERS)
//!         .child(Child::new("sender", worker_main!(sender)).copies(2))
//!         .databases(&EVENTS)
//!         .per_database(Child::new("indexer",
//!         worker_main!(indexer)).extension("mail").role("mail")) .start(preload)
//! }
//!
//! fn sender(worker: Worker) -> Result<Exit> {
//!     let mut worker = worker.connect(Connect::database("mail").role("mail"))?;
//!     while worker.wait(Duration::from_secs(10))?.keep_going() {}
//!     Ok(Exit::Restart)
//! }
//!
//! /// Runs in each database that has the extension `mail`.
//! fn indexer(worker: Worker) -> Result<Exit> {
//!     let mut worker = worker.connect_assigned()?;
//!     while worker.wait(Duration::from_secs(60))?.keep_going() {
//!         worker.transaction(|tx| tx.execute("select mail.index_new()", ()))?;
//!     }
//!     Ok(Exit::Restart)
//! }
//! # fn main() {}
//! ```
//!
//! # What a supervisor does
//!
//! * It starts its children in the order of the description, and stops them in reverse order.
//! * It restarts a child that fails, with pauses that grow. It [gives up](Child::give_up) with one
//!   WARNING, and then tries once per hour.
//! * It runs at most as many workers as the setting of [`slots`](Supervisor::slots) allows. A
//!   worker for which there is no slot waits, by [priority](Child::priority).
//! * A child [per database](Supervisor::per_database) runs in the databases that have its
//!   extension. It starts and stops within milliseconds of the commit of `CREATE EXTENSION` and
//!   `DROP EXTENSION`, and leaves its database to `DROP DATABASE` at once. If there are more
//!   databases than slots, they take turns.
//! * The state of the children (failures, pauses, the last error) outlives the child, the
//!   supervisor, and a crash of the server. A stop of the server ends it.
//!
//! The supervisor is connected to no database. It sleeps until a child, an event or a time wakes
//! it.
//!
//! # Processes
//!
//! A child is a [dynamic worker](crate::worker::DynamicWorker). Before it does anything else, its
//! process proves that it is the one that the supervisor launched last. A process that was launched
//! by an earlier supervisor, and has started late, exits.
//!
//! During a shutdown of the server, the postmaster sends SIGTERM to all workers at the same time,
//! so there the order of stops is not the supervisor's.

mod act;
mod child;
mod crew;
mod demand;
mod describe;
mod entry;
mod follow;
mod look;
#[cfg(test)]
mod model;
mod plan;
mod run;
mod start;
mod status;

pub use child::{Child, ChildMain};
#[cfg(pg_has = "named_lwlock_tranche")]
pub(crate) use crew::Crew;
pub use run::__supervise;
pub use start::{Strategy, Supervisor};
pub use status::{ChildState, ChildStatus, children};

/// Returns the main function of a [`Supervisor`](crate::supervisor::Supervisor), and exports it
/// from this library. Each supervisor needs its own.
#[macro_export]
macro_rules! supervisor_main {
    () => {
        $crate::__worker_main!(
            ($crate::supervisor::__supervise),
            ::core::concat!(
                "bgworker_main_",
                ::core::module_path!(),
                "::supervisor.",
                ::core::line!(),
                ".",
                ::core::column!()
            )
        )
    };
}
