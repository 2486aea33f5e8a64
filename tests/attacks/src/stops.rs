//! Workers that go on when they are told to leave: the stop budget must end them.

use crate::partner;
use crate::prelude::*;
use postgres_bgworker::wait::WaitSet;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        leaves!(retry, Stops),
        leaves!(ignores, Stops),
        leaves!(ignores_in_tx, Stops),
        leaves!(ignores_in_savepoint, Stops),
        leaves!(ignores_channel, Stops),
        leaves!(exit_mutex, Stops).scratch(),
        leaves!(fast_stop_retry, Ends).scratch(),
    ];
    for (name, call) in CALLS {
        let name = format!("ignores_{name}");
        let body = move |w: Attacker| go_on(w, *call);
        all.push(Attack::leaves(name, Expect::Stops, body).family("ignores"));
    }
    for (name, call) in IN_TRANSACTION {
        let name = format!("ignores_in_tx_{name}");
        let body = move |w: Attacker| go_on_in_transaction(w, *call);
        all.push(Attack::leaves(name, Expect::Stops, body).family("ignores_in_tx"));
    }
    all
}

/// The observer sends SIGTERM.
fn ready(worker: &mut Attacker) {
    worker.set_stop_budget(Duration::from_secs(1));
    outside::say("ready");
}

fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// The usual loop.
fn retry(mut worker: Attacker) -> Result<Exit> {
    ready(&mut worker);
    loop {
        match worker.transaction(|tx| tx.execute("select pg_sleep(0.01)", &[])) {
            Ok(_) => {}
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// The same, and it is the server that is stopped.
fn fast_stop_retry(worker: Attacker) -> Result<Exit> {
    outside::say("stop me");
    retry(worker)
}

type Call = fn(&mut Attacker, &mut partner::Bytes);

const TENTH: Duration = Duration::from_millis(100);

const CALLS: &[(&str, Call)] = &[
    ("empty_transaction", |w, _| {
        let _ = w.transaction(|_| Ok(()));
    }),
    ("wait", |w, _| {
        let _ = w.wait(TENTH);
    }),
    ("wait_on", |w, _| {
        let mut set: WaitSet<std::fs::File> = WaitSet::new(w);
        let _ = w.wait_on(&mut set, TENTH);
    }),
    ("condition", |w, _| {
        if let Ok(state) = STATE.get(w) {
            let _ = state[slot()].changed.wait_until(w, TENTH, |_| Ok(false));
        }
    }),
    ("send", |w, c| {
        let _ = c.send(w, &vec![1; 1 << 20], TENTH);
    }),
    ("try_receive", |w, c| {
        let _ = c.try_receive(w);
    }),
    ("try_send", |w, c| {
        let _ = c.try_send(w, &vec![1; 100]);
    }),
    ("flush", |w, c| {
        let _ = c.flush(w, TENTH);
    }),
    ("launch", |w, _| {
        if let Ok(partner) = partner::short_lived().and_then(|partner| partner.launch(w)) {
            let _ = partner.wait_for_stop(w, TENTH);
        }
    }),
    ("get_or_make", |w, _| {
        let _ = MADE.get_or_make(w);
        let _ = w.transaction(|tx| MADE.get_or_make(tx).map(drop));
    }),
    ("activity", |w, _| {
        let _ = w.report_activity("busy");
        let _ = works(w);
    }),
];

fn go_on(mut worker: Attacker, call: Call) -> Result<Exit> {
    let mut channel = partner::silent(&worker)?;
    ready(&mut worker);
    loop {
        call(&mut worker, &mut channel);
        pause();
    }
}

fn ignores(mut worker: Attacker) -> Result<Exit> {
    ready(&mut worker);
    loop {
        let _ = worker.transaction(|tx| tx.execute("select 1", &[]));
        pause();
    }
}

fn ignores_in_tx(mut worker: Attacker) -> Result<Exit> {
    ready(&mut worker);
    worker.transaction(|tx| {
        loop {
            let _ = tx.execute("select 1", &[]);
            pause();
        }
    })
}

fn ignores_in_savepoint(mut worker: Attacker) -> Result<Exit> {
    ready(&mut worker);
    worker.transaction(|tx| {
        loop {
            let _ = tx.savepoint(|inner| inner.execute("select 1", &[]));
            pause();
        }
    })
}

fn ignores_channel(worker: Attacker) -> Result<Exit> {
    go_on(worker, |worker, channel| {
        let _ = channel.receive(worker, TENTH);
    })
}

type InTransaction = fn(&mut Transaction<'_>, &mut partner::Bytes);

const IN_TRANSACTION: &[(&str, InTransaction)] = &[
    ("query", |tx, _| {
        let _ = tx.query("select 1", &[]);
    }),
    ("query_one", |tx, _| {
        let _ = tx.query_one::<i32>("select 1", &[]);
    }),
    ("cursor", |tx, _| {
        let _ = tx
            .cursor("select 1", &[])
            .and_then(|mut c| c.fetch(1).map(drop));
    }),
    ("prepare", |tx, _| {
        let _ = tx.prepare::<()>("select 1");
    }),
    ("notify", |tx, _| {
        let _ = tx.notify("attacks", "payload");
    }),
    ("receive", |tx, c| {
        let _ = c.receive(tx, TENTH);
    }),
    ("try_receive", |tx, c| {
        let _ = c.try_receive(tx);
    }),
    ("condition", |tx, _| {
        if let Ok(state) = STATE.get(tx) {
            let _ = state[slot()].changed.wait_until(tx, TENTH, |_| Ok(false));
        }
    }),
    ("accepts_connections", |tx, _| {
        let _ = tx.accepts_connections(postgres_bgworker::Oid(1));
    }),
    ("failed", |tx, _| {
        let _ = tx.execute("select 1 / 0", &[]);
    }),
];

fn go_on_in_transaction(mut worker: Attacker, call: InTransaction) -> Result<Exit> {
    let mut channel = partner::silent(&worker)?;
    ready(&mut worker);
    worker.transaction(|tx| {
        loop {
            call(tx, &mut channel);
            pause();
        }
    })
}

/// Main is ended at the end of its budget while it holds a mutex that a callback of the exit would like to have. A callback that
/// does not wait for it gets by.
fn exit_mutex(mut worker: Attacker) -> Result<Exit> {
    static MUTEX: std::sync::Mutex<()> = std::sync::Mutex::new(());
    worker.before_exit(|_| match MUTEX.try_lock() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::other("somebody holds the mutex")),
    })?;
    let _held = MUTEX.lock();
    ready(&mut worker);
    loop {
        let _ = worker.wait(TENTH);
        pause();
    }
}
