//! Unit tests without a server.

/// Lets the unit tests of a crate link without a server.
///
/// A library uses symbols that only the server has. The library itself may leave them open, but a
/// test program may not. This macro adds stand-ins to the unit tests of the crate that calls it,
/// and to nothing else. [`bgworker_module!`](crate::bgworker_module) calls it, so only a crate
/// without that macro does, such as a library of workers for other crates.
///
/// A unit test cannot call the server: the tokens of this crate exist only there. Code that calls
/// [`ffi`](crate::ffi) directly ends the test program, with a message that names the function.
/// Test code that needs a server with `server_tests!`.
///
/// ```no_run
/// postgres_bgworker::absent_server!();
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! absent_server {
    () => {
        #[cfg(test)]
        #[link(
            name = "postgres_bgworker_absent",
            kind = "static",
            modifiers = "+whole-archive"
        )]
        unsafe extern "C" {}
    };
}
