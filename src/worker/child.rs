//! A worker that a supervisor has launched: it proves that it is the one that was launched last,
//! connects to its database, and records how it ends.
#![cfg(pg_has = "bgw_extra")]

use crate::error::{Error, ErrorKind, Result, is_terminating};
use crate::ffi;
use crate::server::children::{Family, Needs, OwnPlace, Ticket, step};
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::server::process_signals::wake_process;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::sql::{Transaction, TransactionMode};
use crate::worker::connect::Connect;
use crate::worker::payload;
use crate::worker::policy::Exit;
use crate::worker::state::{Connected, Unconnected};
use crate::worker::token::{Worker, own_payload};
use std::cmp::Ordering;
use std::ffi::c_int;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

/// Takes the place of this process, if a supervisor launched it. Returns false if the supervisor
/// has launched another process for the place since.
///
/// # Errors
/// This copy of the library does not know the supervisor.
pub(crate) fn claim(thread: ServerThread<'_>) -> Result<bool> {
    let field = own_payload(thread);
    let Some(ticket) = Ticket::unpack(payload::ticket(field)) else {
        return Ok(true);
    };
    let process = thread.process();
    let family: Option<&'static Family> = {
        let families = process.families.borrow();
        families.get(usize::from(ticket.family)).copied()
    };
    let place =
        family.and_then(|family| Some((family, family.table.place(usize::from(ticket.place))?)));
    let Some((family, place)) = place else {
        return Err(Error::new(
            ErrorKind::Invalid,
            "the supervisor of this worker is unknown",
        )
        .with_detail("The library was replaced after the server had loaded it.")
        .with_hint("Restart the server after installing a new build of the library."));
    };
    // From here on the end of the process is recorded.
    process.own_place.set(Some(OwnPlace {
        family,
        place,
        generation: ticket.generation,
    }));
    // SAFETY: token: `thread`; plain frames; `at_exit` is the callback type.
    unsafe { guard(|| ffi::on_shmem_exit(Some(at_exit), 0)) }?;
    let is_child = place.words()[0] >> 32 == u64::from(ticket.child);
    if !is_child || !place.claim(ticket.generation) {
        process.own_place.set(None);
        return Ok(false);
    }
    place.pid.store(std::process::id() as i32, Relaxed);
    wake_supervisor(thread, family);
    Ok(true)
}

/// Records how main ended. Returns whether the process exits silently, because a supervisor knows
/// why it does.
pub(crate) fn note_end(
    thread: ServerThread<'_>,
    result: &std::thread::Result<Result<Exit>>,
    asked_to_stop: bool,
) -> bool {
    let Some(own) = thread.process().own_place.get() else {
        return false;
    };
    let how = match result {
        _ if asked_to_stop => step::ASKED,
        Ok(Ok(Exit::Done)) => step::DONE,
        Ok(Ok(Exit::Restart)) => step::RESTART,
        Ok(Err(_)) | Err(_) => step::FAILED,
    };
    own.place.end(own.generation, how);
    let (_, how) = own.place.step();
    match result {
        Ok(Ok(_)) => how != step::FAILED,
        Ok(Err(error)) => error.kind() == ErrorKind::Terminating && how != step::FAILED,
        Err(_) => false,
    }
}

/// Records the end of a process whose main function has not returned, and wakes the supervisor.
unsafe extern "C-unwind" fn at_exit(_code: c_int, _argument: ffi::Datum) {
    // SAFETY: token: the server runs its exit, and these callbacks in it, on its thread.
    let thread = unsafe { ServerThread::assume() };
    if let Some(own) = thread.process().own_place.get() {
        let how = match is_terminating() {
            true => step::ASKED,
            false => step::FAILED,
        };
        own.place.end(own.generation, how);
        own.place.leave(own.generation);
        wake_supervisor(thread, own.family);
    }
}

pub(crate) fn wake_supervisor(thread: ServerThread<'_>, family: &Family) {
    let number = family.table.supervisor.load(SeqCst);
    if number > 0 {
        wake_process(thread, number - 1);
    }
}

impl<'w> Worker<'w, Unconnected> {
    /// Connects a [child per database](crate::supervisor::Supervisor::per_database) to its
    /// database, as the role that its supervisor declares. Since 9.5.
    ///
    /// The worker then looks whether the database needs it: whether the
    /// [extension](crate::supervisor::Child::extension) is installed, and whether the
    /// [condition](crate::supervisor::Child::condition) is true. If not, the worker exits without a
    /// line in the server log, and its supervisor starts it again when an extension of the database
    /// changes.
    ///
    /// The supervisor also sends SIGTERM when a command such as `DROP DATABASE` wants the
    /// database, or when the extension changes, so the worker need not watch its database.
    ///
    /// # Errors
    /// * [`Terminating`](ErrorKind::Terminating): the database does not need the worker. Return
    ///   this error from the main function.
    /// * [`Invalid`](ErrorKind::Invalid): the worker is not a child per database.
    /// * Those of [`Worker::connect`] and of the condition.
    pub fn connect_assigned(self) -> Result<Worker<'w, Connected>> {
        let own = self.server_thread().process().own_place.get();
        let assigned = own.and_then(|own| {
            let [identity, ..] = own.place.words();
            let needs = own.family.children.get((identity >> 32) as usize)?;
            Some((own, needs, Oid(identity as u32)))
        });
        let Some((own, needs, database)) = assigned.filter(|(_, needs, _)| needs.per_database)
        else {
            return Err(Error::new(
                ErrorKind::Invalid,
                "no database was assigned to this worker",
            )
            .with_hint(
                "Add it to a supervisor with Supervisor::per_database, or use Worker::connect.",
            ));
        };
        let target = Connect::database_oid(database);
        let target = match needs.as_superuser {
            true => target.as_superuser(),
            // An invalid OID is refused.
            false => target.role_oid(Oid(own.place.role.load(Relaxed))),
        };
        let mut worker = self.connect(target)?;
        let mode = TransactionMode::new().read_only();
        match worker.transaction_with(mode, |tx| look(tx, needs))? {
            Ok(extension) => own.place.extension.store(extension.0, Relaxed),
            Err(reason) => {
                own.place.set_text(&reason);
                own.place.end(own.generation, step::ABSENT);
                return Err(Error::terminating());
            }
        }
        Ok(worker)
    }
}

/// Returns the extension that was found, or why the database does not need the worker.
fn look(tx: &mut Transaction<'_>, needs: &Needs) -> Result<std::result::Result<Oid, String>> {
    let mut found = Oid::INVALID;
    if let Some(extension) = &needs.extension {
        let row = tx.query_opt(
            "select oid, extversion from pg_catalog.pg_extension where extname = $1::pg_catalog.name",
            (extension.as_str(),),
        )?;
        let Some(row) = row else {
            return Ok(Err(format!("extension \"{extension}\" is not installed")));
        };
        found = row.get(0)?;
        let version: String = row.get(1)?;
        if let Some(oldest) = &needs.version {
            if compare_versions(&version, oldest) == Ordering::Less {
                return Ok(Err(format!(
                    "extension \"{extension}\" has version {version}, and {oldest} is needed"
                )));
            }
        }
    }
    if let Some(condition) = &needs.condition {
        let is_true: Option<bool> = tx.query_scalar(condition.as_str(), ())?;
        if is_true != Some(true) {
            return Ok(Err("the condition is not true".to_string()));
        }
    }
    Ok(Ok(found))
}

/// Compares versions by their parts between dots, numbers as numbers.
fn compare_versions(one: &str, other: &str) -> Ordering {
    let parts = |version: &str| -> Vec<(u64, String)> {
        let parts = version.split(['.', '-', '+']);
        parts
            .map(|part| match part.parse() {
                Ok(number) => (number, String::new()),
                Err(_) => (0, part.to_string()),
            })
            .collect()
    };
    parts(one).cmp(&parts(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (one, other, order) in [
            ("1.2", "1.10", Ordering::Less),
            ("1.10", "1.9", Ordering::Greater),
            ("2.0", "2.0", Ordering::Equal),
            ("1.0", "1.0.1", Ordering::Less),
            ("1.1dev", "1.1", Ordering::Less),
        ] {
            assert_eq!(compare_versions(one, other), order, "{one} {other}");
        }
    }
}
