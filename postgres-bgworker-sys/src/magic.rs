//! The magic block, which tells the server what a module was built for.

/// Exports `Pg_magic_func`, without which the server refuses to load a library (`fmgr.h`:
/// `PG_MODULE_MAGIC`, since 18 `PG_MODULE_MAGIC_EXT`).
///
/// The server's own headers fill the block, so it is correct for every major and vendor. Name and
/// version are those of the package that calls the macro. Since 18, `pg_get_loaded_modules()` shows
/// them. The macro also adds a note that records what the library was built for (see
/// [`fingerprint`](crate::fingerprint)). Call it at most once per library: a second call does not
/// link.
///
/// ```no_run
/// postgres_bgworker_sys::pg_module_magic!();
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! pg_module_magic {
    () => {
        $crate::module_note!(
            $crate::fingerprint::NOTE_FINGERPRINT,
            $crate::fingerprint::TEXT
        );
        $crate::module_note!(
            $crate::fingerprint::NOTE_PACKAGE,
            ::core::concat!(
                ::core::env!("CARGO_PKG_NAME"),
                " ",
                ::core::env!("CARGO_PKG_VERSION")
            )
        );

        // In a block, so that the library's own code cannot name a function that only the server
        // may call.
        const _: () = {
            #[unsafe(no_mangle)]
            #[allow(non_snake_case)]
            extern "C" fn Pg_magic_func() -> *const ::core::ffi::c_void {
                let name = ::core::concat!(::core::env!("CARGO_PKG_NAME"), "\0");
                let version = ::core::concat!(::core::env!("CARGO_PKG_VERSION"), "\0");
                // SAFETY: both strings are static and end with NUL; the function only stores them.
                unsafe { $crate::shim::pgbgw_magic(name.as_ptr().cast(), version.as_ptr().cast()) }
            }
        };
    };
}

/// Exports `pg_finfo_NAME`, without which SQL cannot call the C function `NAME` of a library
/// (`fmgr.h`: `PG_FUNCTION_INFO_V1`). The function itself is an
/// `extern "C-unwind" fn(FunctionCallInfo) -> Datum`, exported under its name.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker_sys as ffi;
///
/// ffi::pg_function_info_v1!(forty_two);
///
/// #[unsafe(no_mangle)]
/// pub extern "C-unwind" fn forty_two(_: ffi::FunctionCallInfo) -> ffi::Datum {
///     ffi::inline::Int32GetDatum(42)
/// }
/// ```
#[macro_export]
macro_rules! pg_function_info_v1 {
    ($name:ident) => {
        const _: () = {
            #[unsafe(export_name = ::core::concat!("pg_finfo_", ::core::stringify!($name)))]
            pub extern "C" fn info() -> *const $crate::Pg_finfo_record {
                static INFO: $crate::Pg_finfo_record = $crate::Pg_finfo_record { api_version: 1 };
                &raw const INFO
            }
        };
    };
}
