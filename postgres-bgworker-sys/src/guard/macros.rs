//! The boundary of libraries with std. The macros use `::std` in the crate that calls them, because
//! this crate has no std.

/// Defines functions that the server calls: SQL functions, hooks and callbacks. An error or a panic
/// of the body becomes an error of the server.
///
/// The body returns a `Result`, and its type in the declaration is the one that the server sees in
/// `Ok`. The error type implements [`IntoRaise`](crate::guard::IntoRaise). The error is raised from
/// a frame that owns nothing, when everything that the body owned is dropped.
///
/// A framework's callback is generic over the type of its user: `fn begin<T: Trait>(…)`, with one
/// bound for each parameter. An argument that some majors lack has its `#[cfg]`. The value after
/// `else` cannot use the parameters.
///
/// A callback that must not raise an error, for example one of the end of a transaction, has an
/// `else` with the value to return then, which must not panic; a `;` follows if another function
/// does. Its error is sent as a WARNING, and nothing that the body did is rolled back. The texts of
/// the WARNING stay in the current memory context.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker_sys::{self as ffi, guard, guard::ServerError};
///
/// ffi::pg_function_info_v1!(half);
/// ffi::pg_guard! {
///     /// `half(integer) returns integer`
///     #[unsafe(no_mangle)]
///     pub unsafe extern "C-unwind" fn half(
///         fcinfo: ffi::FunctionCallInfo,
///     ) -> Result<ffi::Datum, &'static str> {
///         // SAFETY: the function has one argument, and is strict.
///         let datum = unsafe { ffi::inline::argument(fcinfo, 0) }.ok_or("NULL")?;
///         let value = ffi::inline::DatumGetInt32(datum);
///         match value % 2 {
///             0 => Ok(ffi::inline::Int32GetDatum(value / 2)),
///             _ => Err("the number is odd"),
///         }
///     }
///
///     /// A callback of `MemoryContextRegisterResetCallback`.
///     unsafe extern "C-unwind" fn reset(
///         _argument: *mut core::ffi::c_void,
///     ) -> Result<(), ServerError> {
///         // SAFETY: on the main thread; the closure owns nothing.
///         unsafe { guard::catch(|| ffi::pfree(ffi::palloc(8))) }
///     } else ()
/// }
/// ```
///
/// # Safety
/// The functions are `unsafe`: only the server calls them, on its main thread.
#[macro_export]
macro_rules! pg_guard {
    () => {};
    (
        $(#[$attribute:meta])*
        $visibility:vis unsafe extern "C-unwind" fn $name:ident $(<$($generic:ident: $bound:path),+ $(,)?>)? (
            $($(#[$has:meta])* $argument:ident: $type:ty),* $(,)?
        ) -> Result<$value:ty, $error:ty> $body:block else $default:expr $(; $($rest:tt)*)?
    ) => {
        $(#[$attribute])*
        $visibility unsafe extern "C-unwind" fn $name $(<$($generic: $bound),+>)? (
            $($(#[$has])* $argument: $type),*
        ) -> $value {
            // Functions, because closures would inherit the `unsafe` of this one.
            #[allow(clippy::too_many_arguments)]
            fn body $(<$($generic: $bound),+>)? (
                $($(#[$has])* $argument: $type),*
            ) -> ::core::result::Result<$value, $error> $body
            fn default() -> $value { $default }
            let run = move || body $(::<$($generic),+>)? ($($(#[$has])* $argument),*);
            // SAFETY: the server calls this function on its main thread.
            unsafe { $crate::pg_boundary!(run, else default()) }
        }
        $($crate::pg_guard! { $($rest)* })?
    };
    (
        $(#[$attribute:meta])*
        $visibility:vis unsafe extern "C-unwind" fn $name:ident $(<$($generic:ident: $bound:path),+ $(,)?>)? (
            $($(#[$has:meta])* $argument:ident: $type:ty),* $(,)?
        ) -> Result<$value:ty, $error:ty> $body:block $($rest:tt)*
    ) => {
        $(#[$attribute])*
        $visibility unsafe extern "C-unwind" fn $name $(<$($generic: $bound),+>)? (
            $($(#[$has])* $argument: $type),*
        ) -> $value {
            // A function, because a closure would inherit the `unsafe` of this one.
            #[allow(clippy::too_many_arguments)]
            fn body $(<$($generic: $bound),+>)? (
                $($(#[$has])* $argument: $type),*
            ) -> ::core::result::Result<$value, $error> $body
            let run = move || body $(::<$($generic),+>)? ($($(#[$has])* $argument),*);
            // SAFETY: the server calls this function on its main thread. The frame has moved its
            // arguments into the body.
            unsafe { $crate::pg_boundary!(run) }
        }
        $crate::pg_guard! { $($rest)* }
    };
}

/// Runs a closure that returns a `Result`, catches its panic, and raises its error in the server:
/// what [`pg_guard!`](crate::pg_guard) puts into a function, for frameworks that need another
/// signature. With `else`, the error is sent as a WARNING, and the value is returned.
///
/// The error type implements [`IntoRaise`](crate::guard::IntoRaise). The value in `Ok` is `Copy`.
///
/// # Safety
/// Use it in `unsafe`, in a function that the server has called on its main thread, and that owns
/// no value with a destructor. Pass the closure by name, so that its body is outside of `unsafe`.
#[macro_export]
macro_rules! pg_boundary {
    ($body:expr) => {
        match $crate::pg_boundary!(@settle $body) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(raise) => raise.raise(),
        }
    };
    ($body:expr, else $default:expr) => {
        {
            let context = $crate::CurrentMemoryContext;
            match $crate::pg_boundary!(@settle $body) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(raise) => {
                    // The server goes on where the callback was called.
                    $crate::inline::MemoryContextSwitchTo(context);
                    raise.report($crate::WARNING);
                    $default
                }
            }
        }
    };
    (@settle $body:expr) => {{
        // A function of its own: when it returns, the payload and everything else is dropped.
        unsafe fn settle<R: ::core::marker::Copy, E: $crate::guard::IntoRaise>(
            body: impl ::core::ops::FnOnce() -> ::core::result::Result<R, E>,
        ) -> ::core::result::Result<R, $crate::guard::Raise<'static>> {
            use ::std::panic::{AssertUnwindSafe, catch_unwind};
            // SAFETY: the caller's promise.
            let run = AssertUnwindSafe(|| unsafe { $crate::guard::settle(body) });
            let payload = match catch_unwind(run) {
                ::core::result::Result::Ok(settled) => return settled,
                ::core::result::Result::Err(payload) => payload,
            };
            let text = match payload.downcast_ref::<&'static str>() {
                ::core::option::Option::Some(text) => ::core::option::Option::Some(*text),
                _ => payload.downcast_ref::<::std::string::String>().map(|text| text.as_str()),
            };
            // SAFETY: the caller's promise.
            let raise = unsafe { $crate::guard::panicked(text) };
            // The payload may be a value whose destructor panics.
            if let ::core::result::Result::Err(payload) =
                catch_unwind(AssertUnwindSafe(move || ::core::mem::drop(payload)))
            {
                ::core::mem::forget(payload);
            }
            ::core::result::Result::Err(raise)
        }
        settle($body)
    }};
}
