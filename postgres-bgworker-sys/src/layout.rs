//! Compile-time comparison of a struct from another crate with the server's.

/// Fails to compile unless a `#[repr(C)]` struct of another crate has the layout of a struct of
/// this crate: the same size and alignment, and each named field at the same offset with the same
/// size.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker_sys as ffi;
///
/// #[repr(C)]
/// struct Node {
///     prev: *mut Node,
///     next: *mut Node,
/// }
/// ffi::assert_same_layout!(Node = ffi::dlist_node { prev, next });
/// ```
///
/// The error names the difference:
///
/// ```compile_fail
/// # fn main() {}
/// # use postgres_bgworker_sys as ffi;
/// #[repr(C)]
/// struct Node {
///     next: *mut Node,
///     prev: *mut Node,
/// }
/// ffi::assert_same_layout!(Node = ffi::dlist_node { prev, next });
/// ```
#[macro_export]
macro_rules! assert_same_layout {
    ($theirs:ty = $ours:ty { $($field:ident),* $(,)? }) => {
        #[allow(unused_unsafe, clippy::undocumented_unsafe_blocks)]
        const _: () = {
            use ::core::mem::{align_of, offset_of, size_of};
            const fn width<T, F>(_: fn(*const T) -> *const F) -> usize {
                size_of::<F>()
            }
            assert!(
                size_of::<$theirs>() == size_of::<$ours>(),
                concat!(stringify!($theirs), " does not have the size of ", stringify!($ours))
            );
            assert!(
                align_of::<$theirs>() == align_of::<$ours>(),
                concat!(stringify!($theirs), " does not have the alignment of ", stringify!($ours))
            );
            $(
                assert!(
                    offset_of!($theirs, $field) == offset_of!($ours, $field),
                    concat!(stringify!($theirs), ".", stringify!($field), " has a different offset")
                );
                assert!(
                    // SAFETY: no memory is read: the closures are never called, only their types
                    // are used.
                    width(|it: *const $theirs| unsafe { &raw const (*it).$field })
                        == width(|it: *const $ours| unsafe { &raw const (*it).$field }),
                    concat!(stringify!($theirs), ".", stringify!($field), " has a different size")
                );
            )*
        };
    };
}
