//! Every path that names a function names a worker's main function, as often as it is wanted, in a library with all options.

use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::Mismatch;

bgworker_module!(init = jobs::register, on_mismatch = Mismatch::Refuse);

pub mod jobs {
    use postgres_bgworker::prelude::*;

    pub fn register(preload: &Preload) -> Result<()> {
        for main in [
            worker_main!(run),
            worker_main!(run), worker_main!(run),
            worker_main!(self::run),
            worker_main!(super::jobs::run),
            worker_main!(crate::jobs::run),
            worker_main!(super::run),
            worker_main!(Jobs::run),
            worker_main!(run, symbol = "run_jobs"),
        ] {
            BackgroundWorker::new("job", main).register(preload)?;
        }
        Ok(())
    }

    pub fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }

    pub struct Jobs;

    impl Jobs {
        pub fn run(_worker: Worker) -> Result<Exit> {
            Ok(Exit::Done)
        }
    }
}

pub fn run(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

fn main() {}
