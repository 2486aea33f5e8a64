//! Types that may be stored in shared memory.

use crate::server::datum::{Oid, TimestampTz};
use crate::server::hash::{START, fnv1a};
use std::ffi::c_int;
use std::sync::atomic::*;

/// A type whose values mean the same in every process: it has no pointers, no references, and no
/// destructor.
///
/// Numbers (except `usize`), `bool`, `char`, the atomics of `core`, arrays of these,
/// [`LwLock`](crate::shmem::LwLock), [`SpinCell`](crate::shmem::SpinCell),
/// [`Condvar`](crate::shmem::Condvar), and structs defined with [`shareable!`](crate::shareable),
/// which checks each field. The atomics of `core` have the layout and the behavior of the server's
/// own, so they are used directly.
///
/// # Safety
/// Any value, copied bit by bit into memory that other processes see, is valid for each of these
/// processes. The layout is fixed (`repr(C)` or `repr(transparent)`). There is no destructor, and
/// nothing inside changes through `&`, except in the types above.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in shared memory",
    label = "it does not mean the same in another process",
    note = "numbers, `bool`, `char`, core's atomics, arrays, and structs made by `shareable!` can",
    note = "write `u64` instead of `usize`, and `[u8; N]` and a length instead of a string"
)]
#[doc(alias = "pg_atomic_uint32")]
#[doc(alias = "pg_atomic_uint64")]
#[doc(alias = "pg_atomic_flag")]
pub unsafe trait Shareable: Sized + 'static {
    /// A hash of the layout. Processes that attach to each other's memory compare it.
    #[doc(hidden)]
    const LAYOUT: u64 = layout_hash("", size_of::<Self>(), &[]);

    /// Whether the type contains LWLocks.
    #[doc(hidden)]
    const LOCKS: bool = false;

    /// Initializes the locks in the copied initial value.
    ///
    /// # Safety
    /// The caller calls this once, after the initial value was copied to `this`, and before any
    /// other process sees it.
    #[doc(hidden)]
    unsafe fn start(this: *mut Self, tranche: c_int) {
        let _ = (this, tranche);
    }
}

/// Returns a hash of a layout, computed from its text, its size in bytes, and the hashes of its
/// parts.
pub const fn layout_hash(text: &str, size: usize, parts: &[u64]) -> u64 {
    let mut hash = fnv1a(START, &(size as u64).to_le_bytes());
    hash = fnv1a(hash, text.as_bytes());
    let mut at = 0;
    while at < parts.len() {
        hash = fnv1a(hash, &parts[at].to_le_bytes());
        at += 1;
    }
    hash
}

macro_rules! plain {
    ($($plain:ty),* $(,)?) => {$(
        // SAFETY: a number or an atomic, or a `repr(transparent)` struct of one.
        unsafe impl Shareable for $plain {
            const LAYOUT: u64 = layout_hash(stringify!($plain), size_of::<Self>(), &[]);
        }
    )*};
}

plain!(
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    i8,
    i16,
    i32,
    i64,
    f32,
    f64,
    Oid,
    TimestampTz
);
plain!(
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicI8, AtomicI16, AtomicI32
);
#[cfg(target_has_atomic = "64")]
plain!(AtomicU64, AtomicI64);

// SAFETY: like its elements.
unsafe impl<T: Shareable, const N: usize> Shareable for [T; N] {
    const LAYOUT: u64 = layout_hash("[]", N, &[T::LAYOUT]);
    const LOCKS: bool = T::LOCKS;

    unsafe fn start(this: *mut Self, tranche: c_int) {
        for at in 0..N {
            // SAFETY: the caller's promise holds for each element.
            unsafe { T::start(this.cast::<T>().add(at), tranche) }
        }
    }
}

/// Whether a lock is in shared memory. A lock in this process's private memory was never
/// initialized.
#[derive(Debug)]
pub(super) struct InPlace(AtomicBool);

impl InPlace {
    pub(super) const fn not_yet() -> Self {
        InPlace(AtomicBool::new(false))
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Defines a struct that can be stored in shared memory: `repr(C)`, with [`Shareable`] fields and
/// no destructor.
///
/// Derive `Clone` and `Copy` for structs that go into a [`LwLock`](crate::shmem::LwLock) or a
/// [`SpinCell`](crate::shmem::SpinCell).
///
/// ```
/// postgres_bgworker::shareable! {
///     /// Counters of the workers.
///     #[derive(Debug, Clone, Copy)]
///     pub struct Counters {
///         pub rounds: u64,
///         pub last_name: [u8; 64],
///     }
/// }
/// ```
#[macro_export]
macro_rules! shareable {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type),*
        }

        const _: () = {
            ::core::assert!(!::core::mem::needs_drop::<$name>(), "shared memory is never dropped, so its type must not need `Drop`");
            $(::core::assert!(
                ::core::mem::align_of::<$name>() >= ::core::mem::align_of::<$type>(),
                "packed structs cannot be stored in shared memory"
            );)*
        };

        // SAFETY: each field is `Shareable`, or the constants below do not compile; `repr(C)`;
        // nothing to drop, see above.
        unsafe impl $crate::shmem::Shareable for $name {
            const LAYOUT: u64 = $crate::__private::layout_hash(
                ::core::stringify!($($field: $type),*),
                ::core::mem::size_of::<$name>(),
                &[$(<$type as $crate::shmem::Shareable>::LAYOUT),*],
            );
            const LOCKS: bool = false $(|| <$type as $crate::shmem::Shareable>::LOCKS)*;

            unsafe fn start(this: *mut Self, tranche: ::core::ffi::c_int) {
                let _ = (this, tranche);
                // SAFETY: the caller's promise holds for each field.
                unsafe {
                    $(<$type as $crate::shmem::Shareable>::start(&raw mut (*this).$field, tranche);)*
                }
            }
        }
    };
}
