//! Whether somebody else's struct is the server's.

/// Fails to compile unless a `#[repr(C)]` struct of somebody else has the layout of one of ours: the same
/// size and alignment, and each named field at the same place with the same size.
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
/// The error names what differs:
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
                concat!(stringify!($theirs), " is not of the size of ", stringify!($ours))
            );
            assert!(
                align_of::<$theirs>() == align_of::<$ours>(),
                concat!(stringify!($theirs), " is not aligned like ", stringify!($ours))
            );
            $(
                assert!(
                    offset_of!($theirs, $field) == offset_of!($ours, $field),
                    concat!(stringify!($theirs), ".", stringify!($field), " is at another place")
                );
                assert!(
                    // SAFETY: no memory is read: the closures are never called, only their types are looked at.
                    width(|it: *const $theirs| unsafe { &raw const (*it).$field })
                        == width(|it: *const $ours| unsafe { &raw const (*it).$field }),
                    concat!(stringify!($theirs), ".", stringify!($field), " is of another size")
                );
            )*
        };
    };
}
