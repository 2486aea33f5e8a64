//! The macro that defines tests which run inside a server.
#![forbid(unsafe_code)]

/// Defines tests that run inside a server, in a worker or in a session.
///
/// ```no_run
/// # fn main() {}
/// #[cfg(feature = "server-tests")]
/// mod server_tests {
///     use postgres_bgworker::prelude::*;
///     use postgres_bgworker::server_tests;
///     use postgres_bgworker::session::Session;
///
///     server_tests! {
///         /// Runs in a worker, which is connected to a database as a superuser.
///         fn a_worker_has_transactions(worker: &mut Worker<'_, Connected>) -> Result<()> {
///             let two: i32 = worker.transaction(|tx| tx.query_scalar("select 1 + 1", ()))?;
///             assert_eq!(two, 2);
///             Ok(())
///         }
///
///         /// Runs in a session, and its transaction is rolled back.
///         fn a_session_has_a_user(session: &Session<'_>) -> Result<()> {
///             let sql = "select current_user::text";
///             let user: String = session.transaction().query_scalar(sql, ())?;
///             assert!(!user.is_empty());
///             Ok(())
///         }
///     }
/// }
/// ```
///
/// The argument of a test is `&mut Worker<'_, Connected>`, `&Session<'_>` or `&mut Session<'_>`.
/// Its result is `()`, or a `Result<()>` with any error that converts into [`Error`](crate::Error). A test fails
/// if it returns an error or panics, as a failed `assert!` does. The next test runs nevertheless.
///
/// The macro expands to nothing unless the crate that calls it has the feature `server-tests`, so
/// that a library for production contains no tests:
///
/// ```toml
/// [features]
/// server-tests = []
///
/// [dev-dependencies]
/// pg-scratch = { version = "0.1", features = ["server-tests"] }
///
/// [[test]]
/// name = "server"
/// harness = false
/// ```
///
/// `tests/server.rs` builds the library with this feature, starts a scratch server that preloads
/// it, and reports each test like an ordinary one:
///
/// ```text
/// fn main() -> std::process::ExitCode {
///     pg_scratch::server_tests::main()
/// }
/// ```
///
/// Each test exports symbols, which contain its name and its module. A test in a worker needs
/// PostgreSQL 9.5.
#[macro_export]
macro_rules! server_tests {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident ($token:ident : $type:ty) $(-> $result:ty)? $body:block
    )*) => {
        #[cfg(feature = "server-tests")]
        const _: () = {
            $(
                $(#[$attribute])*
                fn $name($token: $type) $(-> $result)? $body
            )*

            $crate::__server_tests!($($name)*);
        };
    };
}

/// Exports what the tests of these functions need.
#[doc(hidden)]
#[macro_export]
macro_rules! __server_tests {
    ($($name:ident)*) => {
        // The names in here hide none of the test's own.
        const _: () = {
            use $crate::__private::{server_test as support, session};

            const TESTS: support::Tests = &[$(
                (::core::stringify!($name), |worker| support::run_in_worker($name, worker))
            ),*];
            fn __main(worker: $crate::Worker<'_>) -> $crate::Result<$crate::Exit> {
                support::main(TESTS, worker)
            }
            // One symbol for all tests, because the server limits its length.
            const MAIN: $crate::worker::WorkerMain<$crate::worker::Unconnected> =
                $crate::__worker_main!(
                    (__main),
                    ::core::concat!(
                        "bgworker_main_", ::core::module_path!(), ".",
                        ::core::line!(), ".", ::core::column!()
                    )
                );

            $($crate::__server_test!($name);)*
        };
    };
}

/// Exports a function of SQL that runs a test.
#[doc(hidden)]
#[macro_export]
macro_rules! __server_test {
    ($name:ident) => {
        const _: () = {
            static FUNCTION: session::FunctionInfo = session::FunctionInfo {
                name: ::core::stringify!($name),
                signature: ::core::concat!(::core::stringify!($name), "() returns void"),
                arguments: &[],
                is_strict: true,
            };

            #[unsafe(export_name = ::core::concat!(
                "bgworker_test.", ::core::module_path!(), "::", ::core::stringify!($name)
            ))]
            extern "C-unwind" fn __exported(
                call: $crate::ffi::FunctionCallInfo,
            ) -> $crate::ffi::Datum {
                // SAFETY: the server calls this, and no other code can name it.
                unsafe {
                    session::call_function(call, &FUNCTION, |session, _, output| {
                        let call = support::Call { name: FUNCTION.name, main: MAIN };
                        output.put(support::run_in_session($name, session, call))
                    })
                }
            }

            #[unsafe(export_name = ::core::concat!(
                "pg_finfo_bgworker_test.", ::core::module_path!(), "::", ::core::stringify!($name)
            ))]
            extern "C" fn __info() -> *const $crate::ffi::Pg_finfo_record {
                static INFO: $crate::ffi::Pg_finfo_record =
                    $crate::ffi::Pg_finfo_record { api_version: 1 };
                &raw const INFO
            }
        };
    };
}
