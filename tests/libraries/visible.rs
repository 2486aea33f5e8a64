//! A worker that shows itself, step by step as its setting says, and one that exits with callbacks. `tests/visible.rs` loads it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    settings::{IntSetting, Unit},
};
use std::path::Path;

bgworker_module!(init);

static STEP: IntSetting =
    IntSetting::new(c"visible.step", c"What to show.", 0, 0..=100, Unit::None);

fn init(preload: &Preload) -> Result<()> {
    STEP.define(preload)?;
    BackgroundWorker::new("visible", worker_main!(visible))?
        .restart(Restart::Never)
        .kind("visible kind")?
        .register(preload)
}

fn visible(worker: Worker) -> Result<Exit> {
    // Not in the view yet; nothing is shown, and nothing happens.
    worker.report_activity("before the connection")?;
    worker.set_process_title("connecting")?;
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    register_callbacks(&worker)?;
    let mut seen = 0;
    while worker.wait(Duration::from_secs(600))?.keep_going() {
        let step = STEP.get(&worker);
        if step != seen {
            seen = step;
            show(&mut worker, step)?;
            worker.log(format!("step {step}"));
        }
    }
    Ok(Exit::Done)
}

fn show(worker: &mut Worker<Connected>, step: i32) -> Result<()> {
    match step {
        1 => worker.report_activity("counting sheep"),
        2 => worker.report_idle(),
        3 => worker.set_application_name("shepherd"),
        4 => worker.set_process_title("counting sheep"),
        5 => worker.report_activity(&"ä".repeat(50_000)),
        6 => worker.transaction(|tx| {
            tx.execute("select 1", &[])?;
            tx.report_activity("between two statements")?;
            // The test makes this file, in the data directory, when it has looked.
            while !Path::new("visible.seen").exists() {
                std::thread::sleep(Duration::from_millis(10));
            }
            let activity: String = tx.query_one(
                "select 'own: ' || state || ', ' || current_setting('application_name') from pg_stat_activity where pid = pg_backend_pid()",
                &[],
            )?;
            tx.log(activity);
            Ok(())
        }),
        7 => {
            for (what, result) in [
                ("activity", worker.report_activity("a\0b")),
                ("title", worker.set_process_title("a\0b")),
                ("long name", worker.set_application_name(&"x".repeat(64))),
                ("name", worker.set_application_name("schäfer")),
            ] {
                let error = result.expect_err(what);
                worker.log(format!("refused {what}: {:?}: {error}", error.kind()));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// In another order than they are called in.
fn register_callbacks(worker: &Worker<Connected>) -> Result<()> {
    worker.before_exit(|exiting| {
        exiting.log("exit: first");
        Ok(())
    })?;
    worker.on_shmem_exit(|_| Err(Error::new(ErrorKind::Other, "exit: second")))?;
    worker.on_proc_exit(|exiting| {
        exiting.log(format!("exit: fourth, code {}", exiting.code()));
        Ok(())
    })?;
    worker.on_proc_exit(|_| panic!("exit: third"))
}
