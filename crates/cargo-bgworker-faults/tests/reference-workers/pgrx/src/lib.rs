//! The example worker_spi, written with pgrx, for comparison in the fault kit.

use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::prelude::*;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};
use std::time::Duration;

pgrx::pg_module_magic!();

static WORKERS: GucSetting<i32> = GucSetting::<i32>::new(2);
static NAPTIME: GucSetting<i32> = GucSetting::<i32>::new(1000);

#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    GucRegistry::define_int_guc(
        c"pgrx_worker_spi.naptime",
        c"Time between two counts.",
        c"",
        &NAPTIME,
        10,
        600_000,
        GucContext::Sighup,
        GucFlags::UNIT_MS,
    );
    // SAFETY: a plain variable of the server, read on its only thread.
    if !unsafe { pg_sys::process_shared_preload_libraries_in_progress } {
        return;
    }
    GucRegistry::define_int_guc(
        c"pgrx_worker_spi.workers",
        c"How many workers to start.",
        c"",
        &WORKERS,
        1,
        100,
        GucContext::Postmaster,
        GucFlags::default(),
    );
    for number in 1..=WORKERS.get() {
        BackgroundWorkerBuilder::new(&format!("pgrx_worker_spi {number}"))
            .set_type("pgrx_worker_spi")
            .set_library("pgrx_worker_spi")
            .set_function("pgrx_worker_spi_main")
            .set_argument(number.into_datum())
            .set_restart_time(Some(Duration::from_secs(5)))
            .enable_spi_access()
            .load();
    }
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_worker_spi_main(argument: pg_sys::Datum) {
    let schema = format!("pgrx_worker_spi_{}", argument.value());
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    BackgroundWorker::connect_worker_to_spi(Some("postgres"), None);
    create_table(&schema);
    // On 13 lines of level LOG are lost: this pgrx compares LOG with log_min_messages like other
    // levels.
    warning!("counting in {schema}.counted");
    let roll_up = format!(
        "with taken as (delete from {schema}.counted where kind = 'delta' returning amount)
         update {schema}.counted set amount = amount + (select sum(taken.amount) from taken)
         where kind = 'total' and exists (select from taken) returning amount"
    );
    while BackgroundWorker::wait_latch(Some(Duration::from_millis(
        NAPTIME.get().unsigned_abs().into(),
    ))) {
        if BackgroundWorker::sighup_received() {
            // SAFETY: on the server's main thread, outside of any transaction.
            unsafe { pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP) };
        }
        BackgroundWorker::transaction(|| Spi::run(&roll_up).expect("the total is there"));
    }
}

fn create_table(schema: &str) {
    BackgroundWorker::transaction(|| {
        for sql in [
            format!("create schema if not exists {schema}"),
            format!(
                "create table if not exists {schema}.counted (kind text not null, amount bigint not null)"
            ),
            format!(
                "insert into {schema}.counted select 'total', 0
                 where not exists (select from {schema}.counted where kind = 'total')"
            ),
        ] {
            Spi::run(&sql).expect("the table is made");
        }
    });
}
