//! An external framework, reduced to its use of postgres-bgworker-sys: it never looks for a server,
//! reads no header and compiles no C, but knows what it is compiled for.

mod cfgs;
mod guard;
mod register;
mod run;

pub use guard::{Error, guard};
pub use postgres_bgworker_sys as ffi;
pub use register::Worker;
pub use run::{connect, log, run, wait};

/// What the framework itself was compiled for; in a dependant the macro of the same name answers
/// for the dependant.
pub fn compiled_for() -> String {
    crate::compiled_for!()
}
