//! What would abort the process, which the postmaster answers by restarting every session.

use crate::prelude::*;
use std::cell::RefCell;
use std::fmt;

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        leaves!(panic_display, Aborts).scratch(),
        leaves!(panic_display_in_transaction, Aborts).scratch(),
        leaves!(tls_dtor_panic, Aborts).scratch(),
        leaves!(alloc_fail, Aborts).scratch(),
        leaves!(set_hook, Aborts).scratch(),
        leaves!(take_hook, Aborts).scratch(),
        stays!(recursion_savepoint, Survives).scratch(),
        stays!(recursion_savepoint_sql, Error("Server 54001")),
        leaves!(thread_exit, Ends).scratch().times(3),
        leaves!(thread_panics, Ends),
        leaves!(double_panic, Ends),
        leaves!(double_panic_in_transaction, Ends),
        leaves!(process_exit, Ends),
    ]
}

struct PanicsWhenShown;

impl fmt::Display for PanicsWhenShown {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("while it is shown")
    }
}

fn panic_display(_: Attacker) -> Result<Exit> {
    panic!("{}", PanicsWhenShown)
}

fn panic_display_in_transaction(mut worker: Attacker) -> Result<Exit> {
    worker.transaction(|_| panic!("{}", PanicsWhenShown))
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("while it is dropped")
    }
}

thread_local! {
    static BOMB: RefCell<Option<PanicsWhenDropped>> = const { RefCell::new(None) };
}

fn tls_dtor_panic(_: Attacker) -> Result<Exit> {
    BOMB.set(Some(PanicsWhenDropped));
    Ok(Exit::Done)
}

fn alloc_fail(_: Attacker) -> Result<Exit> {
    let size = usize::try_from(isize::MAX)? - 4096;
    let vector: Vec<u8> = Vec::with_capacity(std::hint::black_box(size));
    std::hint::black_box(vector);
    Ok(Exit::Done)
}

fn panic_twice() -> Result<Exit> {
    let _bomb = PanicsWhenDropped;
    panic!("the first")
}

fn set_hook(_: Attacker) -> Result<Exit> {
    std::panic::set_hook(Box::new(|_| {}));
    panic_twice()
}

fn take_hook(_: Attacker) -> Result<Exit> {
    drop(std::panic::take_hook());
    panic_twice()
}

fn double_panic(_: Attacker) -> Result<Exit> {
    panic_twice()
}

fn double_panic_in_transaction(mut worker: Attacker) -> Result<Exit> {
    worker.transaction(|tx| {
        tx.execute("create temp table t (a int)", &[])?;
        panic_twice()
    })
}

fn deeper(tx: &mut Transaction<'_>, sql: bool) -> Result<()> {
    tx.savepoint(|inner| {
        if sql {
            inner.execute("select 1", &[])?;
        }
        deeper(inner, sql)
    })
}

fn recursion_savepoint(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| deeper(tx, false))
}

fn recursion_savepoint_sql(worker: &mut Attacker) -> Result<()> {
    worker.transaction(|tx| deeper(tx, true))
}

fn thread_exit(mut worker: Attacker) -> Result<Exit> {
    worker.transaction(|tx| tx.execute("create temp table t (a int)", &[]))?;
    worker.spawn("exits", || std::process::exit(3))?;
    while worker.wait(LONG)?.keep_going() {}
    Ok(Exit::Done)
}

fn thread_panics(worker: Attacker) -> Result<Exit> {
    let joined = worker.spawn("panics", || panic!("in a thread"))?.join();
    drop(joined);
    Ok(Exit::Done)
}

fn process_exit(mut worker: Attacker) -> Result<Exit> {
    worker.transaction(|tx| {
        tx.execute("create temp table t (a int)", &[])?;
        std::process::exit(0)
    })
}
