//! Errors and panics whose values panic when they are dropped, wherever the layer drops them.

use crate::prelude::*;
use postgres_bgworker::settings::{IntSetting, SettingContext, Unit};
use std::fmt;

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        leaves!(bomb_main, Ends),
        leaves!(bomb_panic_main, Ends),
        leaves!(bomb_before_exit, Ends),
        leaves!(bomb_shmem_exit, Ends),
        leaves!(bomb_proc_exit, Ends),
        leaves!(bomb_panic_before_exit, Ends),
        leaves!(bomb_panic_proc_exit, Ends),
        stays!(bomb_check_session, Value).scratch(),
        stays!(bomb_check_reload, Value).scratch(),
        stays!(bomb_check_panic_session, Value).scratch(),
        stays!(bomb_check_panic_reload, Value).scratch(),
        stays!(bomb_check_alter_system, Value).scratch(),
        preloads!(bomb_init, RefusesToStart("a bomb")),
        preloads!(bomb_init_panic, RefusesToStart("a panic with a bomb")),
        preloads!(init_error_long, RefusesToStart("")),
        preloads!(init_thread_panics, Starts),
        preloads!(init_caught_panic, Starts),
        preloads!(init_too_many, Starts),
        stays!(bomb_answer, Survives),
        stays!(bomb_in_transaction_panic, Survives),
    ]
}

/// An error whose end is a panic.
#[derive(Debug)]
pub(crate) struct ErrorBomb;

impl fmt::Display for ErrorBomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for ErrorBomb {}

impl Drop for ErrorBomb {
    fn drop(&mut self) {
        panic!("an error is dropped");
    }
}

/// A panic whose payload's end is a panic.
fn panic_with_bomb() -> ! {
    std::panic::panic_any(ErrorBomb)
}

fn bomb_main(_: Attacker) -> Result<Exit> {
    Err(Error::other(ErrorBomb))
}

fn bomb_panic_main(_: Attacker) -> Result<Exit> {
    panic_with_bomb()
}

fn exits_with(_: &Exiting) -> Result<()> {
    Err(Error::other(ErrorBomb))
}

fn panics_with(_: &Exiting) -> Result<()> {
    panic_with_bomb()
}

fn bomb_before_exit(worker: Attacker) -> Result<Exit> {
    worker.before_exit(exits_with)?;
    Ok(Exit::Done)
}

fn bomb_shmem_exit(worker: Attacker) -> Result<Exit> {
    worker.on_shmem_exit(exits_with)?;
    Ok(Exit::Done)
}

fn bomb_proc_exit(worker: Attacker) -> Result<Exit> {
    worker.on_proc_exit(exits_with)?;
    Ok(Exit::Done)
}

fn bomb_panic_before_exit(worker: Attacker) -> Result<Exit> {
    worker.before_exit(panics_with)?;
    Ok(Exit::Done)
}

fn bomb_panic_proc_exit(worker: Attacker) -> Result<Exit> {
    worker.on_proc_exit(panics_with)?;
    Ok(Exit::Done)
}

static CHECKED: IntSetting = IntSetting::new(
    c"attacks.checked",
    c"Its check function refuses 2 and panics at 3.",
    0,
    0..=10,
    Unit::None,
)
.context(SettingContext::Userset)
.check(check);

fn check(value: i32) -> Result<()> {
    match value {
        2 => Err(Error::other(ErrorBomb)),
        3 => panic_with_bomb(),
        _ => Ok(()),
    }
}

pub(crate) fn define(preload: &Preload) -> Result<()> {
    CHECKED.define(preload)
}

pub(crate) fn read(exiting: &Exiting) {
    let _ = CHECKED.get(exiting);
}

/// The session goes on, and the value is what it was.
fn refused(worker: &mut Attacker, sql: &str) -> Result<()> {
    let answer = outside::sql(sql)?;
    ensure!(answer.contains("invalid value"));
    ensure_eq!(CHECKED.get(worker), 0);
    Ok(())
}

fn bomb_check_session(worker: &mut Attacker) -> Result<()> {
    refused(worker, "set attacks.checked = 2")
}

fn bomb_check_panic_session(worker: &mut Attacker) -> Result<()> {
    refused(worker, "set attacks.checked = 3")
}

fn bomb_check_alter_system(worker: &mut Attacker) -> Result<()> {
    refused(worker, "alter system set attacks.checked = 2")
}

/// The postmaster reads the file, and so do all its children.
fn reloaded(worker: &mut Attacker, value: &str) -> Result<()> {
    ensure_eq!(outside::set("attacks.checked", value)?, "ok");
    for _ in 0..10 {
        let _ = worker.wait(Duration::from_millis(50))?;
    }
    ensure_eq!(CHECKED.get(worker), 0);
    ensure_eq!(outside::sql("select 1")?, "ok");
    Ok(())
}

fn bomb_check_reload(worker: &mut Attacker) -> Result<()> {
    reloaded(worker, "2")
}

fn bomb_check_panic_reload(worker: &mut Attacker) -> Result<()> {
    reloaded(worker, "3")
}

fn bomb_init(_: &Preload) -> Result<()> {
    Err(Error::other(ErrorBomb))
}

fn bomb_init_panic(_: &Preload) -> Result<()> {
    std::panic::panic_any("a panic with a bomb".to_owned())
}

/// Longer than the server can copy; the server must not start as if nothing had happened.
fn init_error_long(_: &Preload) -> Result<()> {
    Err(Error::new(ErrorKind::Other, "x".repeat(1 << 30)))
}

fn init_thread_panics(_: &Preload) -> Result<()> {
    drop(std::thread::spawn(|| panic!("in a thread of the postmaster")).join());
    Ok(())
}

fn init_caught_panic(preload: &Preload) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        preload.log("a line");
        panic_with_bomb()
    }));
    std::mem::forget(outcome);
    Ok(())
}

/// Those that have no slot are errors, and the others are registered.
fn init_too_many(preload: &Preload) -> Result<()> {
    let mut refused = 0;
    for _ in 0..100 {
        refused += i32::from(crate::partner::short_lived()?.register(preload).is_err());
    }
    ensure!(refused > 0);
    Ok(())
}

/// What the user drops is the user's panic.
fn bomb_answer(worker: &mut Attacker) -> Result<()> {
    let result: Result<()> = worker.transaction(|tx| {
        let _ = tx.execute("select 1 / 0", &[]);
        Err(Error::other(ErrorBomb))
    });
    std::mem::forget(result);
    Ok(())
}

fn bomb_in_transaction_panic(worker: &mut Attacker) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        worker.transaction::<()>(|_| panic_with_bomb())
    }));
    std::mem::forget(outcome);
    Ok(())
}
