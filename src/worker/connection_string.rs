//! Connecting back to the server with a client library.

use crate::error::{Error, ErrorKind, Result, setting_to_utf8};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::worker::state::Connected;
use crate::worker::token::Worker;
use std::ffi::CStr;

impl Worker<'_, Connected> {
    /// Returns what a client library needs to connect to this server, in the format
    /// `keyword='value'` of libpq: the first directory of `unix_socket_directories`, or else
    /// `localhost`, the port, the database of this worker, and its role. It contains no password.
    ///
    /// # Errors
    /// Those of [`Worker::transaction`], and settings that the server lacks.
    pub fn connection_string(&mut self) -> Result<String> {
        let (database, role): (String, String) = self.transaction(|tx| {
            let sql = "select current_database()::text, current_user::text";
            let found = tx.query_as(sql, ())?.pop();
            found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the query returned no row"))
        })?;
        let thread = self.server_thread();
        let directories = setting(thread, c"unix_socket_directories")?;
        let first = directories.split(',').next().unwrap_or_default();
        let first = first.trim().trim_matches('"');
        let host = if first.is_empty() { "localhost" } else { first };
        let port = setting(thread, c"port")?;
        Ok(format!(
            "host={} port={} dbname={} user={}",
            quoted(host),
            quoted(&port),
            quoted(&database),
            quoted(&role)
        ))
    }
}

fn setting(_thread: ServerThread<'_>, name: &'static CStr) -> Result<String> {
    let pointer = name.as_ptr();
    // SAFETY: token: `_thread`; plain frames; fixed text.
    let value = unsafe { guard(|| ffi::GetConfigOption(pointer, true.into(), false.into())) }?;
    if value.is_null() {
        let name = name.to_string_lossy();
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("the server has no setting \"{name}\""),
        ));
    }
    // SAFETY: server memory: the text is valid until the setting changes, which no call here does.
    let value = unsafe { CStr::from_ptr(value) };
    Ok(setting_to_utf8(value)?)
}

fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn values_are_quoted_for_libpq() {
        assert_eq!(quoted("plain"), "'plain'");
        assert_eq!(quoted("o'neill \\ co"), "'o\\'neill \\\\ co'");
        assert_eq!(quoted(""), "''");
    }
}
