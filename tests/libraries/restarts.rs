//! Workers whose restarts back off, all with the same main function: `tests/restarts.rs` watches them.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{BoolSetting, ErrorKind};

bgworker_module!(init);

static CRASHES: BoolSetting = BoolSetting::new(
    c"restarts.crashes",
    c"One worker that crashes the server.",
    false,
);

const MAIN: postgres_bgworker::Main<postgres_bgworker::CanConnect> = worker_main!(work);
const NAMES: [&str; 6] = ["lost", "panics", "recovers", "steady", "waits", "crashes"];

fn init(preload: &Preload) -> Result<()> {
    CRASHES.define(preload)?;
    let worker = |number: usize, most| -> Result<_> {
        Ok(BackgroundWorker::new(NAMES[number], MAIN)?
            .argument(number as i32)
            .restart(Restart::backing_off_secs(1, most)))
    };
    if CRASHES.get(preload) {
        return worker(5, 300)?.register(preload);
    }
    for (number, most) in [(0, 4), (1, 300), (2, 2), (3, 300), (4, 300)] {
        worker(number, most)?.register(preload)?;
    }
    for (what, again) in [
        ("a twin", worker(0, 4)?),
        (
            "downwards",
            worker(0, 4)?.restart(Restart::backing_off_secs(2, 1)),
        ),
    ] {
        let error = again.register(preload).expect_err(what);
        preload.log(format!("refused {what}: {:?}: {error}", error.kind()));
    }
    // The same name and another argument is another worker.
    worker(0, 4)?.argument(-1).register(preload)
}

fn work(worker: Worker) -> Result<Exit> {
    let name = usize::try_from(worker.argument::<i32>()).map_or("nobody", |number| NAMES[number]);
    let uptime = std::fs::read_to_string("/proc/uptime")?;
    worker.log(format!(
        "{name} begins at {}",
        uptime.split(' ').next().unwrap_or_default()
    ));
    match name {
        "lost" => worker
            .connect(Connect::database("no such database").as_superuser())
            .map(|_| Exit::Done),
        "panics" => panic!("on purpose"),
        "recovers" => recovers(worker),
        "steady" => steady(worker),
        "waits" => Ok(Exit::Restart),
        "crashes" => std::process::abort(),
        _ if worker.argument::<i32>() == -1 => launches(&worker),
        _ => Ok(Exit::Done),
    }
}

/// A launched worker that looks like a static one would write into what is remembered of that one.
fn launches(worker: &Worker) -> Result<Exit> {
    for (what, argument) in [("a namesake", 3), ("another argument", -2)] {
        let launched = BackgroundWorker::new(NAMES[3], MAIN)?
            .argument(argument)
            .restart(Restart::after_secs(1))
            .launch(worker);
        worker.log(match launched {
            Ok(_) => format!("launched {what}"),
            Err(error) => format!("refused {what}: {:?}: {error}", error.kind()),
        });
    }
    Ok(Exit::Done)
}

/// The fourth run is a long one.
fn recovers(mut worker: Worker) -> Result<Exit> {
    let runs = std::fs::read_to_string("recovers").unwrap_or_default() + "x";
    std::fs::write("recovers", &runs)?;
    if runs.len() == 4 {
        let end = postgres_bgworker::Deadline::after(Duration::from_secs(4));
        while !end.is_over() {
            if worker.wait(end.left())?.terminating() {
                return Ok(Exit::Done);
            }
        }
        worker.log("recovers had a long run");
    }
    Err(Error::new(ErrorKind::Other, "as often before"))
}

fn steady(mut worker: Worker) -> Result<Exit> {
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}
