//! Trigger functions: the macro that defines them, and what a trigger tells them.

use crate::error::{Error, ErrorKind, Result, SqlState, to_utf8};
use crate::ffi::{self, shim};
use crate::server::datum::{Datum, Oid};
use crate::server::thread::ServerThread;
use crate::session::call::{enter, transaction};
use crate::session::function::raise;
use crate::session::info::FunctionInfo;
use crate::session::token::Session;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::{Row, Transaction};
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

/// When a trigger fires, relative to the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerTime {
    /// `BEFORE`
    Before,
    /// `AFTER`
    After,
    /// `INSTEAD OF`, of a view
    InsteadOf,
}

/// The operation that fires a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TriggerEvent {
    Insert,
    Update,
    Delete,
    Truncate,
}

/// What happens to the row for which a trigger fires before the change, or instead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerAction {
    /// The operation continues. This is also the action of `()`.
    Continue,
    /// The operation leaves out this row. No later trigger fires for it.
    Skip,
}

/// The result of a trigger function: `()`, a [`TriggerAction`], or a `Result` of one of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a trigger function",
    note = "a trigger function returns `()`, a `TriggerAction`, or a `Result` of one of them"
)]
pub trait TriggerResult {
    #[doc(hidden)]
    fn into_action(self) -> Result<TriggerAction>;
}

impl TriggerResult for () {
    fn into_action(self) -> Result<TriggerAction> {
        Ok(TriggerAction::Continue)
    }
}

impl TriggerResult for TriggerAction {
    fn into_action(self) -> Result<TriggerAction> {
        Ok(self)
    }
}

impl<T: TriggerResult, E: Into<Error>> TriggerResult for Result<T, E> {
    fn into_action(self) -> Result<TriggerAction> {
        self.map_err(Into::into)?.into_action()
    }
}

/// The trigger that calls a function.
#[derive(Debug)]
#[doc(alias = "TriggerData")]
pub struct Trigger<'s> {
    fields: shim::Trigger,
    transaction: &'s Transaction<'s>,
    connection: &'s SqlConnection,
}

impl Trigger<'_> {
    /// Returns when the trigger fires.
    #[doc(alias = "TG_WHEN")]
    pub fn time(&self) -> TriggerTime {
        match self.fields.time {
            shim::TRIGGER_BEFORE => TriggerTime::Before,
            shim::TRIGGER_AFTER => TriggerTime::After,
            _ => TriggerTime::InsteadOf,
        }
    }

    /// Returns the operation that fires the trigger.
    #[doc(alias = "TG_OP")]
    pub fn event(&self) -> TriggerEvent {
        match self.fields.event {
            shim::TRIGGER_INSERT => TriggerEvent::Insert,
            shim::TRIGGER_UPDATE => TriggerEvent::Update,
            shim::TRIGGER_DELETE => TriggerEvent::Delete,
            _ => TriggerEvent::Truncate,
        }
    }

    /// Returns whether the trigger fires for each row, not for each statement.
    #[doc(alias = "TG_LEVEL")]
    pub fn is_for_each_row(&self) -> bool {
        self.fields.for_each_row != 0
    }

    /// Returns the row before the change: that of an UPDATE or a DELETE, if the trigger fires for
    /// each row.
    #[doc(alias = "OLD")]
    pub fn old(&self) -> Option<Row<'_>> {
        self.row(self.fields.old)
    }

    /// Returns the row after the change: that of an INSERT or an UPDATE, if the trigger fires for
    /// each row.
    #[doc(alias = "NEW")]
    pub fn new_row(&self) -> Option<Row<'_>> {
        self.row(self.fields.new)
    }

    fn row(&self, tuple: ffi::HeapTuple) -> Option<Row<'_>> {
        if tuple.is_null() {
            return None;
        }
        // SAFETY: server memory: the trigger's caller keeps the row and the table open during the
        // call.
        Some(unsafe {
            Row::of_table(
                self.transaction,
                self.fields.descriptor,
                tuple,
                self.connection.callers_memory(),
                self.fields.made,
            )
        })
    }

    /// Returns the name of the trigger.
    #[doc(alias = "TG_NAME")]
    pub fn name(&self) -> String {
        text(self.fields.name)
    }

    /// Returns the name of the table.
    #[doc(alias = "TG_TABLE_NAME")]
    pub fn table(&self) -> String {
        text(self.fields.table)
    }

    /// Returns the schema of the table.
    #[doc(alias = "TG_TABLE_SCHEMA")]
    pub fn schema(&self) -> String {
        text(self.fields.schema)
    }

    /// Returns the OID of the table.
    #[doc(alias = "TG_RELID")]
    pub fn relation(&self) -> Oid {
        Oid(self.fields.relation)
    }

    /// Returns the arguments of the trigger, which `CREATE TRIGGER` sets.
    #[doc(alias = "TG_ARGV")]
    pub fn arguments(&self) -> Vec<String> {
        let count = usize::try_from(self.fields.argument_count).unwrap_or(0);
        // SAFETY: server memory: there are that many texts.
        (0..count)
            .map(|at| text(unsafe { *self.fields.arguments.add(at) }))
            .collect()
    }
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: server memory: the fields of a trigger end with a NUL, and live during the call.
    to_utf8(unsafe { CStr::from_ptr(pointer) })
}

/// The last frame before the server, see
/// [`call_function`](crate::session::function::call_function).
///
/// # Safety
/// Only for a function that SQL calls, with the argument that the server has passed.
pub unsafe fn call_trigger<B, R>(
    call: ffi::FunctionCallInfo,
    function: &'static FunctionInfo,
    body: B,
) -> ffi::Datum
where
    B: for<'s> FnOnce(&mut Session<'s>, &Trigger<'s>) -> R,
    R: TriggerResult,
{
    // SAFETY: token: the server calls functions on its thread.
    let thread = unsafe { ServerThread::assume() };
    match run(thread, call, function, body) {
        Ok(datum) => datum.0,
        Err(error) => {
            let report = raise(thread, error);
            // SAFETY: plain frames: this one and the exported function hold pointers to the
            // server's memory, nothing else.
            unsafe { shim::pgbgw_report(report) };
            0
        }
    }
}

fn run<B, R>(
    thread: ServerThread<'_>,
    call: ffi::FunctionCallInfo,
    function: &'static FunctionInfo,
    body: B,
) -> Result<Datum>
where
    B: for<'s> FnOnce(&mut Session<'s>, &Trigger<'s>) -> R,
    R: TriggerResult,
{
    enter(thread, shim::NESTED, |connection| {
        let transaction = transaction(connection);
        let mut fields = MaybeUninit::zeroed();
        let place = fields.as_mut_ptr();
        // SAFETY: token: the transaction; plain frames; the server's own argument.
        let is_trigger = unsafe { connection.call(|| shim::pgbgw_trigger(call, place)) }?;
        if is_trigger == 0 {
            return Err(not_a_trigger(function));
        }
        let trigger = Trigger {
            // SAFETY: the call has filled it, and zeros are a value of it.
            fields: unsafe { fields.assume_init() },
            transaction: &transaction,
            connection,
        };
        let action = body(&mut Session::new(connection), &trigger).into_action()?;
        // The server ignores the result of other triggers.
        Ok(Datum(match action {
            TriggerAction::Continue => trigger.fields.unchanged,
            TriggerAction::Skip => 0,
        }))
    })
}

#[cold]
fn not_a_trigger(function: &FunctionInfo) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("function {} was not called by a trigger", function.name),
    )
    .with_sqlstate(SqlState::E_R_I_E_TRIGGER_PROTOCOL_VIOLATED)
    .with_hint("Declare it as \"returns trigger\", and name it in CREATE TRIGGER.")
}

/// Defines trigger functions. See [`sql_function!`](crate::sql_function), which defines other
/// functions, for the declaration in SQL.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::session::{Session, Trigger, TriggerAction};
///
/// sql_trigger! {
///     /// Logs each new order, and rejects empty ones.
///     fn order_placed(session: &Session<'_>, trigger: &Trigger<'_>) -> Result<TriggerAction> {
///         let Some(order) = trigger.new_row() else {
///             return Ok(TriggerAction::Continue);
///         };
///         if order.get::<i32>("quantity")? == 0 {
///             return Ok(TriggerAction::Skip);
///         }
///         session.log(format!("order {}", order.get::<i64>("id")?));
///         Ok(TriggerAction::Continue)
///     }
/// }
/// ```
///
/// ```sql
/// create trigger order_placed before insert on orders
///     for each row execute procedure order_placed();
/// ```
///
/// The parameters are the [`Session`](crate::session::Session), by `&` or `&mut`, and the
/// [`Trigger`](crate::session::Trigger). The result is a
/// [`TriggerResult`](crate::session::TriggerResult).
#[macro_export]
#[doc(alias = "CALLED_AS_TRIGGER")]
macro_rules! sql_trigger {
    ($(
        $(#[doc = $doc:literal])*
        $(#[sql($($option:ident $(= $value:literal)?),* $(,)?)])?
        $visibility:vis fn $name:ident ($session:ident : $token:ty, $trigger:ident : $type:ty $(,)?)
            $(-> $result:ty)? $body:block
    )*) => {$(
        $(#[doc = $doc])*
        $visibility fn $name($session: $token, $trigger: $type) $(-> $result)? $body

        const _: () = {
            use $crate::__private::session as support;

            const DECLARATION: &support::Declaration =
                &support::Declaration::new(support::Parts::trigger(
                    ::core::stringify!($name),
                    ::core::concat!("bgworker_function_", ::core::stringify!($name)),
                    &[$($doc),*],
                    support::Options::new()$($(.$option($($value)?))*)?,
                ));

            static FUNCTION: support::FunctionInfo = support::FunctionInfo {
                name: ::core::stringify!($name),
                signature: DECLARATION.signature(),
                arguments: &[],
                is_strict: false,
            };

            extern "C-unwind" fn call(call: $crate::ffi::FunctionCallInfo) -> $crate::ffi::Datum {
                // SAFETY: the server calls this, and no other code can name it.
                unsafe {
                    support::call_trigger(call, &FUNCTION, |session, trigger| $name(session, trigger))
                }
            }

            $crate::__export_function!($name, DECLARATION, call);
        };
    )*};
}
