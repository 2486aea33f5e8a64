//! NOTIFY: who listens on a channel hears of it when the transaction has committed.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::to_server;

/// The first length that is too long for a payload (`commands/async.c`: `NOTIFY_PAYLOAD_MAX_LENGTH`).
const MAX_PAYLOAD: usize = ffi::BLCKSZ as usize - ffi::NAMEDATALEN as usize - 128;

impl Transaction<'_> {
    /// Notify who listens on this channel, once the transaction has committed. The same message twice in a transaction
    /// is sent once. The name of the channel is taken as it is, as in a quoted identifier.
    ///
    /// # Errors
    /// The name is empty or has 64 bytes or more; the payload has 8000 bytes or more; this is a standby.
    #[doc(alias = "Async_Notify")]
    #[doc(alias = "pg_notify")]
    pub fn notify(&self, channel: &str, payload: &str) -> Result<()> {
        self.check()?;
        for (what, text, limit) in [
            ("channel", channel, ffi::NAMEDATALEN as usize),
            ("payload", payload, MAX_PAYLOAD),
        ] {
            let length = to_server(text, self)?.len();
            if length >= limit {
                return Err(Error::new(
                    ErrorKind::TooLong,
                    format!(
                        "the {what} of a notification has {length} bytes: at most {}",
                        limit - 1
                    ),
                ));
            }
        }
        if channel.is_empty() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a notification needs the name of a channel",
            ));
        }
        // The function, and not what it calls: it is what refuses on a standby.
        self.execute("select pg_catalog.pg_notify($1, $2)", (&channel, &payload))?;
        Ok(())
    }
}
