use ffi::guard::{self, IntoRaise, Raise, Server, ServerError};
use ffi::{errcodes, inline, shim};
pub use postgres_bgworker_sys as ffi;
use std::ffi::CStr;

/// The error type of the framework: an error of the server, or one of its own.
#[derive(Debug)]
pub enum Error {
    Server(ServerError),
    Own { message: String, hint: &'static str },
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Error::Server(error)
    }
}

impl IntoRaise for Error {
    fn into_raise(self, server: Server<'_>) -> Raise<'_> {
        match self {
            Error::Server(error) => error.into_raise(server),
            Error::Own { message, hint } => server
                .error(errcodes::ERRCODE_INVALID_PARAMETER_VALUE, message)
                .with_text(shim::TEXT_HINT, hint),
        }
    }
}

/// What a user's function gets: the arguments of a call.
pub struct Call(ffi::FunctionCallInfo);

impl Call {
    /// # Safety
    /// The server has made the call.
    pub unsafe fn new(fcinfo: ffi::FunctionCallInfo) -> Self {
        Call(fcinfo)
    }

    /// Returns an `integer` argument.
    pub fn int(&self, index: u16) -> Result<i32, Error> {
        // SAFETY: the server has made the call, which lives as long as this value; the argument is
        // only read if it exists.
        let datum = unsafe {
            let is_there = i32::from(index) < ffi::macros::pgbgw_nargs(self.0);
            is_there
                .then(|| inline::argument(self.0, index.into()))
                .flatten()
        };
        datum.map(inline::DatumGetInt32).ok_or_else(|| Error::Own {
            message: format!("argument {index} is missing"),
            hint: "Pass a value.",
        })
    }

    /// Runs a statement, and returns the number of its rows.
    pub fn execute(&self, sql: &CStr) -> Result<i32, Error> {
        let sql = sql.as_ptr();
        // `bool` is `char` before 11.
        #[allow(clippy::useless_conversion)]
        let read_only = false.into();
        // SAFETY: on the main thread, because the call is; the closure owns nothing.
        let rows = unsafe {
            in_subtransaction(|| {
                ffi::SPI_connect();
                ffi::SPI_execute(sql, read_only, 0);
                let rows = ffi::SPI_processed;
                ffi::SPI_finish();
                rows
            })
        }?;
        Ok(rows as i32)
    }
}

/// Runs calls in a subtransaction, and rolls it back after an error: users may go on then.
///
/// # Safety
/// As for [`guard::catch`].
unsafe fn in_subtransaction<R: Copy>(body: impl FnOnce() -> R + Copy) -> Result<R, ServerError> {
    // SAFETY: the caller's promise; the closures own nothing.
    unsafe {
        let (memory, owner) = (ffi::CurrentMemoryContext, ffi::CurrentResourceOwner);
        let level = ffi::GetCurrentTransactionNestLevel();
        let result = guard::catch(|| {
            ffi::BeginInternalSubTransaction(std::ptr::null_mut());
            inline::MemoryContextSwitchTo(memory);
            let result = body();
            ffi::ReleaseCurrentSubTransaction();
            result
        });
        let rolled_back = match ffi::GetCurrentTransactionNestLevel() > level {
            true => guard::catch(|| ffi::RollbackAndReleaseCurrentSubTransaction()),
            false => Ok(()),
        };
        inline::MemoryContextSwitchTo(memory);
        ffi::CurrentResourceOwner = owner;
        let result = result?;
        rolled_back.map(|()| result)
    }
}

/// The macro of the framework. Its users write only safe code.
#[macro_export]
macro_rules! sql_function {
    (fn $name:ident($call:ident) -> Result<i32> $body:block) => {
        $crate::ffi::pg_function_info_v1!($name);
        $crate::ffi::pg_guard! {
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(
                fcinfo: $crate::ffi::FunctionCallInfo
            ) -> Result<$crate::ffi::Datum, $crate::Error> {
                // SAFETY: the server has made the call.
                let $call = &unsafe { $crate::Call::new(fcinfo) };
                let value: Result<i32, $crate::Error> = $body;
                value.map($crate::ffi::inline::Int32GetDatum)
            }
        }
    };
}
