//! Statements without a transaction, which the compiler rejects. These methods are for its message.

use crate::error::Result;
use crate::worker::token::Worker;

/// A token that runs statements. No worker does.
#[diagnostic::on_unimplemented(
    message = "statements run in a transaction",
    label = "this is a worker, and not a transaction",
    note = "write `worker.transaction(|tx| tx.execute(...))`; outside a transaction: `Worker::run_top_level`"
)]
pub trait RunsStatements {}

macro_rules! rejected {
    ($($name:ident<$($parameter:ident),*> -> $returned:ty;)*) => {
        impl<S> Worker<'_, S> {
            $(
                #[doc(hidden)]
                pub fn $name<$($parameter),*>(&self, _: impl Sized, _: P) -> Result<$returned>
                where
                    Self: RunsStatements,
                {
                    unreachable!()
                }
            )*
        }
    };
}

rejected! {
    execute<P> -> u64;
    query<P> -> Vec<()>;
    query_one<P> -> ();
    query_opt<P> -> Option<()>;
    query_scalar<T, P> -> T;
    query_scalar_opt<T, P> -> Option<T>;
    query_as<T, P> -> Vec<T>;
}
