//! The queue of tasks that are ready.

#[path = "../../../src/task/ready.rs"]
mod ready;
mod sync {
    pub(super) use shuttle::sync::{Arc, Mutex, atomic};
    pub(super) use std::sync::PoisonError;
}

use ready::{Bell, Ready, Wakeup};
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::sync::{Arc, Condvar, Mutex};
use shuttle::thread;

/// What the executor sleeps on.
#[derive(Clone, Default)]
struct Sleep(Arc<(Mutex<bool>, Condvar)>);

impl Bell for Sleep {
    fn ring(&self) {
        *self.0.0.lock().expect("no thread panics") = true;
        self.0.1.notify_one();
    }
}

impl Sleep {
    /// A wake-up that is lost leaves all threads asleep, which `shuttle` reports.
    fn sleep(&self) {
        let mut rung = self.0.0.lock().expect("no thread panics");
        while !*rung {
            rung = self.0.1.wait(rung).expect("no thread panics");
        }
        *rung = false;
    }
}

/// Threads count up and wake tasks. Each task copies the count when it runs. At the end, each has
/// seen the last count: no wake-up was lost.
fn no_wake_up_is_lost(tasks: usize, threads: usize, each: usize) {
    let bell = Sleep::default();
    let ready = Arc::new(Ready::new(bell.clone()));
    let wakeups: Arc<Vec<_>> = Arc::new(
        (0..tasks)
            .map(|id| Wakeup::new(id, ready.clone()))
            .collect(),
    );
    let counts: Arc<Vec<_>> = Arc::new((0..tasks).map(|_| AtomicUsize::new(0)).collect());
    for _ in 0..threads {
        let (wakeups, counts) = (wakeups.clone(), counts.clone());
        thread::spawn(move || {
            for at in 0..each * tasks {
                counts[at % tasks].fetch_add(1, Ordering::SeqCst);
                wakeups[at % tasks].wake();
            }
        });
    }
    let mut seen = vec![0; tasks];
    let mut batch = Vec::new();
    while seen.iter().any(|seen| *seen < threads * each) {
        ready.take(&mut batch);
        for id in batch.drain(..) {
            wakeups[id].begin();
            seen[id] = counts[id].load(Ordering::SeqCst);
        }
        if seen.iter().all(|seen| *seen == threads * each) {
            return;
        }
        if ready.park() {
            bell.sleep();
            ready.unpark();
        }
    }
}

#[test]
fn in_every_order_of_two_threads() {
    shuttle::check_dfs(|| no_wake_up_is_lost(1, 1, 2), Some(20_000));
}

#[test]
fn in_random_orders() {
    shuttle::check_random(|| no_wake_up_is_lost(2, 2, 2), 2_000);
    shuttle::check_random(|| no_wake_up_is_lost(3, 3, 2), 1_000);
}

#[test]
fn in_unlikely_orders() {
    shuttle::check_pct(|| no_wake_up_is_lost(2, 2, 2), 2_000, 3);
}
