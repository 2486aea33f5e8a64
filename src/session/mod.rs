//! Code that SQL statements call: functions, and the token of a session.
//!
//! [`sql_function!`](crate::sql_function) defines functions, and
//! [`sql_trigger!`](crate::sql_trigger) trigger functions. Each receives a [`Session`], which
//! gives access to the server: it runs SQL in the transaction of the caller, launches workers and
//! talks to them.

mod arguments;
mod call;
mod declaration;
mod declared;
pub(crate) mod function;
mod info;
pub(crate) mod parts;
pub(crate) mod result;
mod row;
mod set;
mod token;
mod trigger;

pub use arguments::Argument;
pub use result::{FunctionResult, Record};
pub use row::RecordTypes;
pub use set::{Set, SetRow};
pub use token::Session;
pub use trigger::{Trigger, TriggerAction, TriggerEvent, TriggerResult, TriggerTime};

/// Only the macros of this crate use these items.
#[doc(hidden)]
pub mod support {
    pub use super::arguments::Argument;
    pub use super::declaration::Declaration;
    pub use super::function::call_function;
    pub use super::info::FunctionInfo;
    pub use super::parts::{ArgumentInfo, Options, Parts, ResultInfo, is_strict};
    pub use super::result::FunctionResult;
    pub use super::trigger::call_trigger;
}
