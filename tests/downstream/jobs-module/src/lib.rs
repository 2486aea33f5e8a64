//! Workers of two crates and of two modules, all with a main function of the same name.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    jobs_library::register(preload)?;
    // The same function twice.
    BackgroundWorker::new("job of the module", worker_main!(run))
        .argument(1)
        .register(preload)?;
    BackgroundWorker::new("second job of the module", worker_main!(run))
        .argument(2)
        .register(preload)?;
    BackgroundWorker::new("nested job of the module", worker_main!(nested::run)).register(preload)
}

fn run(worker: Worker<NoDatabase>) -> Result<Exit> {
    worker.log(format!(
        "the module's job {} runs",
        worker.argument::<i32>()
    ));
    Ok(Exit::Done)
}

mod nested {
    use postgres_bgworker::prelude::*;

    pub(crate) fn run(worker: Worker<NoDatabase>) -> Result<Exit> {
        worker.log("the module's nested job runs");
        Ok(Exit::Done)
    }
}
