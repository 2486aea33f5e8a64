//! Texts that the database can store.

use crate::error::representable;
use crate::sql::transaction::Transaction;
use std::borrow::Cow;

impl Transaction<'_> {
    /// Returns the text with `?` for each character that the encoding of the database lacks, and
    /// `\0` for NUL. The result can be a parameter, which the text itself may not. Use it for texts
    /// whose origin the worker does not control, such as the message of another program.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &mut Transaction<'_>, job: i64, error: &Error) -> Result<()> {
    /// let text = tx.storable(&format!("{error:#}")).into_owned();
    /// tx.execute("insert into app.failures values ($1, $2)", (job, text))?;
    /// # Ok(()) }
    /// ```
    #[doc(alias = "pg_any_to_server")]
    pub fn storable<'s>(&self, text: &'s str) -> Cow<'s, str> {
        representable(text)
    }
}
