//! Waits: timers, wakers, sockets.

use crate::check::*;
use postgres_bgworker::{
    wait::{Interest, Ticker, WaitEventName, WaitSet},
    worker::Recovery,
};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

pub(crate) const CASES: &[(&str, Case)] = cases![
    socket_pair_wakes_the_wait,
    closed_peer_wakes_the_wait,
    more_sockets_than_one_wait_reports,
    sources_come_and_go,
    a_latch_that_is_set_hides_no_socket,
    what_the_server_does_not_take_is_an_error,
    every_wakeup_of_one_thread_arrives,
    eight_threads_wake_ten_thousand_times,
    waker_that_nobody_hears_never_blocks,
    spawned_threads_get_no_signals,
    wait_takes_the_time_it_was_given,
    wait_longer_than_the_server_can,
    interval_beats_in_waits,
    wait_event_names_are_checked,
    recovery_is_over_on_a_primary,
    obstacles_have_names,
    // Last: its thread wakes everybody from then on.
    waker_outlives_its_use,
];

const LONG: Duration = Duration::from_secs(30);

/// The latch may be set by anything: wait until nothing comes.
fn calm(worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..100 {
        if worker.wait(Duration::from_millis(5))?.timed_out() {
            return Ok(());
        }
    }
    Err(Error::new(ErrorKind::Other, "the latch is never quiet"))
}

/// Wait until a source is ready.
fn ready(
    worker: &mut Worker<Connected>,
    set: &mut WaitSet<impl std::os::fd::AsFd>,
) -> Result<Vec<(postgres_bgworker::wait::SourceKey, Interest)>> {
    let start = Instant::now();
    while start.elapsed() < LONG {
        if worker.wait_on(set, LONG)?.sockets_ready() {
            return Ok(set.ready().collect());
        }
    }
    Err(Error::new(ErrorKind::Other, "no source became ready"))
}

fn socket_pair_wakes_the_wait(worker: &mut Worker<Connected>) -> Result<()> {
    calm(worker)?;
    let (ours, mut theirs) = UnixStream::pair()?;
    let mut set = WaitSet::new(worker);
    let key = set.add(&ours, Interest::READ);
    ensure!(
        worker
            .wait_on(&mut set, Duration::from_millis(20))?
            .timed_out()
    );
    ensure_eq!(set.ready().count(), 0);
    let thread = worker.spawn("writer", move || {
        std::thread::sleep(Duration::from_millis(50));
        theirs.write_all(b"x").map(|()| theirs)
    })?;
    ensure_eq!(ready(worker, &mut set)?, vec![(key, Interest::READ)]);
    let _theirs = thread.join().expect("it does not panic")?;
    let mut byte = [0];
    (&ours).read_exact(&mut byte)?;
    // A socket that stays open for writing is ready at once, and only for what is wanted.
    set.modify(key, Interest::WRITE)?;
    ensure_eq!(ready(worker, &mut set)?, vec![(key, Interest::WRITE)]);
    set.modify(key, Interest::READ)?;
    ensure!(
        worker
            .wait_on(&mut set, Duration::from_millis(20))?
            .timed_out()
    );
    Ok(())
}

fn closed_peer_wakes_the_wait(worker: &mut Worker<Connected>) -> Result<()> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut set = WaitSet::new(worker);
    let key = set.add(ours, Interest::READ);
    drop(theirs);
    ensure!(
        ready(worker, &mut set)?
            .iter()
            .any(|(ready, _)| *ready == key)
    );
    Ok(())
}

fn more_sockets_than_one_wait_reports(worker: &mut Worker<Connected>) -> Result<()> {
    let mut set = WaitSet::new(worker);
    let mut far = Vec::new();
    let mut missing = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let (ours, mut theirs) = UnixStream::pair()?;
        theirs.write_all(b"x")?;
        far.push(theirs);
        missing.insert(set.add(ours, Interest::READ));
    }
    for _ in 0..100 {
        for (key, _) in ready(worker, &mut set)? {
            let _ = (&set[key]).read(&mut [0])?;
            missing.remove(&key);
        }
        if missing.is_empty() {
            return Ok(());
        }
    }
    Err(Error::new(
        ErrorKind::Other,
        format!("never ready: {missing:?}"),
    ))
}

fn sources_come_and_go(worker: &mut Worker<Connected>) -> Result<()> {
    let mut set = WaitSet::new(worker);
    let (first, mut far) = UnixStream::pair()?;
    let key = set.add(first, Interest::READ);
    far.write_all(b"x")?;
    ensure_eq!(ready(worker, &mut set)?.len(), 1);
    ensure!(set.remove(key).is_some() && set.remove(key).is_none() && set.is_empty());
    ensure_eq!(set.ready().count(), 0);
    ensure_eq!(
        error(set.modify(key, Interest::READ))?.kind(),
        ErrorKind::NotFound
    );
    let (second, mut far) = UnixStream::pair()?;
    let other = set.add(second, Interest::READ);
    ensure!(other != key);
    calm(worker)?;
    ensure!(
        worker
            .wait_on(&mut set, Duration::from_millis(20))?
            .timed_out()
    );
    far.write_all(b"x")?;
    ensure_eq!(ready(worker, &mut set)?, vec![(other, Interest::READ)]);
    Ok(())
}

fn a_latch_that_is_set_hides_no_socket(worker: &mut Worker<Connected>) -> Result<()> {
    let (ours, mut theirs) = UnixStream::pair()?;
    theirs.write_all(b"x")?;
    let mut set = WaitSet::new(worker);
    set.add(ours, Interest::READ);
    for _ in 0..3 {
        // SAFETY: the worker's own latch, on its main thread; the closure owns nothing.
        unsafe { guard(|| ffi::SetLatch(ffi::shim::pgbgw_process_latch().cast())) }?;
        let wake = worker.wait_on(&mut set, LONG)?;
        ensure!(wake.latch_set() && wake.sockets_ready());
    }
    Ok(())
}

fn what_the_server_does_not_take_is_an_error(worker: &mut Worker<Connected>) -> Result<()> {
    let file = std::fs::File::open("PG_VERSION")?;
    let mut set = WaitSet::new(worker);
    let key = set.add(&file, Interest::READ);
    // Where the server polls, a file is ready at once.
    if let Err(refused) = worker.wait_on(&mut set, Duration::ZERO) {
        ensure_eq!(refused.kind(), ErrorKind::Server);
        ensure!(
            refused
                .context()
                .is_some_and(|line| line.contains("wait set"))
        );
        ensure!(refused.hint().is_some());
    }
    set.remove(key);
    let _ = worker.wait_on(&mut set, Duration::ZERO)?;
    works(worker)
}

/// A thread posts, wakes, and waits for the answer before it posts again; so each wake-up counts.
fn post(worker: &mut Worker<Connected>, threads: usize, rounds: u64) -> Result<()> {
    struct Slots {
        posted: AtomicU64,
        answered: AtomicU64,
    }
    let waker = worker.waker()?;
    let mut slots = Vec::new();
    let mut running = Vec::new();
    for number in 0..threads {
        let slot = Arc::new(Slots {
            posted: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        });
        slots.push(slot.clone());
        let waker = waker.clone();
        running.push(worker.spawn(&format!("poster {number}"), move || {
            for round in 1..=rounds {
                slot.posted.store(round, Ordering::Relaxed);
                waker.wake();
                while slot.answered.load(Ordering::Relaxed) != round {
                    std::thread::park();
                }
            }
        })?);
    }
    let all = rounds * threads as u64;
    let mut seen = 0;
    while seen < all {
        let wake = worker.wait(LONG)?;
        if wake.timed_out() {
            return Err(Error::new(
                ErrorKind::Other,
                format!("a wake-up was lost after {seen} of {all}"),
            ));
        }
        if !wake.woken() {
            continue;
        }
        for (slot, thread) in slots.iter().zip(&running) {
            let posted = slot.posted.load(Ordering::Relaxed);
            if slot.answered.swap(posted, Ordering::Relaxed) != posted {
                seen += 1;
                thread.thread().unpark();
            }
        }
    }
    for thread in running {
        thread.join().expect("it does not panic");
    }
    Ok(())
}

fn every_wakeup_of_one_thread_arrives(worker: &mut Worker<Connected>) -> Result<()> {
    post(worker, 1, 10_000)
}

fn eight_threads_wake_ten_thousand_times(worker: &mut Worker<Connected>) -> Result<()> {
    post(worker, 8, 10_000)
}

fn waker_that_nobody_hears_never_blocks(worker: &mut Worker<Connected>) -> Result<()> {
    let waker = worker.waker()?;
    for _ in 0..100_000 {
        waker.wake();
    }
    let (socket, _far) = UnixStream::pair()?;
    let mut set = WaitSet::new(worker);
    set.add(&socket, Interest::READ);
    let wake = worker.wait_on(&mut set, LONG)?;
    ensure!(wake.woken() && !wake.sockets_ready());
    ensure_eq!(set.ready().count(), 0);
    // All of them were one.
    calm(worker)
}

/// A thread that wakes for ever, also while the process exits.
fn waker_outlives_its_use(worker: &mut Worker<Connected>) -> Result<()> {
    let waker = worker.waker()?;
    worker.spawn("restless", move || {
        loop {
            waker.wake();
            std::thread::sleep(Duration::from_millis(100));
        }
    })?;
    for _ in 0..3 {
        let start = Instant::now();
        while !worker.wait(LONG)?.woken() {
            ensure!(start.elapsed() < LONG);
        }
    }
    Ok(())
}

fn spawned_threads_get_no_signals(worker: &mut Worker<Connected>) -> Result<()> {
    let masks = |status: String| {
        status
            .lines()
            .find_map(|line| line.strip_prefix("SigBlk:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
    };
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let before = masks(std::fs::read_to_string("/proc/thread-self/status")?);
    let blocked = worker
        .spawn("looks at itself", || {
            std::fs::read_to_string("/proc/thread-self/status")
        })?
        .join()
        .expect("it does not panic")?;
    let blocked = masks(blocked).expect("the kernel says it");
    // SIGHUP, SIGINT, SIGUSR1, SIGALRM, SIGTERM, SIGURG
    for signal in [1, 2, 10, 14, 15, 23] {
        ensure!(blocked & (1 << (signal - 1)) != 0);
    }
    ensure_eq!(
        masks(std::fs::read_to_string("/proc/thread-self/status")?),
        before
    );
    ensure_eq!(
        error(worker.spawn("a\0b", || ()))?.kind(),
        ErrorKind::InteriorNul
    );
    Ok(())
}

fn wait_takes_the_time_it_was_given(worker: &mut Worker<Connected>) -> Result<()> {
    let start = Instant::now();
    while !worker.wait(Duration::from_millis(300))?.timed_out() {}
    ensure!(start.elapsed() >= Duration::from_millis(300));
    Ok(())
}

fn wait_longer_than_the_server_can(worker: &mut Worker<Connected>) -> Result<()> {
    let waker = worker.waker()?;
    waker.wake();
    while !worker.wait(Duration::MAX)?.woken() {}
    Ok(())
}

fn interval_beats_in_waits(worker: &mut Worker<Connected>) -> Result<()> {
    let start = Instant::now();
    let mut interval = Ticker::new(Duration::from_millis(50))?;
    let (mut beats, mut waits) = (0, 0);
    while beats < 10 {
        let _ = worker.wait(interval.left())?;
        beats += u32::from(interval.is_due());
        waits += 1;
    }
    ensure!(start.elapsed() >= Duration::from_millis(500));
    // Each wait is for a beat, or the latch was set.
    ensure!(waits < 100);
    Ok(())
}

fn wait_event_names_are_checked(worker: &mut Worker<Connected>) -> Result<()> {
    for (name, kind) in [
        ("", ErrorKind::Invalid),
        ("a\0b", ErrorKind::InteriorNul),
        (&"x".repeat(64), ErrorKind::TooLong),
    ] {
        ensure_eq!(error(WaitEventName::new(worker, name))?.kind(), kind);
    }
    let longest = "x".repeat(63);
    ensure_eq!(
        WaitEventName::new(worker, &longest)?,
        WaitEventName::new(worker, &longest)?
    );
    Ok(())
}

fn recovery_is_over_on_a_primary(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(worker.recovery()?, Recovery::Finished);
    Ok(())
}

fn obstacles_have_names(worker: &mut Worker<Connected>) -> Result<()> {
    use postgres_bgworker::worker::PreflightIssue;
    ensure_eq!(worker.obstacles()?, vec![]);
    let missing = PreflightIssue::ExtensionMissing("no such thing".to_string());
    let found = worker.obstacles_with(&["plpgsql", "no such thing"])?;
    ensure_eq!(found, vec![missing.clone()]);
    let error = Error::from(missing);
    ensure_eq!(error.kind(), ErrorKind::NotReady);
    ensure!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("CREATE EXTENSION"))
    );
    Ok(())
}
