//! Functions that a binding generator cannot bind: macros, inline functions, and calls whose
//! arguments changed between majors. Their signatures are the same on every major.
//!
//! The C code is in `shim/`. It is compiled against the server's headers, and its symbols are
//! hidden in the library that links it. Call these functions on the server's main thread only. The
//! documentation of a function says whether it may raise an ERROR. Make such calls inside
//! [`pgbgw_try`].

mod advisory;
mod bell;
mod catalogs;
mod copy;
mod datums;
mod encoding;
mod events;
mod function;
mod guard;
mod memory;
mod process;
mod queue;
mod report;
mod role;
mod statement;
mod status;
mod top_level;
mod transaction;
mod types;
mod wait;

pub use advisory::*;
pub use bell::*;
pub use catalogs::*;
pub use copy::*;
pub use datums::*;
pub use encoding::*;
pub use events::*;
pub use function::*;
pub use guard::*;
pub use memory::*;
pub use process::*;
pub use queue::*;
pub use report::*;
pub use role::*;
pub use statement::*;
pub use status::*;
pub use top_level::*;
pub use transaction::*;
pub use types::*;
pub use wait::*;
