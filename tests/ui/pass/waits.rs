//! A set of owned sockets and one of borrowed ones, a waker that threads share, a worker that leaves its database.

use postgres_bgworker::prelude::*;
use postgres_bgworker::wait::{Interest, Ticker, WaitEventName, WaitSet, Waker};
use std::net::{TcpListener, TcpStream};

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("serve", worker_main!(serve)).register(preload)
}

fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}

pub fn serve(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.watch_database();
    let waker: Waker = worker.waker()?;
    is_shared(&waker);
    let thread = waker.clone();
    let _ = worker.spawn("helper", move || thread.wake())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let event = WaitEventName::new(&worker, "ServeWaits")?;
    let mut doors = WaitSet::new(&worker).wait_event(event);
    let door = doors.add(&listener, Interest::READ);
    let mut guests: WaitSet<TcpStream> = WaitSet::new(&worker);
    let mut minute = Ticker::new(Duration::from_secs(60))?;
    while worker.wait_on(&mut doors, minute.left())?.keep_going() {
        if doors.ready().any(|(key, _)| key == door) {
            guests.add(listener.accept()?.0, Interest::READ | Interest::WRITE);
        }
        if minute.is_due() {
            worker.transaction(|tx| tx.execute("select 1", ()))?;
        }
        let _ = worker.wait_on(&mut guests, Duration::ZERO)?;
    }
    Ok(Exit::Done)
}

fn main() {}
