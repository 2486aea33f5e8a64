//! Statements that can be run: SQL text or a plan.

use crate::error::Result;
use crate::sql::params::{ParameterTypes, Params};
use crate::sql::plan::Plan;
use crate::sql::source::Source;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::c_string;

/// A statement that can be run with parameters `P`: SQL text, or a [`Plan`] whose parameters have
/// these types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be run with the parameters `{P}`",
    note = "a statement is a `&str`, a `String` or a reference to a `Plan`; a plan takes a tuple of the types that it was prepared with"
)]
pub trait Statement<P: Params>: sealed::Sealed {
    #[doc(hidden)]
    fn source(&self, transaction: &Transaction<'_>) -> Result<Source<'_>>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &str {}
    impl Sealed for String {}
    impl Sealed for &String {}
    impl<P> Sealed for &super::Plan<P> {}
}

macro_rules! texts {
    ($($type:ty),*) => {$(
        impl<P: Params> Statement<P> for $type {
            fn source(&self, transaction: &Transaction<'_>) -> Result<Source<'_>> {
                c_string("statement", self, transaction).map(Source::Text)
            }
        }
    )*};
}

texts!(&str, String, &String);

impl<P: Params, T: ParameterTypes<Sql = P::Sql>> Statement<P> for &Plan<T> {
    #[inline]
    fn source(&self, _: &Transaction<'_>) -> Result<Source<'_>> {
        Ok(self.as_source())
    }
}
