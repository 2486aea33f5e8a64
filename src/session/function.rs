//! Functions that SQL calls: the macro that defines them, and the frames between them and the
//! server.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, macros, shim};
use crate::server::log_line;
use crate::server::panic;
use crate::server::thread::ServerThread;
use crate::session::arguments::Arguments;
use crate::session::call::{enter, transaction};
use crate::session::declared::Call;
use crate::session::info::FunctionInfo;
use crate::session::result::{Output, Returned};
use crate::session::token::Session;

/// The last frame before the server. Raises the error of the function, and owns no Rust values
/// then.
///
/// # Safety
/// Only for a function that SQL calls, with the argument that the server has passed.
pub unsafe fn call_function<B>(
    call: ffi::FunctionCallInfo,
    function: &'static FunctionInfo,
    body: B,
) -> ffi::Datum
where
    B: for<'s> FnOnce(&mut Session<'s>, Arguments<'s>, Output<'s>) -> Result<Returned>,
{
    // SAFETY: token: the server calls functions on its thread.
    let thread = unsafe { ServerThread::assume() };
    match run(thread, call, function, body) {
        Ok(Returned::Value(datum)) => datum.0,
        Ok(Returned::Null) => {
            // SAFETY: cannot raise: writes a flag of the call.
            unsafe { macros::pgbgw_set_isnull(call, 1) };
            0
        }
        Err(error) => {
            let report = raise(thread, error);
            // SAFETY: plain frames: this one and the exported function hold pointers to the
            // server's memory, nothing else.
            unsafe { shim::pgbgw_report(report) };
            0
        }
    }
}

/// Copies an error into the server's memory, so that no Rust value is left when it is raised.
#[cold]
pub(super) fn raise(thread: ServerThread<'_>, error: Error) -> *const shim::ReportFields {
    let report = log_line::into_server(thread, &error);
    // The error may contain values of the user's types.
    panic::drop_contained(error);
    report
}

fn run<B>(
    thread: ServerThread<'_>,
    call: ffi::FunctionCallInfo,
    function: &'static FunctionInfo,
    body: B,
) -> Result<Returned>
where
    B: for<'s> FnOnce(&mut Session<'s>, Arguments<'s>, Output<'s>) -> Result<Returned>,
{
    let declared = match known(thread, call) {
        Some(declared) => declared,
        None => look_up(thread, call, function)?,
    };
    enter(thread, declared.nesting, |connection| {
        let call = Call {
            call,
            declared,
            function,
            transaction: transaction(connection),
            is_checked: declared.is_checked.get() != 0,
        };
        if !call.is_checked {
            call.check_count()?;
        }
        let returned = body(
            &mut Session::new(connection),
            Arguments::of(&call),
            Output(&call),
        )?;
        if !call.is_checked {
            declared.is_checked.set(1);
        }
        Ok(returned)
    })
}

/// Returns the declaration, if an earlier call of the expression has looked it up.
#[inline]
fn known<'c>(_thread: ServerThread<'c>, call: ffi::FunctionCallInfo) -> Option<&'c shim::Declared> {
    // SAFETY: token: `_thread`; server memory: the server's own argument. What the first call has
    // looked up lives longer than the call.
    unsafe {
        let info = (*call).flinfo.as_ref()?;
        info.fn_extra.cast::<shim::Declared>().as_ref()
    }
}

/// Looks up the declaration. Called by the first call that an expression makes.
#[cold]
fn look_up<'c>(
    thread: ServerThread<'c>,
    call: ffi::FunctionCallInfo,
    function: &FunctionInfo,
) -> Result<&'c shim::Declared> {
    let declared = enter(thread, shim::NESTED, |connection| {
        // SAFETY: token: the connection; plain frames; the server's own argument.
        unsafe { connection.call(|| shim::pgbgw_declared_as(call)) }
    })?;
    // SAFETY: server memory, which lives as long as the call.
    unsafe { declared.as_ref() }.ok_or_else(|| not_called_by_sql(function))
}

#[cold]
fn not_called_by_sql(function: &FunctionInfo) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("function {} can only be called by SQL", function.name),
    )
    .with_detail("The call has no entry in pg_proc, which declares the types of its arguments.")
}

/// Defines functions that SQL can call.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::session::{Session, Set};
///
/// bgworker_module!();
///
/// sql_function! {
///     /// Sends a mail, and returns its number.
///     fn mail_send(session: &Session<'_>, to: &str, body: Option<&str>) -> Result<i64> {
///         let sql = "insert into mail.outbox (recipient, body) values ($1, $2) returning id";
///         session.transaction().query_scalar(sql, (to, body))
///     }
///
///     /// Splits a text into words.
///     #[sql(immutable, parallel_safe, columns = "position, word")]
///     fn words<'a>(session: &'a Session<'_>, text: &'a str) -> Set<'a, (i32, &'a str)> {
///         Set::new((1..).zip(text.split_whitespace()))
///     }
/// }
/// ```
///
/// The first parameter is the [`Session`], by `&` or `&mut`. The others are [`Argument`]s. The
/// result is a [`FunctionResult`]: a value of a SQL type, an `Option`, `()`, a
/// [`Record`](crate::session::Record), a [`Set`](crate::session::Set), or a `Result` of one of
/// them. An `Err` and a panic become an ERROR with all fields.
///
/// # The declaration in SQL
///
/// The library's file contains the `CREATE FUNCTION` statement of each function.
/// `cargo bgworker inspect --sql` prints them, for the script of the extension. The first call in a
/// statement compares the function in `pg_proc` with the library. If the number or the types of
/// the arguments or the result do not match, it fails with an error that shows both.
///
/// The documentation becomes the comment of the function. `#[sql(…)]` before a function sets the
/// rest, and before an argument its type:
///
/// | Option | Meaning |
/// |---|---|
/// | `stable`, `immutable` | the volatility, `volatile` by default |
/// | `parallel_safe`, `parallel_restricted` | since 9.6; `unsafe` by default |
/// | `name = "…"` | the name in SQL |
/// | `columns = "a, b"` | the names of the columns of a record or a set of tuples |
/// | `returns = "…"` | the result, instead of the one that the signature has, for example `setof app.orders` |
/// | `security_definer` | with a safe `search_path` |
/// | `#[sql = "app.orders"] order: Row<'_>` | the type of an argument |
///
/// The exported symbol is `bgworker_function_` and the name of the function in Rust. Two functions
/// of one library with the same name do not link.
///
/// [`Argument`]: crate::session::Argument
/// [`FunctionResult`]: crate::session::FunctionResult
/// [`Session`]: crate::session::Session
#[macro_export]
#[doc(alias = "PG_FUNCTION_INFO_V1")]
#[doc(alias = "PG_FUNCTION_ARGS")]
#[doc(alias = "PG_GETARG_DATUM")]
#[doc(alias = "PG_RETURN_DATUM")]
macro_rules! sql_function {
    ($(
        $(#[doc = $doc:literal])*
        $(#[sql($($option:ident $(= $value:literal)?),* $(,)?)])?
        $visibility:vis fn $name:ident $(<$($lifetime:lifetime),*>)? (
            $session:ident : $token:ty
            $(, $(#[sql = $sql:literal])? $argument:ident : $type:ty)* $(,)?
        ) $(-> $result:ty)? $body:block
    )*) => {$(
        $(#[doc = $doc])*
        $visibility fn $name $(<$($lifetime),*>)? ($session: $token $(, $argument: $type)*) $(-> $result)? $body

        const _: () = {
            use $crate::__private::session as support;

            #[allow(non_camel_case_types)]
            const fn arguments<T, $($argument: support::Argument,)* R>(
                _: fn(T $(, $argument)*) -> R,
            ) -> [support::ArgumentInfo; <[&str]>::len(&[$(::core::stringify!($argument)),*])] {
                [$(<$argument as support::Argument>::INFO),*]
            }
            #[allow(non_camel_case_types)]
            const fn result<T, $($argument,)* R: support::FunctionResult>(
                _: fn(T $(, $argument)*) -> R,
            ) -> support::ResultInfo {
                R::INFO
            }

            const SYMBOL: &str = ::core::concat!("bgworker_function_", ::core::stringify!($name));
            const NAMES: &[&str] = &[$(::core::stringify!($argument)),*];
            const DECLARATION: &support::Declaration = &support::Declaration::new(support::Parts {
                name: ::core::stringify!($name),
                symbol: SYMBOL,
                comment: &[$($doc),*],
                names: NAMES,
                arguments: &arguments($name),
                types: &[$($crate::__sql_type!($($sql)?)),*],
                result: result($name),
                options: support::Options::new()$($(.$option($($value)?))*)?,
            });
            static FUNCTION: support::FunctionInfo = support::FunctionInfo {
                name: ::core::stringify!($name),
                signature: DECLARATION.signature(),
                arguments: NAMES,
                is_strict: support::is_strict(&arguments($name)),
            };

            #[allow(unused_mut, unused_variables)]
            extern "C-unwind" fn call(call: $crate::ffi::FunctionCallInfo) -> $crate::ffi::Datum {
                // SAFETY: the server calls this, and no other code can name it.
                unsafe {
                    support::call_function(call, &FUNCTION, |session, mut arguments, output| {
                        $(let $argument = arguments.next()?;)*
                        output.put($name(session $(, $argument)*))
                    })
                }
            }

            $crate::__export_function!($name, DECLARATION, call);
        };
    )*};
}

/// Exports a function and its record for the server, and adds its declaration to the file.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_function {
    ($name:ident, $declaration:expr, $call:path) => {
        $crate::ffi::module_note!(
            $crate::ffi::fingerprint::NOTE_FUNCTION,
            $declaration.as_str()
        );

        #[unsafe(export_name = ::core::concat!("bgworker_function_", ::core::stringify!($name)))]
        extern "C-unwind" fn exported(argument: $crate::ffi::FunctionCallInfo) -> $crate::ffi::Datum {
            $call(argument)
        }

        #[unsafe(export_name = ::core::concat!("pg_finfo_bgworker_function_", ::core::stringify!($name)))]
        extern "C" fn info() -> *const $crate::ffi::Pg_finfo_record {
            static INFO: $crate::ffi::Pg_finfo_record =
                $crate::ffi::Pg_finfo_record { api_version: 1 };
            &raw const INFO
        }
    };
}

/// The type that the attribute of an argument sets.
#[doc(hidden)]
#[macro_export]
macro_rules! __sql_type {
    () => {
        ::core::option::Option::None
    };
    ($sql:literal) => {
        ::core::option::Option::Some($sql)
    };
}
