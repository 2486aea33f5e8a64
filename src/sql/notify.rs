//! `NOTIFY`: sends notifications when a transaction commits.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::to_server;

/// The length in bytes from which a payload is too long (`NOTIFY_PAYLOAD_MAX_LENGTH` in
/// `commands/async.c`).
const MAX_PAYLOAD: usize = ffi::BLCKSZ as usize - ffi::NAMEDATALEN as usize - 128;

impl Transaction<'_> {
    /// Notifies the sessions that listen on `channel`, when the transaction commits. Identical
    /// notifications in a transaction are sent once. The channel name is used without case folding,
    /// like a quoted identifier.
    ///
    /// # Errors
    /// [`TooLong`](ErrorKind::TooLong) if the channel name has 64 bytes or more, or the payload has
    /// 8000 bytes or more. [`Invalid`](ErrorKind::Invalid) if the channel name is empty. An error
    /// of the server on a standby.
    #[doc(alias = "Async_Notify")]
    #[doc(alias = "pg_notify")]
    pub fn notify(&self, channel: &str, payload: &str) -> Result<()> {
        self.check()?;
        for (what, text, limit) in [
            ("channel name", channel, ffi::NAMEDATALEN as usize),
            ("payload", payload, MAX_PAYLOAD),
        ] {
            let length = to_server(text, self)?.len();
            if length >= limit {
                return Err(Error::new(
                    ErrorKind::TooLong,
                    format!(
                        "{what} is too long: {length} bytes (maximum is {} bytes)",
                        limit - 1
                    ),
                ));
            }
        }
        if channel.is_empty() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "channel name cannot be empty",
            ));
        }
        // Calls the SQL function instead of Async_Notify, because the function checks for a
        // standby.
        self.execute("select pg_catalog.pg_notify($1, $2)", (&channel, &payload))?;
        Ok(())
    }
}
