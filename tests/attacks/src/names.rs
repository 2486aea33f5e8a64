//! Names of wait events: the server has room for 128.

use crate::prelude::*;
use postgres_bgworker::wait::WaitEventName;

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        stays!(wait_event_names, Value).scratch(),
        stays!(wait_names_tx, Survives).scratch(),
        stays!(wait_names_leave, Value).scratch(),
        stays!(wait_names_odd, Value),
    ]
}

fn use_up(process: &impl postgres_bgworker::worker::Running) -> usize {
    let names = (0..140).map(|number| format!("attacks_name_{number}"));
    names
        .filter(|name| WaitEventName::new(process, name).is_err())
        .count()
}

/// The lock on them must be free afterwards: for this process, and for others.
fn others_see_them() -> Result<()> {
    if cfg!(pg_has = "wait_event_extension_new") {
        let answer =
            outside::sql("set statement_timeout = '20s'; select count(*) from pg_wait_events")?;
        ensure_eq!(answer, "ok");
    }
    Ok(())
}

fn wait_event_names(worker: &mut Attacker) -> Result<()> {
    let refused = use_up(worker);
    ensure_eq!(refused > 0, cfg!(pg_has = "wait_event_extension_new"));
    others_see_them()?;
    use_up(worker);
    let name = WaitEventName::new(worker, "attacks_name_1")?;
    let _ = worker.wait_as(name, Duration::from_millis(10))?;
    others_see_them()
}

fn wait_names_tx(worker: &mut Attacker) -> Result<()> {
    let result = worker.transaction(|tx| {
        use_up(tx);
        others_see_them()?;
        use_up(tx);
        tx.query_one::<i32>("select 1", &[])
    });
    others_see_them()?;
    result.map(drop)
}

/// Another process comes after the one that has used them up.
fn wait_names_leave(worker: &mut Attacker) -> Result<()> {
    use_up(worker);
    for _ in 0..3 {
        let _ = worker.wait(Duration::from_millis(10))?;
        works(worker)?;
    }
    others_see_them()
}

fn wait_names_odd(worker: &mut Attacker) -> Result<()> {
    for name in ["", "a\0b", &"x".repeat(64), &"x".repeat(1 << 20)] {
        ensure!(WaitEventName::new(worker, name).is_err());
    }
    for name in ["ä", "%s%n", "'; drop table x; --", "a\nb"] {
        let _ = WaitEventName::new(worker, name);
    }
    others_see_them()
}
