//! Shared memory: what it may contain, how it is reserved and found, and what protects it.

#[cfg(pg_has = "condition_variable")]
mod condition;
#[cfg(pg_has = "named_lwlock_tranche")]
pub(crate) mod held;
#[cfg(pg_has = "named_lwlock_tranche")]
mod holder;
#[cfg(pg_has = "named_lwlock_tranche")]
mod lock;
mod memory;
#[cfg(pg_has = "dsm_registry")]
mod registry;
mod shareable;
mod spin;
mod startup;

#[cfg(pg_has = "condition_variable")]
pub use condition::{Condition, Sleeping};
#[cfg(pg_has = "named_lwlock_tranche")]
pub use held::LockHolder;
#[cfg(pg_has = "named_lwlock_tranche")]
pub use lock::{Locked, ReadGuard, WriteGuard};
pub use memory::Shared;
pub use shareable::{Shareable, fingerprint};
pub use spin::SpinCell;
