//! What a plugin writes.

use crate::{Result, ffi};
use ffi::LogicalDecodingContext;
use ffi::guard::catch;

/// The messages of one call of the plugin.
#[derive(Debug, Default)]
pub struct Output(Vec<String>);

impl Output {
    /// Writes a message, which is a row of `pg_logical_slot_get_changes`.
    pub fn write(&mut self, message: String) {
        self.0.push(message);
    }

    /// Passes the messages to the server.
    ///
    /// # Safety
    /// In a callback of this context that may write.
    pub(crate) unsafe fn send(self, context: *mut LogicalDecodingContext) -> Result<()> {
        for message in &self.0 {
            let (data, length) = (message.as_ptr(), message.len());
            // SAFETY: the caller's promise. The closure owns nothing, and the server copies the
            // text.
            unsafe {
                catch(|| {
                    ffi::OutputPluginPrepareWrite(context.cast(), true);
                    ffi::appendBinaryStringInfo((*context).out, data.cast(), length as i32);
                    ffi::OutputPluginWrite(context.cast(), true);
                })
            }?;
        }
        Ok(())
    }
}
