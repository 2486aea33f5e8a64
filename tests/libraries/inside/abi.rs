//! The server that runs is the one that the bindings describe: what it wrote is where they read it, and what
//! it says of itself is what they say.

use crate::check::*;
use std::ffi::{CStr, c_char};

pub(crate) const CASES: &[(&str, Case)] = cases![
    the_server_reads_what_was_written,
    the_server_writes_what_is_read,
    constants_are_what_the_server_says,
];

/// The entry of this worker: the server's copy of what was registered.
fn entry() -> Result<&'static ffi::BackgroundWorker> {
    // SAFETY: a read of a global; in a worker it points to the entry, which stays (server memory).
    let entry = unsafe { ffi::MyBgworkerEntry.as_ref() };
    entry.ok_or_else(|| Error::new(ErrorKind::Other, "MyBgworkerEntry is null"))
}

fn text(field: &[c_char]) -> Result<String> {
    let bytes: Vec<u8> = field.iter().map(|byte| *byte as u8).collect();
    let text = CStr::from_bytes_until_nul(&bytes);
    let text = text.map_err(|_| Error::new(ErrorKind::Other, "a name does not end"))?;
    Ok(text.to_string_lossy().into_owned())
}

/// It took these fields from their places to start this worker, and copied the struct by its own size.
fn the_server_reads_what_was_written(_: &mut Worker<Connected>) -> Result<()> {
    let entry = entry()?;
    ensure_eq!(text(&entry.bgw_name)?, "inside");
    let flags = ffi::BGWORKER_SHMEM_ACCESS | ffi::BGWORKER_BACKEND_DATABASE_CONNECTION;
    ensure_eq!(entry.bgw_flags & flags, flags);
    ensure_eq!(entry.bgw_restart_time, ffi::BGW_NEVER_RESTART);
    ensure_eq!(entry.bgw_main_arg as u32 as i32, -42);
    #[cfg(pg_has = "bgw_library_name")]
    ensure_eq!(text(&entry.bgw_function_name)?, "bgworker_main_inside");
    #[cfg(pg_has = "bgw_extra")]
    ensure!(entry.bgw_extra.iter().all(|byte| *byte == 0));
    Ok(())
}

/// The type as its own views show it, and its variables.
fn the_server_writes_what_is_read(worker: &mut Worker<Connected>) -> Result<()> {
    #[cfg(pg_has = "bgw_type")]
    {
        let shown: String = worker.transaction(|tx| {
            let sql = "select backend_type from pg_stat_activity where pid = pg_backend_pid()";
            tx.query_one(sql, &[])
        })?;
        ensure_eq!(text(&entry()?.bgw_type)?, shown);
    }
    // SAFETY: a read of a global.
    let pid = unsafe { ffi::MyProcPid };
    let shown: i32 = worker.transaction(|tx| tx.query_one("select pg_backend_pid()", &[]))?;
    ensure_eq!(pid, shown);
    Ok(())
}

fn constants_are_what_the_server_says(worker: &mut Worker<Connected>) -> Result<()> {
    for (setting, ours) in [
        ("block_size", ffi::BLCKSZ as i64),
        ("max_function_args", ffi::FUNC_MAX_ARGS as i64),
        ("max_identifier_length", ffi::NAMEDATALEN as i64 - 1),
        ("max_index_keys", ffi::INDEX_MAX_KEYS as i64),
    ] {
        let sql = format!("select current_setting('{setting}')::int4");
        let theirs: i32 = worker.transaction(|tx| tx.query_one(&sql, &[]))?;
        ensure_eq!((setting, ours), (setting, i64::from(theirs)));
    }
    Ok(())
}
