//! Workers with threads of their own. `tests/threads.rs` loads it.

use postgres_bgworker::logging;
use postgres_bgworker::prelude::*;
use std::sync::mpsc;
use std::thread;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("lives on", worker_main!(lives_on))?
        .restart(Restart::Never)
        .register(preload)?;
    BackgroundWorker::new("done at once", worker_main!(done_at_once))?
        .restart(Restart::Never)
        .register(preload)?;
    BackgroundWorker::new("told through a thread", worker_main!(told_through_a_thread))?
        .restart(Restart::Never)
        .register(preload)?;
    BackgroundWorker::new("panics twice", worker_main!(panics_twice))?
        .restart(Restart::after_secs(1))
        .register(preload)
}

/// Threads that never end: one sleeps, one works, one logs, one waits for what never comes.
fn start_threads(worker: &Worker<NoDatabase>) -> Result<()> {
    logging::install_log(worker, log::LevelFilter::Trace)?;
    let (sender, receiver) = mpsc::channel::<()>();
    thread::spawn(|| thread::sleep(Duration::from_secs(3600)));
    thread::spawn(|| {
        loop {
            std::hint::spin_loop();
        }
    });
    thread::spawn(|| {
        loop {
            log::trace!("still there");
        }
    });
    thread::spawn(move || {
        let _sender = sender;
        receiver.recv()
    });
    Ok(())
}

fn lives_on(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    start_threads(&worker)?;
    worker.log("lives on with its threads");
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    worker.log("leaves its threads");
    Ok(Exit::Done)
}

fn done_at_once(worker: Worker<NoDatabase>) -> Result<Exit> {
    start_threads(&worker)?;
    worker.log("done with its threads");
    Ok(Exit::Done)
}

/// A thread that blocks no signal takes what is meant for the worker.
fn told_through_a_thread(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    // The first wait returns at once, with the settings of the start.
    let _ = worker.wait(Duration::ZERO)?;
    for signal in [libc::SIGHUP, libc::SIGTERM] {
        thread::spawn(move || {
            // SAFETY: sends a signal to the calling thread.
            unsafe { libc::raise(signal) }
        });
        let wake = worker.wait(Duration::from_secs(3600))?;
        worker.log(format!(
            "signal {signal} through a thread: reloaded {}, terminating {}",
            wake.reloaded(),
            wake.terminating()
        ));
    }
    Ok(Exit::Done)
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("second panic");
    }
}

fn panics_twice(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    thread::spawn(|| {
        let _bomb = PanicsWhenDropped;
        panic!("first panic");
    });
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    worker.log("told to leave by its thread");
    Ok(Exit::Done)
}
