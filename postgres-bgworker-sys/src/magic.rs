//! The block that tells the server what a module was built for.

/// Exports `Pg_magic_func`, without which the server refuses to load a library (`fmgr.h`:
/// `PG_MODULE_MAGIC`, since 18 `PG_MODULE_MAGIC_EXT`).
///
/// The server's own headers fill the block, so it is right for every major and vendor. Name and
/// version are those of the package that calls the macro; servers since 18 show them in
/// `pg_get_loaded_modules()`. At most one call per library: a second one does not link.
///
/// ```no_run
/// postgres_bgworker_sys::pg_module_magic!();
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! pg_module_magic {
    () => {
        #[doc(hidden)]
        #[unsafe(no_mangle)]
        #[allow(non_snake_case)]
        pub extern "C" fn Pg_magic_func() -> *const ::core::ffi::c_void {
            let name = ::core::concat!(::core::env!("CARGO_PKG_NAME"), "\0");
            let version = ::core::concat!(::core::env!("CARGO_PKG_VERSION"), "\0");
            // SAFETY: both strings are static and end in NUL; the function only stores them.
            unsafe { $crate::shim::pgbgw_magic(name.as_ptr().cast(), version.as_ptr().cast()) }
        }
    };
}
