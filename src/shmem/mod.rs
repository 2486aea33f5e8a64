//! Shared memory, and the locks and condition variables that protect it.
//!
//! A [`Shared`] static names the memory. Its type is [`Shareable`]: it consists of numbers, arrays,
//! atomics, structs defined with [`shareable!`](crate::shareable), [`SpinCell`]s, and, depending on
//! the major, `LwLock`s (since 9.6) and `Condvar`s (since 10).

#[cfg(pg_has = "condition_variable")]
mod condvar;
mod find;
#[cfg(pg_has = "named_lwlock_tranche")]
pub(crate) mod held;
#[cfg(pg_has = "named_lwlock_tranche")]
mod lwlock;
pub(crate) mod memory;
#[cfg(pg_has = "dsm_registry")]
mod registry;
mod shareable;
mod shared;
mod spin;
mod startup;

#[cfg(pg_has = "condition_variable")]
pub use condvar::{Condvar, CondvarWait};
pub(crate) use find::find;
#[cfg(pg_has = "named_lwlock_tranche")]
pub use held::LockHolder;
#[cfg(pg_has = "named_lwlock_tranche")]
pub use lwlock::{LwLock, LwLockReadGuard, LwLockWriteGuard};
pub use shareable::{Shareable, layout_hash};
pub use shared::Shared;
pub use spin::SpinCell;
