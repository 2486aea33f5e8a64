//! A worker that does what `acts.act` says. The tests of `cargo bgworker run` use it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::StringSetting;

bgworker_module!(init);

static ACT: StringSetting = StringSetting::new(c"acts.act", c"What the worker does.", c"wait");

fn init(preload: &Preload) -> Result<()> {
    ACT.define(preload)?;
    BackgroundWorker::new("acts", worker_main!(acts))
        .worker_type("actors")
        .restart(Restart::after(Duration::from_secs(1)))
        .register(preload)
}

fn acts(worker: Worker) -> Result<Exit> {
    let act = ACT.get(&worker);
    let mut worker = worker.connect(Connect::database("postgres").role(env!("CARGO_PKG_NAME")))?;
    match act.as_str() {
        "panic" => panic!("oh no"),
        "print" => {
            println!("a line on standard output");
            eprintln!("a line on standard error");
        }
        "thread" => drop(std::thread::spawn(|| panic!("a thread has panicked")).join()),
        "tables" => worker.transaction(|tx| {
            tx.own_schema(env!("CARGO_PKG_NAME"))?;
            tx.execute(
                "create table if not exists acts.t (id bigserial primary key)",
                (),
            )?;
            Ok(())
        })?,
        _ => {}
    }
    worker.log("acts has begun");
    while worker.wait(Duration::from_secs(60))?.keep_going() {}
    Ok(Exit::Done)
}
