//! What the observer does to the server on behalf of an attack, and what it asks of it.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Run a statement after a while, in a session of its own, which may hang. The answer goes to the process that asked.
pub(crate) fn sql(sockets: PathBuf, after: Duration, text: String, answer: Option<UnixStream>) {
    std::thread::spawn(move || {
        std::thread::sleep(after);
        let connect = || {
            postgres::Config::new()
                .host_path(&sockets)
                .port(5432)
                .user("postgres")
                .dbname("postgres")
                .connect(postgres::NoTls)
        };
        let result = connect().and_then(|mut client| client.batch_execute(&text));
        let said = match result {
            Ok(()) => "ok".to_owned(),
            Err(error) => match error.as_db_error() {
                Some(error) => error.message().replace('\n', " "),
                None => error.to_string().replace('\n', " "),
            },
        };
        if let Some(mut line) = answer {
            let _ = writeln!(line, "{said}");
        }
    });
}

/// What is left of a process that waits outside of transactions: nothing.
pub(crate) fn inspect() -> &'static str {
    if support::since(100_000) {
        INSPECT
    } else {
        INSPECT_OLD
    }
}

/// Before 10 a wait of this kind is not shown.
const INSPECT_OLD: &str = "
    select pid, nullif(concat_ws(', ',
        'transaction since ' || a.xact_start, case when a.state <> 'idle' then 'it runs: ' || a.state end,
        (select 'lock ' || min(l.locktype || ' ' || l.mode) from pg_catalog.pg_locks l where l.pid = a.pid)), '')
    from pg_catalog.pg_stat_activity a where a.pid = any ($1)";

const INSPECT: &str = "
    select pid, nullif(concat_ws(', ',
        'xid ' || a.backend_xid, 'xmin ' || a.backend_xmin, 'transaction since ' || a.xact_start,
        case when a.wait_event is null then 'it runs: ' || coalesce(a.state, '') end,
        (select 'lock ' || min(l.locktype || ' ' || l.mode) from pg_catalog.pg_locks l where l.pid = a.pid)), '')
    from pg_catalog.pg_stat_activity a where a.pid = any ($1)";

/// By the shell's own kill: a small machine has no other.
pub(crate) fn signal(name: &str, pid: u32) {
    let _ = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .stderr(std::process::Stdio::null())
        .status();
}
