//! Numbers and texts at the limits of what can be passed.

use crate::prelude::*;
use postgres_bgworker::{
    Oid,
    channel::Channel,
    sql::ToDatum,
    wait::{Deadline, Ticker},
};

pub(crate) fn attacks() -> Vec<Attack> {
    let attack = |(name, expect, body): &(&str, Expect, Body)| {
        Attack::stays(format!("limit_{name}"), *expect, *body).family("limits")
    };
    LIMITS.iter().map(attack).collect()
}

type Body = fn(&mut Attacker) -> Result<()>;

const LIMITS: &[(&str, Expect, Body)] = &[
    ("wait_for_ever_is_woken", Expect::Value, |w| {
        let waker = w.waker()?;
        w.spawn("wakes", move || {
            std::thread::sleep(Duration::from_millis(50));
            waker.wake();
        })?;
        while !w.wait(Duration::MAX)?.woken() {}
        Ok(())
    }),
    ("wait_nanosecond", Expect::Value, |w| {
        for _ in 0..100 {
            let _ = w.wait(Duration::from_nanos(1))?;
        }
        Ok(())
    }),
    ("stop_budget_max", Expect::Value, |w| {
        w.set_stop_budget(Duration::MAX);
        w.set_stop_budget(Duration::ZERO);
        w.set_stop_budget(Duration::from_secs(5));
        Ok(())
    }),
    ("deadline_max", Expect::Value, |_| {
        ensure!(!Deadline::after(Duration::MAX).is_over());
        ensure!(Deadline::after(Duration::ZERO).is_over());
        Ok(())
    }),
    ("ticker_zero", Expect::Refused, |_| {
        Ticker::new(Duration::ZERO).map(drop)
    }),
    ("ticker_max", Expect::Refused, |_| {
        Ticker::new(Duration::MAX).map(drop)
    }),
    ("fetch_zero", Expect::Survives, |w| fetch(w, 0)),
    ("fetch_max", Expect::Survives, |w| fetch(w, usize::MAX)),
    ("fetch_long_max", Expect::Survives, |w| {
        fetch(w, isize::MAX as usize)
    }),
    ("ring_zero", Expect::Survives, |w| ring(w, 0)),
    ("ring_one", Expect::Survives, |w| ring(w, 1)),
    ("ring_max", Expect::Survives, |w| ring(w, usize::MAX)),
    ("ring_half", Expect::Survives, |w| ring(w, usize::MAX / 2)),
    ("ring_large", Expect::Survives, |w| ring(w, 1 << 40)),
    ("parameters_70000", Expect::Survives, |w| {
        let values: Vec<&dyn ToDatum> = (0..70_000).map(|_| &1 as &dyn ToDatum).collect();
        w.transaction(|tx| tx.execute("select 1", &values).map(drop))
    }),
    ("columns_1600", Expect::Value, |w| {
        let columns = vec!["1"; 1600].join(", ");
        w.transaction(|tx| {
            let rows = tx.query(&format!("select {columns}"), &[])?;
            ensure_eq!(rows.columns().count(), 1600);
            Ok(())
        })
    }),
    (
        "columns_1700",
        Expect::Error("Server 54011|Server 54000"),
        |w| {
            let columns = vec!["1"; 1700].join(", ");
            w.transaction(|tx| tx.execute(&format!("select {columns}"), &[]).map(drop))
        },
    ),
    ("column_max", Expect::Refused, |w| {
        w.transaction(|tx| {
            let rows = tx.query("select 1", &[])?;
            let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
            row.get::<i32>(usize::MAX).map(drop)
        })
    }),
    ("statement_10_mb", Expect::Value, |w| {
        let sql = format!("select 1 -- {}", "x".repeat(10 << 20));
        let one: i32 = w.transaction(|tx| tx.query_one(&sql, &[]))?;
        ensure_eq!(one, 1);
        Ok(())
    }),
    ("log_10_mb", Expect::Value, |w| {
        w.debug("x".repeat(10 << 20));
        Ok(())
    }),
    ("activity_10_mb", Expect::Survives, |w| {
        w.report_activity(&"x".repeat(10 << 20))
    }),
    ("title_10_mb", Expect::Survives, |w| {
        w.set_process_title(&"x".repeat(10 << 20))
    }),
    ("application_name_long", Expect::Refused, |w| {
        w.set_application_name(&"x".repeat(64))
    }),
    ("application_name_odd", Expect::Refused, |w| {
        w.set_application_name("\u{e4}")
    }),
    ("activity_nul", Expect::Refused, |w| {
        w.report_activity("a\0b")
    }),
    ("title_nul", Expect::Refused, |w| {
        w.set_process_title("a\0b")
    }),
    ("title_formats", Expect::Value, |w| {
        w.set_process_title("%s%n%s%n")
    }),
    ("log_formats", Expect::Value, |w| {
        w.log("%s%n%s%n%m");
        Ok(())
    }),
    ("notify_long", Expect::Error("Server 22023|TooLong"), |w| {
        w.transaction(|tx| tx.notify("attacks", &"x".repeat(8000)))
    }),
    (
        "notify_channel_long",
        Expect::Error("Server 22023|TooLong"),
        |w| w.transaction(|tx| tx.notify(&"x".repeat(64), "")),
    ),
    ("notify_channel_empty", Expect::Survives, |w| {
        w.transaction(|tx| tx.notify("", ""))
    }),
    ("database_unknown", Expect::Survives, |w| {
        w.transaction(|tx| tx.accepts_connections(Oid(u32::MAX)).map(drop))
    }),
    ("name_empty", Expect::Refused, |w| named(w, "")),
    ("name_long", Expect::Refused, |w| named(w, &"x".repeat(200))),
    ("name_odd", Expect::Refused, |w| named(w, "\u{e4}")),
    ("payload_long", Expect::Refused, |_| {
        crate::partner::short_lived()?
            .payload(1, &[0; 1000])
            .map(drop)
    }),
    ("library_missing", Expect::Value, |w| {
        let worker = crate::partner::short_lived()?
            .library("no_such_library")
            .launch(w)?;
        worker.wait_for_stop(w, LONG).map(drop)
    }),
    ("library_long", Expect::Refused, |w| {
        crate::partner::short_lived()?
            .library("x".repeat(2000))
            .launch(w)
            .map(drop)
    }),
    ("library_odd", Expect::Survives, |w| {
        crate::partner::short_lived()?
            .library("../../\0")
            .launch(w)
            .map(drop)
    }),
    ("exit_callbacks_100", Expect::Refused, |w| {
        for _ in 0..100 {
            w.before_exit(|_| Ok(()))?;
        }
        Ok(())
    }),
    ("savepoints_1000", Expect::Value, |w| {
        w.transaction(|tx| {
            for _ in 0..1000 {
                tx.savepoint(|inner| inner.execute("select 1", &[]).map(drop))?;
            }
            Ok(())
        })
    }),
    ("wakers_1000", Expect::Value, |w| {
        for _ in 0..1000 {
            w.waker()?.wake();
        }
        Ok(())
    }),
    ("threads_200", Expect::Value, |w| {
        let threads: Result<Vec<_>> = (0..200).map(|n| w.spawn("many", move || n)).collect();
        let sum: usize = threads?
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum();
        ensure_eq!(sum, 19_900);
        Ok(())
    }),
    ("thread_name_nul", Expect::Refused, |w| {
        w.spawn("a\0b", || ()).map(drop)
    }),
    ("plans_1000", Expect::Value, |w| {
        w.transaction(|tx| {
            let plans: Result<Vec<_>> = (0..1000)
                .map(|n| tx.prepare::<()>(&format!("select {n}")))
                .collect();
            let last: i32 = tx.query_one(&plans?[999], &[])?;
            ensure_eq!(last, 999);
            Ok(())
        })
    }),
    ("cursors_500", Expect::Value, |w| {
        w.transaction(|tx| {
            let cursors: Result<Vec<_>> = (0..500)
                .map(|n| tx.cursor(&format!("select generate_series({n}, 1000)"), &[]))
                .collect();
            for (number, cursor) in cursors?.iter_mut().enumerate() {
                let rows = cursor.fetch(1)?.ok_or_else(|| Error::other("no row"))?;
                let first: i32 = rows.iter().next().map_or(Ok(-1), |row| row.get(0))?;
                ensure_eq!(usize::try_from(first)?, number);
            }
            Ok(())
        })
    }),
];

fn fetch(worker: &mut Attacker, count: usize) -> Result<()> {
    worker.transaction(|tx| {
        let mut cursor = tx.cursor("select generate_series(1, 10)", &[])?;
        let rows = cursor.fetch(count)?;
        let number = rows.map_or(0, |rows| rows.len());
        ensure!(number <= 10);
        Ok(())
    })
}

fn ring(worker: &mut Attacker, size: usize) -> Result<()> {
    let partner = crate::partner::quiet()?;
    let mut channel: crate::partner::Bytes = Channel::launch_with_ring(worker, partner, size)?;
    channel.send(worker, &vec![1; 10_000], LONG)
}

fn named(worker: &mut Attacker, name: &str) -> Result<()> {
    crate::partner::named(name)?.launch(worker).map(drop)
}
